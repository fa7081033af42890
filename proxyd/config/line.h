// One statement being read: its words, whom it speaks of, and how to complain about it as the
// original does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxyd/config/draft.h"

namespace proxyd::config {

class Line {
 public:
  Line(Draft& owner, const Statement& said, ProxyDraft* about);

  Draft& draft;
  const Statement& statement;
  ProxyDraft* target;      // null in global
  bool negated = false;    // "no ..."
  bool defaulted = false;  // "default ..."

  Proxy& proxy() { return *target->proxy; }
  Global& global() { return draft.config->global; }
  bool in_defaults() const { return target != nullptr && target->kind == ProxyKind::Defaults; }

  /// Words after "no" or "default"; 0 is the keyword.
  std::size_t size() const { return statement.words.size() - skipped_; }
  /// Empty beyond the end: an argument cannot be empty in the file.
  std::string_view word(std::size_t index) const {
    return index < size() ? statement.words[index + skipped_].text : std::string_view{};
  }
  bool has(std::size_t index) const { return index < size(); }
  Place place(std::size_t index) const { return statement.place(index + skipped_); }
  /// Words from `first` on with single blanks between them.
  std::string joined(std::size_t first) const;
  std::string at() const { return Draft::at(statement.whole()); }

  /// "config : parsing [f:l] : message", pointing at word `index`.
  void alert(std::size_t index, std::string_view message, std::string hint = {});
  /// "config : parsing [f:l]: message".
  void alert_tight(std::size_t index, std::string_view message, std::string hint = {});
  void warning(std::size_t index, std::string_view message, std::string hint = {});
  void warning_tight(std::size_t index, std::string_view message, std::string hint = {});
  void harmless_alert(std::size_t index, std::string_view message);
  /// "'X' is known but not built yet in this version of proxyd"
  void not_built(std::size_t index, std::string_view what);
  /// The alert about argument `limit + 1`, if there is one. `what` names the keyword.
  bool too_many(std::size_t limit, std::string_view what);

 private:
  std::size_t skipped_ = 0;
};

/// The words of the refusal, for lines with other beginnings.
std::string not_built_text(std::string_view what);
/// "; did you mean 'x' maybe ?" or empty.
std::string maybe(std::string_view word, const std::vector<std::string_view>& candidates);

/// The original takes the leading digits of such an argument, or 0: ours does the same and says so.
void warn_unless_number(Line& line, std::size_t index);

struct Delay;
/// The original's warning about what follows a complete time ("1h30m").
void warn_trailing(Line& line, std::size_t index, const Delay& delay);
std::string trailing_text(char character, std::string_view value);

/// The alert about a "no" or "default" before a keyword that takes none, in any section.
void check_negation(Line& line);

/// Finds the row of a statement and runs it, after the checks that all rows share.
void read_statement(Draft& draft, const Statement& statement, ProxyDraft* target);
/// Lines whose second word selects a row.
void parse_timeout_line(Line& line);
void parse_option_line(Line& line);
void parse_stats_line(Line& line);

/// Scope and number of arguments. `words` is how many words the keyword itself has.
bool check_row(Line& line, const Keyword& row, std::string_view full_name, std::size_t words);

}  // namespace proxyd::config

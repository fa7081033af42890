#include "proxyd/config/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/retired_keywords.h"

namespace proxyd::config {

namespace {

/// What takes a "no" besides options; the same in all sections.
constexpr auto kNegatable =
    std::to_array<std::string_view>({"option", "log", "busy-polling", "set-dumpable",
                                     "strict-limits", "insecure-fork-wanted", "numa-cpu-mapping"});

Scope scope_of(const Line& line) {
  if (line.target == nullptr) return kGlobal;
  switch (line.target->kind) {
    case ProxyKind::Frontend:
      return kFrontend;
    case ProxyKind::Backend:
      return kBackend;
    case ProxyKind::Listen:
      return kListen;
    case ProxyKind::Defaults:
      break;
  }
  return line.target->proxy->name.empty() ? kAnonymousDefaults : kNamedDefaults;
}

/// A keyword without a row: retired, known, or a mistake.
void refuse_unknown(Line& line, const KeywordIndex& index) {
  const std::string_view word = line.word(0);
  const bool global = line.target == nullptr;
  if (const RetiredKeyword* retired = find_retired(global ? kGlobal : kAnyProxy, word)) {
    const std::string text = fmt::format(fmt::runtime(retired->message), line.word(1));
    if (retired->warning_only)
      line.warning_tight(0, text);
    else if (retired->style == Style::Tight)
      line.alert_tight(0, text);
    else
      line.alert(0, text);
    return;
  }
  const KeywordPlace place = global ? KeywordPlace::Global : KeywordPlace::Proxy;
  if (is_known(place, word)) {
    std::string_view second = line.word(1);
    const std::string both = fmt::format("{} {}", word, second);
    line.not_built(0, !second.empty() && is_known(place, both) ? both : std::string{word});
    return;
  }
  std::vector<std::string_view> candidates = index.names();
  for (const std::string_view each : known_words(place, "")) candidates.push_back(each);
  for (const std::string_view each : parsers::haproxy::section_keywords())
    candidates.push_back(each);
  line.alert(0, fmt::format("unknown keyword '{}' in '{}' section{}", word,
                            global ? std::string_view{"global"} : line.target->section(),
                            maybe(word, candidates)));
}

void say_misplaced(Line& line, const Keyword& row, std::string_view full_name) {
  const std::string_view lacks = line.target->kind == ProxyKind::Frontend ? "backend" : "frontend";
  if (full_name.starts_with("timeout ")) {
    line.warning(0, fmt::format("'{}' will be ignored because {} has no {} capability", full_name,
                                line.target->title(), lacks));
    return;
  }
  const std::string_view shown = full_name.starts_with("option ") ? full_name.substr(7) : full_name;
  line.warning(0, fmt::format("'{}' ignored because {} has no {} capability.{}", shown,
                              line.target->title(), lacks, row.misplaced_hint));
}

}  // namespace

Line::Line(Draft& owner, const Statement& said, ProxyDraft* about)
    : draft{owner}, statement{said}, target{about} {
  if (said.words.size() < 2) return;
  const std::string_view first = said.words[0].text;
  negated = first == "no";
  defaulted = first == "default";
  if (negated || defaulted) skipped_ = 1;
}

std::string Line::joined(std::size_t first) const {
  std::string text;
  for (std::size_t i = first; i < size(); ++i) {
    if (i != first) text += ' ';
    text += word(i);
  }
  return text;
}

void Line::alert(std::size_t index, std::string_view message, std::string hint) {
  draft.alert(place(index), fmt::format("config : parsing [{}] : {}", at(), message),
              std::move(hint));
}

void Line::alert_tight(std::size_t index, std::string_view message, std::string hint) {
  draft.alert(place(index), fmt::format("config : parsing [{}]: {}", at(), message),
              std::move(hint));
}

void Line::warning(std::size_t index, std::string_view message, std::string hint) {
  draft.warning(place(index), fmt::format("config : parsing [{}] : {}", at(), message),
                std::move(hint));
}

void Line::warning_tight(std::size_t index, std::string_view message, std::string hint) {
  draft.warning(place(index), fmt::format("config : parsing [{}]: {}", at(), message),
                std::move(hint));
}

void Line::harmless_alert(std::size_t index, std::string_view message) {
  draft.harmless_alert(place(index), fmt::format("config : parsing [{}] : {}", at(), message));
}

void Line::not_built(std::size_t index, std::string_view what) {
  alert(index, not_built_text(what));
}

bool Line::too_many(std::size_t limit, std::string_view what) {
  if (!has(limit + 1)) return false;
  alert(limit + 1,
        fmt::format("'{}' cannot handle unexpected argument '{}'.", what, word(limit + 1)));
  return true;
}

std::string not_built_text(std::string_view what) {
  return fmt::format("'{}' is known but not built yet in this version of proxyd", what);
}

std::string maybe(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = parsers::common::suggest(word, candidates);
  return near.empty() ? std::string{} : fmt::format("; did you mean '{}' maybe ?", near);
}

bool check_row(Line& line, const Keyword& row, std::string_view full_name, std::size_t words) {
  const Scope scope = scope_of(line);
  if ((row.scope & scope) == 0 && (scope & kDefaults) != 0) {
    const bool named_would_do = (row.scope & kNamedDefaults) != 0;
    const std::string text = fmt::format("'{}' not allowed in {}'defaults' section.", full_name,
                                         named_would_do ? "anonymous " : "");
    row.style == Style::Tight ? line.alert_tight(0, text) : line.alert(0, text);
    return false;
  }
  if ((row.scope & scope) == 0) say_misplaced(line, row, full_name);
  if (row.max_args == kAnyNumber) return true;
  return !line.too_many(words - 1 + static_cast<std::size_t>(row.max_args), full_name);
}

void warn_unless_number(Line& line, std::size_t index) {
  if (lib::base::parse_number<std::int64_t>(line.word(index)).has_value()) return;
  line.warning(index, fmt::format("'{}' is not a number and counts as {}.", line.word(index),
                                  leading_number(line.word(index))));
}

std::string trailing_text(char character, std::string_view value) {
  return fmt::format(
      "unexpected character '{}' after the timer value '{}', only "
      "(us=microseconds,ms=milliseconds,s=seconds,m=minutes,h=hours,d=days) are supported. This "
      "will be reported as an "
      "error in next versions.",
      character, value);
}

void warn_trailing(Line& line, std::size_t index, const Delay& delay) {
  if (delay.trailing == '\0') return;
  line.draft.warning(line.place(index),
                     "config : " + trailing_text(delay.trailing, line.word(index)),
                     "times have one unit: write 90m instead of 1h30m");
}

void check_negation(Line& line) {
  const bool takes_it = std::find(kNegatable.begin(), kNegatable.end(), line.word(0)) != kNegatable.end();
  if (takes_it || (!line.negated && !line.defaulted)) return;
  line.alert_tight(0,
                   "negation/default currently supported only for options, log, busy-polling, set-dumpable, strict-limits, "
                   "insecure-fork-wanted and numa-cpu-mapping.");
}

void read_statement(Draft& draft, const Statement& statement, ProxyDraft* target) {
  if (!draft.reads_on(statement)) return;
  Line line{draft, statement, target};
  const KeywordIndex& index = target == nullptr ? draft.global_index : draft.proxy_index;
  const std::string_view word = line.word(0);
  check_negation(line);
  const Keyword* row = index.find(word);
  if (row == nullptr) return refuse_unknown(line, index);
  if (check_row(line, *row, row->name, 1)) row->parse(line);
}

}  // namespace proxyd::config

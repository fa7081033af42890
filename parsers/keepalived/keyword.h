// How keywords are declared: a table a block, a row a keyword, beside the function that stores it.
//
//   constexpr auto kScriptKeywords = std::to_array<Keyword<VrrpScript>>({
//       {"script", 1, [](VrrpScript& to, Reader& in) { to.command = ...; }, "command to run"},
//       {"interval", 1, [](VrrpScript& to, Reader& in) { in.seconds(1, ..., to.interval); }, "seconds between runs"},
//       {"authentication", 0, &parse_authentication, "legacy authentication", Form::Block},
//   });
//   read_block<VrrpScript>(kScriptKeywords, script, statement, context);
//
// A keyword outside a table does not exist: unknown words get the original's complaint and the nearest known word.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/time.h"
#include "parsers/keepalived/findings.h"
#include "parsers/keepalived/system.h"
#include "parsers/keepalived/tree.h"

namespace parsers::keepalived {

using lib::base::Duration;

/// What every block is read with.
struct Context {
  Findings& findings;
  const System& system;
  const LoadOptions& options;
  KeepalivedConfig& config;
  bool stopped = false;        // a keyword without its argument: nothing more is read
  bool refused_vrrp = false, refused_lvs = false;
  std::uint32_t next_rule_priority4 = 16384, next_rule_priority6 = 16384;  // of rules without one, counted down
  bool missing_interface = false;  // an address or route names one that is not there: VRRP is refused
};

/// The longest time that keepalived can hold.
constexpr Duration kNoLimit = Duration::max();

/// Numbers of class Strict never take trailing junk; Lenient ones take "12abc" as 12, with a warning, but not under -t.
enum class Numbers : std::uint8_t { Strict, Lenient };

/// One statement with everything that a row's function needs to read its arguments and to complain.
class Reader {
 public:
  Reader(const Statement& statement, Context& context) : statement_{statement}, context_{context} {}

  const Statement& statement() const { return statement_; }
  Context& context() { return context_; }
  std::size_t size() const { return statement_.words.size(); }
  std::string_view word(std::size_t index) const { return statement_.word(index); }
  std::string text(std::size_t index) const { return std::string{statement_.word(index)}; }
  Place place(std::size_t index = 0) const { return statement_.place(index); }

  void complain(std::string message, std::size_t index = 1, Complaint complaint = Complaint::General);
  /// With the way out below the place.
  void complain_with_hint(std::string message, std::string hint, std::size_t index = 1);
  /// Without a prefix that names the line: the object is named in the message.
  void complain_about(std::string message, std::size_t index = 1, Complaint complaint = Complaint::General);
  /// About what the whole block lacks: at its '}'. Nothing is said of a block that reading did not finish.
  void complain_at_end(std::string message);
  void log(std::string message) { complain(std::move(message), 0, Complaint::Log); }

  /// A whole number in [low, high]; complains in the original's words ("number '300' outside range [1, 255]").
  std::optional<std::int64_t> number(std::size_t index, std::int64_t low, std::int64_t high, Numbers how = Numbers::Strict);
  /// Decimal seconds, at most six decimals. `high` may be kNoLimit.
  std::optional<Duration> seconds(std::size_t index, Duration low, Duration high);
  /// true|on|yes, false|off|no, or nothing at all for true; nothing (and no complaint) for another word.
  std::optional<bool> boolean(std::size_t index) const;
  /// A name of one of iproute2's files ("rt_tables"), or a number.
  std::optional<std::uint32_t> find_route_name(std::string_view file, std::string_view name) const;

 private:
  const Statement& statement_;
  Context& context_;
};

enum class Form : std::uint8_t { Line, Block };

template <class T>
struct Keyword {
  std::string_view name;
  std::size_t arguments = 0;            // at least
  void (*parse)(T& to, Reader& in) = nullptr;
  std::string_view usage;               // its arguments, for the manual
  std::string_view meaning;             // with units, range and default
  Form form = Form::Line;
};

/// Complaints that do not depend on the block's type.
void complain_unknown(const Statement& statement, std::span<const std::string_view> known, Context& context);
/// False: an argument is missing, and reading ends.
bool has_arguments(const Statement& statement, std::size_t wanted, Context& context);
/// False: the row says no.
bool check_form(const Statement& statement, Form form, Context& context);

/// One table of the rows of two.
template <class T, std::size_t First, std::size_t Second>
constexpr std::array<Keyword<T>, First + Second> join(const std::array<Keyword<T>, First>& first,
                                                      const std::array<Keyword<T>, Second>& second) {
  std::array<Keyword<T>, First + Second> both{};
  for (std::size_t i = 0; i < First; ++i) both[i] = first[i];
  for (std::size_t i = 0; i < Second; ++i) both[First + i] = second[i];
  return both;
}

template <class T, std::size_t Size>
void read_statement(const std::array<Keyword<T>, Size>& table, T& to, const Statement& statement, Context& context) {
  for (const Keyword<T>& row : table) {
    if (row.name != statement.keyword()) continue;
    if (!has_arguments(statement, row.arguments, context) || !check_form(statement, row.form, context)) return;
    Reader reader{statement, context};
    row.parse(to, reader);
    return;
  }
  std::array<std::string_view, Size> names;
  for (std::size_t i = 0; i < Size; ++i) names[i] = table[i].name;
  complain_unknown(statement, names, context);
}

template <class T, std::size_t Size>
void read_block(const std::array<Keyword<T>, Size>& table, T& to, const Statement& block, Context& context) {
  for (const Statement& statement : block.body) {
    if (context.stopped) return;
    read_statement(table, to, statement, context);
  }
}

/// "12.5" as microseconds; nothing when it is no decimal number.
std::optional<std::int64_t> parse_decimal_micros(std::string_view text);

}  // namespace parsers::keepalived

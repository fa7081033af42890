// One rule being read: "http-request set-var(txn.x) src if ...". Its action's row reads the words after the action's name.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxyd/config/line.h"
#include "proxyd/rules/rule.h"
#include "proxyd/samples/compile.h"

namespace proxyd::config {

/// The lists that rules stand in, as bits: an action's row names those that know it.
using RuleSets = std::uint8_t;
inline constexpr RuleSets kTcpConnection = 1, kTcpSession = 2, kTcpContent = 4, kTcpResponse = 8, kHttpRequest = 16,
                          kHttpResponse = 32, kHttpAfterResponse = 64;
inline constexpr RuleSets kTcpRules = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse;
inline constexpr RuleSets kHttpRules = kHttpRequest | kHttpResponse | kHttpAfterResponse;

/// What a request passes, in this order, wherever the lines stand.
enum class Station : std::uint8_t { TcpConnection, TcpSession, TcpContent, Monitor, HttpRequest, Redirect, UseBackend, UseServer, Response };
/// Warns where the line stands below one of a later station.
void warn_of_order(Line& line, Station own, std::string_view title = {});

/// A kind of list.
struct RuleSet {
  RuleSets bit;
  std::string_view keyword;                      // "tcp-request content"
  rules::RuleList ProxyRules::* list;
  samples::Place front, back;                    // where its rules are evaluated, by the proxy's side
  Station station;
  bool is_http() const { return (bit & kHttpRules) != 0; }
  bool is_response() const { return (bit & (kTcpResponse | kHttpResponse | kHttpAfterResponse)) != 0; }
};

class RuleLine {
 public:
  RuleLine(Line& about, const RuleSet& which, std::size_t action_word);

  Line& line;
  const RuleSet& set;
  std::string_view word;       // the action as written: "set-var(txn.x)"
  std::string_view parameter;  // between its parentheses
  bool is_open = false;        // it has "(" and no ")" at its end
  std::size_t at;              // the next word to be read
  bool is_final = false;       // set by actions after which no other rule is looked at
  bool condition_is_argument = false;  // set by actions that complain about their condition by themselves
  bool names_title = false;    // set by actions of TCP rules whose faults begin with the rule's title
  bool is_line = false;        // no action of a list but a line of its own: "redirect", "http-error"

  /// "http-request set-var(txn.x)"
  std::string title() const;
  /// "error detected in frontend 'f' while parsing '...' rule"
  std::string fault_title() const;
  /// Whether a word follows that is no condition.
  bool has_more() const;
  /// The next word, or empty at the end of the line.
  std::string_view next() { return line.word(at++); }
  /// Alerts at word `index`: "error detected in frontend 'f' while parsing '...' rule : message." for HTTP rules.
  void fail(std::size_t index, std::string_view message);
  /// Null after an alert; each takes its words.
  std::optional<formats::Format> format();
  /// The same for a text that word `index` is about.
  std::optional<formats::Format> format_of(std::string_view text, std::size_t index);
  samples::ExpressionPtr expression();
  /// What goes before a regular expression's own fault differs: "failed to parse the regex : ".
  std::shared_ptr<const patterns::Regex> regex(std::string_view before = {});
  /// Whether `count` words follow, whatever they are; else alerts that "expects" says.
  bool expects(std::size_t count, std::string_view message);
  samples::Place place() const { return line.target->is_front() ? set.front : set.back; }
};

const RuleSet& rule_set(RuleSets bit);
/// "stats http-request": a rule of the statistics page.
void read_stats_rule(Line& line);

/// One action of rules.
struct ActionRow {
  std::string_view name;  // up to "("
  RuleSets sets = 0;
  /// The action; null after an alert.
  std::unique_ptr<const rules::Action> (*read)(RuleLine& rule) = nullptr;
  std::string_view usage{}, doc{};
};

/// The tables of actions, by what they are about.
std::span<const ActionRow> flow_actions();
std::span<const ActionRow> header_actions();
std::span<const ActionRow> start_line_actions();
std::span<const ActionRow> list_actions();
std::span<const ActionRow> variable_actions();
std::span<const ActionRow> answer_actions();
std::span<const ActionRow> waiting_actions();
std::span<const ActionRow> bandwidth_actions();
std::span<const ActionRow> redirect_actions();
const ActionRow& redirect_line();
std::span<const ActionRow> stream_actions();

}  // namespace proxyd::config

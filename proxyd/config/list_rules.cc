// Actions that keep something beyond the request: captures for the log, and changes of pattern lists and maps.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "proxyd/config/condition_text.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/capture_action.h"
#include "proxyd/rules/list_actions.h"

namespace proxyd::config {
namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::ListChange;

/// What stands between the parentheses. haproxy takes the last character off, whatever it is.
std::string list_name(const RuleLine& rule) {
  const std::size_t open = rule.word.find('(');
  if (open == std::string_view::npos || open + 1 >= rule.word.size()) return {};
  return std::string{rule.word.substr(open + 1, rule.word.size() - open - 2)};
}

template <ListChange change>
ActionPtr read_change(RuleLine& rule) {
  constexpr bool has_value = change == ListChange::SetMap;
  if (!rule.expects(has_value ? 2 : 1, has_value ? "expects exactly 2 arguments" : "expects exactly 1 arguments")) return nullptr;
  std::string name = list_name(rule);
  auto key = rule.format();
  if (!key) return nullptr;
  std::optional<formats::Format> value{std::in_place};
  if (has_value) value = rule.format();
  if (!value) return nullptr;
  rule.line.draft.changed_lists.push_back(name);
  return std::make_unique<rules::ChangeList>(change, environment_of(rule.line).library, std::move(name), std::move(*key),
                                             std::move(*value));
}

/// A new slot of the frontend.
ActionPtr capture_in_new_slot(RuleLine& rule, samples::ExpressionPtr expression) {
  const std::int64_t length = leading_number(rule.next());
  if (length <= 0) {
    rule.fail(rule.at - 1, "length must be > 0");
    return nullptr;
  }
  if (!rule.line.target->is_front() && !rule.line.in_defaults()) {
    rule.fail(rule.at - 2, fmt::format("proxy '{}' has no frontend capability", rule.line.proxy().name));
    return nullptr;
  }
  auto& slots = rule.line.proxy().request_captures;
  slots.push_back({"", static_cast<std::uint32_t>(std::min<std::int64_t>(length, INT32_MAX))});
  return std::make_unique<rules::Capture>(false, static_cast<std::uint32_t>(slots.size() - 1), std::move(expression));
}

ActionPtr capture_in_slot(RuleLine& rule, samples::ExpressionPtr expression) {
  const std::string_view word = rule.next();
  std::int32_t id = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), id);
  if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) {
    rule.fail(rule.at - 1, fmt::format("cannot parse id '{}'", word));
    return nullptr;
  }
  const bool of_response = rule.set.is_response();
  if (id >= 0) rule.line.draft.capture_references.push_back({rule.line.target, id, of_response, rule.line.place(rule.at - 1)});
  // A negative one names no slot: nothing is kept, as with haproxy.
  return std::make_unique<rules::Capture>(of_response, static_cast<std::uint32_t>(id), std::move(expression));
}

ActionPtr read_http_capture(RuleLine& rule) {
  const bool of_response = rule.set.is_response();
  const std::string_view expected =
      of_response ? "expects <expression> id <idx>" : "expects <expression> [ 'len' <length> | id <idx> ]";
  std::size_t words = 0;
  while (rule.line.has(rule.at + words) && rule.line.word(rule.at + words) != "if" && rule.line.word(rule.at + words) != "unless") ++words;
  if (words < 3) {
    rule.fail(rule.at, expected);
    return nullptr;
  }
  auto expression = rule.expression();
  if (expression == nullptr) return nullptr;
  if (!rule.has_more() || !rule.line.has(rule.at + 1)) {
    rule.fail(rule.at, expected);
    return nullptr;
  }
  const std::string_view how = rule.next();
  if (how == "len" && !of_response) return capture_in_new_slot(rule, std::move(expression));
  if (how == "id") return capture_in_slot(rule, std::move(expression));
  rule.fail(rule.at - 1, fmt::format("expects {}, found '{}'", of_response ? "'id'" : "'len' or 'id'", how));
  return nullptr;
}

ActionPtr read_tcp_capture(RuleLine& rule) {
  rule.names_title = true;
  const auto fail = [&](std::string_view message) {
    rule.fail(rule.at, message);
    return nullptr;
  };
  if (rule.line.has(rule.at) && !rule.has_more()) return fail(fmt::format("unknown fetch method '{}'", rule.line.word(rule.at)));
  auto expression = rule.expression();
  if (expression == nullptr) return nullptr;
  if (rule.line.word(rule.at) != "len") return fail("a positive 'len' argument is mandatory");
  ++rule.at;
  if (!samples::is_usable(expression->source, samples::Place::FrontSession))
    rule.line.draft.content_captures.push_back(rule.line.target);
  return capture_in_new_slot(rule, std::move(expression));
}

constexpr auto kRows = std::to_array<ActionRow>({
    {"capture", kHttpRules, read_http_capture, "<expression> { len <length> | id <slot> }", "Keep a value for the log."},
    {"capture", kTcpContent, read_tcp_capture, "<expression> len <length>", "Keep a value for the log."},
    {"set-map", kHttpRules, read_change<ListChange::SetMap>, "(<file>) <key> <value>",
     "Set a key of a map, or add it."},
    {"del-map", kHttpRules, read_change<ListChange::DeleteKey>, "(<file>) <key>", "Take a key out of a map."},
    {"add-acl", kHttpRequest | kHttpResponse, read_change<ListChange::AddPattern>, "(<file>) <pattern>",
     "Add a pattern to a list."},
    {"del-acl", kHttpRules, read_change<ListChange::DeleteKey>, "(<file>) <pattern>",
     "Take a pattern out of a list."},
});

}  // namespace

std::span<const ActionRow> list_actions() { return kRows; }

}  // namespace proxyd::config

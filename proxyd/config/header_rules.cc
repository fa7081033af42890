// Actions on header fields.
#include <fmt/format.h>

#include <array>

#include "lib/base/text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/binary_headers.h"
#include "proxyd/rules/header_actions.h"
#include "proxyd/rules/hint_action.h"

namespace proxyd::config {
namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::NameMatch;
using rules::ValueUnit;

rules::Message message_of(const RuleLine& rule) {
  return rule.set.is_response() ? rules::Message::Response : rules::Message::Request;
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) c = lib::base::to_lower(c);
  return lower;
}

template <bool replaces>
ActionPtr read_put_header(RuleLine& rule) {
  if (!rule.expects(2, "expects exactly 2 arguments")) return nullptr;
  std::string name{rule.next()};
  auto value = rule.format();
  if (!value) return nullptr;
  return std::make_unique<rules::PutHeader>(message_of(rule), std::move(name), std::move(*value), replaces);
}

struct NameMethod {
  std::string_view word;
  NameMatch how;
};
constexpr auto kNameMethods = std::to_array<NameMethod>({
    {"str", NameMatch::Exact}, {"beg", NameMatch::Begins}, {"end", NameMatch::Ends}, {"sub", NameMatch::Contains},
    {"reg", NameMatch::Regex},
});

/// "-m beg"; nothing after an alert.
std::optional<NameMatch> read_name_method(RuleLine& rule) {
  if (rule.line.word(rule.at) != "-m") return NameMatch::Exact;
  ++rule.at;
  if (!rule.expects(1, "-m flag expects exactly 1 argument")) return std::nullopt;
  const std::string_view word = rule.next();
  for (const NameMethod& each : kNameMethods)
    if (each.word == word) return each.how;
  rule.fail(rule.at - 1, fmt::format("-m with unsupported matching method '{}'", word));
  return std::nullopt;
}

ActionPtr read_drop_headers(RuleLine& rule) {
  if (!rule.expects(1, "expects at least 1 argument")) return nullptr;
  const std::size_t name = rule.at++;
  const auto how = read_name_method(rule);
  if (!how) return nullptr;
  std::shared_ptr<const patterns::Regex> regex;
  if (*how == NameMatch::Regex) {
    const std::size_t behind = std::exchange(rule.at, name);
    regex = rule.regex();
    rule.at = behind;
    if (regex == nullptr) return nullptr;
  }
  return std::make_unique<rules::DropHeaders>(message_of(rule), *how, lower_case(rule.line.word(name)), std::move(regex));
}

template <ValueUnit unit>
ActionPtr read_replace_value(RuleLine& rule) {
  if (!rule.expects(3, "expects exactly 3 arguments")) return nullptr;
  std::string name = lower_case(rule.next());
  auto regex = rule.regex();
  if (regex == nullptr) return nullptr;
  auto replacement = rule.format();
  if (!replacement) return nullptr;
  return std::make_unique<rules::ReplaceValue>(message_of(rule), unit, std::move(name), std::move(regex),
                                               std::move(*replacement));
}

template <bool replaces>
ActionPtr read_put_headers(RuleLine& rule) {
  auto list = rule.expression();
  if (list == nullptr) return nullptr;
  std::string prefix;
  if (rule.line.word(rule.at) == "prefix") {
    ++rule.at;
    if (!rule.expects(1, "missing prefix")) return nullptr;
    prefix = lower_case(rule.next());
  }
  return std::make_unique<rules::PutHeaders>(message_of(rule), std::move(list), std::move(prefix), replaces);
}

ActionPtr read_drop_listed_headers(RuleLine& rule) {
  auto list = rule.expression();
  if (list == nullptr) return nullptr;
  const std::size_t word = rule.at + 1;
  const auto how = read_name_method(rule);
  if (!how) return nullptr;
  if (*how != NameMatch::Exact && *how != NameMatch::Begins) {
    rule.fail(word, fmt::format("-m with unsupported matching method '{}'", rule.line.word(word)));
    return nullptr;
  }
  return std::make_unique<rules::DropListedHeaders>(message_of(rule), *how, std::move(list));
}

ActionPtr read_early_hint(RuleLine& rule) {
  if (!rule.expects(2, "expects exactly 2 arguments")) return nullptr;
  std::string name = lower_case(rule.next());
  auto value = rule.format();
  if (!value) return nullptr;
  return std::make_unique<rules::EarlyHint>(std::move(name), std::move(*value));
}

constexpr auto kHeader = std::to_array<ActionRow>({
    {"add-header", kHttpRules, read_put_header<false>, "<name> <format>", "Add a header field."},
    {"set-header", kHttpRules, read_put_header<true>, "<name> <format>", "Put a header field in place of those of that name."},
    {"del-header", kHttpRules, read_drop_headers, "<name> [-m { str | beg | end | sub | reg }]",
     "Take all header fields of such a name out."},
    {"add-headers-bin", kHttpRules, read_put_headers<false>, "<expression> [prefix <text>]",
     "Add the header fields of a binary list, as req.hdrs_bin yields it."},
    {"set-headers-bin", kHttpRules, read_put_headers<true>, "<expression> [prefix <text>]",
     "Put the header fields of a binary list in place of those of their names."},
    {"del-headers-bin", kHttpRules, read_drop_listed_headers, "<expression> [-m { str | beg }]",
     "Take all header fields out whose names a binary list has."},
    {"early-hint", kHttpRequest, read_early_hint, "<name> <format>", "Send a field of a 103 answer before the answer."},
    {"replace-header", kHttpRules, read_replace_value<ValueUnit::Line>, "<name> <regex> <format>",
     "Put a text in place of each value of that header that matches."},
    {"replace-value", kHttpRules, read_replace_value<ValueUnit::ListItem>, "<name> <regex> <format>",
     "The same with each of the values that commas separate."},
});

}  // namespace

std::span<const ActionRow> header_actions() { return kHeader; }

}  // namespace proxyd::config

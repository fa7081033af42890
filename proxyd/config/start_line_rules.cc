// Actions on request lines and status lines.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/http/status.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/normalize_target.h"
#include "proxyd/rules/start_line_actions.h"

namespace proxyd::config {
namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::TargetPart;

bool is_condition(std::string_view word) { return word == "if" || word == "unless"; }

/// Exactly `count` words up to the condition.
bool expects_only(RuleLine& rule, std::size_t count, std::string_view message) {
  if (!rule.expects(count, message)) return false;
  const std::string_view behind = rule.line.word(rule.at + count);
  if (behind.empty() || is_condition(behind)) return true;
  rule.fail(rule.at + count, message);
  return false;
}

ActionPtr read_set_method(RuleLine& rule) {
  if (!expects_only(rule, 1, "expects exactly 1 argument <format>")) return nullptr;
  auto method = rule.format();
  if (!method) return nullptr;
  return std::make_unique<rules::SetMethod>(std::move(*method));
}

template <TargetPart part>
ActionPtr read_set_target(RuleLine& rule) {
  if (!expects_only(rule, 1, "expects exactly 1 argument <format>")) return nullptr;
  auto text = rule.format();
  if (!text) return nullptr;
  return std::make_unique<rules::SetTarget>(part, std::move(*text));
}

template <TargetPart part>
ActionPtr read_replace_target(RuleLine& rule) {
  if (!expects_only(rule, 2, "expects exactly 2 arguments <match-regex> and <replace-format>")) return nullptr;
  auto regex = rule.regex("failed to parse the regex : ");
  if (regex == nullptr) return nullptr;
  auto replacement = rule.format();
  if (!replacement) return nullptr;
  return std::make_unique<rules::ReplaceTarget>(part, std::move(regex), std::move(*replacement));
}

ActionPtr read_set_status(RuleLine& rule) {
  if (!rule.expects(1, "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>")) return nullptr;
  std::string_view word = rule.next();
  while (word.starts_with(' ')) word.remove_prefix(1);
  if (word.starts_with('+')) word.remove_prefix(1);
  unsigned status = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), status);
  if (read.ec != std::errc{} || read.ptr != word.data() + word.size() || status < 100 || status > 999) {
    rule.fail(rule.at - 1, "expects an integer status code between 100 and 999");
    return nullptr;
  }
  std::string reason{lib::http::reason_phrase(static_cast<int>(status))};
  const std::string_view given = rule.line.word(rule.at + 1);
  if (rule.line.word(rule.at) == "reason" && !given.empty() && !is_condition(given)) {
    reason = given;
    rule.at += 2;
  }
  return std::make_unique<rules::SetStatus>(status, std::move(reason));
}

struct NormalizerName {
  std::string_view word;
  rules::Normalizer which;
  std::string_view option{};  // that it knows
};
constexpr auto kNormalizers = std::to_array<NormalizerName>({
    {"path-merge-slashes", rules::Normalizer::PathMergeSlashes},
    {"path-strip-dot", rules::Normalizer::PathStripDot},
    {"path-strip-dotdot", rules::Normalizer::PathStripDotdot, "full"},
    {"percent-decode-unreserved", rules::Normalizer::PercentDecodeUnreserved, "strict"},
    {"percent-to-uppercase", rules::Normalizer::PercentToUppercase, "strict"},
    {"query-sort-by-name", rules::Normalizer::QuerySortByName},
    {"fragment-strip", rules::Normalizer::FragmentStrip},
    {"fragment-encode", rules::Normalizer::FragmentEncode},
});

ActionPtr read_normalize(RuleLine& rule) {
  if (!rule.line.draft.expose_experimental) {
    rule.line.alert(rule.at - 1,
                    "'normalize-uri' action is experimental, must be allowed via a global 'expose-experimental-directives'");
    return nullptr;
  }
  if (!rule.expects(1, "missing argument <normalizer>")) return nullptr;
  const std::string_view word = rule.next();
  const auto found = std::find_if(kNormalizers.begin(), kNormalizers.end(), [&](const auto& each) { return each.word == word; });
  if (found == kNormalizers.end()) {
    rule.fail(rule.at - 1, fmt::format("unknown normalizer '{}'", word));
    return nullptr;
  }
  const std::string_view option = rule.line.word(rule.at);
  const bool has_option = !found->option.empty() && option == found->option;
  if (!found->option.empty() && !has_option && !option.empty() && !is_condition(option)) {
    rule.fail(rule.at, fmt::format("unknown argument '{}' for '{}' normalizer", option, word));
    return nullptr;
  }
  if (has_option) ++rule.at;
  return std::make_unique<rules::NormalizeTarget>(found->which, has_option);
}

constexpr auto kRows = std::to_array<ActionRow>({
    {"set-method", kHttpRequest, read_set_method, "<format>", "Change the method."},
    {"set-path", kHttpRequest, read_set_target<TargetPart::Path>, "<format>", "Change the path, without the query."},
    {"set-pathq", kHttpRequest, read_set_target<TargetPart::PathAndQuery>, "<format>", "Change path and query."},
    {"set-query", kHttpRequest, read_set_target<TargetPart::Query>, "<format>", "Change the query."},
    {"set-uri", kHttpRequest, read_set_target<TargetPart::Whole>, "<format>", "Change the whole request target."},
    {"replace-path", kHttpRequest, read_replace_target<TargetPart::Path>, "<regex> <format>",
     "Put a text in place of a path that matches."},
    {"replace-pathq", kHttpRequest, read_replace_target<TargetPart::PathAndQuery>, "<regex> <format>",
     "The same with path and query."},
    {"replace-uri", kHttpRequest, read_replace_target<TargetPart::Whole>, "<regex> <format>", "The same with the whole target."},
    {"normalize-uri", kHttpRequest, read_normalize, "<normalizer> [full | strict]", "Bring the target into a common form."},
    {"set-status", kHttpResponse | kHttpAfterResponse, read_set_status, "<status> [reason <text>]", "Change the status."},
});

}  // namespace

std::span<const ActionRow> start_line_actions() { return kRows; }

}  // namespace proxyd::config

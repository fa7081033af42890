// "redirect", as an action and as a line of its own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/redirect.h"

namespace proxyd::config {

namespace {

using Kind = rules::RedirectPlan::Kind;

/// The line of its own takes its words as they are; the action's are formats.
enum class Words : std::uint8_t { Literal, Formats };

formats::Format literal(std::string text) {
  formats::Format format;
  formats::FormatItem item;
  item.text = std::move(text);
  format.items.push_back(std::move(item));
  return format;
}

class RedirectReader {
 public:
  RedirectReader(RuleLine& rule, Words words) : rule_{rule}, words_{words} {}

  std::unique_ptr<const rules::Action> read() {
    while (rule_.has_more()) {
      const std::size_t index = rule_.at++;
      if (!read_option(rule_.line.word(index), index)) return nullptr;
    }
    if (plan_.kind == Kind::None) {
      rule_.fail(rule_.at, "redirection type expected ('prefix', 'location', or 'scheme')");
      return nullptr;
    }
    plan_.of_response = rule_.set.is_response();
    return std::make_unique<rules::Redirect>(std::move(plan_));
  }

 private:
  bool fail(std::size_t index, std::string_view message) {
    rule_.fail(index, message);
    return false;
  }

  /// The word after an option; false after an alert.
  bool has_argument(std::string_view option, std::size_t index) {
    if (!rule_.line.word(rule_.at).empty()) return true;
    rule_.fail(index, fmt::format("missing argument for '{}'", option));
    return false;
  }

  bool read_option(std::string_view option, std::size_t index) {
    if (option == "location") return read_target(option, index, Kind::Location);
    if (option == "prefix") return read_target(option, index, Kind::Prefix);
    if (option == "scheme") return read_target(option, index, Kind::Scheme);
    if (option == "code") return has_argument(option, index) && read_code();
    if (option == "set-cookie" || option == "clear-cookie" || option == "set-cookie-fmt")
      return has_argument(option, index) && read_cookie(option);
    if (option == "drop-query") plan_.drop_query = true;
    else if (option == "append-slash") plan_.append_slash = true;
    else if (option == "ignore-empty") plan_.ignore_empty = true;
    else if (option == "keep-query") plan_.keep_query = true;
    else
      return fail(index, fmt::format("expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'set-cookie-fmt', "
                                       "'clear-cookie', 'drop-query', 'keep-query', 'ignore-empty' or 'append-slash' (was '{}')",
                                       option));
    return true;
  }

  bool read_target(std::string_view option, std::size_t index, Kind kind) {
    if (!has_argument(option, index)) return false;
    plan_.kind = kind;
    if (rule_.set.is_response() && kind != Kind::Location) return fail(index, "response only supports redirect type 'location'");
    plan_.drops_prefix = kind == Kind::Prefix && rule_.line.word(rule_.at) == "/";
    if (words_ == Words::Literal) {
      plan_.target = literal(std::string{rule_.next()});
      return true;
    }
    auto format = rule_.format();
    if (format) plan_.target = std::move(*format);
    return format.has_value();
  }

  bool read_code() {
    const std::string_view word = rule_.next();
    const std::int64_t code = leading_number(word);
    if (code != 301 && code != 302 && code != 303 && code != 307 && code != 308)
      return fail(rule_.at - 1, fmt::format("'code': unsupported HTTP code '{}' (must be one of 301, 302, 303, 307 or 308)",
                                              word));
    plan_.code = static_cast<int>(code);
    return true;
  }

  bool read_cookie(std::string_view option) {
    if (option == "set-cookie-fmt") {
      auto format = rule_.format();
      if (!format) return false;
      formats::FormatItem path;
      path.text = "; path=/;";
      format->items.push_back(std::move(path));
      plan_.cookie = std::move(*format);
      return true;
    }
    plan_.cookie = literal(std::string{rule_.next()} + (option == "set-cookie" ? "; path=/;" : "; path=/; Max-Age=0;"));
    return true;
  }

  RuleLine& rule_;
  Words words_;
  rules::RedirectPlan plan_;
};

std::unique_ptr<const rules::Action> read_redirect(RuleLine& rule) {
  rule.is_final = true;
  rule.condition_is_argument = true;
  return RedirectReader{rule, Words::Formats}.read();
}

std::unique_ptr<const rules::Action> read_redirect_line(RuleLine& rule) {
  rule.condition_is_argument = true;
  return RedirectReader{rule, Words::Literal}.read();
}

constexpr std::string_view kUsage =
    "{ location | prefix | scheme } <format> [code <code>] [drop-query] [keep-query] [append-slash] [ignore-empty] "
    "[set-cookie <name>[=<value>]] [set-cookie-fmt <format>] [clear-cookie <name>[=]]";

constexpr auto kRedirects = std::to_array<ActionRow>({
    {"redirect", kHttpRequest | kHttpResponse, read_redirect, kUsage, "Send the client elsewhere."},
});

constexpr ActionRow kLine{"redirect", kHttpRequest, read_redirect_line, kUsage, "Send the client elsewhere."};

}  // namespace

std::span<const ActionRow> redirect_actions() { return kRedirects; }
const ActionRow& redirect_line() { return kLine; }

}  // namespace proxyd::config

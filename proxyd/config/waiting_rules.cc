// Actions that let time pass: wait-for-body, pause.
#include <fmt/format.h>

#include <array>

#include "lib/base/text.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/waiting_actions.h"

namespace proxyd::config {

namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;

/// A time in milliseconds; nothing after an alert.
std::optional<Duration> read_time(RuleLine& rule) {
  const std::size_t index = rule.at++;
  const Delay delay = read_delay(rule.line.word(index), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::None) return delay.value;
  rule.fail(index, delay.fault == DelayFault::Overflow ? "time overflow (maximum value is 2147483647 ms or ~24.8 days)"
                                                       : fmt::format("unexpected character '{}'", delay.character));
  return std::nullopt;
}

/// "16k": bytes; nothing after an alert.
std::optional<std::uint64_t> read_bytes(RuleLine& rule) {
  const std::size_t index = rule.at++;
  std::string_view unexpected;
  const auto size = read_size(rule.line.word(index), unexpected);
  if (!size) rule.fail(index, fmt::format("unexpected character '{}'", unexpected));
  return size;
}

ActionPtr read_wait_for_body(RuleLine& rule) {
  std::optional<Duration> time;
  std::uint64_t at_least = UINT64_MAX;
  while (rule.has_more() && (rule.line.word(rule.at) == "time" || rule.line.word(rule.at) == "at-least")) {
    const std::string_view option = rule.next();
    if (!rule.line.has(rule.at)) {
      rule.fail(rule.at - 1, fmt::format("missing argument for '{}'", option));
      return nullptr;
    }
    if (option == "time") {
      time = read_time(rule);
      if (!time) return nullptr;
      continue;
    }
    const auto size = read_bytes(rule);
    if (!size) return nullptr;
    if (*size != 0) at_least = *size;
  }
  if (!time) {
    rule.fail(rule.at, "expects time <time> [ at-least <bytes> ]");
    return nullptr;
  }
  return std::make_unique<rules::WaitForBody>(time->count(), at_least);
}

ActionPtr read_pause(RuleLine& rule) {
  if (!rule.has_more()) {
    rule.fail(rule.at, "expects a time or an expression");
    return nullptr;
  }
  const std::string_view word = rule.line.word(rule.at);
  if (!word.empty() && lib::base::is_digit(word.front())) {
    const auto time = read_time(rule);
    if (!time) return nullptr;
    return std::make_unique<rules::Pause>(time->count(), nullptr);
  }
  auto expression = rule.expression();
  if (expression == nullptr) return nullptr;
  return std::make_unique<rules::Pause>(0, std::move(expression));
}

constexpr auto kWaiting = std::to_array<ActionRow>({
    {"wait-for-body", kHttpRequest | kHttpResponse, read_wait_for_body, "time <time> [at-least <size>]",
     "Go on when the body is here, or so much of it."},
    {"pause", kHttpRequest | kHttpResponse, read_pause, "{ <time> | <expression> }", "Let some time pass."},
});

}  // namespace

std::span<const ActionRow> waiting_actions() { return kWaiting; }

}  // namespace proxyd::config

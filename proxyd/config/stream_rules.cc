// Actions on the connection and on how a stream is handled.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "proxyd/config/condition_text.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/stream_actions.h"
#include "proxyd/rules/waiting_actions.h"

namespace proxyd::config {

namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::ClientSide;
using rules::Handling;
using rules::PacketField;

template <ClientSide which>
ActionPtr read_address(RuleLine& rule) {
  auto expression = rule.expression();
  return expression == nullptr ? nullptr : std::make_unique<rules::SetAddress>(which, std::move(expression));
}

template <ClientSide which>
ActionPtr read_port(RuleLine& rule) {
  auto expression = rule.expression();
  return expression == nullptr ? nullptr : std::make_unique<rules::SetPort>(which, std::move(expression));
}

/// As strtoul with base 0: where it stops, and what it read.
std::string_view read_integer(std::string_view text, std::uint32_t& out) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const int base = hex ? 16 : text.starts_with('0') ? 8 : 10;
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (fault == std::errc::result_out_of_range) value = UINT64_MAX;
  out = static_cast<std::uint32_t>(negative ? 0 - value : value);
  return {end, static_cast<std::size_t>(text.data() + text.size() - end)};
}

/// `or_expression`: what 3.4 adds in place of the number.
template <PacketField field, bool or_expression>
ActionPtr read_packet_field(RuleLine& rule) {
  if (!rule.has_more()) {
    rule.fail(rule.at, "expects exactly 1 argument (integer/hex value)");
    return nullptr;
  }
  const std::string_view word = rule.line.word(rule.at);
  std::uint32_t value = 0;
  const std::string_view rest = read_integer(word, value);
  samples::ExpressionPtr expression;
  if (or_expression && rest.size() == word.size()) {
    expression = rule.expression();
    if (expression == nullptr) return nullptr;
  } else if (!rest.empty()) {
    rule.fail(rule.at, fmt::format("invalid character starting at '{}' (integer/hex value expected)", rest));
    return nullptr;
  } else {
    (void)rule.next();
  }
  if constexpr (field == PacketField::Mark || field == PacketField::BackMark) rule.line.global().sandbox.sets_marks = true;
  return std::make_unique<rules::SetPacketField>(field, value, std::move(expression));
}

constexpr auto kLevels = std::to_array<std::string_view>({"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"});

ActionPtr read_log_level(RuleLine& rule) {
  const std::string_view word = rule.has_more() ? rule.line.word(rule.at) : std::string_view{};
  const auto found = std::find(kLevels.begin(), kLevels.end(), word);
  if (found == kLevels.end() && word != "silent") {
    rule.fail(rule.at, "expects exactly 1 argument (log level name or 'silent')");
    return nullptr;
  }
  ++rule.at;
  const auto level = word == "silent" ? Handling::kSilent : static_cast<std::int8_t>(found - kLevels.begin());
  return std::make_unique<rules::SetLogLevel>(level);
}

struct TimeoutName {
  std::string_view name;
  std::int64_t Handling::*which;
};
constexpr auto kTimeouts = std::to_array<TimeoutName>({
    {"client", &Handling::client_us}, {"connect", &Handling::connect_us}, {"queue", &Handling::queue_us},
    {"server", &Handling::server_us}, {"tarpit", &Handling::tarpit_us}, {"tunnel", &Handling::tunnel_us},
});

ActionPtr read_timeout(RuleLine& rule) {
  if (!rule.has_more() || !rule.line.has(rule.at + 1)) {
    rule.fail(rule.at, "expects exactly 2 arguments");
    return nullptr;
  }
  const std::string_view name = rule.next();
  const auto row = std::find_if(kTimeouts.begin(), kTimeouts.end(), [name](const TimeoutName& each) { return each.name == name; });
  if (row == kTimeouts.end()) {
    rule.fail(rule.at - 1, fmt::format("'set-timeout' rule supports 'client'/'connect'/'queue'/'server'/'tarpit'/'tunnel' "
                                       "(got '{}')", name));
    return nullptr;
  }
  const bool in_front = name == "client" || name == "tarpit";
  if (!rule.line.in_defaults() && !(in_front ? true : rule.line.target->is_back())) {
    rule.fail(rule.at - 1, fmt::format("proxy '{}' has no backend capability", rule.line.proxy().name));
    return nullptr;
  }
  const std::string_view text = rule.line.word(rule.at);
  const Delay delay = read_delay(text, std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::None && delay.trailing == '\0') {
    if (delay.value.count() == 0) {
      rule.fail(rule.at, fmt::format("null value is not valid for a 'set-timeout {}' rule", name));
      return nullptr;
    }
    ++rule.at;
    return std::make_unique<rules::SetTimeout>(row->which, delay.value.count(), nullptr);
  }
  const std::string_view fetch = text.substr(0, text.find_first_of(",("));
  if (!samples::is_known_fetch(fetch)) {
    rule.fail(rule.at, fmt::format("unexpected character '{}' in rule 'set-timeout {}'", delay.character, name));
    return nullptr;
  }
  auto expression = rule.expression();
  if (expression == nullptr) return nullptr;
  return std::make_unique<rules::SetTimeout>(row->which, 0, std::move(expression));
}

template <std::int32_t Handling::*which, std::int32_t most>
ActionPtr read_priority(RuleLine& rule) {
  auto expression = rule.expression();
  return expression == nullptr ? nullptr : std::make_unique<rules::SetPriority>(which, most, std::move(expression));
}

ActionPtr read_retries(RuleLine& rule) {
  const std::string_view word = rule.has_more() ? rule.line.word(rule.at) : std::string_view{};
  std::uint32_t value = 0;
  const bool is_number = !word.empty() && read_integer(word, value).empty();
  if (is_number && value > 0 && value <= INT32_MAX) {
    ++rule.at;
    return std::make_unique<rules::SetRetries>(static_cast<std::int32_t>(value), nullptr);
  }
  if (is_number) {
    rule.fail(rule.at, fmt::format("expects a number of retries from 1 on (got '{}')", word));
    return nullptr;
  }
  auto expression = rule.expression();
  return expression == nullptr ? nullptr : std::make_unique<rules::SetRetries>(0, std::move(expression));
}

ActionPtr read_silent_drop(RuleLine& rule) {
  rule.is_final = true;
  std::uint32_t ttl = 0;
  if (rule.has_more() && rule.line.word(rule.at) == "rst-ttl") {
    ++rule.at;
    const bool good = rule.has_more() && read_integer(rule.line.word(rule.at), ttl).empty() && ttl >= 1 && ttl <= UINT8_MAX;
    if (!good) {
      rule.fail(rule.at, "'rst-ttl' expects a number of hops between 1 and 255");
      return nullptr;
    }
    ++rule.at;
  }
  return std::make_unique<rules::SilentDrop>(static_cast<std::uint8_t>(ttl));
}

template <rules::Foreword which>
ActionPtr read_foreword(RuleLine& rule) {
  const std::string_view word = rule.has_more() ? rule.line.word(rule.at) : std::string_view{};
  if (word != "layer4") {
    rule.fail(rule.at, fmt::format("'{}' only supports 'layer4' in {} (got '{}')", rule.title(), rule.line.target->title(), word));
    return nullptr;
  }
  if (rule.set.bit != kTcpConnection) {
    rule.fail(rule.at, fmt::format("'{} layer4' is not allowed in '{}' rules in {}", rule.word, rule.set.keyword,
                                   rule.line.target->title()));
    return nullptr;
  }
  ++rule.at;
  return std::make_unique<rules::ExpectForeword>(which);
}

/// Any number, as atoi reads it; what is beyond the bounds is cut.
ActionPtr read_nice(RuleLine& rule) {
  if (!rule.has_more()) {
    rule.fail(rule.at, "expects exactly 1 argument (integer value)");
    return nullptr;
  }
  warn_unless_number(rule.line, rule.at);
  return std::make_unique<rules::SetNice>(static_cast<int>(std::clamp<std::int64_t>(leading_number(rule.next()), -1024, 1024)));
}

template <class Kind>
ActionPtr read_plain(RuleLine&) {
  return std::make_unique<Kind>();
}

constexpr RuleSets kAddressSets = kTcpConnection | kTcpSession | kTcpContent | kHttpRequest;
constexpr RuleSets kPacketSets = kTcpRules | kHttpRequest | kHttpResponse;
constexpr RuleSets kBackSets = kTcpContent | kHttpRequest;
constexpr RuleSets kQueueSets = kTcpContent | kHttpRequest;

constexpr auto kRows = std::to_array<ActionRow>({
    {"disable-l7-retry", kHttpRequest, read_plain<rules::DisableRepeats>, "", "Never send this request a second time."},
    {"expect-netscaler-cip", kTcpConnection | kTcpSession | kTcpContent, read_foreword<rules::Foreword::Netscaler>, "layer4",
     "A NetScaler client IP header comes first."},
    {"expect-proxy", kTcpConnection | kTcpSession | kTcpContent, read_foreword<rules::Foreword::Proxy>, "layer4",
     "A PROXY protocol header comes first."},
    {"set-bc-mark", kBackSets, read_packet_field<PacketField::BackMark, true>, "{ <number> | <expression> }",
     "Mark packets to the server for routing and filters."},
    {"set-bc-tos", kBackSets, read_packet_field<PacketField::BackTos, true>, "{ <number> | <expression> }",
     "The TOS or DSCP field of packets to the server."},
    {"set-dst", kAddressSets, read_address<ClientSide::Destination>, "<expression>", "Where the client is taken to have connected to."},
    {"set-dst-port", kAddressSets, read_port<ClientSide::Destination>, "<expression>", "The port of that."},
    {"set-fc-mark", kPacketSets, read_packet_field<PacketField::Mark, true>, "{ <number> | <expression> }",
     "Mark packets to the client for routing and filters."},
    {"set-fc-tos", kPacketSets, read_packet_field<PacketField::Tos, true>, "{ <number> | <expression> }",
     "The TOS or DSCP field of packets to the client."},
    {"set-log-level", kTcpContent | kTcpResponse | kHttpRules, read_log_level, "<level> | silent", "The level of this stream's line, or none."},
    {"set-mark", kPacketSets, read_packet_field<PacketField::Mark, false>, "<number>", "As set-fc-mark."},
    {"set-nice", kTcpContent | kTcpResponse | kHttpRequest | kHttpResponse, read_nice, "<number>",
     "How much the stream gives way to others: -1024 (none) to 1024."},
    {"set-priority-class", kQueueSets, read_priority<&Handling::priority_class, 2047>, "<expression>",
     "Lower classes leave a queue first."},
    {"set-priority-offset", kQueueSets, read_priority<&Handling::priority_offset, 524287>, "<expression>",
     "Milliseconds by which this stream counts as younger in a queue."},
    {"set-retries", kQueueSets, read_retries, "{ <number> | <expression> }", "In place of the backend's retries."},
    {"set-src", kAddressSets, read_address<ClientSide::Source>, "<expression>", "Who the client is taken to be."},
    {"set-src-port", kAddressSets, read_port<ClientSide::Source>, "<expression>", "The port of that."},
    {"set-timeout", kHttpRequest | kHttpResponse, read_timeout, "<which> { <time> | <expression> }", "Another timeout for this stream."},
    {"set-tos", kPacketSets, read_packet_field<PacketField::Tos, false>, "<number>", "As set-fc-tos."},
    {"silent-drop", kTcpRules | kHttpRequest | kHttpResponse, read_silent_drop, "[rst-ttl <hops>]",
     "Forget the connection without a word to the client."},
    {"wait-for-handshake", kHttpRequest, read_plain<rules::WaitForHandshake>, "", "Wait until a TLS handshake has ended."},
});

}  // namespace

std::span<const ActionRow> stream_actions() { return kRows; }

}  // namespace proxyd::config

#include "proxyd/config/bandwidth_keywords.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/stream_actions.h"

namespace proxyd::config {
namespace {

using rules::BandwidthFilter;

/// The filter of that name, made where it is not there yet: rules may stand before it.
std::shared_ptr<BandwidthFilter> filter_of(Proxy& proxy, std::string_view name) {
  auto found = proxy.bandwidth_filters.find(name);
  if (found == proxy.bandwidth_filters.end())
    found = proxy.bandwidth_filters.emplace(name, std::make_shared<BandwidthFilter>()).first;
  return found->second;
}

// ---- "filter"

/// Nothing after an alert.
std::optional<std::uint64_t> read_bytes(Line& line, std::size_t at, std::string_view option) {
  std::string_view unexpected;
  const auto size = read_size(line.word(at), unexpected);
  if (!size) line.alert(at, fmt::format("'filter {}' : '{}' : unexpected character '{}' in a size", line.word(1), option, unexpected));
  return size;
}

/// Milliseconds where no unit says otherwise; nothing after an alert.
std::optional<Duration> read_period(Line& line, std::size_t at, std::string_view option) {
  const Delay delay = read_delay(line.word(at), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::None && delay.trailing == '\0' && delay.value.count() > 0) return delay.value;
  line.alert(at, fmt::format("'filter {}' : '{}' expects a time above 0 (got '{}')", line.word(1), option, line.word(at)));
  return std::nullopt;
}

/// One option with its value. False after an alert.
bool read_bandwidth_option(Line& line, std::size_t at, BandwidthFilter& filter) {
  const std::string_view option = line.word(at);
  if (option == "limit" || option == "key" || option == "table") {
    line.not_built(at, fmt::format("filter {} ... {}", line.word(1), option));
    return false;
  }
  if (option != "default-limit" && option != "default-period" && option != "min-size") {
    line.alert(at, fmt::format("'filter {}' expects 'default-limit', 'default-period' or 'min-size' (got '{}')", line.word(1), option) +
                       maybe(option, {"default-limit", "default-period", "min-size"}));
    return false;
  }
  if (!line.has(at + 1)) {
    line.alert(at, fmt::format("'filter {}' : '{}' expects a value as argument", line.word(1), option));
    return false;
  }
  if (option == "default-period") {
    const auto period = read_period(line, at + 1, option);
    if (period) filter.period_us = period->count();
    return period.has_value();
  }
  const auto size = read_bytes(line, at + 1, option);
  if (!size) return false;
  (option == "min-size" ? filter.min_size : filter.limit) = *size;
  return true;
}

void read_bandwidth_filter(Line& line) {
  const std::string_view name = line.word(2);
  if (name.empty()) return line.alert(1, fmt::format("'filter {}' expects a name as first argument", line.word(1)));
  BandwidthFilter read;
  read.is_defined = true;
  read.of_response = line.word(1) == "bwlim-out";
  for (std::size_t at = 3; at < line.size(); at += 2)
    if (!read_bandwidth_option(line, at, read)) return;
  if (read.limit == 0) return line.alert(1, fmt::format("'filter {}' expects a 'default-limit' above 0", line.word(1)));
  if (read.period_us == 0) return line.alert(1, fmt::format("'filter {}' expects a 'default-period'", line.word(1)));
  BandwidthFilter& filter = *filter_of(line.proxy(), name);
  if (filter.is_defined)
    return line.alert(2, fmt::format("'filter {}' : there is a bandwidth limitation '{}' already", line.word(1), name));
  filter = read;
}

constexpr auto kOtherFilters = std::to_array<std::string_view>(
    {"cache", "comp-req", "comp-res", "compression", "fcgi-app", "opentracing", "spoe", "trace"});

void parse_filter(Line& line) {
  const std::string_view kind = line.word(1);
  if (kind.empty()) return line.alert(0, fmt::format("missing argument for 'filter' in {}.", line.target->title()));
  if (kind == "bwlim-in" || kind == "bwlim-out") return read_bandwidth_filter(line);
  if (std::find(kOtherFilters.begin(), kOtherFilters.end(), kind) != kOtherFilters.end())
    return line.not_built(1, fmt::format("filter {}", kind));
  std::vector<std::string_view> names{kOtherFilters.begin(), kOtherFilters.end()};
  names.insert(names.end(), {"bwlim-in", "bwlim-out"});
  line.alert(1, fmt::format("'filter' : unknown keyword '{}'", kind) + maybe(kind, names));
}

constexpr auto kFilterRows = std::to_array<Keyword>({
    {.name = "filter", .scope = kAnyProxy, .parse = parse_filter,
     .usage = "bwlim-in|bwlim-out <name> default-limit <size> default-period <time> [min-size <size>]",
     .doc = "Limit how fast requests or responses are, where \"set-bandwidth-limit\" says so."},
});

// ---- "set-bandwidth-limit"

using Number = rules::SetBandwidth::Number;

/// What follows "limit": a size, or an expression. False after an alert.
bool read_limit(RuleLine& rule, Number& out) {
  const std::string_view word = rule.line.word(rule.at);
  if (!lib::base::is_digit(word.front())) return (out.expression = rule.expression()) != nullptr;
  std::string_view unexpected;
  const auto size = read_size(word, unexpected);
  if (size && *size != 0) {
    ++rule.at;
    out.value = static_cast<std::int64_t>(*size);
    return true;
  }
  rule.fail(rule.at, size ? "'limit' expects a size above 0 or an expression"
                          : fmt::format("'limit' : unexpected character '{}' in a size", unexpected));
  return false;
}

bool read_rule_period(RuleLine& rule, Number& out) {
  const std::string_view word = rule.line.word(rule.at);
  if (!lib::base::is_digit(word.front())) return (out.expression = rule.expression()) != nullptr;
  const Delay delay = read_delay(word, std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::None && delay.trailing == '\0' && delay.value.count() > 0) {
    ++rule.at;
    out.value = delay.value.count();
    return true;
  }
  rule.fail(rule.at, fmt::format("'period' expects a time above 0 or an expression (got '{}')", word));
  return false;
}

std::unique_ptr<const rules::Action> read_set_bandwidth(RuleLine& rule) {
  if (rule.line.in_defaults()) {
    rule.fail(rule.at - 1, "is not allowed in a 'defaults' section, where no filter can be");
    return nullptr;
  }
  if (!rule.has_more()) {
    rule.fail(rule.at, "expects the name of a bandwidth limitation filter");
    return nullptr;
  }
  const std::size_t name_at = rule.at;
  const std::string name{rule.next()};
  Number limit, period;
  while (rule.has_more() && (rule.line.word(rule.at) == "limit" || rule.line.word(rule.at) == "period")) {
    const std::string_view option = rule.next();
    if (!rule.line.has(rule.at)) {
      rule.fail(rule.at - 1, fmt::format("'{}' expects a value or an expression", option));
      return nullptr;
    }
    if (!(option == "limit" ? read_limit(rule, limit) : read_rule_period(rule, period))) return nullptr;
  }
  rule.line.target->wanted_filters.emplace_back(name, rule.line.place(name_at));
  return std::make_unique<rules::SetBandwidth>(filter_of(rule.line.proxy(), name), std::move(limit), std::move(period));
}

constexpr auto kActions = std::to_array<ActionRow>({
    {"set-bandwidth-limit", kTcpContent | kTcpResponse | kHttpRequest | kHttpResponse, read_set_bandwidth,
     "<filter> [limit { <size> | <expression> }] [period { <time> | <expression> }]", "Turn a bandwidth limitation on."},
});

}  // namespace

void check_filters(Draft& draft, const ProxyDraft& about) {
  for (const auto& [name, place] : about.wanted_filters) {
    if (about.proxy->bandwidth_filters.find(name)->second->is_defined) continue;
    draft.alert(place, fmt::format("config : {} : there is no bandwidth limitation filter '{}' for 'set-bandwidth-limit'.",
                                   about.title(), name));
  }
}

const KeywordTable& filter_keywords() {
  static constexpr KeywordTable kTable{"", kFilterRows};
  return kTable;
}

std::span<const ActionRow> bandwidth_actions() { return kActions; }

}  // namespace proxyd::config

#include "proxyd/config/log_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/ring_section.h"

namespace proxyd::config {

namespace {

constexpr auto kFacilities = std::to_array<std::string_view>(
    {"kern",   "user",   "mail",   "daemon", "auth",   "syslog", "lpr",    "news",
     "uucp",   "cron",   "auth2",  "ftp",    "ntp",    "audit",  "alert",  "cron2",
     "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"});
constexpr auto kLevels = std::to_array<std::string_view>(
    {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"});
constexpr auto kStyles = std::to_array<std::pair<std::string_view, LogFormatStyle>>({
    {"local", LogFormatStyle::Local},
    {"rfc3164", LogFormatStyle::Rfc3164},
    {"rfc5424", LogFormatStyle::Rfc5424},
    {"priority", LogFormatStyle::Priority},
    {"short", LogFormatStyle::Short},
    {"timed", LogFormatStyle::Timed},
    {"iso", LogFormatStyle::Iso},
    {"raw", LogFormatStyle::Raw},
});
constexpr std::uint16_t kSyslogPort = 514;

template <std::size_t Size>
std::optional<std::uint8_t> position(const std::array<std::string_view, Size>& names,
                                     std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - names.begin());
}

/// Addresses of stream sockets: lines for them go through a ring of their own.
bool is_stream(std::string_view text) {
  constexpr auto kStreams = std::to_array<std::string_view>({"tcp@", "tcp4@", "tcp6@", "uxst@", "stream+"});
  return std::any_of(kStreams.begin(), kStreams.end(), [text](std::string_view each) { return text.starts_with(each); });
}

/// The target's address; empty when it is fine.
std::string read_target(Draft& draft, std::string_view text, LogTarget& target) {
  if (text == "stdout" || text == "stderr") {
    target.kind = text == "stdout" ? LogTarget::Kind::Stdout : LogTarget::Kind::Stderr;
    target.fd = text == "stdout" ? 1 : 2;
    return {};
  }
  if (text.starts_with("ring@")) {
    target.kind = LogTarget::Kind::Ring;
    target.ring = text.substr(5);
    return {};
  }
  const bool stream = is_stream(text);
  AddressRules rules;
  rules.datagram = !stream;
  rules.inherited_fd_allowed = true;
  rules.environment = draft.options.environment;
  auto address = parse_address(text, rules);
  if (!address.has_value()) return address.error().message;
  target.where = std::move(address->where);
  switch (target.where.kind) {
    case lib::net::Endpoint::Kind::Ip:
      target.kind = LogTarget::Kind::Udp;
      if (!address->has_port || target.where.ip.port() == 0) target.where.ip.set_port(kSyslogPort);
      break;
    case lib::net::Endpoint::Kind::UnixPath:
    case lib::net::Endpoint::Kind::UnixAbstract:
      target.kind = LogTarget::Kind::Unix;
      break;
    case lib::net::Endpoint::Kind::InheritedFd:
      target.kind = LogTarget::Kind::Fd;
      target.fd = target.where.inherited_fd;
      break;
  }
  if (!stream) return {};
  target.kind = LogTarget::Kind::Ring;
  target.ring = add_implicit_ring(draft, target);
  return {};
}

void refuse(Line& line, std::size_t word, std::string_view message) {
  line.alert(word, fmt::format("log : {}", message));
}

/// A number without sign; nothing for other text. One that does not fit is as good as the largest.
std::optional<std::uint64_t> whole_number(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), lib::base::is_digit)) return std::nullopt;
  return lib::base::parse_number<std::uint64_t>(digits).value_or(UINT64_MAX);
}

/// "3" or "3-5", both ends counted, the second above the first.
std::optional<LogSample::Range> read_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto low = whole_number(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : whole_number(text.substr(dash + 1));
  if (!low.has_value() || !high.has_value() || *low == 0) return std::nullopt;
  if (dash != std::string_view::npos && *high <= *low) return std::nullopt;
  return LogSample::Range{*low, *high};
}

/// "1,3-5:10"; empty when it is fine.
std::string read_sample(std::string_view text, LogSample& sample) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return "Missing sample size";
  const std::string_view ranges = text.substr(0, colon), size = text.substr(colon + 1);
  if (ranges.empty()) return "no sampling ranges given";
  std::uint64_t highest = 0;
  for (std::string_view rest = ranges; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto range = read_range(rest.substr(0, comma));
    if (!range.has_value()) return fmt::format("wrong sample range '{}'", rest);
    sample.ranges.push_back(*range);
    highest = std::max(highest, range->high);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  std::sort(sample.ranges.begin(), sample.ranges.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  for (std::size_t i = 1; i < sample.ranges.size(); ++i)
    if (sample.ranges[i].low <= sample.ranges[i - 1].high) return "ranges are overlapping";
  const auto number = whole_number(size);
  if (!number.has_value() || *number == 0) return fmt::format("wrong sample size '{}' for sample range '{}'", size, ranges);
  if (*number < highest)
    return fmt::format("sample size {} should be greater or equal to {} the maximum of the high ranges limits", *number, highest);
  sample.size = *number;
  return {};
}

/// "len", "format", "sample" after the target, in this order; false after an alert.
bool read_options(Line& line, std::size_t& at, LogTarget& target) {
  if (line.word(at) == "len") {
    const std::int64_t length = leading_number(line.word(at + 1));
    if (length < 80 || length > 65535) {
      refuse(
          line, at + 1,
          fmt::format("invalid log length '{}', must be between 80 and 65535", line.word(at + 1)));
      return false;
    }
    target.length = static_cast<std::uint32_t>(length);
    at += 2;
  }
  if (line.word(at) == "format") {
    const auto style = find_log_style(line.word(at + 1));
    if (!style.has_value()) {
      refuse(line, at + 1, fmt::format("unknown log format '{}'", line.word(at + 1)));
      return false;
    }
    target.style = *style;
    at += 2;
  }
  if (line.word(at) == "sample") {
    if (const std::string fault = read_sample(line.word(at + 1), target.sample); !fault.empty()) {
      refuse(line, at + 1, fault);
      return false;
    }
    at += 2;
  }
  if (line.word(at) == "profile") {
    line.not_built(at, fmt::format("log ... {}", line.word(at)));
    return false;
  }
  return true;
}

/// The facility and the levels; false after an alert.
bool read_levels(Line& line, std::size_t at, LogTarget& target) {
  if (!line.has(at)) {
    refuse(line, at,
           line.target == nullptr ? "expects <address> and <facility>  as arguments"
                                  : "expects <address> and <facility> or global as arguments");
    return false;
  }
  const auto facility = position(kFacilities, line.word(at));
  if (!facility.has_value()) {
    refuse(line, at, fmt::format("unknown log facility '{}'", line.word(at)));
    return false;
  }
  target.facility = *facility;
  if (line.has(at + 1)) {
    const auto level = position(kLevels, line.word(at + 1));
    if (!level.has_value()) {
      refuse(line, at + 1, fmt::format("unknown optional log level '{}'", line.word(at + 1)));
      return false;
    }
    target.max_level = *level;
  }
  if (line.has(at + 2)) {
    const auto level = position(kLevels, line.word(at + 2));
    if (!level.has_value()) {
      refuse(line, at + 2,
             fmt::format("unknown optional minimum log level '{}'", line.word(at + 2)));
      return false;
    }
    target.min_level = *level;
  }
  if (line.has(at + 3)) {
    refuse(line, at + 3, fmt::format("cannot handle unexpected argument '{}'", line.word(at + 3)));
    return false;
  }
  return true;
}

}  // namespace

void read_log(Line& line) {
  std::vector<LogTarget>& logs = line.target == nullptr ? line.global().logs : line.proxy().logs;
  if (line.negated) {
    if (line.has(1)) return refuse(line, 1, "'no log' does not expect arguments");
    logs.clear();
    if (line.target != nullptr) line.target->log_global = false;
    return;
  }
  if (line.size() == 2 && line.word(1) == "global") {
    if (line.target == nullptr)
      return refuse(line, 1, "'global' is not supported for a global syslog server");
    line.target->log_global = true;
    return;
  }
  if (line.size() < 3)
    return refuse(line, line.size(),
                  line.target == nullptr
                      ? "expects <address> and <facility>  as arguments"
                      : "expects <address> and <facility> or global as arguments");
  LogTarget target;
  target.place = line.draft.keep(line.statement.whole());
  std::size_t at = 2;
  if (!read_options(line, at, target)) return;
  if (!read_levels(line, at, target)) return;
  if (const std::string fault = read_target(line.draft, line.word(1), target); !fault.empty())
    return refuse(line, 1, fault);
  logs.push_back(std::move(target));
}

std::optional<LogFormatStyle> find_log_style(std::string_view name) {
  const auto* found = std::find_if(kStyles.begin(), kStyles.end(), [name](const auto& each) { return each.first == name; });
  return found == kStyles.end() ? std::nullopt : std::optional{found->second};
}

namespace {

enum class RingUse : std::uint8_t { Good, Unknown, NoBuffer };

RingUse use_of(const Config& config, const LogTarget& target) {
  if (target.kind != LogTarget::Kind::Ring || find_ring(config, target.ring) != nullptr) return RingUse::Good;
  return target.ring == "stdout" || target.ring == "stderr" ? RingUse::NoBuffer : RingUse::Unknown;
}

}  // namespace

void check_log_rings(Draft& draft) {
  const auto about = [](const LogTarget& target) {
    return fmt::format("declared in file '{}' at line {}", *target.place.file, target.place.line);
  };
  for (const LogTarget& target : draft.config->global.logs) {
    const RingUse use = use_of(*draft.config, target);
    if (use == RingUse::Unknown)
      draft.alert(Place{}, fmt::format("config : global log server {} uses unknown ring named '{}'.", about(target), target.ring));
    if (use == RingUse::NoBuffer)
      draft.alert(Place{}, fmt::format("config : global log server {} uses incompatible ring '{}'.", about(target), target.ring));
  }
  for (const ProxyDraft& each : draft.proxies)
    for (const LogTarget& target : each.proxy->logs) {
      const RingUse use = use_of(*draft.config, target);
      if (use == RingUse::Good) continue;
      draft.alert(Place{}, fmt::format("config : log server declared in proxy section '{}' in file '{}' at line {} uses {} ring "
                                       "named '{}'.",
                                       each.proxy->name, *target.place.file, target.place.line,
                                       use == RingUse::Unknown ? "unknown" : "incompatible", target.ring));
    }
}

}  // namespace proxyd::config

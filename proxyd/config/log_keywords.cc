// Where logs go and how their lines look: "log", "log-tag", "log-format", in global and in proxies.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/haproxy/logformat.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

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

/// The target's address; empty when it is fine.
std::string read_target(std::string_view text, LogTarget& target) {
  if (text == "stdout" || text == "stderr") {
    target.kind = text == "stdout" ? LogTarget::Kind::Stdout : LogTarget::Kind::Stderr;
    target.fd = text == "stdout" ? 1 : 2;
    return {};
  }
  if (text.starts_with("ring@")) return not_built_text(text);
  AddressRules rules;
  rules.datagram = true;
  rules.inherited_fd_allowed = true;
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
  return {};
}

void refuse(Line& line, std::size_t word, std::string_view message) {
  line.alert(word, fmt::format("log : {}", message));
}

/// "len", "format" after the target; false after an alert.
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
    const auto* style = std::find_if(kStyles.begin(), kStyles.end(), [&](const auto& each) {
      return each.first == line.word(at + 1);
    });
    if (style == kStyles.end()) {
      refuse(line, at + 1, fmt::format("unknown log format '{}'", line.word(at + 1)));
      return false;
    }
    target.style = style->second;
    at += 2;
  }
  if (line.word(at) == "sample" || line.word(at) == "profile") {
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

void parse_log(Line& line) {
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
  if (const std::string fault = read_target(line.word(1), target); !fault.empty())
    return refuse(line, 1, fault);
  logs.push_back(std::move(target));
}

void parse_log_tag(Line& line) {
  if (!line.has(1)) return line.alert(1, "'log-tag' expects a tag for use in syslog.");
  (line.target == nullptr ? line.global().log_tag : line.proxy().log_tag) = line.word(1);
}

void parse_global_log_tag(Line& line) {
  if (line.too_many(1, "log-tag")) return;
  parse_log_tag(line);
}

void parse_log_format(Line& line) {
  if (!line.has(1)) return line.alert(1, "log-format expects an argument.");
  if (line.has(2))
    return line.alert(2, "log-format expects only one argument, don't forget to escape spaces!");
  if (line.target->kind == ProxyKind::Backend)
    return line.warning(0, fmt::format("{} : 'log-format' directive is ignored in backends.",
                                       line.target->title()));
  const auto items =
      parsers::haproxy::parse_log_format(line.word(1), parsers::haproxy::LogSpaces::Merge);
  if (!items.has_value()) {
    const parsers::haproxy::TextFault& fault = items.error();
    line.draft.alert(parsers::haproxy::place_within(line.statement,
                                                    line.statement.words.size() - line.size() + 1,
                                                    fault.offset, fault.length),
                     fmt::format("config : Parsing [{}]: failed to parse log-format : {}",
                                 line.at(), fault.message));
    return;
  }
  line.proxy().log_line = LogLine::Custom;
  line.proxy().log_format = line.word(1);
  line.proxy().log_format_place = line.draft.keep(line.place(1));
  line.target->log_format_place = line.place(0);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "log",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_log,
     .negatable = true,
     .usage = "global | <target> [len <n>] [format <name>] <facility> [<level> [<minlevel>]]",
     .doc = "Add a log target."},
    {.name = "log-tag",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_log_tag,
     .usage = "<tag>",
     .doc = "Program name in syslog headers."},
    {.name = "log-format",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_log_format,
     .usage = "<format>",
     .doc = "Own form of the log line."},
});

constexpr auto kGlobalRows = std::to_array<Keyword>({
    {.name = "log",
     .scope = kGlobal,
     .parse = parse_log,
     .negatable = true,
     .usage = "<target> [len <n>] [format <name>] <facility> [<level> [<minlevel>]]",
     .doc = "Add a log target for \"log global\"."},
    {.name = "log-tag",
     .scope = kGlobal,
     .parse = parse_global_log_tag,
     .usage = "<tag>",
     .doc = "Program name in syslog headers."},
});

}  // namespace

const KeywordTable& log_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

const KeywordTable& global_log_keywords() {
  static constexpr KeywordTable kTable{"", kGlobalRows};
  return kTable;
}

}  // namespace proxyd::config

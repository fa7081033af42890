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

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lib::base::to_lower(c);
  return out;
}

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

/// The format on a line with one argument; false after an alert.
bool read_format(Line& line) {
  const std::string_view name = line.word(0);
  if (!line.has(1)) line.alert(1, fmt::format("{} expects an argument.", name));
  else if (line.has(2))
    line.alert(2, fmt::format("{} expects only one argument, don't forget to escape spaces!", name));
  else return true;
  return false;
}

void store_format(Line& line, FormatLine& format) {
  format.text = line.word(1);
  format.place = line.draft.keep(line.place(1));
  format.form = nullptr;
}

void parse_log_format(Line& line) {
  if (!read_format(line)) return;
  if (line.target->kind == ProxyKind::Backend)
    return line.warning(0, fmt::format("{} : 'log-format' directive is ignored in backends.",
                                       line.target->title()));
  // What it means is checked at the end, when the mode is known; whether it can be read at all, here.
  const auto items = parsers::haproxy::parse_log_format(line.word(1), parsers::haproxy::LogSpaces::Merge);
  if (!items.has_value()) {
    const parsers::haproxy::TextFault& fault = items.error();
    const std::size_t word = line.statement.words.size() - line.size() + 1;
    return line.draft.alert(parsers::haproxy::place_within(line.statement, word, fault.offset, fault.length),
                            fmt::format("config : Parsing [{}]: failed to parse log-format : {}", line.at(), fault.message));
  }
  line.proxy().log_line = LogLine::Custom;
  line.proxy().log_format = line.word(1);
  line.target->log_format_place = line.place(0);
}

void parse_log_format_sd(Line& line) {
  if (read_format(line)) store_format(line, line.proxy().log_format_sd);
}
void parse_error_log_format(Line& line) {
  if (read_format(line)) store_format(line, line.proxy().error_log_format);
}
void parse_unique_id_format(Line& line) {
  if (read_format(line)) store_format(line, line.proxy().unique_id_format);
}

void parse_unique_id_header(Line& line) {
  if (!line.has(1)) return line.alert(1, "unique-id-header expects an argument.");
  line.proxy().unique_id_header = lower_case(line.word(1));
}

constexpr std::string_view kCaptureKinds = "'capture' expects 'cookie' or 'request header' or 'response header'.";

void parse_captured_cookie(Line& line) {
  if (!line.has(2) || line.word(3) != "len" || !line.has(4))
    return line.alert(2, "'capture' expects 'cookie' <cookie_name> 'len' <len>.");
  Proxy& proxy = line.proxy();
  // "name=" is that cookie alone, "name" every cookie that begins so.
  std::string_view name = line.word(2);
  proxy.captured_cookie_is_prefix = !name.ends_with('=');
  if (!proxy.captured_cookie_is_prefix) name.remove_suffix(1);
  proxy.captured_cookie = name;
  proxy.captured_cookie_length = static_cast<std::uint32_t>(std::clamp<std::int64_t>(leading_number(line.word(4)), 0, 65535));
}

void parse_capture(Line& line) {
  const std::string_view side = line.word(1);
  if (side == "cookie") return parse_captured_cookie(line);
  if ((side != "request" && side != "response") || line.word(2) != "header") return line.alert(1, kCaptureKinds);
  if (!line.has(3) || line.word(4) != "len" || !line.has(5))
    return line.alert(3, fmt::format("'capture {}' expects 'header' <header_name> 'len' <len>.", side));
  if (line.has(6))
    return line.alert(6, fmt::format("'capture {}' cannot handle unexpected argument '{}'.", side, line.word(6)));
  const std::int64_t length = std::clamp<std::int64_t>(leading_number(line.word(5)), 0, 65535);
  auto& captures = side == "request" ? line.proxy().request_captures : line.proxy().response_captures;
  captures.push_back({lower_case(line.word(3)), static_cast<std::uint32_t>(length)});
}

/// "declare capture request len 20": a slot that rules fill.
void parse_declare(Line& line) {
  if (line.word(1) != "capture")
    return line.alert(1, fmt::format("unknown declaration type '{}' (supports 'capture')", line.word(1)));
  const std::string_view side = line.word(2);
  if (side != "request" && side != "response")
    return line.alert(2, "'declare capture' requires a direction ('request' or 'response')");
  if (line.word(3) != "len") return line.alert(3, "'declare capture' requires a capture length ('len')");
  if (!line.has(4))
    return line.alert(4, "'declare capture': 'len' requires a numeric value that represents the capture length");
  const auto length = lib::base::parse_number<std::uint32_t>(line.word(4));
  if (!length) return line.alert(4, "'declare capture': cannot parse the length 'len'.");
  auto& captures = side == "request" ? line.proxy().request_captures : line.proxy().response_captures;
  captures.push_back({"", *length});
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
    {.name = "log-format-sd",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_log_format_sd,
     .usage = "<format>",
     .doc = "Structured data of RFC 5424's lines."},
    {.name = "error-log-format",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_error_log_format,
     .usage = "<format>",
     .doc = "Form of the line about a connection that failed before its first request."},
    {.name = "unique-id-format",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_unique_id_format,
     .usage = "<format>",
     .doc = "What each request's unique id is made of."},
    {.name = "unique-id-header",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_unique_id_header,
     .usage = "<name>",
     .doc = "Header that tells servers the unique id."},
    {.name = "capture",
     .scope = kFront,
     .parse = parse_capture,
     .usage = "{ request header | response header | cookie } <name> len <length>",
     .doc = "Keep a header or cookie for the log and for rules."},
    {.name = "declare",
     .scope = kFront,
     .parse = parse_declare,
     .usage = "capture { request | response } len <length>",
     .doc = "Make room for what rules capture."},
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

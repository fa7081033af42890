// Where logs go and how their lines look: "log", "log-tag", "log-format", in global and in proxies.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/haproxy/logformat.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/log_target.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lib::base::to_lower(c);
  return out;
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
  if (line.in_defaults()) return line.alert(0, "'declare' not available in default section");
  if (!line.target->is_front()) return line.alert(0, "'declare' only available in frontend or listen section");
  if (!line.has(1)) return line.alert(1, "'declare' needs a second keyword that specify the type of declaration ('capture')");
  if (line.word(1) != "capture")
    return line.alert(1, fmt::format("unknown declaration type '{}' (supports 'capture')", line.word(1)));
  const std::string_view side = line.word(2);
  if (side != "request" && side != "response")
    return line.alert(2, "'declare capture' requires a direction ('request' or 'response')");
  if (line.word(3) != "len") return line.alert(3, "'declare capture' requires a capture length ('len')");
  if (!line.has(4))
    return line.alert(4, "'declare capture': 'len' requires a numeric value that represents the capture length");
  const auto length = lib::base::parse_number<std::int32_t>(line.word(4));
  if (!length) return line.alert(4, "'declare capture': cannot parse the length 'len'.");
  if (*length <= 0) return line.alert(4, "length must be > 0");
  auto& captures = side == "request" ? line.proxy().request_captures : line.proxy().response_captures;
  captures.push_back({"", static_cast<std::uint32_t>(*length)});
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "log",
     .scope = kDefaults | kAnyProxy,
     .parse = read_log,
     .negatable = true,
     .usage = "global | <target> [len <n>] [format <name>] [sample <ranges>:<size>] <facility> [<level> [<minlevel>]]",
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
     .scope = kDefaults | kAnyProxy,
     .parse = parse_declare,
     .usage = "capture { request | response } len <length>",
     .doc = "Make room for what rules capture."},
});

constexpr auto kGlobalRows = std::to_array<Keyword>({
    {.name = "log",
     .scope = kGlobal,
     .parse = read_log,
     .negatable = true,
     .usage = "<target> [len <n>] [format <name>] [sample <ranges>:<size>] <facility> [<level> [<minlevel>]]",
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

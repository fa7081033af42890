// What "global" says of HTTP/2.
#include <fmt/format.h>

#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {
namespace {

/// Nothing after an alert.
std::optional<std::uint32_t> read_between(Line& line, std::int64_t smallest, std::int64_t largest) {
  const std::int64_t number = line.has(1) ? leading_number(line.word(1)) : 0;
  if (number < smallest || number > largest) {
    line.alert(1, fmt::format("'{}' expects a numeric value between {} and {}.", line.word(0), smallest, largest));
    return {};
  }
  warn_unless_number(line, 1);
  return static_cast<std::uint32_t>(number);
}

void parse_table_size(Line& line) {
  constexpr std::int64_t kSmallest = 4096, kLargest = 65536;
  line.global().http2.header_table_size = read_between(line, kSmallest, kLargest).value_or(kSmallest);
}

void parse_frame_size(Line& line) {
  constexpr std::int64_t kSmallest = 16384, kLargest = 16777215;  // RFC 9113 section 6.5.2
  line.global().http2.max_frame_size = read_between(line, kSmallest, kLargest).value_or(kSmallest);
}

/// Nothing after an alert. Without a number the original would let nothing through.
std::optional<std::uint32_t> read_count(Line& line) {
  if (!line.has(1)) {
    line.alert(0, fmt::format("'{}' expects an integer argument.", line.word(0)));
    return {};
  }
  const std::int64_t number = leading_number(line.word(1));
  if (number < 0 || number > INT32_MAX) {
    line.alert(1, fmt::format("'{}' expects a positive numeric value.", line.word(0)));
    return {};
  }
  warn_unless_number(line, 1);
  return static_cast<std::uint32_t>(number);
}

template <std::uint32_t Http2Tuning::*Field>
void parse_count(Line& line) {
  const std::optional<std::uint32_t> count = read_count(line);
  if (count) line.global().http2.*Field = *count;
}

template <Http2Tuning::Side Http2Tuning::*Side, std::optional<std::uint32_t> Http2Tuning::Side::*Field>
void parse_side(Line& line) {
  line.global().http2.*Side.*Field = read_count(line);
}

void parse_workaround(Line& line) { line.global().http2.hides_websockets = true; }

using Side = Http2Tuning::Side;
constexpr auto kRows = std::to_array<Keyword>({
    {.name = "h2-workaround-bogus-websocket-clients", .scope = kGlobal, .max_args = 0, .parse = parse_workaround, .usage = "",
     .doc = "Clients are not told that HTTP/2 carries WebSockets."},
    {.name = "tune.h2.header-table-size", .scope = kGlobal, .max_args = 1, .parse = parse_table_size, .usage = "<bytes>",
     .doc = "HPACK's table, each way. At most 65536. Default: 4096."},
    {.name = "tune.h2.initial-window-size", .scope = kGlobal, .max_args = 1, .parse = parse_count<&Http2Tuning::initial_window>,
     .usage = "<bytes>", .doc = "How much of a body may be on its way to us. Default: 65535."},
    {.name = "tune.h2.be.initial-window-size", .scope = kGlobal, .max_args = 1,
     .parse = parse_side<&Http2Tuning::back, &Side::initial_window>, .usage = "<bytes>", .doc = "The same, from servers."},
    {.name = "tune.h2.fe.initial-window-size", .scope = kGlobal, .max_args = 1,
     .parse = parse_side<&Http2Tuning::front, &Side::initial_window>, .usage = "<bytes>", .doc = "The same, from clients."},
    {.name = "tune.h2.max-concurrent-streams", .scope = kGlobal, .max_args = 1, .parse = parse_count<&Http2Tuning::max_streams>,
     .usage = "<number>", .doc = "Streams of a connection at once; 0: no limit. Default: 100."},
    {.name = "tune.h2.be.max-concurrent-streams", .scope = kGlobal, .max_args = 1,
     .parse = parse_side<&Http2Tuning::back, &Side::max_streams>, .usage = "<number>", .doc = "The same, with servers."},
    {.name = "tune.h2.fe.max-concurrent-streams", .scope = kGlobal, .max_args = 1,
     .parse = parse_side<&Http2Tuning::front, &Side::max_streams>, .usage = "<number>", .doc = "The same, with clients."},
    {.name = "tune.h2.max-frame-size", .scope = kGlobal, .max_args = 1, .parse = parse_frame_size, .usage = "<bytes>",
     .doc = "The largest frame that we take, at most a buffer."},
});

}  // namespace

const KeywordTable& http2_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config

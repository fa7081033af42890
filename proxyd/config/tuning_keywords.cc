// "tune.*" of global: sizes of buffers and queues.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

/// The rewrite reserve must leave room for something to be read.
constexpr std::uint32_t kSmallestBuffer = 1024;

bool expect_integer(Line& line) {
  if (line.has(1)) return true;
  line.alert(1, fmt::format("'{}' expects an integer argument.", line.word(0)));
  return false;
}

/// A size with k, m or g; text without a size counts as its leading number, as the original's older
/// releases read it.
std::int64_t read_size(std::string_view text) {
  const auto size = lib::base::parse_size(text);
  if (size.fault == lib::base::UnitFault::None) return static_cast<std::int64_t>(size.value);
  return leading_number(text);
}

void parse_bufsize(Line& line) {
  if (!expect_integer(line)) return;
  const std::int64_t size = read_size(line.word(1));
  if (size <= 0) return line.alert(1, "'tune.bufsize' expects a positive integer argument.");
  if (size < kSmallestBuffer || size > INT32_MAX)
    return line.alert(1, fmt::format("'tune.bufsize' must be between {} and {} (was {})",
                                     kSmallestBuffer, INT32_MAX, size));
  line.global().bufsize = static_cast<std::uint32_t>(size);
}

void parse_maxrewrite(Line& line) {
  if (!expect_integer(line)) return;
  const std::int64_t size = read_size(line.word(1));
  if (size < 0) return line.alert(1, "'tune.maxrewrite' expects a positive integer argument.");
  line.global().maxrewrite = static_cast<std::uint32_t>(std::min<std::int64_t>(size, INT32_MAX));
}

void parse_maxhdr(Line& line) {
  if (!expect_integer(line)) return;
  const std::int64_t count = leading_number(line.word(1));
  if (count < 1 || count > 32767)
    return line.alert(1, "'tune.http.maxhdr' expects a numeric value between 1 and 32767");
  line.global().max_headers = static_cast<std::uint32_t>(count);
}

void parse_logurilen(Line& line) {
  if (!expect_integer(line)) return;
  const std::int64_t length = leading_number(line.word(1));
  constexpr std::int64_t kDefault = 1024;  // what the original takes 0 for
  line.global().log_uri_length = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(length <= 0 ? kDefault : length, 1, INT32_MAX));
}

void parse_maxaccept(Line& line) {
  if (!expect_integer(line)) return;
  const std::int64_t count = leading_number(line.word(1));
  if (count == 0) return;  // the default
  // Below zero: no limit.
  line.global().max_accept =
      count < 0 ? INT32_MAX : static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
}

template <std::uint32_t Global::*Field>
void parse_socket_buffer(Line& line) {
  std::uint32_t& field = line.global().*Field;
  if (field != 0)
    return line.harmless_alert(0, fmt::format("'{}' already specified. Continuing.", line.word(0)));
  if (!expect_integer(line)) return;
  field =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(read_size(line.word(1)), 0, INT32_MAX));
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "tune.bufsize",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_bufsize,
     .usage = "<size>",
     .doc = "Bytes of a buffer; request heads must fit, less tune.maxrewrite. Default: 16384."},
    {.name = "tune.maxrewrite",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_maxrewrite,
     .usage = "<size>",
     .doc = "Bytes of a buffer kept free for added headers. Default: 1024."},
    {.name = "tune.http.maxhdr",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_maxhdr,
     .usage = "<1-32767>",
     .doc = "Most header fields of a message. Default: 101."},
    {.name = "tune.http.logurilen",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_logurilen,
     .usage = "<length>",
     .doc = "Longest request line in logs. Default: 1024."},
    {.name = "tune.maxaccept",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_maxaccept,
     .usage = "<number>",
     .doc = "Connections accepted in a row; -1 for no limit. Default: 4."},
    {.name = "tune.rcvbuf.client",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_socket_buffer<&Global::rcvbuf_client>,
     .usage = "<size>",
     .doc = "Kernel receive buffer of client connections."},
    {.name = "tune.rcvbuf.server",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_socket_buffer<&Global::rcvbuf_server>,
     .usage = "<size>",
     .doc = "Kernel receive buffer of server connections."},
    {.name = "tune.sndbuf.client",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_socket_buffer<&Global::sndbuf_client>,
     .usage = "<size>",
     .doc = "Kernel send buffer of client connections."},
    {.name = "tune.sndbuf.server",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_socket_buffer<&Global::sndbuf_server>,
     .usage = "<size>",
     .doc = "Kernel send buffer of server connections."},
});

}  // namespace

const KeywordTable& tuning_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config

// "timeout ..." of proxies.
#include <fmt/format.h>

#include <array>

#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/retired_keywords.h"

namespace proxyd::config {

namespace {

template <Duration Timeouts::*Field>
void parse_timeout(Line& line) {
  const std::string name = fmt::format("timeout {}", line.word(1));
  if (!line.has(2))
    return line.alert(2, fmt::format("'{}' expects an integer value (in milliseconds)", name));
  const Delay delay = read_delay(line.word(2), std::chrono::milliseconds{1});
  switch (delay.fault) {
    case DelayFault::UnexpectedCharacter:
      return line.alert(2, fmt::format("unexpected character '{}' in '{}'", delay.character, name));
    case DelayFault::Overflow:
      return line.alert(
          2,
          fmt::format("timer overflow in argument '{}' to '{}' (maximum value is 2147483647 ms or "
                      "~24.8 days)",
                      line.word(2), name));
    case DelayFault::None:
      break;
  }
  if (line.has(3))
    return line.alert(3, fmt::format("'{}' : unexpected extra argument '{}' after value '{}'.",
                                     name, line.word(3), line.word(2)));
  warn_trailing(line, 2, delay);
  line.proxy().timeouts.*Field = delay.value;
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "client",
     .scope = kDefaults | kFront,
     .parse = parse_timeout<&Timeouts::client>,
     .usage = "<time>",
     .doc = "Silence of a client. Default: forever, with a warning."},
    {.name = "server",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::server>,
     .usage = "<time>",
     .doc = "Silence of a server. Default: forever, with a warning."},
    {.name = "connect",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::connect>,
     .usage = "<time>",
     .doc = "Connecting to a server. Default: forever, with a warning."},
    {.name = "queue",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::queue>,
     .usage = "<time>",
     .doc = "Waiting for a server's slot. Default: timeout connect."},
    {.name = "check",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::check>,
     .usage = "<time>",
     .doc = "Answer to a health check, once connected. Default: the time between checks, or timeout connect if that is shorter."},
    {.name = "tunnel",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::tunnel>,
     .usage = "<time>",
     .doc = "Silence of both sides of a tunnel. Default: timeout client and timeout server."},
    {.name = "tarpit",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_timeout<&Timeouts::tarpit>,
     .usage = "<time>",
     .doc = "How long a tarpitted request is held. Default: timeout connect."},
    {.name = "http-request",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_timeout<&Timeouts::http_request>,
     .usage = "<time>",
     .doc = "Receiving a whole request head. Default: timeout client."},
    {.name = "http-keep-alive",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_timeout<&Timeouts::http_keep_alive>,
     .usage = "<time>",
     .doc = "Waiting for the next request of a connection. Default: timeout http-request, then timeout client."},
    {.name = "client-hs",
     .scope = kDefaults | kFront,
     .parse = parse_timeout<&Timeouts::handshake>,
     .usage = "<time>",
     .doc = "A TLS handshake with a client; else \"timeout client\" counts."},
    {.name = "client-fin",
     .scope = kDefaults | kFront,
     .parse = parse_timeout<&Timeouts::client_fin>,
     .usage = "<time>",
     .doc = "Silence of a client whose connection is half closed. Default: timeout client."},
    {.name = "server-fin",
     .scope = kDefaults | kBack,
     .parse = parse_timeout<&Timeouts::server_fin>,
     .usage = "<time>",
     .doc = "Silence of a server whose connection is half closed. Default: timeout server."},
});

}  // namespace

void parse_timeout_line(Line& line) {
  const std::string_view name = line.word(1);
  const Keyword* row = line.draft.timeout_index.find(name);
  if (row != nullptr) {
    if (check_row(line, *row, fmt::format("timeout {}", name), 2)) row->parse(line);
    return;
  }
  if (name == "clitimeout" || name == "srvtimeout" || name == "contimeout")
    return line.alert(1, find_retired(kAnyProxy, name)->message);
  line.alert(
      1,
      fmt::format(
          "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', "
          "'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got '{}')",
          name));
}

const KeywordTable& timeout_keywords() {
  static constexpr KeywordTable kTable{"timeout", kRows};
  return kTable;
}

}  // namespace proxyd::config

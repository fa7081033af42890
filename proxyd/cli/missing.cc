// Commands that haproxy has and this program does not have yet: known, so that they are told from slips of the fingers.
#include <array>

#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

std::vector<Command> missing_commands() {
  constexpr auto kMissing = std::to_array<std::string_view>({
      "acme renew", "acme status", "add backend",
      "add server", "clear table",
      "debug counters", "debug dev", "del backend", "del server",
      "disable dynamic-cookie backend",
      "enable dynamic-cookie backend", "expert-mode", "experimental-mode", "get var",
      "httpclient", "publish backend", "set anon",
      "set dynamic-cookie-key backend", "set profiling", "set rate-limit",
      "set table", "set var", "show anon",
      "show cache", "show dev", "show fd", "show libs", "show peers", "show profiling",
      "show quic", "show resolvers",
      "show ssl providers", "show table", "show tasks",
      "show threads", "show trace", "trace", "unpublish backend",
      "wait",
  });
  std::vector<Command> commands;
  for (const std::string_view words : kMissing) {
    // what only looks is open to everyone, what changes something is not
    const bool looks = words.starts_with("show") || words.starts_with("get");
    commands.push_back(
        {std::string{words}, looks ? Level::User : Level::Admin, std::string{words}, "known but not built yet", {}, {}});
  }
  return commands;
}

}  // namespace proxyd::cli

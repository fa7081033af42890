#include "lib/runtime/call.h"

#include <array>
#include <utility>

#include "lib/net/descriptors.h"
#include "lib/runtime/connection.h"

namespace lib::runtime {

std::string_view word(Level level) {
  constexpr auto kWords = std::to_array<std::string_view>({"user", "operator", "admin"});
  return kWords[static_cast<std::size_t>(level)];
}

bool Call::allowed(Level needed) {
  if (settings.level >= needed) return true;
  error("Permission denied");
  return false;
}

void Call::message(Severity severity, std::string_view text) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"});
  const std::size_t number = static_cast<std::size_t>(severity);
  if (settings.severity != SeverityOutput::None) {
    out += '[';
    if (settings.severity == SeverityOutput::Number) {
      out += static_cast<char>('0' + number);
    } else {
      out += kWords[number];
    }
    out += "]: ";
  }
  out += text;
  out += '\n';
}

lib::event::Task<bool> Call::flush() {
  const std::string bytes = std::exchange(out, {});
  const bool sent = co_await connection_.send(bytes);
  co_return sent;
}

lib::event::Task<bool> Call::rest() {
  const bool woken = co_await connection_.rest();
  co_return woken;
}

bool Call::send_descriptor(std::string_view bytes, int descriptor) {
  const std::array<int, 1> one{descriptor};
  return lib::net::send_packet(connection_.fd(), bytes, one);
}

}  // namespace lib::runtime

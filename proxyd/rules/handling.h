// How a stream is handled, where rules say otherwise than the configuration. Pure.
#pragma once

#include <cstdint>

namespace proxyd::rules {

/// Zero, or what is named: as configured.
struct Handling {
  static constexpr std::int8_t kUsual = -2, kSilent = -1;
  std::int64_t client_us = 0, connect_us = 0, queue_us = 0, server_us = 0, tarpit_us = 0, tunnel_us = 0;
  std::int32_t priority_class = 0, priority_offset = 0;  // lower leaves a queue first; milliseconds
  std::int32_t retries = -1;                              // -1: the backend's
  std::int8_t log_level = kUsual;                         // syslog's, or kSilent
  bool never_repeat = false;                              // "retry-on" does not hold
};

/// An end of the client's connection.
enum class ClientSide : std::uint8_t { Source, Destination };
/// What packets to the client carry: the TOS or DSCP field, or a mark for the own host's routing and filters.
enum class PacketField : std::uint8_t { Tos, Mark };
/// What may have to come before a client's first word.
enum class Foreword : std::uint8_t { Proxy, Netscaler };

}  // namespace proxyd::rules

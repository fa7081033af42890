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
  std::int64_t back_mark = -1, back_tos = -1;             // of packets to the server; -1: the system's
  bool has_back_fields() const { return back_mark >= 0 || back_tos >= 0; }
};

/// A "filter bwlim-in" or "bwlim-out": how fast one direction of a stream may be, once a rule turns it on.
struct BandwidthFilter {
  bool of_response = false;    // "bwlim-out"
  bool is_defined = false;     // a "filter" line has been read
  std::uint64_t limit = 0;     // bytes in each period
  std::int64_t period_us = 0;
  std::uint64_t min_size = 0;  // fewer bytes than these do not go by themselves, unless they are the last
};

/// An end of the client's connection.
enum class ClientSide : std::uint8_t { Source, Destination };
/// What packets to the client, or to the server, carry: the TOS or DSCP field, or a mark for the own host's routing and filters.
enum class PacketField : std::uint8_t { Tos, Mark, BackTos, BackMark };
/// What may have to come before a client's first word.
enum class Foreword : std::uint8_t { Proxy, Netscaler };

}  // namespace proxyd::rules

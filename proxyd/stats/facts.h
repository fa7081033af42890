// What statistics show of a proxy, its listeners and servers at one moment: plain values, read once from the running
// objects, so that tables and pages are rendered without locks and can be tested without anything running.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/servers/counters.h"
#include "proxyd/servers/server.h"

namespace proxyd::stats {

using servers::Count;

/// Numbered as the `type` column does.
enum class ObjectKind : std::uint8_t { Frontend = 0, Backend = 1, Server = 2, Listener = 3 };

/// Mean of the last sessions and highest value, in milliseconds.
struct TimeFacts {
  std::uint32_t mean = 0, highest = 0;
};

/// A number per second, now and at its highest.
struct RateFacts {
  std::uint32_t now = 0, highest = 0;
};

/// A server's last health check.
struct CheckFacts {
  bool active = false;            // configured and not switched off: failures are counted
  bool shown = false;             // active, and the server is not in maintenance
  std::string status;             // "L4OK", "* L7STS", ...
  std::string_view meaning;       // "Layer4 check passed"
  int code = 0;                   // 0: none
  std::int64_t duration_ms = -1;  // -1: never ran
  std::string info{};
  std::uint32_t rise = 0, fall = 0, health = 0;
};

/// A frontend, backend, server or listener. What makes no sense for its kind keeps its default.
struct ObjectFacts {
  ObjectKind kind = ObjectKind::Frontend;
  bool http = false;
  bool has_servers = false;      // Backend
  std::string proxy, name;       // name: FRONTEND, BACKEND, the server's or listener's own
  std::string guid;              // empty: none
  std::uint32_t proxy_id = 0, id = 0;
  std::string status;
  std::array<std::uint64_t, servers::kCounts> counts{};
  std::uint64_t count(Count which) const { return counts[static_cast<std::size_t>(which)]; }

  std::uint32_t queued = 0, queued_max = 0, queue_limit = 0;        // limits: 0 is none
  std::uint32_t sessions = 0, sessions_max = 0, session_limit = 0;
  RateFacts session_rate, connection_rate, request_rate;
  std::uint32_t rate_limit = 0;
  std::int64_t last_session_s = -1;                                 // seconds ago; -1 never
  std::uint64_t since_change_s = 0, downtime_s = 0;
  TimeFacts queue_time, connect_time, response_time, total_time;
  std::string address;
  std::string_view algorithm;                                       // Backend

  // Server and Backend
  std::uint32_t weight = 0, user_weight = 0, initial_weight = 0;
  std::uint32_t active = 0, backup = 0;                             // servers in use; on a server row 1 or 0
  std::uint32_t down_transitions = 0;                               // Backend
  std::optional<std::uint32_t> throttle;                            // Server: slow start, in percent
  std::uint8_t admin = 0;                                           // Server
  servers::Operation operation = servers::Operation::Running;       // Server
  CheckFacts check;                                                 // Server
  std::uint32_t idle_connections = 0, used_connections = 0;         // Server
  std::optional<std::uint32_t> idle_limit;                          // Server

  bool in_maintenance() const { return (admin & servers::kForcedMaint) != 0; }
  bool is_draining() const { return (admin & servers::kForcedDrain) != 0; }
};

/// One proxy, in the order in which it is shown.
struct ProxyFacts {
  std::string name, description;
  std::uint32_t id = 0;
  bool http = false, is_frontend = false, is_backend = false;
  std::optional<ObjectFacts> frontend;
  std::vector<ObjectFacts> listeners;  // only with "option socket-stats"
  std::vector<ObjectFacts> servers;
  std::optional<ObjectFacts> backend;
};

/// The rows wanted of a listing, as `show stat <iid> <type> <sid>` and its words choose them.
struct Selection {
  std::int64_t proxy_id = -1;  // -1: all
  std::int64_t types = -1;     // bits: 1 frontends, 2 backends, 4 servers, 8 listeners; -1: all
  std::int64_t server_id = -1;
  bool hide_down = false, hide_maintenance = false;
  bool wants(ObjectKind kind) const;
};

/// Leaves out the rows that are not wanted. With hidden servers the backend's status tells how many are left.
void narrow(ProxyFacts& proxy, const Selection& selection);

}  // namespace proxyd::stats

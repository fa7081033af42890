// A running server: its health, weight, load and connections, shared by all threads and kept apart from its
// configuration. What changes rarely is guarded by the backend's lock (Backend::mutex).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/list.h"
#include "lib/base/time.h"
#include "lib/net/address.h"
#include "proxyd/config/model.h"
#include "proxyd/servers/counters.h"
#include "proxyd/servers/port_pool.h"

namespace proxyd::servers {

using lib::base::Duration;
using lib::base::Instant;

class Backend;
class QueueEntry;

/// As `show servers state` numbers them.
enum class Operation : std::uint8_t { Stopped = 0, Starting = 1, Running = 2, Stopping = 3 };

/// Bits of srv_admin_state. ConfigMaint only remembers that the configuration said "disabled": ForcedMaint, set with
/// it, is what keeps streams away.
inline constexpr std::uint8_t kForcedMaint = 1, kConfigMaint = 4, kForcedDrain = 8;

/// check_status column.
enum class CheckStatus : std::uint8_t {
  Unknown, Initializing, SocketError, L4Ok, L4Timeout, L4Connection, L6Ok, L6Timeout, L6Response, L7Ok, L7Timeout, L7Response, L7Status
};

/// The last check, for pages and logs. Guarded by Backend::mutex.
struct CheckReport {
  CheckStatus status = CheckStatus::Initializing;
  int code = 0;                 // layer 7 status, 0 when none
  std::int64_t duration_ms = -1;  // -1: never ran
  std::string info;             // "ECONNREFUSED returned by OS (Connection refused)", "Not Found", ...
  bool in_progress = false;
  bool enabled = true;          // "disable health"
  std::uint32_t health = 0;     // 0..rise+fall-1; below rise: down
  std::uint32_t result = 0;     // srv_check_result: 0 unknown, 1 neutral, 2 failed, 3 passed
};

class Server;

/// What of a server lives on when a reload brings another configuration: load, counters, health, what was set at run time.
struct ServerState {
  explicit ServerState(unsigned threads) : counters{threads} {}

  std::uint32_t number = 0;  // among all servers that the process ever had: set by whoever makes the backends
  std::vector<Server*> bodies;  // as the configurations have it that are still in use, the newest last; guarded by the backend's lock
  bool is_checked = false;   // a task runs its checks; guarded by the same

  // Load: touched on the way of every request.
  Gauge sessions;                       // streams being served (scur, smax)
  std::atomic<std::uint32_t> queued{0}; // streams in this server's own queue (qcur)
  std::atomic<std::uint32_t> queued_max{0};
  Cells counters;
  Rate session_rate;
  SlidingMean queue_time, connect_time, response_time, total_time;
  std::atomic<std::int64_t> last_session_s{kNoSession};  // monotonic second of the last session
  std::atomic<std::uint32_t> idle_connections{0}, used_connections{0};
  /// Most connections in use at once, in this period and in the one before: what idle ones are kept for.
  std::atomic<std::uint32_t> used_peak{0}, used_peak_before{0};
  /// When it last ended a kept connection, idle or asked: new ones may meet the same end now.
  std::atomic<Instant> broke_off{Instant{}};
  /// Rises whenever idle connections must not be used any more (address changed, server down).
  std::atomic<std::uint32_t> pool_generation{0};

  // State: guarded by the backend's lock; the atomics may be read without it.
  std::atomic<Operation> operation{Operation::Running};
  std::atomic<std::uint8_t> admin{0};
  std::atomic<std::uint32_t> weight{1};     // user weight: "weight", changed by `set weight`
  std::atomic<std::uint32_t> maxconn{0};    // changed by `set maxconn server`; 0 unlimited
  CheckReport check;
  std::atomic<std::uint64_t> dynamic_cookie{0};  // "cookie ... dynamic" where it has no value of its own; 0: none
  lib::net::Endpoint where;                 // changed by `set server addr`
  std::atomic<bool> speaks_tls{false};      // changed by `set server ssl`
  /// Where its checks go instead; changed by `set server check-addr` and `check-port`.
  std::optional<lib::net::Address> check_address;
  std::uint16_t check_port = 0;             // 0: none of its own
  Instant last_change{};                    // lastchg
  Duration down_time{};                     // without the present time down
  Instant slow_start_began{};
};

/// A server as one configuration has it. Configurations that follow each other share its state.
class Server {
 public:
  /// `before`: the same server in the configuration before; null: it is new.
  Server(const config::Server& configuration, Backend& owner, unsigned threads, const Server* before);
  ~Server();

  const config::Server& conf;
  Backend& backend;
  std::uint32_t index = 0;   // position in the backend
  const std::shared_ptr<ServerState> state;

  // The state's, by their names.
  std::uint32_t& number = state->number;
  Gauge& sessions = state->sessions;
  std::atomic<std::uint32_t>& queued = state->queued;
  std::atomic<std::uint32_t>& queued_max = state->queued_max;
  Cells& counters = state->counters;
  Rate& session_rate = state->session_rate;
  SlidingMean &queue_time = state->queue_time, &connect_time = state->connect_time, &response_time = state->response_time,
              &total_time = state->total_time;
  std::atomic<std::int64_t>& last_session_s = state->last_session_s;
  std::atomic<std::uint32_t>&idle_connections = state->idle_connections, &used_connections = state->used_connections;
  std::atomic<std::uint32_t>&used_peak = state->used_peak, &used_peak_before = state->used_peak_before;
  std::atomic<Instant>& broke_off = state->broke_off;
  std::atomic<std::uint32_t>& pool_generation = state->pool_generation;
  std::atomic<Operation>& operation = state->operation;
  std::atomic<std::uint8_t>& admin = state->admin;
  std::atomic<std::uint32_t>& weight = state->weight;
  std::atomic<std::uint32_t>& maxconn = state->maxconn;
  CheckReport& check = state->check;
  std::atomic<std::uint64_t>& dynamic_cookie = state->dynamic_cookie;
  lib::net::Endpoint& where = state->where;
  std::optional<lib::net::Address>& check_address = state->check_address;
  std::uint16_t& check_port = state->check_port;
  Instant& last_change = state->last_change;
  Duration& down_time = state->down_time;
  Instant& slow_start_began = state->slow_start_began;

  std::shared_ptr<PortPool> ports;          // of a "source" with a range of ports; null: there is none
  bool is_direct = false;                   // "dispatch", "option transparent": no declared server
  /// Whether its connections differ from client to client. See session/back_plan.h.
  bool is_individual() const { return individual_.load(std::memory_order_relaxed); }
  /// After `where` or whether it speaks TLS has changed.
  void note_individual();
  /// Whether connections to it speak TLS; changed by `set server ssl`.
  bool speaks_tls() const { return state->speaks_tls.load(std::memory_order_relaxed); }
  void set_tls(bool on) { state->speaks_tls.store(on, std::memory_order_relaxed); }
  bool in_use = false;                      // balanced to: usable, and of the group (active or backup) that serves
  lib::base::List<QueueEntry> waiting;      // this server's own queue, the oldest first

  bool is_usable() const;                   ///< takes new streams by balancing: running, not maint/drain, weight > 0
  bool accepts_persistent() const;          ///< up or draining, not maint
  bool is_full() const;                     ///< at its present connection limit
  /// The weight after slow start, rounded up; the "weight" column. What a server that is down or drains would have.
  std::uint32_t effective_weight(Instant now) const;
  std::uint32_t balanced_weight(Instant now) const;   ///< the same in sixteenths, as the algorithms see it
  bool is_slow_starting() const { return operation.load(std::memory_order_relaxed) == Operation::Starting; }
  std::uint32_t throttle_percent(Instant now) const;  ///< "throttle" column while slow starting
  std::uint32_t connection_limit(Instant now) const;  ///< after minconn/fullconn and slow start; 0: unlimited
  /// Its value in the persistence cookie, written into `room` where it is dynamic; empty: none.
  std::string_view cookie(std::array<char, 16>& room) const;
  void make_dynamic_cookie();
  std::string full_name() const;            ///< "backend/server"

 private:
  void begin();
  void go_on_from(const Server& before);
  std::atomic<bool> individual_{false};
};

}  // namespace proxyd::servers

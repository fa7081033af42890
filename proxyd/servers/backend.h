// A running backend: its servers, the balance algorithm over the usable ones, the queue when all are full.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/list.h"
#include "lib/event/wait.h"
#include "proxyd/config/model.h"
#include "proxyd/servers/counters.h"
#include "proxyd/servers/server.h"

namespace proxyd::balance {
class Balancer;
struct Choice;
}

namespace proxyd::servers {

/// What a request offers to the balance algorithms.
struct PickKey {
  std::uint32_t hash = 0;    // of what a hashing algorithm looks at, where the request has it
  bool has_hash = false;
  std::uint64_t random = 0;  // fresh random bits
};

/// A state change worth a log line and a line on stderr. `level` is syslog's (0 emerg .. 7 debug).
struct StateEvent {
  int level;
  std::string text;          // for the loggers
  const config::Proxy* proxy;
  std::string console_text;  // for stderr where it differs, else empty; [ALERT] for level 0, [WARNING] for the others
};
using EventSink = std::function<void(const StateEvent&)>;

/// A stream waiting for a slot. Lives in the stream's frame; unlinks itself when destroyed (under the lock).
class QueueEntry;
struct Mailbox;

/// Where in a queue a stream stands: lower classes leave first, then the older ones, as if they had come so much later.
struct Priority {
  std::int32_t klass = 0;
  std::int32_t offset_ms = 0;
};

/// What of a backend lives on when a reload brings another configuration.
struct BackendState {
  explicit BackendState(unsigned threads) : counters{threads} {}

  std::mutex mutex;  // guards server state, the balancers and the queues
  std::vector<Backend*> bodies;  // as the configurations have it that are still in use, the newest last
  std::weak_ptr<Backend> newest; // that last one, once it is in force
  std::atomic<bool> wants_load{false};  // an algorithm looks at it

  Gauge sessions;   // scur, smax: streams that use this backend
  Gauge queued;     // qcur, qmax: streams waiting in the backend's and its servers' queues
  Cells counters;
  Rate session_rate;
  SlidingMean queue_time, connect_time, response_time, total_time;
  std::atomic<std::int64_t> last_session_s{kNoSession};
  Instant last_change{};
  Duration down_time{};
  std::uint32_t down_transitions = 0;
};

/// A backend as one configuration has it. Configurations that follow each other share its state, and what happens to a server
/// counts in all of them: a stream ends on the configuration that it began with.
class Backend : public std::enable_shared_from_this<Backend> {
 public:
  /// `whole`: what `configuration` is a part of. `before`: the same backend in the configuration before; null: it is new.
  Backend(std::shared_ptr<const config::Config> whole, const config::Proxy& configuration, unsigned threads, EventSink on_event,
          Backend* before = nullptr);
  ~Backend();
  /// From now on checks and commands mean this one.
  void become_newest();

  const config::Proxy& conf;
  std::uint32_t fullconn;  // once it is known how many connections the process takes
  const std::shared_ptr<BackendState> state;
  std::mutex& mutex = state->mutex;
  std::vector<std::unique_ptr<Server>> servers;
  std::unique_ptr<Server> direct;  // "dispatch", "option transparent": takes all streams, apart from balancing; mostly null

  // The state's, by their names.
  Gauge &sessions = state->sessions, &queued = state->queued;
  Cells& counters = state->counters;
  Rate& session_rate = state->session_rate;
  SlidingMean &queue_time = state->queue_time, &connect_time = state->connect_time, &response_time = state->response_time,
              &total_time = state->total_time;
  std::atomic<std::int64_t>& last_session_s = state->last_session_s;
  Instant& last_change = state->last_change;
  Duration& down_time = state->down_time;
  std::uint32_t& down_transitions = state->down_transitions;

  Server* find_server(std::string_view name);
  std::uint32_t usable_active() const;   ///< act column
  std::uint32_t usable_backup() const;
  std::uint32_t total_weight(Instant now);
  bool is_up() const { return is_up_.load(std::memory_order_relaxed); }  ///< a server takes streams, or there is none
  std::string full_name() const;          ///< "backend be"; "proxy be" for a listen section

  /// Picks a server by the algorithm and takes one of its slots. Null with `must_queue` set when every usable server is
  /// full, null without it when there is no usable server. `avoid` is left out where another one can serve.
  /// On success server->sessions has been raised: hand it back by release().
  Server* pick(const PickKey& key, Instant now, const Server* avoid, bool& must_queue);
  /// Whom pick() would choose now; takes no slot and leaves the order as it is.
  Server* peek(const PickKey& key, Instant now, bool& must_queue);
  /// Takes `direct`, which has no limit.
  Server& take_direct() {
    direct->sessions.up();
    return *direct;
  }
  /// Takes a slot of that very server (retries on the same one, persistence), also one that is down with `even_down`.
  enum class Taken : std::uint8_t { Yes, Full, Unusable };
  Taken take(Server& server, Instant now, bool even_down = false);
  /// Gives the slot back and lets the longest waiting stream have it.
  void release(Server& server, Instant now);

  /// Waits in the queue until a slot is free (returned taken), or null at the deadline or a notification of `waiter`
  /// (the client left: see Wake), or at once when maxqueue forbids waiting.
  lib::event::Task<Server*> wait_for_slot(lib::event::Waiter& waiter, PickKey key, Instant deadline, Priority priority = {});
  /// The same for a slot of that very server (persistence). Null too when it does not accept streams any more.
  lib::event::Task<Server*> wait_for_server(lib::event::Waiter& waiter, Server& server, Instant deadline,
                                            Priority priority = {});

  // Changes of state, by checks and by the runtime API. Each logs through the event sink as haproxy words it.
  void set_admin(Server& server, std::uint8_t add, std::uint8_t remove, Instant now);
  void set_weight(Server& server, std::uint32_t weight, Instant now);
  /// Takes the server up as a state file says that it was. Before the threads start.
  void restore(Server& server, const config::ServerState& was, Instant now);
  void set_operation(Server& server, Operation next, std::string_view reason, Instant now);
  void set_address(Server& server, const lib::net::Endpoint& where, Instant now);
  void set_tls(Server& server, bool on);  ///< of its next connections; idle ones are not used any more
  void set_maxconn(Server& server, std::uint32_t maxconn, Instant now);
  /// Where its next checks go; what is empty stays as it is.
  void set_check_target(Server& server, std::optional<lib::net::Address> address, std::optional<std::uint16_t> port);
  /// A health check begins: shown as "* " before the last one's status.
  void on_check_start(Server& server);
  void count_checked_tls(Server& server, bool shaken);  ///< a check's handshake
  void set_check_enabled(Server& server, bool enabled);  ///< "enable health", "disable health"
  void on_check_result(Server& server, CheckStatus status, int code, Duration took, std::string info, Instant now);

 private:
  friend class QueueEntry;
  friend struct Mailbox;
  class View;

  // backend.cc
  void rebuild_locked(Instant now);
  void rebuild_all_locked(Instant now);
  void choose_in_use_locked();
  Server* pick_locked(const PickKey& key, Instant now, const Server* avoid, balance::Choice& choice);
  void occupy_locked(Server& server);
  void release_locked(Server& server, Instant now);
  void load_changed_locked(const Server& server);

  // queue.cc
  lib::event::Task<Server*> wait_in_queue(QueueEntry& entry, Server* only, Instant deadline);
  Server* join_locked(QueueEntry& entry, Server* only, Instant now);
  void enqueue_locked(QueueEntry& entry, Server* server);
  void leave_queue_locked(QueueEntry& entry);
  void wake_locked(QueueEntry& entry);
  std::uint32_t serve_queues_locked(Server& server, Instant now);
  std::uint32_t serve_own_queues_locked(Server& server, Instant now);
  std::uint32_t requeue_locked(Server& server);
  Mailbox* mailbox_for_locked(lib::event::Loop& loop);

  // changes.cc
  using Events = std::vector<StateEvent>;
  void operation_locked(Server& server, Operation next, const std::string& why, Instant now, Events& events);
  void enter_maintenance_locked(Server& server, Instant now, Events& events);
  void leave_maintenance_locked(Server& server, Instant now, Events& events);
  void set_drain_locked(Server& server, Instant now, Events& events);
  void move_operation_locked(Server& server, Operation next, Instant now);
  std::uint32_t apply_locked(Server& server, Instant now);
  std::string counts_locked(const Server& server, std::uint32_t moved) const;
  void restore_operation_locked(Server& server, const config::ServerState& was, Instant now, Events& events);
  void note_backend_state_locked(bool was_up, Instant now, Events& events);
  void emit(const Events& events) const;

  const std::shared_ptr<const config::Config> whole_;
  std::unique_ptr<balance::Balancer> balancer_;
  std::atomic<bool> is_up_{true};
  std::atomic<std::uint32_t> usable_active_{0}, usable_backup_{0};
  Instant next_rebuild_ = lib::base::kNever;         // the next step of a slow start
  lib::base::List<QueueEntry> waiting_;              // the oldest first
  std::uint64_t next_ticket_ = 1;
  std::vector<std::shared_ptr<Mailbox>> mailboxes_;  // one a loop that has waited here
  EventSink on_event_;
};

}  // namespace proxyd::servers

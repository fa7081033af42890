// A thread of the proxy: its loop, its sessions, its pools. And the process: everything the threads share.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/list.h"
#include "lib/event/wait.h"
#include "lib/log/sender.h"
#include "lib/tls/client_layer.h"
#include "proxyd/listen/acceptor.h"
#include "proxyd/logs/rings.h"
#include "proxyd/samples/subject.h"
#include "proxyd/session/local_page.h"
#include "proxyd/session/site.h"

namespace proxyd::session {

struct BufferPools;
struct Front;
class Http2Backs;
class IdlePool;
class PipePool;
class VariablePool;

/// What `show sess` tells of a session. Registered with its worker while it lives; read on the worker's own thread.
struct SessionInfo : lib::base::ListHook<SessionInfo> {
  Front* front = nullptr;                // whose it is
  const listen::Frontend* frontend = nullptr;
  const servers::Backend* backend = nullptr;
  const servers::Server* server = nullptr;
  lib::net::Address source;
  lib::base::Instant began{};
  std::uint64_t id = 0;
  lib::event::Waiter* waiter = nullptr;  // where the session sleeps; of the owner
  bool is_idle = false;                  // the client is between two requests
  bool is_shared = false;                // a connection of many requests: whether it is idle or not, it is told of the end
  bool is_killed = false;

  /// `shutdown session`: whatever the session waits for ends now, and with it the request it is at.
  void kill() {
    is_killed = true;
    waiter->notify();
  }
  /// Whether it was killed; whoever asks ends the request.
  bool take_kill() { return std::exchange(is_killed, false); }
};

struct ProcessCounters {
  servers::Gauge connections;         // CurrConns
  std::atomic<std::uint64_t> connections_total{0}, requests_total{0}, bytes_out{0};
  servers::Rate connection_rate, session_rate;
  std::atomic<std::uint64_t> dropped_logs{0};
  std::atomic<std::uint64_t> bytes_out_rate{0};  // BytesOutRate: bytes_out over the last whole second
  std::atomic<std::uint32_t> idle_percent{100};  // Idle_pct, over the last whole second; see stats::measure()
};

/// A request or response that was refused, for `show errors`.
struct CapturedError {
  lib::base::WallTime when{};
  std::string frontend, backend, server;     // empty: none
  std::uint32_t frontend_id = 0, backend_id = 0;
  lib::net::Address source;
  bool is_response = false;
  std::uint64_t number = 0;
  std::size_t position = 0;                  // of the offending byte in `bytes`
  std::string reason;                        // why, in words
  std::string bytes;                         // what was received, at most one buffer
};

class Worker;

/// Everything the threads share. Made by main before the threads start; outlives them.
struct Process {
  std::shared_ptr<const config::Config> rings_config;  // what they look at
  logs::Rings rings;
  listen::LimitWaiters limit_waiters;
  std::shared_ptr<Site> site;                  // the newest; of the first thread once threads run
  std::mutex retired_mutex;
  std::vector<std::shared_ptr<Site>> retired;  // held by a thread until now; the first thread clears them
  std::uint32_t servers_ever = 0;              // so many numbers have servers had
  std::vector<std::unique_ptr<Worker>> workers;
  ProcessCounters counters;
  lib::base::Instant started{};
  lib::base::WallTime started_wall{};
  std::atomic<std::uint32_t> maxconn{0};       // effective process limit, `set maxconn global`
  std::uint32_t hard_maxconn = 0;              // at start
  std::uint32_t maxsock = 0, ulimit_n = 0, memory_limit_mb = 0;
  std::atomic<std::uint64_t> maxconn_reached{0};
  std::atomic<bool> stopping{false};
  bool tracing = false;                        // -d
  bool may_splice = true;                      // unless "nosplice" or -dS
  std::string program_name = "proxyd";
  std::uint32_t warnings = 0;                  // TotalWarnings
  std::mutex errors_mutex;
  std::vector<CapturedError> errors;           // the newest request and response error of each proxy
  std::uint64_t errors_total = 0;
  std::string host_name;
  samples::ProcessVariables variables;         // "proc.": all threads'
  /// Answers for the statistics page; set by main, since stats/ stands above this folder.
  PageHandler stats_page;
};

/// One thread.
class Worker {
 public:
  Worker(Process& owner, unsigned number);
  ~Worker();

  Process& process;
  const unsigned index;
  lib::event::Loop loop;
  lib::base::List<SessionInfo, SessionInfo> sessions;  // own thread only
  std::unique_ptr<BufferPools> buffers;
  std::deque<lib::tls::KeptSession> kept_sessions;  // with servers, by the server's number
  std::unique_ptr<IdlePool> idle;         // idle connections to servers
  std::unique_ptr<Http2Backs> http2_backs;
  std::unique_ptr<PipePool> pipes;        // null with "nosplice"
  std::unique_ptr<lib::log::Sender> log;
  std::unique_ptr<samples::Scratch> scratch;   // for evaluating expressions
  std::unique_ptr<VariablePool> variables;
  std::atomic<std::uint64_t> idle_us{0}, busy_us{0};  // for Idle_pct
  std::vector<std::unique_ptr<lib::event::TaskGroup>> acceptors;  // by the frontend's place in the site
 private:
  std::vector<std::unique_ptr<SiteHold>> holds_;  // the newest last; first those that streams still need

 public:
  lib::event::TaskGroup tasks;            // last: its members use all of the above

  /// What new conversations of this thread begin with.
  SiteHold& newest() { return *holds_.back(); }
  Site& site() { return *newest().site; }
  /// From now on it is that one: takes connections for it, moves those to it that are between two requests, and ends those
  /// that it has no socket for. On the worker's own thread.
  void adopt(std::shared_ptr<Site> next);

  listen::AcceptLimits accept_limits();
  std::uint64_t next_session_id() { return (++session_ids_ << 8) | index; }
  /// The worker of the calling thread; null outside of workers' threads.
  static Worker* current();
  /// Makes the calling thread this worker's own.
  void adopt_thread();
  /// Starts taking connections and keeping the idle pool small. On the worker's own thread.
  void start();
  /// Lets go of the frontend's sockets; its connections stay.
  void stop_accepting(const listen::Frontend& frontend);
  void stop_accepting();
  /// Takes no more connections and closes the idle ones; the others end after their present response.
  void stop_softly();

 private:
  friend class SitePin;
  void accept_for_site();
  void make_room();
  void forget(SiteHold& hold);
  std::uint64_t session_ids_ = 0;
  listen::OnConnection on_connection_;
};

/// Lets the sites go that no thread holds any more. On the first thread.
void clear_retired(Process& process);

/// Runs `work` on every worker's own thread and resumes when all have ended.
lib::event::Task<void> on_each_worker(Process& process, Worker& here, lib::event::Waiter& waiter,
                                      std::function<void(Worker&)> work);

}  // namespace proxyd::session

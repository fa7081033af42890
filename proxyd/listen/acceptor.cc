#include "proxyd/listen/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "lib/net/socket.h"


namespace proxyd::listen {
namespace {

using lib::base::UniqueFd;
using namespace std::chrono_literals;

/// How soon an acceptor looks again when a rate is reached.
constexpr lib::base::Duration kLookAgain = 5ms;
/// The same when it is paused or a limit is reached: the end of a connection wakes it, a command to the program does not.
constexpr lib::base::Duration kLookForCommand = 100ms;
/// After the kernel ran out of something (descriptors, memory).
constexpr lib::base::Duration kRecover = 100ms;

enum class Took : std::uint8_t { Connection, Nothing, Full, Exhausted };

/// Why an acceptor stops for now.
enum class Stop : std::uint8_t { None, Paused, Rate, Full, Exhausted };

bool has_room(const Frontend& frontend, const Listener& listener, const AcceptLimits& limits) {
  const auto below = [](const servers::Gauge& gauge, std::uint32_t limit) { return limit == 0 || gauge.value() < limit; };
  return below(limits.process_connections, limits.process_maxconn.load(std::memory_order_relaxed)) &&
         below(frontend.sessions, frontend.maxconn.load(std::memory_order_relaxed)) &&
         below(listener.sessions, listener.conf->maxconn);
}

bool may_take_more(const Frontend& frontend, const AcceptLimits& limits, lib::base::Instant now) {
  const std::uint32_t rate = frontend.conf.rate_limit_sessions;
  if (rate != 0 && frontend.session_rate.per_second(now) >= rate) return false;
  return limits.process_rate == 0 || limits.process_rate_now == nullptr ||
         limits.process_rate_now->per_second(now) < limits.process_rate;
}

/// Takes the counts first, so that no thread ever passes a limit.
bool reserve(Frontend& frontend, Listener& listener, const AcceptLimits& limits) {
  if (!limits.process_connections.try_up(limits.process_maxconn.load(std::memory_order_relaxed))) {
    limits.maxconn_reached.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (frontend.sessions.try_up(frontend.maxconn.load(std::memory_order_relaxed))) {
    if (listener.sessions.try_up(listener.conf->maxconn)) return true;
    frontend.sessions.down();
  }
  limits.process_connections.down();
  return false;
}

Took take_one(Frontend& frontend, Listener& listener, const AcceptLimits& limits, const OnConnection& handler,
              int fd) {
  if (!reserve(frontend, listener, limits)) return Took::Full;
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&raw));
  UniqueFd taken{::accept4(fd, generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!taken) {
    const int code = errno;
    give_back(frontend, listener, limits);
    if (code == ECONNABORTED || code == EINTR) return Took::Connection;
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS ? Took::Exhausted : Took::Nothing;
  }
  // Only now: the last look of every round finds no connection, and took its counts in vain.
  limits.process_connections.note_highest();
  frontend.sessions.note_highest();
  listener.sessions.note_highest();
  const auto client = lib::net::Address::from_sockaddr(*generic, size);
  handler(frontend, listener, std::move(taken), client);
  return Took::Connection;
}

Stop take_some(Frontend& frontend, Listener& listener, const AcceptLimits& limits, const OnConnection& handler,
               const lib::event::Loop& loop, int fd) {
  for (std::uint32_t i = 0; i < limits.batch; ++i) {
    if (frontend.status.load(std::memory_order_relaxed) == FrontendStatus::Paused) return Stop::Paused;
    if (!may_take_more(frontend, limits, loop.now())) return Stop::Rate;
    switch (take_one(frontend, listener, limits, handler, fd)) {
      case Took::Connection: break;
      case Took::Nothing: return Stop::None;
      case Took::Full: return Stop::Full;
      case Took::Exhausted: return Stop::Exhausted;
    }
  }
  return Stop::None;
}

}  // namespace

void give_back(Frontend& frontend, Listener& listener, const AcceptLimits& limits) {
  listener.sessions.down();
  frontend.sessions.down();
  limits.process_connections.down();
  limits.waiters.wake_one();
}

lib::event::Task<void> accept_connections(lib::event::Loop& loop, Frontend& frontend, Listener& listener,
                                          AcceptLimits limits, const OnConnection& on_connection) {
  lib::event::Waiter waiter{loop};
  LimitWaiter place{limits.waiters, frontend, listener, waiter};
  lib::base::Duration pause{};
  // A descriptor of our own for the shared socket: each loop watches and closes its own.
  lib::event::Descriptor descriptor{loop, UniqueFd{::fcntl(listener.fd.get(), F_DUPFD_CLOEXEC, 3)}};
  if (!descriptor.is_open()) co_return;  // out of descriptors at start: main has checked the limit
  while (frontend.status.load(std::memory_order_relaxed) != FrontendStatus::Stopped) {
    (void)co_await waiter.ready(descriptor, lib::event::kRead, lib::event::kNever);
    switch (take_some(frontend, listener, limits, on_connection, loop, descriptor.fd())) {
      case Stop::None: continue;
      case Stop::Full:
        place.join();
        pause = has_room(frontend, listener, limits) ? lib::base::Duration{} : kLookForCommand;  // made meanwhile?
        break;
      case Stop::Paused: pause = kLookForCommand; break;
      case Stop::Rate: pause = kLookAgain; break;
      case Stop::Exhausted: pause = kRecover; break;
    }
    (void)co_await waiter.until(loop.now() + pause);
    place.leave();
  }
}

namespace {

lib::net::ListenOptions options_of(const config::Proxy& conf, const config::Bind& bind, const config::Global& global, bool reuse_port) {
  lib::net::ListenOptions options;
  options.reuse_port = reuse_port;
  const int limit = static_cast<int>(conf.maxconn != 0 ? conf.maxconn : 4096);
  options.backlog = bind.backlog != 0 ? bind.backlog : conf.backlog != 0 ? conf.backlog : limit;
  options.tuning = {.keep_alive = conf.tcp_keepalive_client,
                    .reset_on_close = conf.nolinger,
                    .receive_buffer = global.rcvbuf_client,
                    .send_buffer = global.sndbuf_client,
                    .user_timeout_ms = bind.user_timeout_ms};
  options.name_space = bind.name_space.get();
  options.delay_ack = conf.tcp_smart_accept && conf.mode == config::Mode::Http;
  options.interface = bind.interface;
  options.v6_only = bind.v6_only;
  options.v4_v6 = bind.v4_v6;
  options.transparent = bind.transparent;
  options.defer_accept = bind.defer_accept;
  options.fast_open = bind.fast_open;
  options.max_segment = bind.max_segment;
  options.unix_mode = bind.unix_mode;
  options.unix_uid = bind.unix_uid;
  options.unix_gid = bind.unix_gid;
  return options;
}

lib::base::Error cannot_bind(const config::Proxy& conf, const config::Bind& bind, const lib::base::Error& why) {
  const bool local = bind.where.kind == lib::net::Endpoint::Kind::UnixPath || bind.where.kind == lib::net::Endpoint::Kind::UnixAbstract;
  const char* const protocol = local ? "unix_stream" : bind.where.ip.is_ipv6() ? "tcpv6" : "tcpv4";
  return {"Binding [" + bind.place.text() + "] for " + (conf.is_backend ? "proxy " : "frontend ") + conf.name + ": protocol " + protocol +
              ": " + why.message + " for [" + (local ? bind.where.path : bind.where.ip.text()) + "].",
          why.code};
}

std::shared_ptr<ListenerState> take_kept(KeptSockets& kept, const std::string& label) {
  const auto found = kept.find(label);
  if (found == kept.end()) return nullptr;
  std::shared_ptr<ListenerState> state = std::move(found->second);
  kept.erase(found);
  return state;
}

}  // namespace

std::vector<lib::base::Error> open_listeners(Frontend& frontend, const config::Global& global, bool reuse_port, Inheritance& inherited,
                                             KeptSockets& kept) {
  std::vector<lib::base::Error> errors;
  for (const config::Bind& bind : frontend.conf.binds) {
    const lib::net::ListenOptions options = options_of(frontend.conf, bind, global, reuse_port);
    std::string label = socket_label(bind.where, options);
    std::shared_ptr<ListenerState> state = take_kept(kept, label);
    if (state != nullptr) {
      lib::net::tune_listener(state->fd.get(), bind.where, options);
    } else {
      auto fd = listen_or_inherit(bind.where, options, inherited);
      if (!fd) {
        errors.push_back(cannot_bind(frontend.conf, bind, fd.error()));
        continue;
      }
      state = std::make_shared<ListenerState>();
      state->fd = std::move(*fd);
      state->label = std::move(label);
    }
    frontend.listeners.push_back(std::make_unique<Listener>(bind, std::move(state)));
  }
  return errors;
}

std::vector<lib::base::Error> prepare_listeners(const config::Proxy& frontend, const config::Global& global, bool reuse_port,
                                                Inheritance& inherited, KeptSockets& kept) {
  std::vector<lib::base::Error> errors;
  Inheritance wanted;  // what open_listeners() will find
  for (const config::Bind& bind : frontend.binds) {
    const lib::net::ListenOptions options = options_of(frontend, bind, global, reuse_port);
    std::string label = socket_label(bind.where, options);
    if (take_kept(kept, label) != nullptr) continue;
    auto fd = listen_or_inherit(bind.where, options, inherited);
    if (fd) wanted.add(std::move(label), std::move(*fd));
    else errors.push_back(cannot_bind(frontend, bind, fd.error()));
  }
  inherited.add_all(std::move(wanted));
  return errors;
}

}  // namespace proxyd::listen

// How a stream reaches a server: algorithm, queue, idle connections, connecting, retries, redispatch.
#include <algorithm>
#include <cerrno>

#include "lib/net/socket.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/logs/logger.h"
#include "proxyd/session/back_plan.h"
#include "proxyd/session/balance_key.h"
#include "proxyd/session/http2_back.h"
#include "proxyd/session/server_shake.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {
namespace {

using lib::event::Task;
using servers::Count;

constexpr Duration kRetryPause{1'000'000};  // haproxy's pause before it tries the same server again

/// Unshaken: TLS could not be agreed on. Misnamed: its certificate is for others than whom we asked for, which trying again
/// does not change.
enum class Attempt : std::uint8_t { Connected, Refused, Timeout, ClientGone, Killed, NoSource, Unbound, Unshaken, Misnamed };

/// Notices a client that leaves while its stream waits for something else, and ends that wait.
class ClientWatch {
 public:
  explicit ClientWatch(Stream& stream) : stream_{stream} {}
  ~ClientWatch() {
    if (is_on_) descriptor().when_idle(nullptr, nullptr);
  }
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;
  /// Call before a wait: a server that is there at once costs nothing.
  void begin() {
    if (is_on_ || state_ != ClientState::Here || !stream_.watches_client()) return;
    is_on_ = true;
    descriptor().when_idle(&ClientWatch::on_event, this);
  }
  bool client_left() const { return state_ == ClientState::Closed || state_ == ClientState::Broken; }
  /// Ends the stream as haproxy shows it: a relay that is reset ends in its data phase, whatever it was at.
  Reach end_stream(char phase) {
    stream_.end_as('C', state_ == ClientState::Broken && !stream_.has_opening() ? 'D' : phase);
    return Reach::ClientGone;
  }

 private:
  lib::event::Descriptor& descriptor() { return stream_.front.descriptor; }
  static void on_event(lib::event::Descriptor& descriptor, void* context) noexcept {
    ClientWatch& watch = *static_cast<ClientWatch*>(context);
    watch.state_ = watch.stream_.look_at_client();
    if (watch.state_ == ClientState::Here) return;
    if (watch.state_ == ClientState::Unknown && watch.stream_.front.carrier != nullptr) return;  // it will hang up
    watch.is_on_ = false;
    descriptor.when_idle(nullptr, nullptr);
    if (watch.client_left()) watch.stream_.front.waiter.notify();
  }

  Stream& stream_;
  ClientState state_ = ClientState::Here;
  bool is_on_ = false;
};

/// An administrator ended it.
Reach kill_stream(Stream& stream, char phase) {
  stream.end_as('K', phase);
  return Reach::Killed;
}

void assign(Stream& stream, servers::Server& server) {
  stream.slot.hold(*stream.backend, server, stream.front.worker.loop);
  stream.server = &server;
  stream.front.info.server = &server;
  const Instant now = stream.now();
  stream.queue_done = now;
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  server.last_session_s.store(second, std::memory_order_relaxed);
  server.session_rate.tick(now);
  stream.server_cell()[Count::SessTot].add();
}

void count_balanced(Stream& stream) {
  stream.server_cell()[Count::LbTot].add();
  stream.back_cell()[Count::LbTot].add();
}

/// The server that persistence names. Full: others wait for it, or it has as many streams as it takes. Refused: as many wait
/// as "maxqueue" allows, and no "option redispatch" lets this one go elsewhere.
enum class Bound : std::uint8_t { None, Taken, Full, Refused };

Bound take_bound(Stream& stream) {
  Affinity& known = stream.affinity;
  if (known.bound == nullptr) return Bound::None;
  servers::Server& server = *known.bound;
  switch (stream.backend->take(server, stream.now(), known.even_down)) {
    case servers::Backend::Taken::Yes: assign(stream, server); return Bound::Taken;
    case servers::Backend::Taken::Full:
      stream.server = &server;  // for the log
      if (server.conf.maxqueue == 0 || server.queued.load() < server.conf.maxqueue) return Bound::Full;
      if (stream.back_conf().redispatch != 0) break;
      stream.end_as('S', 'Q');
      return Bound::Refused;
    case servers::Backend::Taken::Unusable: break;
  }
  known.bound = nullptr;
  return Bound::None;
}

/// "max-keep-alive-queue": not where too many wait for that server.
bool may_prefer(const servers::Server& last) {
  const std::int64_t most = last.backend.conf.max_keep_alive_queue;
  return most < 0 || last.queued.load(std::memory_order_relaxed) <= most;
}

/// Picks by persistence or by the algorithm. False: full or none; `must_queue` says which.
bool pick_server(Stream& stream, const servers::Server* avoid, bool& must_queue) {
  servers::Backend& backend = *stream.backend;
  must_queue = false;
  if (backend.direct) {
    assign(stream, backend.take_direct());
    return true;
  }
  const Bound bound = take_bound(stream);
  if (bound != Bound::None) {
    must_queue = bound == Bound::Full;
    return bound == Bound::Taken;
  }
  const servers::Server* const used = stream.front.connection().last_server;
  servers::Server* const last = used != nullptr ? stream.front.site->find_same(*used->state) : nullptr;
  if (backend.conf.prefer_last_server && last != nullptr && avoid == nullptr && &last->backend == &backend &&
      last->is_usable() && may_prefer(*last) && backend.take(*last, stream.now()) == servers::Backend::Taken::Yes) {
    assign(stream, *last);
    count_balanced(stream);
    return true;
  }
  servers::Server* const picked = backend.pick(pick_key_of(stream), stream.now(), avoid, must_queue);
  if (picked == nullptr) return false;
  assign(stream, *picked);
  count_balanced(stream);
  return true;
}

bool may_reuse(const Stream& stream, bool first_request, const BackConnection* candidate) {
  switch (stream.back_conf().reuse) {
    case config::ReusePolicy::Never: return false;
    case config::ReusePolicy::Safe: return !first_request;
    case config::ReusePolicy::Aggressive: return !first_request || (candidate != nullptr && candidate->uses > 1);
    case config::ReusePolicy::Always: return true;
  }
  return false;
}

/// The session's own idle connection to that server, or null.
BackPtr take_own(Front& client, servers::Server& server, std::string_view binding) {
  Front& front = client.connection();
  const auto found = std::find_if(front.own_backs.begin(), front.own_backs.end(), [&](const BackPtr& each) {
    return each->state == server.state && each->binding == binding;
  });
  if (found == front.own_backs.end()) return nullptr;
  BackPtr own = std::move(*found);
  front.own_backs.erase(found);
  own->server = &server;
  return own;
}

void note_addresses(Stream& stream) {
  if (!stream.front.frontend->logger->shows_back_addresses()) return;
  stream.back_source = lib::net::local_address(stream.back->socket());
  stream.back_destination = lib::net::peer_address(stream.back->socket());
}

void note_connected(Stream& stream) {
  stream.connected = stream.now();
  note_addresses(stream);
}

Duration connect_time(const Stream& stream) {
  return stream.timeout_or(&rules::Handling::connect_us, stream.back_conf().timeouts.connect);
}

/// An address that cannot be taken is a mistake in the configuration or of the machine's set-up: somebody must look.
void report_unbound(Stream& stream) {
  const config::ConnectSource& own = stream.server->conf.source;
  const config::ConnectSource& source = own.is_set ? own : stream.back_conf().source;
  const std::string kind = source.spoof == config::ConnectSource::Spoof::None ? "" : "tproxy ";
  const std::string text =
      "Cannot bind to " + kind + "source address before connect() for backend " + stream.back_conf().name + ".";
  stream.front.frontend->logger->write_state_event(*stream.front.worker.log, 0, text);
}

/// Ports of a range may be taken by others on this machine: as many are tried.
constexpr int kPortTries = 10;

lib::base::Result<lib::base::UniqueFd> start_from_range(servers::PortPool& ports, BackPlan& plan, std::uint16_t& lent) {
  for (int left = kPortTries; left > 0; --left) {
    lent = ports.take();
    if (lent == 0) break;
    plan.options.source.set_port(lent);
    auto fd = lib::net::start_connect(plan.where, plan.options);
    if (fd) return fd;
    ports.give_back(lent);
    lent = 0;
    if (fd.error().code != lib::net::kCannotBind && fd.error().code != EADDRNOTAVAIL) return fd;
  }
  return lib::base::failure("no source port is left", lib::net::kCannotBind);
}

/// Begins a connection to the chosen server. Connected: it is on its way.
Attempt open_connection(Stream& stream, ServerShake& shake) {
  BackPlan plan;
  if (!plan_connection(stream, plan)) return Attempt::NoSource;
  const config::Global& global = stream.front.site->config->global;
  lib::net::SocketTuning& tuning = plan.options.tuning;
  tuning.keep_alive = stream.back_conf().tcp_keepalive_server;
  tuning.no_delay = !stream.has_opening();
  tuning.reset_on_close = stream.back_conf().nolinger;
  tuning.receive_buffer = global.rcvbuf_server;
  tuning.send_buffer = global.sndbuf_server;
  const bool speaks = !plan.foreword.empty() || (stream.back_conf().tcp_smart_connect && stream.has_opening());
  plan.options.first_word = speaks ? lib::net::FirstWord::Ours : lib::net::FirstWord::Theirs;
  servers::PortPool* const ports = plan.options.foreign_source ? nullptr : stream.server->ports.get();
  std::uint16_t lent = 0;
  auto fd = ports != nullptr ? start_from_range(*ports, plan, lent) : lib::net::start_connect(plan.where, plan.options);
  if (!fd) {
    if (fd.error().code != lib::net::kCannotBind) return Attempt::Refused;
    report_unbound(stream);
    return Attempt::Unbound;
  }
  stream.server_cell()[Count::Connects].add();
  stream.back_cell()[Count::Connects].add();
  stream.back = std::make_unique<BackConnection>(stream.front.worker.loop, std::move(*fd), *stream.server);
  stream.back->descriptor.set_priority(stream.front.descriptor.priority());
  stream.back->no_delay = tuning.no_delay;
  stream.back->lent_port = lent;
  if (lent != 0) stream.back->ports = stream.server->ports;  // a reload may give the server others meanwhile
  stream.back->foreword = std::move(plan.foreword);
  stream.back->binding = std::move(plan.binding);
  return shake.begin(stream, std::move(plan.server_name)) ? Attempt::Connected : Attempt::Refused;
}

/// Whether the stream's new connection is one of HTTP/2 that has not begun yet.
bool speaks_http2(const Stream& stream) {
  const BackConnection& back = *stream.back;
  if (back.carrier != nullptr || !stream.has_opening()) return false;
  const config::Server& conf = stream.server->conf;
  const bool agreed = back.tls != nullptr && back.tls->protocol() == "h2";
  const config::ServerProtocol other = websocket_protocol(stream);
  if (other == config::ServerProtocol::Http1) return false;
  if (other == config::ServerProtocol::Http2) return agreed || back.tls == nullptr || conf.tls->settings.alpn.empty();
  return agreed || conf.protocol == config::ServerProtocol::Http2;
}

SendState begin_http2(Stream& stream) {
  const int fd = stream.back->descriptor.fd();
  if (::send(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) != 0)  // is the connection there?
    return errno == EAGAIN || errno == ENOTCONN ? SendState::Blocked : SendState::Failed;
  const bool is_secure = stream.back->tls != nullptr || stream.front.tls != nullptr;
  stream.back->need_no_delay();
  stream.back = stream.front.worker.http2_backs->adopt(std::move(stream.back), is_secure ? "https" : "http",
                                                       stream.back_conf().reuse != config::ReusePolicy::Never);
  return stream.back ? SendState::Done : SendState::Failed;
}

/// Sends what comes first: the PROXY header, TLS's handshake, then the stream's opening. Blocked: until `events`.
SendState speak(Stream& stream, ServerShake& shake, unsigned& events) {
  events = lib::event::kWrite;
  if (!stream.back->foreword.empty() && !stream.back->say_foreword(stream.has_opening()))
    return errno == EAGAIN || errno == EINPROGRESS ? SendState::Blocked : SendState::Failed;
  if (shake.is_open()) {
    const SendState shaken = shake.go_on(stream, events);
    if (shaken != SendState::Done) return shaken;
  }
  if (speaks_http2(stream)) {
    const SendState begun = begin_http2(stream);
    if (begun != SendState::Done) return begun;
  }
  return stream.send_opening();
}

Attempt failed_attempt(const ServerShake& shake) {
  if (!shake.has_failed()) return Attempt::Refused;
  return shake.is_misnamed() ? Attempt::Misnamed : Attempt::Unshaken;
}

Task<Attempt> connect_once(Stream& stream, ServerShake& shake, ClientWatch& watch) {
  const Attempt opened = open_connection(stream, shake);
  if (opened != Attempt::Connected) co_return opened;
  stream.rewind_opening();
  // On a fast network the handshake is over when connect() returns: try to speak before waiting.
  unsigned events = 0;
  SendState spoken = speak(stream, shake, events);
  if (spoken == SendState::Failed) co_return failed_attempt(shake);
  const Instant deadline = lib::base::deadline_after(stream.now(), connect_time(stream));
  // What is left of the opening goes on later; the foreword must be out, and TLS agreed on.
  const auto must_wait = [&stream, &shake](bool first) {
    const bool is_open = stream.back->carrier != nullptr;
    return !is_open && (first || !stream.back->foreword.empty() || shake.is_open() || speaks_http2(stream));
  };
  for (bool first = true; spoken == SendState::Blocked && must_wait(first); first = false) {
    lib::event::Descriptor& descriptor = stream.back->descriptor;
    watch.begin();
    lib::event::Wake wake{.first = 0, .second = 0, .notified = true};
    bool killed = false;
    while (wake.notified && !watch.client_left() && !killed) {
      wake = co_await stream.front.waiter.ready(descriptor, events, deadline);
      killed = wake.notified && stream.front.info.take_kill();
    }
    if (killed) co_return Attempt::Killed;
    if (watch.client_left()) co_return Attempt::ClientGone;
    if (wake.timed_out()) co_return Attempt::Timeout;
    if (!shake.has_spoken() && lib::net::connect_error(descriptor.fd()) != 0) co_return Attempt::Refused;
    spoken = speak(stream, shake, events);
    if (spoken == SendState::Failed) co_return failed_attempt(shake);
  }
  note_connected(stream);
  co_return Attempt::Connected;
}

/// Waits for a free slot of the server that persistence names, and of any where that one goes away meanwhile.
Task<servers::Server*> wait_for_bound(Stream& stream, const ClientWatch& watch, Instant deadline) {
  servers::Server& wanted = *stream.affinity.bound;
  stream.server_queue_position = wanted.queued.load() + 1;
  servers::Server* const server = co_await stream.backend->wait_for_server(stream.front.waiter, wanted, deadline, stream.priority());
  const bool gave_up = watch.client_left() || stream.front.info.is_killed || stream.now() >= deadline;
  if (server != nullptr || gave_up) co_return server;
  stream.affinity.bound = nullptr;
  const servers::PickKey key = pick_key_of(stream);
  co_return co_await stream.backend->wait_for_slot(stream.front.waiter, key, deadline, stream.priority());
}

/// Waits for a free slot. The outcome, when it is not Connected, ends the stream.
Task<Reach> wait_in_queue(Stream& stream, ClientWatch& watch) {
  const config::Timeouts& timeouts = stream.back_conf().timeouts;
  const Duration patience =
      stream.timeout_or(&rules::Handling::queue_us, timeouts.queue.count() > 0 ? timeouts.queue : connect_time(stream));
  const Instant deadline = lib::base::deadline_after(stream.now(), patience);
  watch.begin();
  servers::Server* server = nullptr;
  if (stream.affinity.bound != nullptr) {
    server = co_await wait_for_bound(stream, watch, deadline);
  } else {
    stream.queue_position = stream.backend->queued.value() + 1;
    const servers::PickKey key = pick_key_of(stream);
    server = co_await stream.backend->wait_for_slot(stream.front.waiter, key, deadline, stream.priority());
  }
  if (stream.front.info.take_kill()) {
    if (server != nullptr) stream.backend->release(*server, stream.now());
    stream.queue_done = stream.now();
    co_return kill_stream(stream, 'Q');
  }
  if (server == nullptr) {
    stream.queue_done = stream.now();
    co_return watch.client_left() ? watch.end_stream('Q') : Reach::QueueTimeout;
  }
  assign(stream, *server);
  if (server != stream.affinity.bound) count_balanced(stream);
  co_return Reach::Connected;
}

/// Another attempt at the same server: a session more for it.
void count_retry(Stream& stream) {
  stream.server_cell()[Count::SessTot].add();
  stream.server_cell()[Count::Retries].add();
  stream.back_cell()[Count::Retries].add();
}

/// Whether "option redispatch" lets this retry go to another server.
bool may_redispatch(const Stream& stream, std::uint32_t retries_left) {
  const std::int64_t interval = stream.back_conf().redispatch;
  const std::uint32_t tried = stream.retries_allowed() - retries_left;
  if (stream.affinity.bound == nullptr && !stream.back_conf().hashes()) return true;
  if (interval == config::Proxy::kRedispatchUnbound) return false;
  // Counted from the last one, a negative interval is this many from the first; where there are not as many, each one.
  const std::int64_t step = interval > 0 ? interval : std::int64_t{stream.retries_allowed()} + 1 + interval;
  return step <= 0 || tried % step == 0;
}

/// After a failed attempt: another server at once, or the same one after a pause. Null: the same.
servers::Server* give_up_server(Stream& stream, std::uint32_t retries_left) {
  return may_redispatch(stream, retries_left) ? leave_server(stream) : nullptr;
}

}  // namespace

bool reuse_connection(Stream& stream, bool first_request) {
  bool must_queue = false;
  if (!pick_server(stream, nullptr, must_queue)) return false;
  Front& front = stream.front;
  std::string binding;
  const config::ServerProtocol other = websocket_protocol(stream);
  if (stream.server->is_individual() || stream.handling.has_back_fields() || other != config::ServerProtocol::Any) {
    BackPlan plan;
    if (!plan_connection(stream, plan)) return false;
    binding = std::move(plan.binding);
  }
  stream.back = take_own(front, *stream.server, binding);
  const bool may_be_http2 = stream.server->conf.may_speak_http2() || other == config::ServerProtocol::Http2;
  if (!stream.back && may_be_http2 && may_reuse(stream, first_request, nullptr))
    stream.back = front.worker.http2_backs->open_stream(*stream.server, binding);
  if (stream.back) {
    // "http-reuse never": it was this session's before; or a stream of a shared one.
  } else if (may_reuse(stream, first_request, nullptr) ||
             stream.back_conf().reuse == config::ReusePolicy::Aggressive) {
    stream.back = front.worker.idle->take(*stream.server, binding);
    if (stream.back && !may_reuse(stream, first_request, stream.back.get()))
      front.worker.idle->put(std::move(stream.back), stream.now());
  }
  if (!stream.back) return false;
  stream.back->descriptor.set_priority(front.descriptor.priority());
  stream.reused_connection = true;
  stream.rewind_opening();
  note_addresses(stream);
  stream.connected = stream.now();
  stream.server_cell()[Count::Reuses].add();
  stream.back_cell()[Count::Reuses].add();
  return true;
}

servers::Server* leave_server(Stream& stream) {
  if (stream.back_conf().redispatch == 0 || stream.backend->servers.size() < 2) return nullptr;
  stream.slot.reset();
  if (stream.affinity.bound != nullptr && stream.affinity.seen == 'V') stream.affinity.seen = 'D';
  stream.affinity.bound = nullptr;
  return stream.server;
}

Task<Reach> reach_server(Stream& stream, servers::Server* avoid) {
  ClientWatch watch{stream};
  const config::Proxy& conf = stream.back_conf();
  const std::uint32_t allowed = stream.retries_allowed();
  std::uint32_t left = allowed - std::min(allowed, stream.retries);
  while (true) {
    if (stream.slot.server() == nullptr) {
      bool must_queue = false;
      if (!pick_server(stream, avoid, must_queue)) {
        if (!must_queue) {
          stream.back_cell()[Count::ErrConn].add();
          co_return Reach::NoServer;
        }
        const Reach queued = co_await wait_in_queue(stream, watch);
        if (queued == Reach::QueueTimeout) stream.back_cell()[Count::ErrConn].add();
        if (queued != Reach::Connected) co_return queued;
      }
      if (avoid != nullptr && stream.server != avoid) {
        stream.redispatched = true;
        stream.back_cell()[Count::Redispatches].add();
        avoid->counters.of(stream.front.worker.index)[Count::Redispatches].add();
      }
    }
    ServerShake shake;
    const Attempt attempt = co_await connect_once(stream, shake, watch);
    if (attempt == Attempt::Connected) co_return Reach::Connected;
    shake.give_up(stream);
    stream.back.reset();
    if (attempt == Attempt::ClientGone) co_return watch.end_stream('C');
    if (attempt == Attempt::Killed) co_return kill_stream(stream, 'C');
    if (attempt == Attempt::NoSource) co_return Reach::NoSource;
    if (left == 0 || !conf.retry_on.connection_failure || attempt == Attempt::Misnamed) {
      if (attempt == Attempt::Misnamed) stream.retries = allowed;  // as the original shows that none is left
      stream.server_cell()[Count::ErrConn].add();
      stream.back_cell()[Count::ErrConn].add();
      co_return attempt == Attempt::Timeout ? Reach::ConnectTimeout : Reach::Refused;
    }
    --left;
    ++stream.retries;
    avoid = give_up_server(stream, left);
    if (avoid != nullptr) continue;
    count_retry(stream);
    const Duration timeout = connect_time(stream);
    const Duration pause = timeout.count() > 0 ? std::min(timeout, kRetryPause) : kRetryPause;
    if (attempt != Attempt::Refused && attempt != Attempt::Unshaken) continue;
    watch.begin();
    (void)co_await stream.front.waiter.until(stream.now() + pause);
    if (watch.client_left()) co_return watch.end_stream('C');
    if (stream.front.info.take_kill()) co_return kill_stream(stream, 'C');
  }
}

}  // namespace proxyd::session

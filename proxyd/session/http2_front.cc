// A client's connection of HTTP/2: frames in and out of its channel, a conversation for each stream.
#include "lib/http2/server.h"
#include "lib/tls/server_layer.h"
#include "proxyd/session/handshake.h"
#include "proxyd/session/http2_wire.h"
#include "proxyd/session/http_stream.h"
#include "proxyd/session/serve.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;
using lib::http2::ServerConnection;
using lib::http2::Stream;

/// Broken rules that one client may have on a connection.
constexpr std::uint32_t kMostFaults = 100;

class Http2Front {
 public:
  Http2Front(Front& front, std::unique_ptr<ServerConnection> connection)
      : front_{front}, connection_{std::move(connection)}, wire_{front.descriptor, front.waiter, *connection_} {}
  Http2Front(const Http2Front&) = delete;
  Http2Front& operator=(const Http2Front&) = delete;

  Task<void> serve();

 private:
  void read();
  void note_fault();
  void note_broken_hello();
  void begin_streams();
  Task<void> serve_stream(Stream& stream);
  Instant deadline() const;
  bool is_full() const { return open_ >= std::size_t{2} * connection_->max_streams(); }
  bool is_done() const;
  void follow(const Wake& wake);

  Front& front_;
  std::unique_ptr<ServerConnection> connection_;
  Http2Wire wire_;
  std::size_t open_ = 0;           // conversations
  std::uint32_t faults_ = 0;       // rules that the client broke
  bool had_stream_ = false, is_late_ = false;
  lib::event::TaskGroup streams_;  // last: they use all of the above
};

/// What never became a request, as haproxy logs and counts it.
void Http2Front::note_fault() {
  HttpStream stream{front_};
  stream.bad_request = true;
  stream.status = 0;
  stream.end_as('P', 'R');
  stream.front_cell()[servers::Count::ErrReq].add();
  stream.finish();
}

/// A connection that ends before its first request, and not in order: a line as for a bad request, but where it only said nothing
/// for too long, as haproxy has it.
void Http2Front::note_broken_hello() {
  const bool in_order = connection_->has_greeted() && !connection_->is_refused();
  const bool is_quiet = front_.conf().dontlog_null || front_.conf().http_ignore_probes;
  if (!had_stream_ && faults_ == 0 && !in_order && !is_late_ && (wire_.has_heard() || !is_quiet)) note_fault();
}

void Http2Front::begin_streams() {
  for (std::uint32_t left = connection_->take_faults(); left != 0 && !wire_.is_deaf(); --left) {
    note_fault();
    if (++faults_ == kMostFaults) connection_->refuse(lib::http2::ErrorCode::EnhanceYourCalm);
  }
  while (Stream* const stream = connection_->take_request()) {
    front_.follow_reload();
    had_stream_ = true;
    streams_.spawn(serve_stream(*stream));
  }
}

void Http2Front::read() {
  bool is_more = true;
  for (int i = 0; i < Http2Wire::kReadsAtOnce && is_more && !is_full(); ++i) {
    is_more = wire_.read(*front_.worker.buffers);
    begin_streams();
  }
}

Task<void> Http2Front::serve_stream(Stream& stream) {
  ++open_;
  {
    Front front{front_};
    front.descriptor.put_layer(std::make_unique<lib::http2::StreamLayer>(stream, front.descriptor));
    const After after = co_await serve_request(front, front.now());
    if (after == After::Refuse) {
      stream.refuse(lib::http2::ErrorCode::EnhanceYourCalm);
      (void)connection_->output();  // gathers it: nothing goes out behind the end of the connection
      connection_->refuse(lib::http2::ErrorCode::EnhanceYourCalm);
    }
  }
  const bool was_full = is_full();
  --open_;
  front_.idle_since = front_.now();
  if (open_ == 0 || was_full) front_.waiter.notify();
}

/// Until when the client must do something.
Instant Http2Front::deadline() const {
  const config::Timeouts& timeouts = front_.conf().timeouts;
  if (wire_.is_blocked()) return lib::base::deadline_after(wire_.moved(), timeouts.client);
  if (open_ != 0) return lib::base::kNever;
  const bool is_kept = front_.requests != 0 && timeouts.http_keep_alive.count() > 0;
  return lib::base::deadline_after(front_.idle_since, is_kept ? timeouts.http_keep_alive : timeouts.client);
}

bool Http2Front::is_done() const {
  if (wire_.is_gone()) return true;
  const bool is_ending = wire_.is_deaf() || connection_->is_shutting_down();
  return !wire_.is_blocked() && (connection_->is_over() || (is_ending && open_ == 0));
}

void Http2Front::follow(const Wake& wake) {
  if (wake.timed_out()) {
    is_late_ = true;
    if (wire_.is_blocked()) wire_.give_up();
    wire_.stop_listening();
  }
  if (wake.notified && front_.info.take_kill()) wire_.give_up();
  if (front_.takes_no_more()) connection_->begin_shutdown();
  if ((wake.first & kRead) != 0) read();
}

Task<void> Http2Front::serve() {
  if (front_.input) {
    const BufferPtr early = std::move(front_.input);
    wire_.take({early->head(), early->size()});
    begin_streams();
  }
  front_.info.is_shared = true;
  read();
  while (true) {
    wire_.flush();
    if (is_done()) break;
    const unsigned events = (is_full() || wire_.is_deaf() ? 0U : kRead) | (wire_.is_blocked() ? kWrite : 0U);
    front_.info.is_idle = open_ == 0;
    const Wake wake = co_await front_.waiter.ready(front_.descriptor, events, deadline());
    front_.info.is_idle = false;
    follow(wake);
  }
  if (!wire_.is_gone() && !connection_->is_over()) {
    connection_->say_goodbye();
    wire_.flush();
  }
  note_broken_hello();
  connection_->abort();
  if (!wire_.is_gone()) co_await linger(front_);
  while (open_ != 0) {
    (void)co_await front_.waiter.until(lib::base::kNever);
    (void)front_.info.take_kill();
  }
}

}  // namespace

Task<void> serve_http2(Front& front) {
  std::unique_ptr<ServerConnection> connection = ServerConnection::make(front_settings(front.site->config->global));
  if (connection == nullptr) co_return;
  const FrontError error = co_await finish_handshake(front);  // its streams know nothing of a handshake
  if (error != FrontError::None || (front.tls != nullptr && front.tls->is_early())) co_return;  // failed, or killed
  Http2Front http2{front, std::move(connection)};
  co_await http2.serve();
}

}  // namespace proxyd::session

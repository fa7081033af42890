#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "lib/net/socket.h"
#include "proxyd/samples/expression.h"
#include "proxyd/session/patience.h"
#include "proxyd/session/pump.h"
#include "proxyd/session/serve.h"
#include "proxyd/session/stream.h"
#include "proxyd/session/choose_backend.h"
#include "proxyd/session/foreword.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;

class TcpStream final : public Stream {
 public:
  using Stream::Stream;
  std::optional<std::string_view> balance_text(std::string&) override {
    if (back_conf().algorithm != config::Algorithm::RdpCookie) return std::nullopt;
    (void)look_at_client();  // what is there already; an end shows again when the relay begins
    return balance::find_rdp_cookie({early->head(), early->size()}, back_conf().balance_key.name);
  }
  // samples::Subject
  std::string_view body(bool, samples::Arena&, bool& whole) const override {
    whole = true;
    return {};
  }
  std::string_view buffer(bool of_response, bool& whole) const override {
    whole = false;
    return of_response || early == nullptr ? std::string_view{} : std::string_view{early->head(), early->size()};
  }
  void find_persistence() {
    begin_persistence(*this);
    if (back_conf().persist_rdp_cookie.empty()) return;
    (void)look_at_client();
    take_rdp_cookie(*this, {early->head(), early->size()});
  }
  /// There is nothing to say first: only whether the connection stands.
  SendState send_opening() override {
    if (::send(back->descriptor.fd(), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) == 0) return SendState::Done;
    return errno == EAGAIN ? SendState::Blocked : SendState::Failed;
  }
  /// A reset always ends it; a client that closes may still want its answer, unless "option abortonclose" says no.
  bool watches_client() const override { return true; }
  ClientState look_at_client() override {
    if (!early) early = front.worker.buffers->normal.take();
    const ClientState state = read_early(front, *early, early->capacity);
    return state == ClientState::Closed && !back_conf().abort_on_close ? ClientState::Unknown : state;
  }
  BufferPtr early;  // what the client said before there was a server
  void finish() {
    const logs::ProxyLogger& logger = *front.frontend.logger;
    release_backend();
    if (logger.logs_streams()) {
      logs::LogRecord record;
      fill_record(record);
      samples::Context context{*this, *front.worker.scratch, samples::Place::Log};
      logger.write(*front.worker.log, record, &context);
    }
    if (front.worker.process.tracing) trace_close(*this);
    count_end();
  }
};

/// Both directions at once until both are closed or one breaks.
Task<void> relay(TcpStream& stream) {
  Front& front = stream.front;
  Pump up{front.descriptor, stream.back->descriptor, *front.worker.buffers};
  Pump down{stream.back->descriptor, front.descriptor, *front.worker.buffers};
  up.use_splice(stream.request_pipes());
  down.use_splice(stream.response_pipes());
  up.set_body(lib::http::BodyKind::Tunnel, 0);
  down.set_body(lib::http::BodyKind::Tunnel, 0);
  if (stream.early && !stream.early->empty()) up.feed(std::move(stream.early));
  stream.early.reset();
  unsigned awake_front = kRead | kWrite, awake_back = kRead | kWrite;
  Heard heard{.front = front.now(), .back = front.now()};
  // "option independent-streams": what one side does says nothing about the other.
  const bool apart_front = front.conf().independent_streams;
  const bool apart_back = stream.back_conf().independent_streams;
  while (true) {
    // Only the direction that something happened to is worth a system call.
    if ((awake_front & kRead) != 0 || (awake_back & kWrite) != 0) (void)up.step();
    if ((awake_back & kRead) != 0 || (awake_front & kWrite) != 0) (void)down.step();
    if (up.passed() != 0 && stream.answered == Instant{}) stream.answered = stream.now();
    if (up.state() == PumpState::InputFailed || down.state() == PumpState::OutputFailed) {
      stream.end_as('C', 'D');
      lib::net::set_reset_on_close(stream.back->descriptor.fd());  // it broke off: so do we, the server need not wait for more
      break;
    }
    if (down.state() == PumpState::InputFailed || up.state() == PumpState::OutputFailed) {
      stream.end_as('S', 'D');
      break;
    }
    if (up.is_finished() && down.is_finished()) break;
    Needs needs;
    if (up.state() == PumpState::NeedsInput) needs.front |= kRead;
    if (up.state() == PumpState::NeedsRoom) needs.back |= kWrite;
    if (down.state() == PumpState::NeedsInput) needs.back |= kRead;
    if (down.state() == PumpState::NeedsRoom) needs.front |= kWrite;
    const Flow flow = up.is_finished() || down.is_finished() ? Flow::HalfClosed : Flow::Tunnel;
    if (!apart_front) heard.front = front.now();
    if (!apart_back) heard.back = front.now();
    const Patience patience = patience_for(stream, needs, flow, heard);
    const Wake wake = co_await front.waiter.either(front.descriptor, needs.front, stream.back->descriptor, needs.back,
                                                   patience.deadline);
    if (wake.timed_out()) {
      stream.end_as(patience.whose == Late::Client ? 'c' : 's', 'D');
      break;
    }
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', '-');
      break;
    }
    if (wake.first != 0) heard.front = front.now();
    if (wake.second != 0) heard.back = front.now();
    awake_front = wake.first;
    awake_back = wake.second;
  }
  stream.bytes_from_client = up.passed();
  stream.bytes_to_client = down.passed();
}

void fail(TcpStream& stream, Reach reach) {
  switch (reach) {
    case Reach::QueueTimeout: return stream.end_as('s', 'Q');
    case Reach::ConnectTimeout: return stream.end_as('s', 'C');
    case Reach::ClientGone:  // it has been said where
    case Reach::Killed:
    case Reach::NoServer:
    case Reach::Refused:
    case Reach::Connected: return stream.end_as('S', 'C');
  }
}

}  // namespace

Task<void> serve_tcp(Worker& worker, listen::Frontend& frontend, listen::Listener& listener, lib::base::UniqueFd fd,
                     lib::net::Address client) {
  Front front{worker, frontend, listener, std::move(fd), client};
  front.count_connection();
  if (front.expects_foreword()) {
    const bool came = co_await receive_forewords(front);
    if (!came) co_return;
  }
  front.count_session();
  TcpStream stream{front};
  stream.early = std::move(front.input);
  stream.began = stream.head_done = front.ready;
  (void)stream.number();  // in the order of arrival, also where nothing logs it
  if (worker.process.tracing) trace_accept(stream);
  make_unique_id(stream);
  servers::Backend* const backend = choose_backend_for(stream);
  if (backend == nullptr) {
    stream.end_as('S', 'C');
    stream.finish();
    co_return;
  }
  stream.set_backend(*backend);
  stream.find_persistence();
  const Reach reach = co_await reach_server(stream, nullptr);
  if (reach == Reach::Connected) {
    ++stream.back->uses;
    if (worker.process.tracing) trace_connected(stream);
    co_await relay(stream);
  } else {
    fail(stream, reach);
  }
  stream.back.reset();
  stream.finish();
}

}  // namespace proxyd::session

#include <sys/socket.h>

#include "lib/net/socket.h"
#include "proxyd/session/connection_rules.h"
#include "proxyd/session/patience.h"
#include "proxyd/session/pump.h"
#include "proxyd/session/serve.h"
#include "proxyd/session/tcp_rules.h"
#include "proxyd/session/choose_backend.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/monitoring.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;

/// Sends the client what the server has said so far, whose connection ends at once.
Task<void> pass_answer(TcpStream& stream) {
  (void)::shutdown(stream.back->descriptor.fd(), SHUT_RDWR);  // it may have ended by itself
  if (stream.answer->empty()) co_return;
  const std::string_view text{stream.answer->data + stream.answer->begin, stream.answer->size()};
  const bool sent = co_await send_all(stream.front, text);
  if (!sent) stream.end_as('C', 'D');
}

/// Both directions at once until both are closed or one breaks.
Task<void> relay(TcpStream& stream) {
  Front& front = stream.front;
  Pump up{front.descriptor, stream.back->descriptor, *front.worker.buffers};
  Pump down{stream.back->descriptor, front.descriptor, *front.worker.buffers};
  up.use_splice(stream.request_pipes());
  down.use_splice(stream.response_pipes());
  up.use_throttle(stream.request_throttle);
  down.use_throttle(stream.response_throttle);
  up.set_body(lib::http::BodyKind::Tunnel, 0);
  down.set_body(lib::http::BodyKind::Tunnel, 0);
  if (stream.early && !stream.early->empty()) up.feed(std::move(stream.early));
  stream.early.reset();
  if (!stream.back_conf().rules.tcp_response.empty()) {
    const Relay relay = co_await inspect_response(stream, up);
    if (relay == Relay::OnlyAnswer) co_await pass_answer(stream);
    if (relay != Relay::GoesOn) {
      stream.bytes_from_client = up.passed();
      co_return;
    }
    if (stream.answer && !stream.answer->empty()) down.feed(std::move(stream.answer));
    stream.answer.reset();
  }
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
    if (front.conf().contstats) stream.count_bytes(up.passed(), down.passed());
    Needs needs;
    if (up.state() == PumpState::NeedsInput) needs.front |= kRead;
    if (up.state() == PumpState::NeedsRoom) needs.back |= kWrite;
    if (down.state() == PumpState::NeedsInput) needs.back |= kRead;
    if (down.state() == PumpState::NeedsRoom) needs.front |= kWrite;
    if (up.state() == PumpState::Paced) needs.rest(up);
    if (down.state() == PumpState::Paced) needs.rest(down);
    const Flow flow = up.is_finished() || down.is_finished() ? Flow::HalfClosed : Flow::Tunnel;
    if (!apart_front) heard.front = front.now();
    if (!apart_back) heard.back = front.now();
    const Patience patience = patience_for(stream, needs, flow, heard);
    const Wake wake = co_await front.waiter.either(front.descriptor, needs.front, stream.back->descriptor, needs.back,
                                                   patience.deadline);
    if (wake.timed_out() && patience.whose == Late::None) {
      awake_front = awake_back = kRead | kWrite;
      continue;
    }
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
    case Reach::NoSource: return stream.end_as('I', 'C');
    case Reach::ClientGone:  // it has been said where
    case Reach::Killed:
    case Reach::NoServer:
    case Reach::Refused:
    case Reach::Connected: return stream.end_as('S', 'C');
  }
}

/// Serves it as a relay. True: its backend is one for HTTP, and nothing has been done there yet.
Task<bool> serve_relay(Front& front) {
  Worker& worker = front.worker;
  TcpStream stream{front};
  stream.early = std::move(front.input);
  stream.began = stream.head_done = front.ready;
  if (front.conf().answers_health) {
    co_await answer_health(stream);
    co_return false;
  }
  (void)stream.number();  // in the order of arrival, also where nothing logs it
  if (worker.process.tracing) trace_accept(stream);
  make_unique_id(stream);
  if (!front.conf().rules.tcp_content.empty()) {
    const bool accepted = co_await inspect_request(stream, front.conf(), Side::Front);
    if (!accepted) {
      stream.finish();
      co_return false;
    }
  }
  servers::Backend* const backend = choose_backend_for(stream);
  if (backend == nullptr) {
    stream.end_as('S', 'C');
    stream.finish();
    co_return false;
  }
  if (backend->conf.mode == config::Mode::Http && stream.termination[0] == '-') {
    if (stream.early && !stream.early->empty()) front.input = std::move(stream.early);
    co_return true;
  }
  stream.set_backend(*backend);
  if (&backend->conf != &front.conf() && !backend->conf.rules.tcp_content.empty()) {
    const bool accepted = co_await inspect_request(stream, backend->conf, Side::Back);
    if (!accepted) {
      stream.finish();
      co_return false;
    }
  }
  if (stream.termination[0] == 'c') {  // it was silent for too long
    stream.finish();
    co_return false;
  }
  stream.find_persistence();
  const Reach reach = co_await reach_server(stream, nullptr);
  if (reach == Reach::Connected) {
    ++stream.back->uses;
    if (worker.process.tracing) trace_connected(stream);
    stream.log_early();
    co_await relay(stream);
  } else {
    fail(stream, reach);
  }
  stream.back.reset();
  stream.finish();
  co_return false;
}

}  // namespace

Task<void> serve_tcp(Worker& worker, listen::Frontend& frontend, listen::Listener& listener, lib::base::UniqueFd fd,
                     lib::net::Address client) {
  Front front{worker, frontend, listener, std::move(fd), client};
  const bool admitted = co_await admit(front);
  if (!admitted) co_return;
  const bool is_http = co_await serve_relay(front);
  if (is_http) co_await serve_requests(front);
}

}  // namespace proxyd::session

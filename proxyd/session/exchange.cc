#include "proxyd/session/exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "lib/http2/stream.h"
#include "lib/net/socket.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/patience.h"
#include "proxyd/session/repeat.h"
#include "proxyd/session/request_rules.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;
using lib::http::BodyKind;
using lib::http::HeadStatus;
using servers::Count;

/// How long after the end of a kept connection a server is taken to be ending all of them (killed, restarted).
constexpr Duration kBreakingOff{250'000};
/// How often a request goes to yet another connection because one did not take it.
constexpr int kMostRefusals = 10;

enum class Step : std::uint8_t {
  Wait,          // for what Needs says; as an end: the stream's termination tells why
  Done,
  ClientGone,
  ServerClosed,  // before the first byte of a response
  ServerCut,     // within it
  BadRequest,    // chunks of the request that are none
  BadResponse,
};

// ---- the request's way to the server

/// Passes on what can be passed on of the request.
Step advance_request(HttpStream& stream, Needs& needs) {
  if (!stream.request_out.is_done()) {
    const SendState sent = stream.send_opening();
    if (sent == SendState::Blocked) needs.back |= kWrite;
    if (sent == SendState::Failed) return Step::ServerClosed;
    if (sent != SendState::Done) return Step::Wait;
  }
  if (!stream.up || stream.up->is_finished()) return Step::Done;
  switch (stream.up->step()) {
    case PumpState::Finished: return Step::Done;
    case PumpState::NeedsInput: needs.front |= kRead; return Step::Wait;
    case PumpState::NeedsRoom: needs.back |= kWrite; return Step::Wait;
    case PumpState::Paced: needs.rest(*stream.up); return Step::Wait;
    case PumpState::InputFailed:
    case PumpState::InputCut: return Step::ClientGone;
    case PumpState::BadFraming: return Step::BadRequest;
    case PumpState::OutputFailed: return Step::Done;  // the server may have answered before it closed: read that
  }
  return Step::Done;
}

/// Reads once from the server. Done: the response's head is there.
Step take_response(HttpStream& stream) {
  if (!stream.response_bytes) stream.response_bytes = stream.front.worker.buffers->normal.take();
  Buffer& buffer = *stream.response_bytes;
  const ssize_t got = stream.back->descriptor.receive(buffer.room(), buffer.room_size());
  if (got < 0 && errno == EAGAIN) {
    if (buffer.empty()) stream.response_bytes.reset();
    return Step::Wait;
  }
  if (got <= 0) return buffer.empty() ? Step::ServerClosed : Step::ServerCut;
  buffer.end += static_cast<std::uint32_t>(got);
  return Step::Done;
}

/// "HTTP/1.1 100 Continue" and its kin go on to clients that know them, as they stand.
Task<bool> pass_interim(HttpStream& stream) {
  Buffer& buffer = *stream.response_bytes;
  const std::uint32_t size = stream.response.size;
  bool alive = true;
  if (stream.request.is_http11()) {
    const std::string_view bytes{buffer.head() + stream.response.begin, size - stream.response.begin};
    alive = co_await send_all(stream.front, bytes);
    const lib::http::ResponseHead& head = stream.response;
    stream.bytes_to_client += counted_size(head, head.version.length + head.status_text.length + head.reason.length);
  }
  buffer.consume(size);
  stream.response_state.reset();
  co_return alive;
}

/// Reads until the head of the final response is there, passing the request's body on meanwhile.
Task<Step> await_response(HttpStream& stream) {
  Front& front = stream.front;
  bool readable = false;
  bool watch_client = stream.watches_client();
  while (true) {
    Needs needs{.front = 0, .back = kRead};
    if (front.descriptor.has_hung_up()) co_return Step::ClientGone;
    const Step request = advance_request(stream, needs);
    if (request != Step::Wait && request != Step::Done) co_return request;
    if (readable) {
      const Step read = take_response(stream);
      if (read != Step::Wait && read != Step::Done) co_return read;
      while (read == Step::Done && !stream.response_bytes->empty()) {
        const HeadStatus parsed = stream.parse_response();
        if (parsed == HeadStatus::Fault) co_return Step::BadResponse;
        if (parsed == HeadStatus::NeedMore) break;
        if (!stream.response.is_interim()) co_return Step::Done;
        const bool alive = co_await pass_interim(stream);
        if (!alive) co_return Step::ClientGone;
      }
    }
    const bool watch_now = watch_client && needs.front == 0;
    Needs patient = needs;
    if (needs.front != 0 || needs.pause != lib::base::kNever) patient.back = 0;  // while the client is still sending, the server cannot be late
    const Patience patience = patience_for(stream, patient, Flow::Message);
    const Wake wake = co_await front.waiter.either(front.descriptor, watch_now ? kRead : needs.front,
                                                   stream.back->descriptor, needs.back, patience.deadline);
    if (wake.timed_out() && patience.whose != Late::None) {
      stream.end_as(patience.whose == Late::Client ? 'c' : 's', patience.whose == Late::Client ? 'D' : 'H');
      co_return Step::Wait;
    }
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', 'H');
      co_return Step::Wait;
    }
    if (watch_now && wake.first != 0) {
      const ClientState client = stream.look_at_client();
      if (client == ClientState::Closed || client == ClientState::Broken) co_return Step::ClientGone;
      watch_client = client == ClientState::Here;
    }
    readable = (wake.second & kRead) != 0;
  }
}

// ---- the response's way to the client

/// The response is here in full and the connection ends with it: the FIN can go in its last segment (one packet and one
/// wake-up of the client less). The shutdown must follow at once: the kernel holds the segment back for it.
bool closes_behind_response(const HttpStream& stream) {
  return stream.wants_close && stream.down->has_whole_body() && !stream.down->is_paced() && stream.request_is_sent() &&
         stream.response.body != BodyKind::Tunnel;
}

/// Passes on what can be passed on, both ways in a tunnel.
Step advance_response(HttpStream& stream, Needs& needs) {
  const bool tunnel = stream.response.body == BodyKind::Tunnel;
  const bool has_all = tunnel && stream.down->is_finished();  // where the server had the last word, the client may just go
  if (stream.front.descriptor.has_hung_up()) return has_all ? Step::Done : Step::ClientGone;
  if (!stream.response_out.is_done()) {
    const bool is_last = closes_behind_response(stream);
    const SendState sent = stream.response_out.send(stream.front.descriptor, is_last);
    if (sent == SendState::Failed) return Step::ClientGone;
    if (sent == SendState::Blocked) {
      needs.front |= kWrite;
      return Step::Wait;
    }
    stream.down->mark_sent(stream.down->ready_bytes().size());
    if (is_last) (void)stream.front.descriptor.end_sending();  // a client that is gone needs no FIN
  }
  switch (stream.down->step()) {
    case PumpState::Finished: break;
    case PumpState::NeedsInput: needs.back |= kRead; break;
    case PumpState::NeedsRoom: needs.front |= kWrite; break;
    case PumpState::Paced: needs.rest(*stream.down); break;
    case PumpState::InputFailed:
    case PumpState::InputCut: return Step::ServerCut;
    case PumpState::OutputFailed: return Step::ClientGone;
    case PumpState::BadFraming: return Step::BadResponse;
  }
  if (stream.up && !stream.up->is_finished()) {
    switch (stream.up->step()) {
      case PumpState::NeedsInput: needs.front |= kRead; break;
      case PumpState::NeedsRoom: needs.back |= kWrite; break;
      case PumpState::Paced: needs.rest(*stream.up); break;
      case PumpState::InputFailed:
      case PumpState::InputCut: return has_all ? Step::Done : Step::ClientGone;
      case PumpState::OutputFailed:
        if (tunnel) return Step::ServerCut;
        if (stream.down->is_finished()) return Step::Done;  // it has answered and wants no more of the request
        break;
      case PumpState::BadFraming:
        if (stream.down->is_finished()) return Step::Done;  // the answer is there already: it ends the exchange
        break;
      case PumpState::Finished: break;
    }
  }
  const bool both = stream.down->is_finished() && (!stream.up || stream.up->is_finished());
  return both ? Step::Done : Step::Wait;
}

bool start_response(HttpStream& stream) {
  Front& front = stream.front;
  if (!stream.prepare_response()) return false;
  stream.down.emplace(stream.back->descriptor, front.descriptor, *front.worker.buffers);
  stream.down->use_splice(stream.response_pipes());
  stream.down->use_throttle(stream.response_throttle);
  if (front.conf().drop_response_trailers) stream.down->drop_trailers();
  stream.down->set_body(stream.response.body, stream.response.body_length);
  stream.down->feed(std::move(stream.response_bytes));
  stream.response_head_size = stream.response_out.total();
  stream.response_out.append(stream.down->ready_bytes());
  if (stream.response.body == BodyKind::Tunnel) {
    stream.back->need_no_delay();
    if (!stream.up) stream.up.emplace(front.descriptor, stream.back->descriptor, *front.worker.buffers);
    stream.up->use_splice(stream.request_pipes());
    stream.up->use_throttle(stream.request_throttle);
    stream.up->set_body(BodyKind::Tunnel, 0);
    if (!stream.request_bytes->empty()) {
      // The request's head stays where it is, for the log.
      BufferPtr early = front.worker.buffers->normal.take();
      early->end = stream.request_bytes->size();
      std::copy_n(stream.request_bytes->head(), early->end, early->data);
      stream.up->feed(std::move(early));
    }
  }
  return true;
}

void note_status(HttpStream& stream) {
  stream.answered = stream.now();
  stream.status = stream.response.status;
}

}  // namespace

void give_back(HttpStream& stream) {
  Front& front = stream.front;
  Front& connection = front.connection();
  connection.last_server = connection.site->find_same(*stream.server->state);  // it may have moved on to another site
  if (stream.back->carrier != nullptr) return stream.back.reset();  // its stream is over
  if (stream.back_conf().reuse != config::ReusePolicy::Never) {
    front.worker.idle->put(std::move(stream.back), stream.now());
  } else if (connection.own_backs.size() < front.conf().max_session_connections) {
    stream.back->server = connection.last_server;
    if (stream.back->server != nullptr) connection.own_backs.push_back(std::move(stream.back));
  } else {
    lib::net::set_reset_on_close(stream.back->descriptor.fd());  // all was said, see settle_back()
    stream.back.reset();
  }
}

namespace {

/// Keeps the server's connection for the next request, or closes it.
void settle_back(HttpStream& stream) {
  const bool clean = !stream.back_must_close && stream.request_is_sent() && !stream.down->take_leftover();
  if (!clean) {
    // All was said: a reset spares both sides the rest of the closing ceremony, as with haproxy.
    if (stream.response.body != BodyKind::UntilClose) lib::net::set_reset_on_close(stream.back->descriptor.fd());
    stream.back.reset();
    return;
  }
  give_back(stream);
}

/// Closes a server's connection in the middle. After a timeout or garbage a reset tells it that nobody listens any more;
/// otherwise what was sent must still arrive.
void abandon_back(HttpStream& stream, Step step) {
  const bool useless = step == Step::Wait || (step == Step::BadResponse && !stream.down);
  if (stream.back && useless) lib::net::set_reset_on_close(stream.back->descriptor.fd());
  stream.back.reset();
}

/// The log may show what was agreed on with a server that then did not answer.
void keep_tls(HttpStream& stream) {
  if (!stream.back || stream.back->tls == nullptr || stream.back->carrier != nullptr) return;
  (void)stream.back->descriptor.end_sending();  // its connection ends now: nothing is said on it later
  stream.tried_tls.reset(std::exchange(stream.back->tls, nullptr));
  (void)stream.back->descriptor.take_layer().release();  // the same, which is owned now
}

/// What was received behind this request's end belongs to the next one.
void keep_leftover(HttpStream& stream) {
  BufferPtr rest = stream.up ? stream.up->take_leftover() : nullptr;
  if (!rest && stream.request_bytes && !stream.request_bytes->empty()) rest = std::move(stream.request_bytes);
  if (!rest) return;
  rest->compact();
  stream.front.input = std::move(rest);
}

After end_exchange(HttpStream& stream, Step step) {
  if (stream.response_out.sent() >= stream.response_head_size) stream.bytes_to_client += stream.response_counted;
  stream.bytes_to_client += stream.down->counted();
  if (step == Step::ClientGone) stream.end_as('C', 'D');
  if (step == Step::ServerCut || step == Step::BadResponse) {
    stream.server_cell()[Count::ErrResp].add();
    stream.back_cell()[Count::ErrResp].add();
    stream.end_as('S', 'D');  // as haproxy sees a body that is none, too: the server broke off
  }
  const bool whole = step == Step::Done && stream.response.body != BodyKind::Tunnel;
  const bool shows_tls = stream.back != nullptr && stream.back->tls != nullptr;  // the log may show what was agreed on: it must still be there
  if (shows_tls) stream.finish();
  if (whole)
    settle_back(stream);
  else
    abandon_back(stream, step);
  const bool read_all = stream.request_is_sent();
  if (!shows_tls) stream.finish();  // before the next request's bytes move: the log still shows this one's
  if (whole && read_all) keep_leftover(stream);
  if (!whole) return After::Close;
  if (!read_all) return After::Linger;
  return stream.wants_close ? After::Close : After::Next;
}

/// "option contstats".
void count_so_far(HttpStream& stream) {
  const bool head_is_sent = stream.response_out.sent() >= stream.response_head_size;
  stream.count_bytes(stream.request_counted + (stream.up ? stream.up->counted() : 0),
                     stream.bytes_to_client + (head_is_sent ? stream.response_counted : 0) + stream.down->counted());
}

/// The response is there: passes it on.
Task<After> relay_response(HttpStream& stream) {
  Front& front = stream.front;
  stream.count_response_head();
  if (captures_anything(front.conf())) capture_response(stream);
  if (has_response_rules(stream)) {
    const std::optional<After> ended = co_await apply_response_rules(stream);
    if (ended) co_return *ended;
  }
  stream.count_answer();
  if (stream.back_conf().check_cache && shares_cookie(stream)) co_return co_await refuse_shared_cookie(stream);
  if (!start_response(stream)) {
    stream.end_as('P', 'H');
    co_return co_await answer_locally(stream, 500);
  }
  stream.log_early();
  const bool tunnel = stream.response.body == BodyKind::Tunnel;
  while (true) {
    Needs needs;
    const Step step = advance_response(stream, needs);
    if (step != Step::Wait) co_return end_exchange(stream, step);
    if (front.conf().contstats) count_so_far(stream);
    const bool half_closed = stream.down->is_finished() || (stream.up && stream.up->is_finished());
    const Patience patience =
        patience_for(stream, needs, !tunnel ? Flow::Message : half_closed ? Flow::HalfClosed : Flow::Tunnel);
    const Wake wake = co_await front.waiter.either(front.descriptor, needs.front, stream.back->descriptor, needs.back,
                                                   patience.deadline);
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', 'D');
    } else if (!wake.timed_out() || patience.whose == Late::None) {
      continue;
    }
    stream.end_as(patience.whose == Late::Client ? 'c' : 's', 'D');
    co_return end_exchange(stream, Step::Wait);
  }
}

// ---- when there is no response to pass on

Task<After> fail_reach(HttpStream& stream, Reach reach) {
  if (reach == Reach::ClientGone) {  // nobody is there to be answered
    stream.finish();
    co_return After::Close;
  }
  switch (reach) {
    case Reach::NoServer: stream.end_as('S', 'C'); break;
    case Reach::NoSource: stream.end_as('I', 'C'); break;
    case Reach::QueueTimeout: stream.end_as('s', 'Q'); break;
    case Reach::ConnectTimeout: stream.end_as('s', 'C'); break;
    case Reach::Refused:
    case Reach::ClientGone:
    case Reach::Killed:  // it has been said where
    case Reach::Connected: stream.end_as('S', 'C'); break;
  }
  if (reach == Reach::NoSource) co_return co_await answer_locally(stream, 500);
  co_return co_await answer_locally(stream, 503);
}

Task<After> fail_response(HttpStream& stream, Step step) {
  servers::Cell& server = stream.server_cell();
  servers::Cell& back = stream.back_cell();
  const auto count_error = [&] {
    server[Count::ErrResp].add();
    back[Count::ErrResp].add();
  };
  keep_tls(stream);
  abandon_back(stream, step);
  const bool broke_off = stream.front.carrier != nullptr || (stream.up && !stream.up->is_finished());
  if (step == Step::ClientGone && broke_off) {
    stream.end_as('C', 'D');  // it ended its stream, or broke off within its request: nobody is there to be answered
    stream.finish();
    co_return After::Close;
  }
  if (step == Step::ServerClosed && stream.reused_connection) {
    // A kept connection that was closed meanwhile, and a request that must not be sent twice by us: the client, which knows
    // whether it may, sees its own connection close before any answer, as with haproxy.
    stream.end_as('S', 'H');
    stream.finish();
    co_return After::Close;
  }
  int status = 502;
  switch (step) {
    case Step::Wait:  // somebody's time is over: the termination says whose
      if (stream.termination[0] == 's') {
        count_error();
        status = 504;
      } else if (stream.termination[0] == 'K') {
        status = 502;
      } else {
        status = 408;
      }
      break;
    case Step::ClientGone:
      stream.end_as('C', 'H');
      stream.wants_close = true;
      status = 400;
      break;
    case Step::BadRequest:
      stream.end_as('P', 'H');
      stream.front_cell()[Count::ErrReq].add();
      status = 400;
      break;
    case Step::BadResponse:
      capture_error(stream, true);
      count_error();
      stream.end_as('P', 'H');
      break;
    case Step::ServerClosed:
    case Step::ServerCut:
    case Step::Done:
      count_error();
      stream.end_as('S', 'H');
      break;
  }
  co_return co_await answer_locally(stream, status);
}

/// A kept connection that the server closed just as we used it, or a new one that was waiting to be accepted while the
/// server's others broke off: nothing was processed, so asking again on another one is safe where the request may be
/// repeated (RFC 9110 section 9.2.2) and nothing of it is lost.
bool may_ask_again(HttpStream& stream, Step step) {
  if (step != Step::ServerClosed) return false;
  std::atomic<Instant>& broke_off = stream.server->broke_off;
  const bool is_breaking_off = stream.now() - broke_off.load(std::memory_order_relaxed) < kBreakingOff;
  if (stream.reused_connection) broke_off.store(stream.now(), std::memory_order_relaxed);
  if (stream.up || !(stream.reused_connection || is_breaking_off)) return false;
  switch (stream.request.method) {
    case lib::http::Method::Get:
    case lib::http::Method::Head:
    case lib::http::Method::Options:
    case lib::http::Method::Trace:
    case lib::http::Method::Put:
    case lib::http::Method::Delete: return true;
    default: return false;
  }
}

/// The server ended the stream and said that it had not looked at the request, by a reset or a goodbye that leaves it out: asking
/// again is safe whatever it asks, while all of it is still here (RFC 9113 section 8.7).
bool is_untouched(const HttpStream& stream, Step step) {
  if (step != Step::ServerClosed || stream.up || !stream.back || stream.back->carrier == nullptr) return false;
  const auto* const layer = static_cast<const lib::http2::StreamLayer*>(stream.back->descriptor.layer());
  return layer != nullptr && layer->is_untouched();
}

void start_body(HttpStream& stream) {
  Front& front = stream.front;
  ++stream.back->uses;
  keep_body(stream);
  if (!stream.has_request_body()) return;
  stream.back->need_no_delay();
  if (stream.up) return;
  stream.up.emplace(front.descriptor, stream.back->descriptor, *front.worker.buffers);
  stream.up->use_splice(stream.request_pipes());
  stream.up->use_throttle(stream.request_throttle);
  if (stream.back_conf().drop_request_trailers) stream.up->drop_trailers();
  stream.up->set_body(stream.request.body, stream.request.body_length);
  stream.up->feed(std::move(stream.first_body));
}

Outcome outcome_of(const HttpStream& stream, Step step) {
  switch (step) {
    case Step::Done: return Outcome::Answer;
    case Step::ServerClosed:
    case Step::ServerCut: return Outcome::Empty;  // also within the head, as haproxy sees it
    case Step::BadResponse: return Outcome::Junk;
    case Step::Wait: return stream.termination[0] == 's' ? Outcome::Late : Outcome::Other;
    case Step::ClientGone:
    case Step::BadRequest: break;
  }
  return Outcome::Other;
}

}  // namespace

Task<After> exchange(HttpStream& stream) {
  if (!stream.prepare_request()) {
    stream.end_as('P', 'R');
    co_return co_await answer_locally(stream, 500);
  }
  bool reused = reuse_connection(stream, stream.front.requests <= 1);
  servers::Server* avoid = nullptr;
  bool asked_again = false;
  int refusals = 0;
  while (true) {
    if (!reused) {
      const Reach reach = co_await reach_server(stream, avoid);
      if (reach != Reach::Connected) co_return co_await fail_reach(stream, reach);
    }
    start_body(stream);
    const Step step = co_await await_response(stream);
    const Outcome outcome = outcome_of(stream, step);
    if (may_repeat(stream, outcome)) {
      make_repeatable(stream, outcome);
      avoid = leave_server(stream);
      reused = false;
      continue;
    }
    if (step == Step::Done) break;
    // Let what else this round brings speak first: the ends of the server's other connections, perhaps.
    if (step == Step::ServerClosed && !stream.reused_connection) (void)co_await stream.front.waiter.yield();
    if (stream.front.info.take_kill()) stream.end_as('K', 'H');
    const bool untouched = is_untouched(stream, step) && refusals < kMostRefusals;
    if (stream.termination[0] == 'K' || !(untouched || (!asked_again && may_ask_again(stream, step))))
      co_return co_await fail_response(stream, step);
    if (untouched) ++refusals;
    else asked_again = true;
    stream.back.reset();
    stream.reused_connection = reused = false;
    stream.rewind_opening();
    avoid = leave_server(stream);  // that one may be about to die: a fresh connection to it could meet its end, too
  }
  note_status(stream);
  if (stream.front.worker.process.tracing) trace_response(stream, stream.response);
  co_return co_await relay_response(stream);
}

}  // namespace proxyd::session

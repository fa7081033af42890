#include <sys/socket.h>

#include "proxyd/session/exchange.h"
#include "proxyd/session/serve.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::Task;
using lib::event::Wake;
using servers::Count;

/// How long a request's head may take from its first byte.
Duration head_patience(const config::Proxy& conf) {
  return conf.timeouts.http_request.count() > 0 ? conf.timeouts.http_request : conf.timeouts.client;
}

/// How long we wait for the first byte of the next request.
Duration idle_patience(const Front& front) {
  const config::Timeouts& timeouts = front.conf().timeouts;
  if (front.requests == 0) return head_patience(front.conf());
  return timeouts.http_keep_alive.count() > 0 ? timeouts.http_keep_alive : head_patience(front.conf());
}

bool choose_backend(HttpStream& stream) {
  Front& front = stream.front;
  const auto& rules = front.conf().use_backend;
  servers::Backend* chosen = front.frontend.default_backend;
  std::string scratch;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].condition && !rules[i].condition->holds(stream, scratch)) continue;
    chosen = front.frontend.use_backends[i];
    break;
  }
  if (chosen == nullptr) chosen = front.frontend.own_backend;
  if (chosen == nullptr) return false;
  stream.set_backend(*chosen);
  return true;
}

void note_request(HttpStream& stream) {
  Front& front = stream.front;
  ++front.requests;
  stream.front_cell()[Count::ReqTot].add();
  stream.front_cell()[Count::H1Req].add();
  front.frontend.request_rate.tick(stream.now());
  front.worker.process.counters.requests_total.fetch_add(1, std::memory_order_relaxed);
}

/// The client closed or broke off before its request was complete.
After client_left(HttpStream& stream) {
  Front& front = stream.front;
  const bool said_something = stream.request_bytes && !stream.request_bytes->empty();
  if (!said_something && front.requests > 0) return After::Close;  // the usual end of a keep-alive connection
  stream.bad_request = true;
  stream.end_as('C', 'R');
  if (said_something) stream.front_cell()[Count::ErrReq].add();
  stream.status = 400;
  stream.finish();
  return After::Close;
}

Task<After> refuse_late(HttpStream& stream) {
  Front& front = stream.front;
  stream.bad_request = true;
  stream.end_as('c', 'R');
  stream.front_cell()[Count::ErrReq].add();
  const bool said_something = stream.request_bytes && !stream.request_bytes->empty();
  if (!said_something && (front.conf().http_ignore_probes || front.conf().dontlog_null)) {
    if (front.conf().http_ignore_probes) co_return After::Close;
  }
  ++front.requests;
  co_return co_await answer_locally(stream, 408);
}

Task<After> refuse_bad(HttpStream& stream) {
  stream.bad_request = true;
  stream.end_as('P', 'R');
  stream.front_cell()[Count::ErrReq].add();
  ++stream.front.requests;
  capture_error(stream, false);
  co_return co_await answer_locally(stream, lib::http::status_for(stream.request_state.fault()));
}

}  // namespace

Task<After> serve_request(Front& front, Instant head_deadline) {
  HttpStream stream{front};
  HeadRead read = stream.read_request();
  if (read == HeadRead::Nothing) co_return After::Wait;
  const Duration patience = head_patience(front.conf());
  if (front.requests != 0) head_deadline = lib::base::deadline_after(stream.began, patience);
  while (read == HeadRead::NeedMore) {
    const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, head_deadline);
    if (wake.timed_out()) co_return co_await refuse_late(stream);
    read = stream.read_request();
  }
  if (read == HeadRead::Closed) co_return client_left(stream);
  if (read == HeadRead::Refused) co_return co_await refuse_bad(stream);
  note_request(stream);
  if (is_local(stream)) co_return co_await answer_local(stream);
  if (!choose_backend(stream)) {
    stream.end_as('S', 'C');
    co_return co_await answer_locally(stream, 503);
  }
  co_return co_await exchange(stream);
}

namespace {

Task<After> refuse_silent_client(Front& front) {
  HttpStream stream{front};
  co_return co_await refuse_late(stream);
}

}  // namespace

Task<void> serve_http(Worker& worker, listen::Frontend& frontend, listen::Listener& listener, lib::base::UniqueFd fd,
                      lib::net::Address client) {
  Front front{worker, frontend, listener, std::move(fd), client};
  front.count_session();
  const Instant first_deadline = lib::base::deadline_after(front.accepted(), idle_patience(front));
  bool look_first = true;  // the request mostly comes with the connection
  while (true) {
    const Instant deadline =
        front.requests == 0 ? first_deadline : lib::base::deadline_after(front.now(), idle_patience(front));
    if (!look_first && !front.input) {
      front.info.idle_waiter = &front.waiter;
      const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, deadline);
      front.info.idle_waiter = nullptr;
      if (wake.notified) co_return;  // the process is stopping
      if (wake.timed_out()) {
        if (front.requests == 0) (void)co_await refuse_silent_client(front);
        co_return;
      }
    }
    look_first = false;
    const After after = co_await serve_request(front, deadline);
    if (after == After::Linger) co_await linger(front);
    if (after == After::Close || after == After::Linger) co_return;
    if (after == After::Next) front.idle_since = front.now();
  }
}

}  // namespace proxyd::session

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "proxyd/session/choose_backend.h"
#include "proxyd/session/connection_rules.h"
#include "proxyd/session/exchange.h"
#include "proxyd/session/header_names.h"
#include "proxyd/session/monitoring.h"
#include "proxyd/session/serve.h"
#include "lib/tls/server_layer.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/request_rules.h"
#include "proxyd/session/stations.h"
#include "proxyd/session/trace.h"

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
  servers::Backend* const chosen = choose_backend_for(stream);
  if (chosen == nullptr) return false;
  stream.set_backend(*chosen);
  return true;
}

void note_request(HttpStream& stream) {
  Front& front = stream.front;
  ++front.requests;
  stream.front_cell()[Count::ReqTot].add();
  stream.front_cell()[front.carrier != nullptr ? Count::H2Req : Count::H1Req].add();
  front.frontend->request_rate.tick(stream.now());
  (void)stream.number();  // in the order of arrival, also where nothing logs it
  if (captures_anything(front.conf())) capture_request(stream);
  make_unique_id(stream);
}

/// What never became a request counts as one, and as an error.
void count_bad_request(HttpStream& stream) {
  stream.front_cell()[Count::ReqTot].add();
  stream.front_cell()[Count::ErrReq].add();
}

/// The client closed or broke off before its request was complete.
Task<After> client_left(HttpStream& stream, HeadRead read) {
  Front& front = stream.front;
  const bool said_something = stream.request_bytes && !stream.request_bytes->empty();
  if (!said_something && front.requests > 0) co_return After::Close;  // the usual end of a keep-alive connection
  stream.bad_request = true;
  stream.end_as('C', 'R');
  count_bad_request(stream);
  const bool quiet = !said_something && front.conf().http_ignore_probes;
  if (read == HeadRead::HalfClosed && !quiet) co_return co_await answer_locally(stream, 400);
  stream.status = 400;
  stream.finish();
  co_return After::Close;
}

Task<After> refuse_late(HttpStream& stream) {
  Front& front = stream.front;
  stream.bad_request = true;
  stream.end_as('c', 'R');
  count_bad_request(stream);
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
  count_bad_request(stream);
  ++stream.front.requests;
  capture_error(stream, false);
  co_return co_await answer_locally(stream, lib::http::status_for(stream.request_state.fault()));
}

Task<After> refuse_late_body(HttpStream& stream) {
  stream.end_as('c', 'R');
  stream.front_cell()[Count::ErrReq].add();
  stream.wants_close = true;
  co_return co_await answer_locally(stream, 408);
}

/// "option http-restrict-req-hdr-names reject".
Task<After> refuse_names(HttpStream& stream) {
  stream.front_cell()[Count::DeniedReq].add();
  if (stream.backend != nullptr) stream.back_cell()[Count::DeniedReq].add();
  stream.end_as('P', 'R');
  co_return co_await answer_locally(stream, 403);
}

/// Whether the backend wants the body, or as much as a buffer takes, before it is asked for a server.
bool needs_body(const HttpStream& stream) {
  const config::Proxy& back = stream.back_conf();
  if (back.retry_on.repeats_requests() && !stream.request.expect_continue) return true;  // to be kept, it must be there
  return back.http_buffer_request || (back.balance_key.check_post && stream.request.method == lib::http::Method::Post);
}

/// The statistics page, for those who may see it.
Task<After> show_stats(HttpStream& stream, const config::Proxy& conf) {
  if (!conf.stats.http_request.empty()) {
    const std::optional<After> ended = co_await apply_stats_rules(stream, conf);
    if (ended) co_return *ended;
  }
  co_return co_await answer_stats(stream, conf);
}

/// RFC 9113 section 3.3: its preface is a request line that HTTP/1 refuses.
bool begins_http2(const HttpStream& stream) {
  const Front& front = stream.front;
  return front.requests == 0 && front.carrier == nullptr && !front.conf().disable_h2_upgrade && front.listener->conf->protocol == config::BindProtocol::Any &&
         lib::http::may_be_h2_preface({stream.request_bytes->head(), stream.request_bytes->size()});
}

void arrive(HttpStream& stream) {
  note_request(stream);
  if (stream.front.worker.process.tracing) trace_request(stream);
}

/// They were asked as those of a relay, before the connection became one of HTTP.
bool has_passed_content(const HttpStream& stream, Side side) {
  return side == Side::Front && stream.front.requests == 0 && stream.front.conf().mode == config::Mode::Tcp;
}

/// The stations of one proxy, in their order.
Task<std::optional<After>> pass_stations(HttpStream& stream, const config::Proxy& conf, Side side) {
  for (const Station station : kRequestWay) {
    if (!has_station(conf, side, station)) continue;
    std::optional<After> ended;
    switch (station) {
      case Station::Content:
        if (!has_passed_content(stream, side)) ended = co_await apply_content_rules(stream, conf, side);
        break;
      case Station::Arrival: arrive(stream); break;
      case Station::Monitoring:
        if (is_monitoring(stream)) ended = co_await answer_monitoring(stream);
        break;
      case Station::Request: ended = co_await apply_request_rules(stream, conf, side); break;
      case Station::FieldNames:
        if (!apply_name_policy(stream, conf.name_policy)) ended = co_await refuse_names(stream);
        break;
      case Station::Statistics:
        if (is_for_stats(stream, conf)) ended = co_await show_stats(stream, conf);
        break;
      case Station::Redirects: ended = co_await apply_redirects(stream, conf, side); break;
    }
    if (ended) co_return ended;
  }
  co_return std::nullopt;
}

/// Whether nothing stands in the way but the frontend's Arrival, which is spared a coroutine then.
bool is_plain(const config::Proxy& conf, Side side) {
  return std::none_of(kRequestWay.begin(), kRequestWay.end(), [&](Station each) {
    return each != Station::Arrival && has_station(conf, side, each);
  });
}

}  // namespace

Task<After> serve_request(Front& front, Instant head_deadline) {
  HttpStream stream{front};
  HeadRead read = stream.read_request();
  if (read == HeadRead::Nothing) co_return After::Wait;
  const Duration patience = head_patience(front.conf());
  if (front.requests != 0 || front.carrier != nullptr) head_deadline = lib::base::deadline_after(stream.began, patience);
  while (read == HeadRead::NeedMore) {
    const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, head_deadline);
    if (wake.timed_out()) co_return co_await refuse_late(stream);
    if (wake.notified && front.info.take_kill()) co_return After::Close;  // no request yet, so nothing to answer or log
    read = stream.read_request();
  }
  if (read == HeadRead::Closed || read == HeadRead::HalfClosed) co_return co_await client_left(stream, read);
  if (read == HeadRead::Refused && begins_http2(stream)) {
    front.input = std::move(stream.request_bytes);
    co_return After::Http2;
  }
  if (read == HeadRead::Refused) co_return co_await refuse_bad(stream);
  if (is_plain(front.conf(), Side::Front)) {
    arrive(stream);
  } else {
    const std::optional<After> ended = co_await pass_stations(stream, front.conf(), Side::Front);
    if (ended) co_return *ended;
  }
  if (front.conf().http_buffer_request && stream.has_request_body()) {
    const bool buffered = co_await buffer_body(stream, head_deadline, kWholeBody);
    if (!buffered) co_return co_await refuse_late_body(stream);
  }
  const bool has_backend = choose_backend(stream);
  if (has_backend && &stream.back_conf() != &front.conf() && !is_plain(stream.back_conf(), Side::Back)) {
    const std::optional<After> ended = co_await pass_stations(stream, stream.back_conf(), Side::Back);
    if (ended) co_return *ended;
  }
  if (has_backend && stream.has_request_body() && needs_body(stream)) {
    const bool buffered = co_await buffer_body(stream, head_deadline, kWholeBody);
    if (!buffered) co_return co_await refuse_late_body(stream);
  }
  if (!has_backend) {
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
  const bool admitted = co_await admit(front);
  if (!admitted) co_return;
  const config::BindProtocol protocol = listener.conf->protocol;
  const bool agreed = front.tls != nullptr && front.tls->protocol() == "h2" && protocol != config::BindProtocol::Http1;
  if (agreed || protocol == config::BindProtocol::Http2) co_await serve_http2(front);
  else co_await serve_requests(front);
}

Task<void> serve_requests(Front& front) {
  const Instant first_deadline = lib::base::deadline_after(front.ready, idle_patience(front));
  bool look_first = true;  // the request mostly comes with the connection
  while (true) {
    const Instant deadline =
        front.requests == 0 ? first_deadline : lib::base::deadline_after(front.now(), idle_patience(front));
    if (!look_first && !front.input) {
      front.info.is_idle = true;
      const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, deadline);
      front.info.is_idle = false;
      if (wake.notified && (front.requests != 0 || front.info.take_kill())) co_return;  // the process is stopping, or the session was killed
      if (wake.notified) continue;  // the client's first request may be on its way: a reload must not cost it
      if (wake.timed_out()) {
        if (front.requests == 0) (void)co_await refuse_silent_client(front);
        co_return;
      }
    }
    look_first = false;
    front.follow_reload();
    const After after = co_await serve_request(front, deadline);
    if (after == After::Http2) co_return co_await serve_http2(front);
    if (after == After::Linger) co_await linger(front);
    if (after == After::Close || after == After::Refuse || after == After::Linger) co_return;
    if (after == After::Next) front.idle_since = front.now();
  }
}

}  // namespace proxyd::session

#include "proxyd/session/request_rules.h"

#include <algorithm>

#include "lib/http/h1_settle.h"
#include "lib/net/socket.h"
#include "proxyd/session/exchange.h"
#include "proxyd/session/handshake.h"
#include "proxyd/session/stations.h"

namespace proxyd::session {
namespace {

using lib::event::Task;
using rules::End;
using rules::Flow;
using rules::RuleList;
using samples::Place;
using servers::Count;

constexpr std::string_view kHintStart = "HTTP/1.1 103 Early Hints\r\n";
/// What haproxy counts for it, fields apart: see counted_size().
constexpr std::uint64_t kHintCounted = 20 + 8 + 3 + 11 + 1;

/// Both proxies of a stream, each once, in the order of a response: the backend's first.
template <class Visit>
void each_proxy_back_to_front(const HttpStream& stream, Visit visit) {
  const config::Proxy& front = stream.front.conf();
  if (stream.backend != nullptr && &stream.back_conf() != &front) visit(stream.back_conf(), Side::Back);
  visit(front, Side::Front);
}

void count(HttpStream& stream, Count which) {
  stream.front_cell()[which].add();
  if (stream.backend != nullptr) stream.back_cell()[which].add();
}

/// Sleeps; false when the client left or the session was killed meanwhile.
Task<bool> hold(HttpStream& stream, Duration time) {
  Front& front = stream.front;
  const Instant deadline = lib::base::deadline_after(front.now(), time);
  unsigned watched = lib::event::kRead;
  while (true) {
    const lib::event::Wake wake = co_await front.waiter.ready(front.descriptor, watched, deadline);
    if (wake.timed_out()) co_return true;
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', 'R');
      co_return false;
    }
    const ClientState client = stream.look_at_client();
    if (client == ClientState::Closed || client == ClientState::Broken) co_return false;
    if (client == ClientState::Unknown) watched = 0;
  }
}

struct Phase {
  const RuleList& list;
  Place place;
  bool of_response;
  Duration delay{};  // "inspect-delay": for how long a rule may wait for what is missing
};

/// The server's response was counted as received, but it is not what the client gets.
void forget_response(HttpStream& stream) {
  stream.bytes_to_client += stream.response_counted + (stream.response_bytes->size() - stream.response.size);
  stream.answered = Instant{};
}

/// Whether nothing of the server's response is still to come, and its connection lives on.
bool has_whole_response(const HttpStream& stream) {
  using lib::http::BodyKind;
  const lib::http::ResponseHead& head = stream.response;
  if (!stream.back || !head.keep_alive || head.length_ignored || !stream.request_is_sent()) return false;
  const std::uint64_t length = head.body == BodyKind::Length ? head.body_length : 0;
  return (head.body == BodyKind::Length || head.body == BodyKind::None) && stream.response_bytes->size() == head.size + length;
}

/// The answer of a rule that ends the request, or its page.
Task<After> answer_rule(HttpStream& stream, const rules::Rule& rule, const Phase& phase, Flow flow) {
  const std::string text = answer_of(stream, rule, phase.place, status_after(flow, phase.of_response));
  if (phase.of_response) forget_response(stream);
  if (phase.of_response && has_whole_response(stream)) give_back(stream);
  stream.slot.reset();
  stream.back.reset();
  co_return co_await answer_with(stream, text);
}

Task<After> close_without_answer(HttpStream& stream, bool vanish) {
  if (vanish) stream.front.vanish(stream.reset_ttl);
  stream.slot.reset();
  stream.back.reset();
  stream.finish();
  co_return After::Close;
}

void count_broken_response(HttpStream& stream) {
  stream.server_cell()[Count::ErrResp].add();
  stream.back_cell()[Count::ErrResp].add();
}

/// "reject": where haproxy counts it.
void count_rejected(HttpStream& stream, const Phase& phase) {
  if (phase.of_response) {
    count(stream, Count::DeniedResp);
    stream.server_cell()[Count::DeniedResp].add();
  } else if (phase.place == Place::FrontContent || phase.place == Place::BackContent) {
    stream.front_cell()[Count::DeniedReq].add();
  } else {
    stream.front_cell()[Count::DeniedReq].add();
    if (servers::Backend* const back = stream.counted_backend(); back != nullptr)
      back->counters.of(stream.front.worker.index)[Count::DeniedReq].add();
  }
}

/// What a rule that has the last word ends the request in.
Task<After> conclude(HttpStream& stream, const rules::Rule& rule, const Phase& phase, Flow flow) {
  if (flow == Flow::Tarpit) {
    count(stream, Count::DeniedReq);
    const bool held = co_await hold(stream, stream.tarpit_time());
    note_end(stream, phase.place, flow);
    if (!held) co_return co_await close_without_answer(stream, false);
    co_return co_await answer_rule(stream, rule, phase, flow);
  }
  note_end(stream, phase.place, flow);
  switch (flow) {
    case Flow::Deny:
      count(stream, phase.of_response ? Count::DeniedResp : Count::DeniedReq);
      if (phase.of_response) stream.server_cell()[Count::DeniedResp].add();
      co_return co_await answer_rule(stream, rule, phase, flow);
    case Flow::Answer:
      if (!phase.of_response && stream.is_at_front()) stream.front_cell()[Count::Intercepted].add();
      co_return co_await answer_rule(stream, rule, phase, flow);
    case Flow::Reject:
      count_rejected(stream, phase);
      (void)co_await close_without_answer(stream, false);
      co_return After::Refuse;
    case Flow::Drop:
      count(stream, Count::DeniedReq);  // also for responses
      co_return co_await close_without_answer(stream, true);
    case Flow::Close:
      count_broken_response(stream);
      stream.answered = Instant{};
      stream.slot.reset();
      stream.back.reset();
      co_return co_await answer_locally(stream, status_after(flow, true));
    case Flow::Tarpit:
    case Flow::Failed:
    case Flow::Next:
    case Flow::Allow:
    case Flow::Missing:
    case Flow::Wait: break;
  }
  count(stream, Count::RewriteErrors);
  co_return co_await answer_locally(stream, status_after(flow, phase.of_response));
}

End run_from(HttpStream& stream, const Phase& phase, std::size_t from, bool is_final) {
  samples::Context context{stream, *stream.front.worker.scratch, phase.place};
  context.is_final = is_final;
  return rules::run_rules(phase.list, from, stream, context);
}

/// What rules see of Connection is what is not between two neighbours alone.
bool hide_hop(HttpStream& stream, bool of_response) {
  lib::http::MessageHead& head = of_response ? static_cast<lib::http::MessageHead&>(stream.response) : stream.request;
  if (!head.connection_close && !head.connection_keep_alive) return true;
  if (!head.connection_other && !head.connection_upgrade) {  // nothing else is said there: no need to write anything
    for (lib::http::Field& field : head.fields) field.dropped = field.dropped || field.id == lib::http::FieldId::Connection;
    head.connection_close = head.connection_keep_alive = false;
    return true;
  }
  return lib::http::hide_connection(of_response ? *stream.response_writer() : *stream.request_writer());
}

/// "103 Early Hints", as far as rules made it. False: nobody is there to get it.
Task<bool> send_hints(HttpStream& stream) {
  const std::string_view lines = stream.kept(kHintSlot);
  std::string text{kHintStart};
  text.append(lines).append("\r\n");
  const auto count = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  stream.keep(kHintSlot, {});
  const bool sent = co_await send_all(stream.front, text);
  stream.bytes_to_client += kHintCounted + lines.size() - count * std::string_view{": \r\n"}.size();
  co_return sent;
}

/// Whether the rule behind it adds to the same hints.
bool goes_on_hinting(const RuleList& list, std::size_t at) {
  return at + 1 < list.size() && list[at + 1]->condition == nullptr && list[at + 1]->action->is_hint();
}

/// What a rule waits for; how the request ends where it does not come.
Task<std::optional<After>> wait_for(HttpStream& stream, Phase phase, rules::Wait wait) {
  if (wait.for_hint) {
    const bool sent = co_await send_hints(stream);
    if (sent) co_return std::nullopt;
    stream.end_as('C', 'R');
    co_return co_await close_without_answer(stream, false);
  }
  if (wait.for_handshake) {
    const FrontError error = co_await finish_handshake(stream.front);
    if (!stream.is_early()) co_return std::nullopt;
    stream.end_as(error == FrontError::None ? 'K' : error == FrontError::TlsTimeout ? 'c' : 'C', 'R');
    co_return co_await close_without_answer(stream, false);
  }
  if (!wait.for_body) {
    const bool alive = co_await hold(stream, Duration{wait.us});
    if (!alive) co_return co_await close_without_answer(stream, false);
    co_return std::nullopt;
  }
  const Instant deadline = lib::base::deadline_after(stream.now(), Duration{wait.us});
  if (phase.of_response) {
    const bool here = co_await buffer_response_body(stream, deadline, wait.at_least);
    if (here) co_return std::nullopt;
    stream.end_as('s', 'R');
    forget_response(stream);
    co_return co_await answer_locally(stream, 504);
  }
  if (!stream.has_request_body()) co_return std::nullopt;
  const bool here = co_await buffer_body(stream, deadline, wait.at_least);
  stream.head_done = stream.now();
  if (here) co_return std::nullopt;
  stream.is_late = true;
  stream.end_as('c', 'R');
  stream.front_cell()[Count::ErrReq].add();
  stream.wants_close = true;
  co_return co_await answer_locally(stream, 408);
}

/// Nothing more will come of the message.
bool is_whole(HttpStream& stream, bool of_response) {
  samples::Context context{stream, *stream.front.worker.scratch, of_response ? Place::ResponseContent : Place::FrontContent};
  bool whole = false;
  (void)stream.body(of_response, context.arena(), whole);
  return whole;
}

/// Reads on until the rules know enough, no more comes of the request, or the delay is over.
Task<End> read_on(HttpStream& stream, Phase phase) {
  const Instant deadline = lib::base::deadline_after(stream.now(), phase.delay);
  while (true) {
    const std::size_t before = stream.request_bytes->size();
    // Chunks are not looked into: their body is awaited to its end.
    const std::uint64_t enough = stream.request.body == lib::http::BodyKind::Length ? before + 1 : kWholeBody;
    const bool in_time = co_await buffer_body(stream, deadline, enough);
    stream.head_done = stream.now();
    const bool is_final = !in_time || stream.request_bytes->size() == before || is_whole(stream, false);
    const End end = run_from(stream, phase, 0, is_final);
    if (is_final || end.flow != Flow::Missing) co_return end;
  }
}

/// "close": what is here in full reaches the client. Without a condition, the connection is closed before there is anything.
bool closes_behind_response(const HttpStream& stream, const rules::Rule& rule) {
  return rule.condition != nullptr && has_whole_response(stream);
}

Task<std::optional<After>> run_phase(HttpStream& stream, Phase phase) {
  prepare_for_rules(stream, phase.of_response);
  End end = run_from(stream, phase, 0, phase.delay.count() == 0 || is_whole(stream, phase.of_response));
  if (end.flow == Flow::Missing && !phase.of_response && !stream.request.expect_continue) {
    end = co_await read_on(stream, phase);
    if (stream.termination[0] == 'K') co_return co_await close_without_answer(stream, false);
  } else if (end.flow == Flow::Missing) {  // as much is here as will be: only the time is waited for
    const bool alive = co_await hold(stream, phase.delay);
    if (!alive && stream.termination[0] == 'K') co_return co_await close_without_answer(stream, false);
    end = run_from(stream, phase, 0, true);
  }
  while (end.flow == Flow::Wait) {
    if (!stream.wait.for_hint || !goes_on_hinting(phase.list, end.at)) {
      const std::optional<After> ended = co_await wait_for(stream, phase, stream.wait);
      if (ended) co_return ended;
    }
    end = run_from(stream, phase, end.at + 1, true);
  }
  if (end.flow == Flow::Next || end.flow == Flow::Allow) co_return std::nullopt;
  if (end.flow == Flow::Close && closes_behind_response(stream, *phase.list[end.at])) {
    stream.back_must_close = true;
    co_return std::nullopt;
  }
  co_return co_await conclude(stream, *phase.list[end.at], phase, end.flow);
}

}  // namespace

void note_end(HttpStream& stream, Place place, Flow flow) {
  const bool of_response = samples::sees_response(place);
  const char when = of_response ? 'H' : 'R';
  switch (flow) {
    case Flow::Tarpit:
      stream.end_as('P', 'T');
      stream.is_late = stream.is_tarpitted = true;
      return;
    case Flow::Answer: return stream.end_as('L', when);
    case Flow::Reject:
      if (of_response) stream.status = -1;
      stream.end_as('P', of_response ? 'D' : 'R');
      break;
    case Flow::Drop:
      if (place == Place::ResponseContent) stream.status = -1;  // nothing had looked at it as HTTP yet
      stream.end_as('P', 'R');
      break;
    case Flow::Close: return stream.end_as('S', when);
    case Flow::Deny:
    case Flow::Failed:
    case Flow::Next:
    case Flow::Allow:
    case Flow::Missing:
    case Flow::Wait: return stream.end_as('P', when);
  }
  if (place == Place::FrontContent) stream.bad_request = true;  // nothing had looked at it as HTTP yet
  // haproxy logs a request that a rule broke off as one that never came, and so a response.
  (of_response ? stream.answered : stream.head_done) = Instant{};
}

std::string answer_of(HttpStream& stream, const rules::Rule& rule, Place place, int otherwise) {
  std::string text;
  stream.logged_status = rule.action->logged_status(stream);
  samples::Context context{stream, *stream.front.worker.scratch, place};
  if (!rule.action->write_answer(stream, context, text)) {
    text = stream.page(otherwise);
    stream.logged_status = otherwise;
    stream.termination[0] = 'P';
  }
  if (stream.ends_connection) stream.wants_close = true;
  return text;
}

void prepare_for_rules(HttpStream& stream, bool of_response) {
  stream.is_strict = true;
  (void)hide_hop(stream, of_response);  // without room for it, rules see what there is
}

Task<std::optional<After>> apply_content_rules(HttpStream& stream, const config::Proxy& conf, Side side) {
  const Place place = side == Side::Front ? Place::FrontContent : Place::BackContent;
  const Phase phase{conf.rules.tcp_content, place, false, conf.rules.request_inspect_delay};
  co_return co_await run_phase(stream, phase);
}

Task<std::optional<After>> apply_request_rules(HttpStream& stream, const config::Proxy& conf, Side side) {
  const Place place = side == Side::Front ? Place::FrontRequest : Place::BackRequest;
  co_return co_await run_phase(stream, {conf.rules.http_request, place, false});
}

Task<std::optional<After>> apply_redirects(HttpStream& stream, const config::Proxy& conf, Side side) {
  const Place place = side == Side::Front ? Place::FrontRequest : Place::BackRequest;
  co_return co_await run_phase(stream, {conf.rules.redirects, place, false});
}

Task<std::optional<After>> apply_stats_rules(HttpStream& stream, const config::Proxy& conf) {
  const Place place = &conf == &stream.front.conf() ? Place::FrontRequest : Place::BackRequest;
  const Phase phase{conf.stats.http_request, place, false};
  stream.is_stats = true;  // so the log shows it, whatever the rules say
  co_return co_await run_phase(stream, phase);
}

bool has_response_rules(const HttpStream& stream) {
  const auto way = response_way(stream.front.conf(), stream.back_conf());
  return std::any_of(way.begin(), way.end(), [](const ResponseStop& stop) { return !stop.list->empty(); });
}

Task<std::optional<After>> apply_response_rules(HttpStream& stream) {
  const auto way = response_way(stream.front.conf(), stream.back_conf());
  for (const ResponseStop& stop : way) {
    if (stop.place != Place::ResponseContent) stream.count_answer();  // it is looked at as HTTP from here on
    if (stop.list->empty()) continue;
    const std::optional<After> ended = co_await run_phase(stream, {*stop.list, stop.place, true, stop.delay});
    if (ended) co_return ended;
  }
  co_return std::nullopt;
}

Task<After> refuse_shared_cookie(HttpStream& stream) {
  const std::string text = "Blocking cacheable cookie in response from instance " + stream.back_conf().name + ", server " +
                           std::string{stream.server->conf.name} + ".";
  stream.front.frontend->logger->write_state_event(*stream.front.worker.log, 1, text);
  count(stream, Count::DeniedResp);
  stream.server_cell()[Count::DeniedResp].add();
  stream.end_as('P', 'H');
  forget_response(stream);
  if (has_whole_response(stream)) give_back(stream);
  stream.slot.reset();
  stream.back.reset();
  co_return co_await answer_locally(stream, 502);
}

bool has_after_response_rules(const HttpStream& stream) {
  bool any = false;
  each_proxy_back_to_front(stream, [&any](const config::Proxy& conf, Side) { any = any || !conf.rules.http_after_response.empty(); });
  return any;
}

bool apply_after_response_rules(HttpStream& stream) {
  bool fine = true;
  if (!has_after_response_rules(stream)) return true;
  (void)hide_hop(stream, true);
  each_proxy_back_to_front(stream, [&](const config::Proxy& conf, Side side) {
    if (!fine || conf.rules.http_after_response.empty()) return;
    const Phase phase{conf.rules.http_after_response, side == Side::Back ? Place::ResponseHead : Place::FrontResponseHead, true};
    stream.is_strict = true;
    fine = run_from(stream, phase, 0, true).flow != Flow::Failed;
  });
  return fine;
}

}  // namespace proxyd::session

#include "proxyd/session/tcp_rules.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "lib/net/socket.h"
#include "proxyd/session/patience.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;
using rules::End;
using samples::Place;
using servers::Count;

/// For how long rules may wait for more, from the first time that they have to.
class Delay {
 public:
  explicit Delay(Duration time) : time_{time} {}
  bool is_over(Instant now) const { return time_.count() == 0 || now >= end_; }
  Instant end(Instant now) {
    if (end_ == lib::base::kNever) end_ = lib::base::deadline_after(now, time_);
    return end_;
  }

 private:
  Duration time_;
  Instant end_ = lib::base::kNever;
};

End run(TcpStream& stream, const rules::RuleList& list, Place place, bool is_final) {
  samples::Context context{stream, *stream.front.worker.scratch, place};
  context.is_final = is_final;
  return rules::run_rules(list, 0, stream, context);
}

/// In the frontend and its socket; the others as haproxy does it, for each kind of end.
void count(TcpStream& stream, Count which) {
  stream.front_cell()[which].add();
  if (stream.front.listener->counters) stream.front.listener->counters->of(stream.front.worker.index)[which].add();
}

/// Whether the stream goes on after the rules; if not, notes why.
bool conclude(TcpStream& stream, rules::Flow flow, bool of_response) {
  using rules::Flow;
  if (flow == Flow::Next || flow == Flow::Allow) return true;
  if (flow == Flow::Drop) {
    stream.front.vanish(stream.reset_ttl);
    count(stream, Count::DeniedReq);
    if (stream.backend != nullptr) stream.back_cell()[Count::DeniedReq].add();
    stream.end_as('P', 'R');
    return false;
  }
  count(stream, of_response ? Count::DeniedResp : Count::DeniedReq);
  if (of_response) {
    stream.back_cell()[Count::DeniedResp].add();
    stream.server_cell()[Count::DeniedResp].add();
  }
  stream.end_as('P', of_response ? 'D' : 'R');
  return false;
}

/// Reads once from the server. True: its connection says no more, or no more can be taken.
bool read_answer(TcpStream& stream, std::uint32_t limit) {
  Buffer& buffer = *stream.answer;
  if (buffer.end >= limit) return true;
  const ssize_t got = stream.back->descriptor.receive(buffer.room(), limit - buffer.end);
  if (got > 0) buffer.end += static_cast<std::uint32_t>(got);
  if (got == 0 || (got < 0 && errno != EAGAIN)) stream.answer_ended = true;
  return stream.answer_ended || buffer.end >= limit;
}

std::uint32_t inspection_limit(const Front& front) {
  return front.worker.buffers->normal.buffer_size() - front.site->config->global.maxrewrite;
}

}  // namespace

Task<bool> inspect_request(TcpStream& stream, const config::Proxy& conf, Side side) {
  Front& front = stream.front;
  Delay delay{conf.rules.request_inspect_delay};
  const Place place = side == Side::Front ? Place::FrontContent : Place::BackContent;
  const std::uint32_t limit = inspection_limit(front);
  Instant heard = front.now();
  while (true) {
    const std::uint32_t had = stream.early ? stream.early->end : 0;
    const ClientState client = stream.heard_end ? ClientState::Closed : stream.read_more(limit);
    stream.heard_end = client == ClientState::Closed || client == ClientState::Broken;
    if (stream.early->end != had) heard = front.now();
    const bool is_full = stream.early->end >= limit;
    const End end = run(stream, conf.rules.tcp_content, place, stream.heard_end || is_full || delay.is_over(front.now()));
    if (end.flow != rules::Flow::Missing) {
      const bool goes_on = conclude(stream, end.flow, false);
      co_return goes_on;
    }
    const Instant client_late = lib::base::deadline_after(heard, front.conf().timeouts.client);
    const Instant deadline = std::min(delay.end(front.now()), client_late);
    const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, deadline);
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', 'R');
      co_return false;
    }
    if (wake.timed_out() && front.now() >= client_late) {  // no more will come: the rules have their last word
      stream.end_as('c', 'R');
      stream.front_cell()[Count::ErrReq].add();
      stream.heard_end = true;
    }
  }
}

Task<Relay> inspect_response(TcpStream& stream, Pump& up) {
  Front& front = stream.front;
  const config::ProxyRules& rules = stream.back_conf().rules;
  Delay delay{rules.response_inspect_delay};
  const std::uint32_t limit = inspection_limit(front);
  stream.answer = front.worker.buffers->normal.take();
  while (true) {
    (void)up.step();
    if (up.passed() != 0 && stream.answered == Instant{}) stream.answered = stream.now();
    const bool no_more = read_answer(stream, limit);
    const End end = run(stream, rules.tcp_response, Place::ResponseContent, no_more || delay.is_over(front.now()));
    if (end.flow == rules::Flow::Close) co_return Relay::OnlyAnswer;
    if (end.flow != rules::Flow::Missing) co_return conclude(stream, end.flow, true) ? Relay::GoesOn : Relay::Refused;
    Needs needs{.front = 0, .back = kRead};
    if (up.state() == PumpState::NeedsInput) needs.front |= kRead;
    if (up.state() == PumpState::NeedsRoom) needs.back |= kWrite;
    if (up.state() == PumpState::Paced) needs.rest(up);
    const Patience patience = patience_for(stream, needs, Flow::Tunnel);
    const Instant deadline = std::min(delay.end(front.now()), patience.deadline);
    const Wake wake =
        co_await front.waiter.either(front.descriptor, needs.front, stream.back->descriptor, needs.back, deadline);
    if (wake.notified && front.info.take_kill()) {
      stream.end_as('K', 'D');
      co_return Relay::Refused;
    }
    if (wake.timed_out() && !delay.is_over(front.now()) && patience.whose != Late::None) {
      stream.end_as(patience.whose == Late::Client ? 'c' : 's', 'D');
      co_return Relay::Refused;
    }
  }
}

}  // namespace proxyd::session

#include "lib/probe/probe.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "lib/crypto/md5.h"
#include "lib/http/h1_head.h"
#include "lib/net/socket.h"
#include "lib/probe/body_pattern.h"
#include "lib/probe/channel.h"
#include "lib/probe/dns.h"
#include "lib/probe/grpc_health.h"
#include "lib/probe/http_answer.h"
#include "lib/probe/icmp.h"
#include "lib/probe/page_judge.h"
#include "lib/probe/smtp_reply.h"

namespace lib::probe {
namespace {

using base::Duration;
using base::Instant;
using event::Task;
using How = Moved::How;

/// A response head must fit in here.
constexpr std::size_t kMaxAnswer = 16384;
/// What one wait may read before others have their turn.
constexpr std::size_t kTurn = 262'144;
/// From here on a body is read at no more than kTurn each kPause: a server that floods us must not slow the other checks.
constexpr std::uint64_t kMuch = 1'048'576;
constexpr Duration kPause{1'000};

/// Where bytes are read to before they are judged; never across a wait, so one serves all probes of a thread.
std::span<char> scratch() {
  static thread_local std::array<char, 16384> bytes;
  return bytes;
}

/// What of a datagram of this length is in the scratch.
base::Bytes received(std::size_t count) {
  const std::span<char> there = scratch().first(std::min(count, scratch().size()));
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(there.data())), there.size()};
}

bool is_like(base::Bytes datagram, const ExpectDatagram& step) {
  const std::size_t both = std::min({datagram.size(), step.bytes.size(), step.mask.size()});
  for (std::size_t i = 0; i < both; ++i)
    if (((datagram[i] ^ step.bytes[i]) & step.mask[i]) != 0) return false;
  return true;
}

class Runner {
 public:
  Runner(const Plan& plan, event::Waiter& waiter)
      : plan_{plan}, waiter_{waiter}, channel_{waiter}, deadline_{base::deadline_after(waiter.now(), plan.whole)} {}

  Task<bool> take(const Step& step);
  void close() { channel_.close(); }
  Report report;

 private:
  Task<bool> connect(const Connect& step);
  Task<bool> start_tls(const StartTls& step);
  Task<bool> send(std::string bytes);
  Task<bool> expect_status(const ExpectHttpStatus& step);
  Task<bool> expect_page(const ExpectHttpPage& step);
  Task<bool> expect_grpc_health();
  Task<bool> expect_smtp(const ExpectSmtp& step);
  Task<bool> expect_dns(const ExpectDns& step);
  Task<bool> expect_datagram(const ExpectDatagram& step);
  Task<bool> expect_no_error();
  Task<bool> expect_tls_record();
  Task<bool> speak_http2(const SpeakHttp2& step);
  Task<bool> expect_echo(const ExpectEcho& step);
  std::string proxy_line() const;
  bool fail(Outcome outcome, std::string info = {});
  bool fail_socket(Moved& moved) {
    report.system_error = moved.error;
    return fail(Outcome::SocketError, std::move(moved.why));
  }
  bool fail_receive(Moved moved);
  bool judge(const http::ResponseHead& head, const ExpectHttpStatus& step);

  const Plan& plan_;
  event::Waiter& waiter_;
  Channel channel_;
  Instant deadline_;
  Instant connect_limit_ = base::kNever;
  bool is_ipv6_ = false;
};

bool Runner::fail(Outcome outcome, std::string info) {
  report.outcome = outcome;
  report.info = std::move(info);
  return false;
}

/// What ends a step that waits for bytes.
bool Runner::fail_receive(Moved moved) {
  switch (moved.how) {
    case How::Timeout: return fail(Outcome::AnswerTimeout);
    case How::Error: return fail_socket(moved);
    default: return fail(report.has_begun ? Outcome::InvalidAnswer : Outcome::NoAnswer);
  }
}

Task<bool> Runner::take(const Step& step) {
  Task<bool> work;
  if (const auto* const connecting = std::get_if<Connect>(&step)) work = connect(*connecting);
  else if (const auto* const starting = std::get_if<StartTls>(&step)) work = start_tls(*starting);
  else if (std::holds_alternative<SendProxyLine>(step)) work = send(proxy_line());
  else if (const auto* const sending = std::get_if<Send>(&step)) work = send(sending->bytes);
  else if (const auto* const status = std::get_if<ExpectHttpStatus>(&step)) work = expect_status(*status);
  else if (const auto* const page = std::get_if<ExpectHttpPage>(&step)) work = expect_page(*page);
  else if (const auto* const smtp = std::get_if<ExpectSmtp>(&step)) work = expect_smtp(*smtp);
  else if (const auto* const dns = std::get_if<ExpectDns>(&step)) work = expect_dns(*dns);
  else if (const auto* const datagram = std::get_if<ExpectDatagram>(&step)) work = expect_datagram(*datagram);
  else if (const auto* const echo = std::get_if<ExpectEcho>(&step)) work = expect_echo(*echo);
  else if (const auto* const speaking = std::get_if<SpeakHttp2>(&step)) work = speak_http2(*speaking);
  else if (std::holds_alternative<ExpectTlsRecord>(step)) work = expect_tls_record();
  else if (std::holds_alternative<ExpectGrpcHealth>(step)) work = expect_grpc_health();
  else work = expect_no_error();
  return work;
}

Task<bool> Runner::connect(const Connect& step) {
  connect_limit_ = std::min(deadline_, base::deadline_after(waiter_.now(), plan_.connecting));
  is_ipv6_ = step.where.ip.is_ipv6();
  const bool connected = co_await channel_.connect(step, connect_limit_, report);
  if (connected && plan_.answering > Duration::zero())
    deadline_ = std::min(deadline_, base::deadline_after(waiter_.now(), plan_.answering));
  co_return connected;
}

Task<bool> Runner::start_tls(const StartTls& step) {
  return channel_.start_tls(step, std::min(connect_limit_, deadline_), report);
}

Task<bool> Runner::send(std::string bytes) {
  Moved moved = co_await channel_.send(bytes, deadline_);
  if (moved.how == How::Timeout) co_return fail(Outcome::AnswerTimeout);
  if (moved.how != How::Bytes) co_return fail_socket(moved);
  co_return true;
}

std::string Runner::proxy_line() const {
  const net::Address from = net::local_address(channel_.fd()), to = net::peer_address(channel_.fd());
  if (!from.is_ip() || from.family() != to.family()) return "PROXY UNKNOWN\r\n";
  return fmt::format("PROXY {} {} {} {} {}\r\n", from.is_ipv4() ? "TCP4" : "TCP6", from.host(), to.host(),
                     from.port(), to.port());
}

bool Runner::judge(const http::ResponseHead& head, const ExpectHttpStatus& step) {
  report.has_answer = true;
  report.code = head.status;
  if (head.status >= step.lowest && head.status <= step.highest) return true;
  // HTTP/2 has no reason phrase: the text's is our own.
  return fail(Outcome::WrongStatus, channel_.speaks_http2() ? std::string{} : std::string{head.text(head.reason)});
}

Task<bool> Runner::expect_status(const ExpectHttpStatus& step) {
  std::string received;
  http::HeadState state;
  std::optional<http::ResponseHead> head;
  head.emplace();
  while (true) {
    const std::size_t before = received.size();
    if (before == kMaxAnswer) co_return fail(Outcome::InvalidAnswer);
    Moved moved = co_await channel_.receive(scratch().first(std::min<std::size_t>(kMaxAnswer - before, 4096)), deadline_);
    if (moved.how == How::End || moved.how == How::CutOff)
      co_return fail(received.empty() && channel_.speaks_http2() ? Outcome::NoAnswer : Outcome::InvalidAnswer);
    if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
    received.append(scratch().data(), moved.count);
    http::HeadStatus status = http::HeadStatus::NeedMore;
    while (true) {
      const http::Asked asked;
      const http::HeadOptions options;
      status = http::parse_response_head(received, options, asked, state, *head);
      if (status != http::HeadStatus::Complete || !head->is_interim()) break;
      received.erase(0, head->size);  // another response follows a 1xx
      state.reset();
      head.emplace();
    }
    if (status == http::HeadStatus::Fault) co_return fail(Outcome::InvalidAnswer);
    if (status == http::HeadStatus::Complete) co_return judge(*head, step);
  }
}

Task<bool> Runner::expect_page(const ExpectHttpPage& step) {
  PageJudge page{step};
  std::uint64_t total = 0;
  std::size_t turn = 0;
  while (true) {
    const bool skips = page.needs_no_more() && !channel_.uses_tls();
    Task<Moved> receiving = skips ? channel_.discard(kTurn, deadline_) : channel_.receive(scratch(), deadline_);
    Moved moved = co_await receiving;
    if (moved.how == How::End || moved.how == How::CutOff) {
      if (moved.how == How::CutOff && step.wants_goodbye) co_return fail(Outcome::NoGoodbye, std::move(moved.why));
      break;
    }
    if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
    report.has_begun = true;
    if (skips) page.skip(moved.count);
    else page.feed({scratch().data(), moved.count});
    total += moved.count;
    turn += moved.count;
    if (turn < kTurn) continue;
    turn = 0;
    if (total < kMuch) {
      (void)co_await waiter_.yield();  // nobody notifies this waiter
    } else {
      (void)co_await waiter_.until(std::min(waiter_.now() + kPause, deadline_));  // likewise
    }
    if (waiter_.now() >= deadline_) co_return fail(Outcome::AnswerTimeout);
  }
  co_return page.finish(report);
}

Task<bool> Runner::expect_grpc_health() {
  using Verdict = GrpcHealthAnswer::Verdict;
  GrpcHealthAnswer answer;
  while (!answer.is_decided()) {
    Moved moved = co_await channel_.receive(scratch().first(4096), deadline_);
    if (moved.how == How::Bytes) {
      answer.feed({scratch().data(), moved.count});
      continue;
    }
    // Without the system's word or TLS's: the stream was reset, or a rule of HTTP/2 broken.
    const bool is_broken = moved.how == How::Error && moved.error == 0 && moved.why.empty();
    if (is_broken) co_return fail(Outcome::InvalidAnswer, "HTTP/2 stream was broken off");
    if (moved.how == How::Error || moved.how == How::Timeout) co_return fail_receive(std::move(moved));
    answer.end();
  }
  report.has_begun = report.has_answer = true;
  report.code = static_cast<int>(answer.code());
  if (answer.verdict() == Verdict::Serving) co_return true;
  co_return fail(answer.verdict() == Verdict::Invalid ? Outcome::InvalidAnswer : Outcome::WrongStatus, answer.info());
}

Task<bool> Runner::expect_smtp(const ExpectSmtp& step) {
  SmtpReply reply;
  while (true) {
    Moved moved = co_await channel_.receive(scratch().first(512), deadline_);
    if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
    report.has_begun = true;
    std::size_t used = 0;
    const SmtpReply::State state = reply.feed({scratch().data(), moved.count}, used);
    report.code = static_cast<int>(reply.code());
    if (state == SmtpReply::State::Bad) co_return fail(Outcome::InvalidAnswer);
    if (state == SmtpReply::State::Reading) continue;
    report.has_answer = true;
    // What follows a reply before our next command is dropped with this read: nothing may (RFC 5321 section 4.1.1).
    if (step.code != 0 && reply.code() != step.code) co_return fail(Outcome::WrongStatus);
    co_return true;
  }
}

Task<bool> Runner::expect_dns(const ExpectDns& step) {
  while (true) {
    Moved moved = co_await channel_.receive(scratch(), deadline_);
    if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
    report.has_begun = true;
    const auto answer = decode_dns_answer(received(moved.count));
    if (!answer) co_return fail(Outcome::InvalidAnswer);
    if (answer->id != step.id) continue;  // not ours
    report.has_answer = true;
    report.code = answer->code;
    if (answer->code != 0) co_return fail(Outcome::WrongStatus, dns_code_name(answer->code));
    co_return true;
  }
}

Task<bool> Runner::expect_datagram(const ExpectDatagram& step) {
  Moved moved = co_await channel_.receive(scratch(), deadline_);
  if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
  report.has_begun = report.has_answer = true;
  if (step.bytes.empty()) co_return true;
  if (moved.count < step.smallest || moved.count > step.largest)
    co_return fail(Outcome::WrongBody, fmt::format("{} bytes", moved.count));
  if (!is_like(received(moved.count), step)) co_return fail(Outcome::WrongBody);
  co_return true;
}

Task<bool> Runner::speak_http2(const SpeakHttp2& step) {
  const std::string_view agreed = channel_.protocol();
  if (step.only_if_agreed && agreed != "h2") co_return true;
  if (step.is_needed && !agreed.empty() && agreed != "h2")
    co_return fail(Outcome::InvalidAnswer, fmt::format("TLS agreed on {}, not on HTTP/2", agreed));
  co_return channel_.speak_http2() || fail(Outcome::SocketError, "out of memory");
}

Task<bool> Runner::expect_tls_record() {
  constexpr char kAlert = 0x15, kHandshake = 0x16;
  Moved moved = co_await channel_.receive(scratch(), deadline_);
  if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
  report.has_begun = true;
  const char kind = scratch().front();
  report.has_answer = kind == kAlert || kind == kHandshake;
  co_return report.has_answer || fail(Outcome::InvalidAnswer);
}

Task<bool> Runner::expect_no_error() {
  Moved moved = co_await channel_.receive(scratch(), deadline_);
  if (moved.how == How::Error) co_return fail_socket(moved);
  report.has_begun = report.has_answer = moved.how == How::Bytes;
  co_return true;
}

Task<bool> Runner::expect_echo(const ExpectEcho& step) {
  while (true) {
    Moved moved = co_await channel_.receive(scratch(), deadline_);
    if (moved.how != How::Bytes) co_return fail_receive(std::move(moved));
    const auto sequence = decode_echo_reply(is_ipv6_ ? IcmpFamily::V6 : IcmpFamily::V4, received(moved.count));
    if (sequence != step.sequence) continue;  // not ours
    report.has_begun = report.has_answer = true;
    co_return true;
  }
}

}  // namespace

Task<Report> run(const Plan& plan, event::Waiter& waiter) {
  const Instant began = base::monotonic_now();
  Runner runner{plan, waiter};
  for (std::size_t at = 0; at < plan.steps.size(); ++at) {
    const bool passed = co_await runner.take(plan.steps[at]);
    if (passed) continue;
    runner.report.step = at;
    break;
  }
  runner.close();
  runner.report.took = std::chrono::duration_cast<Duration>(base::monotonic_now() - began);
  co_return std::move(runner.report);
}

}  // namespace lib::probe

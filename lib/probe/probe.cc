#include "lib/probe/probe.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "lib/http/h1_head.h"
#include "lib/net/socket.h"

namespace lib::probe {
namespace {

using base::Instant;
using event::kRead;
using event::kWrite;
using event::Task;

/// A response head must fit in here.
constexpr std::size_t kMaxAnswer = 16384;

class Runner {
 public:
  Runner(const Plan& plan, event::Waiter& waiter)
      : plan_{plan}, waiter_{waiter}, deadline_{base::deadline_after(waiter.now(), plan.whole)} {}

  Task<bool> connect(const Connect& step);
  Task<bool> send(std::string bytes);
  Task<bool> expect(const ExpectHttpStatus& step);
  std::string proxy_line() const;
  void close();
  Report report;

 private:
  /// True when the socket is ready, false at the deadline.
  Task<bool> ready(unsigned events, Instant deadline);
  bool fail(Outcome outcome, std::string info = {});
  bool fail_to_start(const base::Error& error);
  bool judge(const http::ResponseHead& head, const ExpectHttpStatus& step);

  const Plan& plan_;
  event::Waiter& waiter_;
  Instant deadline_;
  event::Descriptor socket_;
  bool reset_on_close_ = false;
  bool connected_ = false;
};

bool Runner::fail(Outcome outcome, std::string info) {
  report.outcome = outcome;
  report.info = std::move(info);
  return false;
}

Task<bool> Runner::ready(unsigned events, Instant deadline) {
  while (true) {
    const event::Wake why = co_await waiter_.ready(socket_, events, deadline);
    if (why.first != 0) co_return true;
    if (why.timed_out()) co_return false;
  }
}

/// Words of the original for what fails before anything goes out.
bool Runner::fail_to_start(const base::Error& error) {
  const char* const why = std::strerror(error.code);
  if (error.message.starts_with("cannot bind source")) {
    return fail(Outcome::ConnectFailed, fmt::format("Can't bind to source address ({})", why));
  }
  switch (error.code) {
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ETIMEDOUT: return fail(Outcome::ConnectFailed, why);
    default: return fail(Outcome::SocketError, fmt::format("General socket error ({})", why));
  }
}

Task<bool> Runner::connect(const Connect& step) {
  base::Result<base::UniqueFd> started = net::start_connect(step.where, step.source);
  if (!started) co_return fail_to_start(started.error());
  socket_.open(waiter_.loop(), std::move(*started));
  const Instant limit = std::min(deadline_, base::deadline_after(waiter_.now(), plan_.connecting));
  const bool in_time = co_await ready(kWrite, limit);
  if (!in_time) co_return fail(Outcome::ConnectTimeout);
  const int code = net::connect_error(socket_.fd());
  if (code != 0) co_return fail(Outcome::ConnectFailed, std::strerror(code));
  connected_ = true;
  reset_on_close_ = step.reset_on_close;
  if (plan_.answering > base::Duration::zero()) {
    deadline_ = std::min(deadline_, base::deadline_after(waiter_.now(), plan_.answering));
  }
  co_return true;
}

Task<bool> Runner::send(std::string bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_.fd(), bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return fail(Outcome::SocketError, std::strerror(errno));
    const bool in_time = co_await ready(kWrite, deadline_);
    if (!in_time) co_return fail(Outcome::AnswerTimeout);
  }
  co_return true;
}

std::string Runner::proxy_line() const {
  const net::Address from = net::local_address(socket_.fd()), to = net::peer_address(socket_.fd());
  if (!from.is_ip() || from.family() != to.family()) return "PROXY UNKNOWN\r\n";
  return fmt::format("PROXY {} {} {} {} {}\r\n", from.is_ipv4() ? "TCP4" : "TCP6", from.host(), to.host(),
                     from.port(), to.port());
}

bool Runner::judge(const http::ResponseHead& head, const ExpectHttpStatus& step) {
  report.has_answer = true;
  report.code = head.status;
  if (head.status >= step.lowest && head.status <= step.highest) return true;
  return fail(Outcome::WrongStatus, std::string{head.text(head.reason)});
}

Task<bool> Runner::expect(const ExpectHttpStatus& step) {
  std::string received;
  http::HeadState state;
  std::optional<http::ResponseHead> head;
  head.emplace();
  while (true) {
    const std::size_t before = received.size();
    if (before == kMaxAnswer) co_return fail(Outcome::InvalidAnswer);
    received.resize(std::min(kMaxAnswer, before + 4096));
    const ssize_t count = ::recv(socket_.fd(), received.data() + before, received.size() - before, MSG_DONTWAIT);
    const int code = errno;
    received.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) co_return fail(Outcome::InvalidAnswer);
    if (count < 0) {
      if (code == EINTR) continue;
      if (code != EAGAIN) co_return fail(Outcome::SocketError, std::strerror(code));
      const bool in_time = co_await ready(kRead, deadline_);
      if (!in_time) co_return fail(Outcome::AnswerTimeout);
      continue;
    }
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

void Runner::close() {
  if (!socket_.is_open()) return;
  if (connected_ && reset_on_close_) net::set_reset_on_close(socket_.fd());
  socket_.close();
}

}  // namespace

Task<Report> run(const Plan& plan, event::Waiter& waiter) {
  const Instant began = base::monotonic_now();
  Runner runner{plan, waiter};
  for (std::size_t at = 0; at < plan.steps.size(); ++at) {
    const Step& step = plan.steps[at];
    bool passed = true;
    if (const Connect* const connect = std::get_if<Connect>(&step)) {
      passed = co_await runner.connect(*connect);
    } else if (std::holds_alternative<SendProxyLine>(step)) {
      std::string line = runner.proxy_line();
      passed = co_await runner.send(std::move(line));
    } else if (const Send* const send = std::get_if<Send>(&step)) {
      std::string bytes = send->bytes;
      passed = co_await runner.send(std::move(bytes));
    } else if (const ExpectHttpStatus* const expect = std::get_if<ExpectHttpStatus>(&step)) {
      passed = co_await runner.expect(*expect);
    }
    if (!passed) break;
  }
  runner.close();
  runner.report.took = std::chrono::duration_cast<base::Duration>(base::monotonic_now() - began);
  co_return std::move(runner.report);
}

}  // namespace lib::probe

#include "lib/log/forwarder.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "lib/log/ring_follower.h"
#include "lib/net/socket.h"

namespace lib::log {
namespace {

using base::Duration;
using base::Instant;
using event::Descriptor;
using event::Task;
using event::Waiter;
using event::Wake;

constexpr Duration kRetryPause{1'000'000};
constexpr std::size_t kBatch = 65536;  // lines are taken until there is so much to send

/// Lines on their way, framed; what was not sent whole is sent again on the next connection.
class Batch {
 public:
  explicit Batch(Forwarding::Framing framing) : framing_{framing} {}
  bool is_done() const { return sent_ == text_.size(); }
  const char* data() const { return text_.data() + sent_; }
  std::size_t size() const { return text_.size() - sent_; }
  void note_sent(std::size_t count) { sent_ += count; }
  /// Call when all was sent.
  void fill(RingFollower& lines) {
    text_.clear();
    ends_.clear();
    sent_ = 0;
    while (text_.size() < kBatch && lines.next(line_)) {
      if (framing_ == Forwarding::Framing::OctetCount) text_.append(std::to_string(line_.size())).push_back(' ');
      text_ += line_;
      if (framing_ == Forwarding::Framing::LineFeed) text_ += '\n';
      ends_.push_back(text_.size());
    }
  }
  /// Back to the first line that was not sent whole.
  void rewind() {
    std::size_t whole = 0;
    for (const std::size_t end : ends_)
      if (end <= sent_) whole = end;
    sent_ = whole;
  }

 private:
  Forwarding::Framing framing_;
  std::string text_, line_;
  std::vector<std::size_t> ends_;  // of each line in text_
  std::size_t sent_ = 0;
};

/// Sleeps in spite of lines that come meanwhile.
Task<void> pause(Waiter& waiter, Instant until) {
  bool over = false;
  while (!over) {
    const Wake wake = co_await waiter.until(until);
    over = wake.timed_out();
  }
}

Task<bool> connect(Waiter& waiter, Descriptor& socket, const Forwarding& to) {
  auto fd = net::start_connect(to.where, to.source, net::FirstWord::Ours);
  if (!fd) co_return false;
  socket.open(waiter.loop(), std::move(*fd));
  const Instant deadline = base::deadline_after(waiter.now(), to.connect_timeout);
  Wake wake{.notified = true};
  while (wake.notified) wake = co_await waiter.ready(socket, event::kWrite, deadline);
  co_return !wake.timed_out() && net::connect_error(socket.fd()) == 0;
}

/// Reads what the server says, which is of no interest; false when it has closed.
bool is_open(const Descriptor& socket) {
  std::array<char, 1024> ignored;
  const ssize_t count = ::recv(socket.fd(), ignored.data(), ignored.size(), MSG_DONTWAIT);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// Sends until the connection ends or takes nothing any more.
Task<void> send_lines(Waiter& waiter, Descriptor& socket, RingFollower& lines, Batch& batch, Duration patience) {
  Instant deadline = base::deadline_after(waiter.now(), patience);
  while (true) {
    if (batch.is_done()) batch.fill(lines);
    if (batch.is_done()) {
      (void)co_await waiter.ready(socket, event::kRead, base::kNever);
      if (!is_open(socket)) co_return;  // also when it is a line that came: what is sent into a closed connection is lost
      deadline = base::deadline_after(waiter.now(), patience);
      continue;
    }
    const ssize_t count = ::send(socket.fd(), batch.data(), batch.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const int fault = count < 0 ? errno : 0;
    if (count >= 0) {
      batch.note_sent(static_cast<std::size_t>(count));
      deadline = base::deadline_after(waiter.now(), patience);
      (void)co_await waiter.yield();
      continue;
    }
    if (fault == EINTR) continue;
    if (fault != EAGAIN) co_return;
    const Wake wake = co_await waiter.ready(socket, event::kRead | event::kWrite, deadline);
    if (wake.timed_out()) co_return;
    if ((wake.first & event::kRead) != 0 && !is_open(socket)) co_return;
  }
}

}  // namespace

Task<void> forward(event::Loop& loop, Ring& ring, Forwarding to) {
  Waiter waiter{loop};
  RingFollower lines{ring, Ring::From::Oldest, waiter};
  Batch batch{to.framing};
  while (true) {
    Descriptor socket;
    const bool connected = co_await connect(waiter, socket, to);
    if (connected) {
      lines.set_grip(Ring::Grip::Holding);
      co_await send_lines(waiter, socket, lines, batch, to.send_timeout);
      lines.set_grip(Ring::Grip::Loose);
      batch.rewind();
    }
    socket.close();
    const Instant again = waiter.now() + kRetryPause;
    co_await pause(waiter, again);
  }
}

}  // namespace lib::log

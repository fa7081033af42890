#include "lib/runtime/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace lib::runtime {

using lib::event::Instant;
using lib::event::Task;
using lib::event::Wake;

namespace {
bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }
}  // namespace

Task<bool> Connection::receive() {
  std::array<char, 4096> chunk;
  const Instant until = deadline();
  while (true) {
    const ssize_t count = ::recv(socket_.fd(), chunk.data(), chunk.size(), 0);
    if (count > 0) {
      input_.append(chunk.data(), static_cast<std::size_t>(count));
      co_return true;
    }
    if (count == 0) co_return false;
    const int error = errno;
    if (error == EINTR) continue;
    if (!must_wait(error)) co_return false;
    const Wake wake = co_await waiter.ready(socket_, lib::event::kRead, until);
    if (wake.timed_out()) co_return false;
  }
}

Task<Connection::Read> Connection::read_line(std::string& line, std::size_t limit) {
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = input_.find('\n', searched);
    if (end != std::string::npos && end <= limit) {
      line.assign(input_, 0, end);
      input_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      co_return Read::Line;
    }
    if (input_.size() > limit) co_return Read::TooLong;
    searched = input_.size();
    const bool received = co_await receive();
    if (!received) co_return Read::Ended;
  }
}

Task<bool> Connection::send(std::string_view bytes) {
  Instant until = deadline();
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      until = deadline();
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (!must_wait(error)) co_return false;
    const Wake wake = co_await waiter.ready(socket_, lib::event::kWrite, until);
    if (wake.timed_out()) co_return false;
  }
  co_return true;
}

Task<bool> Connection::rest() {
  const bool has_input = !input_.empty();
  input_.clear();
  if (has_input) co_return false;
  const Wake wake = co_await waiter.ready(socket_, lib::event::kRead, lib::event::kNever);
  if (wake.first == 0) co_return true;
  std::array<char, 4096> ignored;
  const ssize_t count = ::recv(socket_.fd(), ignored.data(), ignored.size(), 0);
  co_return count < 0 && (must_wait(errno) || errno == EINTR);
}

void Connection::finish() {
  (void)::shutdown(socket_.fd(), SHUT_WR);  // the client may be gone already, which is as good
}

}  // namespace lib::runtime

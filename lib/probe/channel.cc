#include "lib/probe/channel.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "lib/net/namespace.h"
#include "lib/net/socket.h"

namespace lib::probe {
namespace {

using base::Instant;
using base::UniqueFd;
using event::kRead;
using event::kWrite;
using event::Task;
using How = Moved::How;

bool fail(Report& report, Outcome outcome, std::string info = {}) {
  report.outcome = outcome;
  report.info = std::move(info);
  return false;
}

bool fail_bind(Report& report, int code) {
  return fail(report, Outcome::BindFailed, fmt::format("Can't bind to source address ({})", std::strerror(code)));
}

/// haproxy's words for what fails before anything goes out.
bool fail_start(Report& report, int code) {
  const char* const why = std::strerror(code);
  switch (code) {
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ETIMEDOUT: return fail(report, Outcome::ConnectFailed, why);
    default: return fail(report, Outcome::SocketError, fmt::format("General socket error ({})", why));
  }
}

bool set_option(int fd, int level, int name, const void* value, std::size_t size) {
  return ::setsockopt(fd, level, name, value, static_cast<socklen_t>(size)) == 0;
}

bool set_number(int fd, int level, int name, int value) { return set_option(fd, level, name, &value, sizeof value); }

UniqueFd make_socket_here(const Connect& step) {
  const sa_family_t family = step.where.ip.family();
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  switch (step.transport) {
    case Connect::Transport::Stream: return UniqueFd{::socket(family, SOCK_STREAM | kFlags, IPPROTO_TCP)};
    case Connect::Transport::Datagram: return UniqueFd{::socket(family, SOCK_DGRAM | kFlags, IPPROTO_UDP)};
    case Connect::Transport::Ping: break;
  }
  return UniqueFd{::socket(family, SOCK_DGRAM | kFlags, family == AF_INET6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP))};
}

UniqueFd make_socket(const Connect& step) {
  if (step.name_space == nullptr) return make_socket_here(step);
  const net::NamespaceScope inside{*step.name_space};
  return inside.is_inside() ? make_socket_here(step) : UniqueFd{};
}

/// Mark, interface and source, in this order: the route of the source depends on the former.
bool bind_socket(int fd, const Connect& step) {
  if (step.fwmark != 0 && !set_option(fd, SOL_SOCKET, SO_MARK, &step.fwmark, sizeof step.fwmark)) return false;
  if (!step.interface.empty() && !set_option(fd, SOL_SOCKET, SO_BINDTODEVICE, step.interface.c_str(), step.interface.size() + 1)) return false;
  if (!step.source.is_ip()) return true;
  const bool is_stream = step.transport == Connect::Transport::Stream;
  if (is_stream) (void)set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // without it the port is busy for longer
  if (is_stream && step.source.port() == 0) (void)set_number(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);  // saves ports only
  return ::bind(fd, step.source.raw(), step.source.raw_size()) == 0;
}

/// A connection that is begun; none when `report` says why not.
UniqueFd start(const Connect& step, Report& report) {
  UniqueFd fd = make_socket(step);
  if (!fd) {
    const int code = errno;
    const bool is_full = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM || step.transport == Connect::Transport::Ping;
    (void)fail(report, is_full ? Outcome::NotStarted : Outcome::SocketError, fmt::format("General socket error ({})", std::strerror(code)));
    return {};
  }
  if (!bind_socket(fd.get(), step)) {
    (void)fail_bind(report, errno);
    return {};
  }
  if (step.transport == Connect::Transport::Stream) net::set_no_delay(fd.get());
  if (::connect(fd.get(), step.where.ip.raw(), step.where.ip.raw_size()) == 0 || errno == EINPROGRESS) return fd;
  (void)fail_start(report, errno);
  return {};
}

UniqueFd start_local(const Connect& step, Report& report) {
  base::Result<UniqueFd> started = net::start_connect(step.where, step.source);
  if (started) return std::move(*started);
  (void)fail_start(report, started.error().code);
  return {};
}

}  // namespace

Task<bool> Channel::ready(unsigned events, Instant limit) {
  while (true) {
    const event::Wake why = co_await waiter_.ready(socket_, events, limit);
    if (why.first != 0) co_return true;
    if (why.timed_out()) co_return false;
  }
}

Task<bool> Channel::connect(const Connect& step, Instant limit, Report& report) {
  UniqueFd fd = step.where.kind == net::Endpoint::Kind::Ip ? start(step, report) : start_local(step, report);
  if (!fd) co_return false;
  transport_ = step.transport;
  socket_.open(waiter_.loop(), std::move(fd));
  if (is_datagram()) co_return true;  // nothing to wait for
  const bool in_time = co_await ready(kWrite, limit);
  if (!in_time) co_return fail(report, Outcome::ConnectTimeout);
  const int code = net::connect_error(socket_.fd());
  if (code != 0) co_return fail(report, Outcome::ConnectFailed, std::strerror(code));
  connected_ = true;
  reset_on_close_ = step.reset_on_close;
  co_return true;
}

Task<bool> Channel::start_tls(const StartTls& step, Instant limit, Report& report) {
  tls_.emplace(step.context, socket_.fd(), tls::ServerWish{step.sni, step.verified_name, step.alpn});
  while (true) {
    const tls::Progress progress = tls_->handshake();
    report.has_shaken = progress == tls::Progress::Done;
    if (report.has_shaken) co_return true;
    report.is_other_name = tls_->is_other_name();
    if (progress != tls::Progress::WantsRead && progress != tls::Progress::WantsWrite)
      co_return fail(report, Outcome::TlsFailed, tls_->error().empty() ? "connection closed" : tls_->error());
    const bool in_time = co_await ready(progress == tls::Progress::WantsRead ? kRead : kWrite, limit);
    if (!in_time) co_return fail(report, Outcome::TlsTimeout);
  }
}

bool Channel::speak_http2() {
  http2_ = Http2Talk::make(waiter_.loop(), tls_ ? "https" : "http");
  return http2_ != nullptr;
}

Task<Moved> Channel::send(std::string_view bytes, Instant limit) {
  return http2_ != nullptr ? send_http2(bytes, limit) : send_bytes(bytes, limit);
}

Task<Moved> Channel::send_bytes(std::string_view bytes, Instant limit) {
  return tls_ ? send_tls(bytes, limit) : send_plain(bytes, limit);
}

Task<Moved> Channel::send_frames(Instant limit) {
  while (true) {
    const std::string_view frames = http2_->output();
    if (frames.empty()) co_return Moved{};
    Moved sent = co_await send_bytes(frames, limit);
    if (sent.how != How::Bytes) co_return sent;
    http2_->mark_sent(frames.size());
  }
}

Task<Moved> Channel::send_http2(std::string_view text, Instant limit) {
  const ssize_t taken = http2_->write(text);
  if (taken != static_cast<ssize_t>(text.size())) co_return Moved{How::Error, 0, "request does not fit HTTP/2"};
  Moved sent = co_await send_frames(limit);
  if (sent.how == How::Bytes) sent.count = text.size();
  co_return sent;
}

Task<Moved> Channel::receive_http2(std::span<char> into, Instant limit) {
  bool is_sound = !http2_->is_over();  // it may have ended with the bytes that the last call gave
  while (true) {
    const ssize_t got = http2_->read(into);
    if (got > 0) co_return Moved{How::Bytes, static_cast<std::size_t>(got), {}};
    if (got == 0) co_return Moved{How::End, 0, {}};
    if (errno != EAGAIN || !is_sound) co_return Moved{How::Error, 0, {}};  // the stream was reset, or a rule broken
    Moved moved = co_await receive_bytes(http2_->room(), limit);
    if (moved.how != How::Bytes) co_return moved;
    const bool is_good = http2_->take(moved.count);
    (void)co_await send_frames(limit);  // where it fails: what the server said before may still be its answer
    is_sound = is_good && !http2_->is_over();
  }
}

Task<Moved> Channel::send_plain(std::string_view bytes, Instant limit) {
  Moved out;
  do {  // an empty datagram is sent, too
    const ssize_t count = ::send(socket_.fd(), bytes.data() + out.count, bytes.size() - out.count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      out.count += static_cast<std::size_t>(count);
      continue;
    }
    const int code = errno;
    if (code == EINTR) continue;
    if (code != EAGAIN) co_return Moved{How::Error, 0, std::strerror(code), code};
    const bool in_time = co_await ready(kWrite, limit);
    if (!in_time) co_return Moved{How::Timeout, 0, {}};
  } while (out.count < bytes.size());
  co_return out;
}

Task<Moved> Channel::send_tls(std::string_view bytes, Instant limit) {
  Moved out;
  while (out.count < bytes.size()) {
    const tls::ClientSession::Transfer sent = tls_->write(bytes.substr(out.count));
    if (sent.progress == tls::Progress::Done) {
      out.count += sent.count;
      continue;
    }
    if (sent.progress != tls::Progress::WantsRead && sent.progress != tls::Progress::WantsWrite)
      co_return Moved{How::Error, 0, tls_->error()};
    const bool in_time = co_await ready(sent.progress == tls::Progress::WantsRead ? kRead : kWrite, limit);
    if (!in_time) co_return Moved{How::Timeout, 0, {}};
  }
  co_return out;
}

Task<Moved> Channel::receive_plain(std::span<char> into, int flags, Instant limit) {
  while (true) {
    const ssize_t count = ::recv(socket_.fd(), into.data(), into.size(), MSG_DONTWAIT | flags);
    const int code = errno;
    if (count > 0 || (count == 0 && is_datagram())) co_return Moved{How::Bytes, static_cast<std::size_t>(count), {}};
    if (count == 0) co_return Moved{How::End, 0, {}};
    if (code == EINTR) continue;
    if (code != EAGAIN) co_return Moved{How::Error, 0, std::strerror(code), code};
    const bool in_time = co_await ready(kRead, limit);
    if (!in_time) co_return Moved{How::Timeout, 0, {}};
  }
}

Task<Moved> Channel::receive_tls(std::span<char> into, Instant limit) {
  while (true) {
    const tls::ClientSession::Transfer got = tls_->read(into);
    switch (got.progress) {
      case tls::Progress::Done: co_return Moved{How::Bytes, got.count, {}};
      case tls::Progress::Closed: co_return Moved{How::End, 0, {}};
      case tls::Progress::CutOff: co_return Moved{How::CutOff, 0, tls_->error()};
      case tls::Progress::Failed: co_return Moved{How::Error, 0, tls_->error()};
      case tls::Progress::WantsRead:
      case tls::Progress::WantsWrite: break;
    }
    const bool in_time = co_await ready(got.progress == tls::Progress::WantsRead ? kRead : kWrite, limit);
    if (!in_time) co_return Moved{How::Timeout, 0, {}};
  }
}

Task<Moved> Channel::receive(std::span<char> into, Instant limit) {
  return http2_ != nullptr ? receive_http2(into, limit) : receive_bytes(into, limit);
}

Task<Moved> Channel::receive_bytes(std::span<char> into, Instant limit) {
  // A datagram that is longer than the buffer: its true length.
  return tls_ ? receive_tls(into, limit) : receive_plain(into, is_datagram() ? MSG_TRUNC : 0, limit);
}

Task<Moved> Channel::discard(std::size_t most, Instant limit) {
  // With MSG_TRUNC and no buffer TCP drops the bytes in the kernel (tcp(7)).
  const std::span<char> nowhere{static_cast<char*>(nullptr), most};
  return receive_plain(nowhere, MSG_TRUNC, limit);
}

void Channel::close() {
  http2_.reset();
  if (tls_) tls_->close();
  tls_.reset();
  if (!socket_.is_open()) return;
  if (connected_ && reset_on_close_) net::set_reset_on_close(socket_.fd());
  socket_.close();
}

}  // namespace lib::probe

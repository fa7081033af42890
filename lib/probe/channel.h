// The connection of one probe: opened as its first step says, with TLS when asked for. Every wait has a deadline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/event/wait.h"
#include "lib/probe/http2_talk.h"
#include "lib/probe/probe.h"
#include "lib/tls/client.h"

namespace lib::probe {

/// How an operation went. `why`: the system's or the TLS library's words.
struct Moved {
  enum class How : std::uint8_t { Bytes, End, CutOff, Timeout, Error };  // CutOff: TLS ended without close_notify
  How how = How::Bytes;
  std::size_t count = 0;
  std::string why;
  int error = 0;   // errno, where the system failed
};

class Channel {
 public:
  explicit Channel(event::Waiter& waiter) : waiter_{waiter} {}
  /// Starts the connection and waits for it. On failure sets outcome and info of `report`.
  event::Task<bool> connect(const Connect& step, base::Instant limit, Report& report);
  event::Task<bool> start_tls(const StartTls& step, base::Instant limit, Report& report);
  /// What TLS's ALPN chose; empty: nothing.
  std::string_view protocol() const { return tls_ ? tls_->protocol() : std::string_view{}; }
  /// What is sent and received from here on is HTTP/1's text of one stream. False: memory is short.
  bool speak_http2();
  bool speaks_http2() const { return http2_ != nullptr; }
  event::Task<Moved> send(std::string_view bytes, base::Instant limit);
  /// Waits for bytes and reads what is there.
  event::Task<Moved> receive(std::span<char> into, base::Instant limit);
  /// Waits for bytes and throws away up to `most` of them, at next to no cost.
  event::Task<Moved> discard(std::size_t most, base::Instant limit);
  void close();
  int fd() const { return socket_.fd(); }
  bool uses_tls() const { return tls_.has_value(); }
  bool is_datagram() const { return transport_ != Connect::Transport::Stream; }

 private:
  event::Task<bool> ready(unsigned events, base::Instant limit);
  event::Task<Moved> send_bytes(std::string_view bytes, base::Instant limit);
  event::Task<Moved> receive_bytes(std::span<char> into, base::Instant limit);
  event::Task<Moved> send_frames(base::Instant limit);
  event::Task<Moved> send_http2(std::string_view text, base::Instant limit);
  event::Task<Moved> receive_http2(std::span<char> into, base::Instant limit);
  event::Task<Moved> receive_plain(std::span<char> into, int flags, base::Instant limit);
  event::Task<Moved> receive_tls(std::span<char> into, base::Instant limit);
  event::Task<Moved> send_plain(std::string_view bytes, base::Instant limit);
  event::Task<Moved> send_tls(std::string_view bytes, base::Instant limit);

  event::Waiter& waiter_;
  event::Descriptor socket_;
  std::optional<tls::ClientSession> tls_;  // ends before its socket
  std::unique_ptr<Http2Talk> http2_;
  Connect::Transport transport_ = Connect::Transport::Stream;
  bool reset_on_close_ = false;
  bool connected_ = false;
};

}  // namespace lib::probe

// One request of a check over HTTP/2: HTTP/1's text on the check's side, frames on the connection's. Holds no socket.
#pragma once

#include <sys/types.h>

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "lib/event/channel.h"
#include "lib/http2/client.h"

namespace lib::probe {

class Http2Talk {
 public:
  /// `scheme`: of the request's target. Null: memory is short.
  static std::unique_ptr<Http2Talk> make(event::Loop& loop, std::string_view scheme);

  /// As the calls of a layer: how much of the request was taken, how much of the answer was there; -1 with errno.
  ssize_t write(std::string_view text) { return stream_.send(text); }
  ssize_t read(std::span<char> into) { return stream_.receive(into.data(), into.size()); }

  /// Frames for the server, until mark_sent() takes them.
  std::string_view output() { return protocol_->output(); }
  void mark_sent(std::size_t count) { protocol_->mark_sent(count); }
  /// Nothing more will come.
  bool is_over() const { return is_broken_ || protocol_->is_over(); }
  /// Where to read what the server sends; take() has it then. False: it broke the rules, and says no more that counts.
  std::span<char> room() { return room_; }
  bool take(std::size_t count) {
    is_broken_ = is_broken_ || !protocol_->receive({room_.data(), count});
    return !is_broken_;
  }

 private:
  explicit Http2Talk(std::unique_ptr<http2::ClientConnection> protocol) : protocol_{std::move(protocol)} {}
  std::unique_ptr<http2::ClientConnection> protocol_;
  event::Channel stream_;  // ends before its connection
  std::array<char, 4096> room_;
  bool is_broken_ = false;
};

}  // namespace lib::probe

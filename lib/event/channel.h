// The bytes of one connection: a socket as it is, or what speaks over it (TLS, one stream of HTTP/2). Non-blocking.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "lib/event/wait.h"

namespace lib::event {

class Channel;

/// What speaks over a socket on a conversation's behalf. Each call does what can be done now and ends as the system call of
/// a non-blocking socket would: -1 with errno EAGAIN where the channel's descriptor tells when to try again.
class Layer {
 public:
  virtual ~Layer() = default;
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  /// 0: the peer sends no more. What the layer holds after this call it says by Channel::set_standing().
  virtual ssize_t receive(char* room, std::size_t size) = 0;
  /// The same, but nothing is taken: 1 where there is something.
  virtual ssize_t peek() = 0;
  /// Takes the first bytes of the pieces. After EAGAIN the next call must begin with the same bytes.
  virtual ssize_t send(std::span<const iovec> pieces, bool more_follows) = 0;
  /// Tells the peer that no more comes. False: it is gone.
  virtual bool end_sending() = 0;
};

/// A descriptor with what lies between it and its conversation.
class Channel : public Descriptor {
 public:
  using Descriptor::Descriptor;

  /// Null: the socket itself.
  Layer* layer() const { return layer_.get(); }
  std::unique_ptr<Layer> take_layer() { return std::move(layer_); }
  void put_layer(std::unique_ptr<Layer> layer) { layer_ = std::move(layer); }

  ssize_t receive(char* room, std::size_t size) {
    return layer_ == nullptr ? ::recv(fd(), room, size, MSG_DONTWAIT) : layer_->receive(room, size);
  }
  ssize_t peek() {
    char byte = 0;
    return layer_ == nullptr ? ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) : layer_->peek();
  }
  ssize_t send(std::string_view bytes, bool more_follows = false) {
    if (layer_ == nullptr) return ::send(fd(), bytes.data(), bytes.size(), flags(more_follows));
    const iovec piece{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
    return layer_->send({&piece, 1}, more_follows);
  }
  ssize_t send(std::span<iovec> pieces, bool more_follows) {
    if (layer_ != nullptr) return layer_->send(pieces, more_follows);
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd(), &message, flags(more_follows));
  }
  /// False: the peer is gone.
  bool end_sending() { return layer_ == nullptr ? ::shutdown(fd(), SHUT_WR) == 0 : layer_->end_sending(); }

 private:
  static int flags(bool more_follows) { return MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0); }
  std::unique_ptr<Layer> layer_;
};

}  // namespace lib::event

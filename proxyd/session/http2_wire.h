// Bytes of a connection of HTTP/2 between its channel and its protocol, for clients' connections and servers'.
#pragma once

#include "lib/event/channel.h"
#include "lib/http2/connection.h"
#include "proxyd/config/model.h"
#include "proxyd/session/buffer.h"

namespace proxyd::session {

/// "tune.h2.*" for connections with clients, and with servers.
lib::http2::Settings front_settings(const config::Global& global);
lib::http2::Settings back_settings(const config::Global& global);

class Http2Wire {
 public:
  /// Reads in a row before others have their turn.
  static constexpr int kReadsAtOnce = 4;
  /// `waiter` is notified when its owner has something to do: the peer is gone, takes no more for now, or takes more again.
  Http2Wire(lib::event::Channel& channel, lib::event::Waiter& waiter, lib::http2::Connection& connection);
  Http2Wire(const Http2Wire&) = delete;
  Http2Wire& operator=(const Http2Wire&) = delete;

  /// Reads what is there, up to a buffer. False: there was nothing (any more).
  bool read(BufferPools& pools);
  void take(std::string_view bytes);
  /// Sends what is to be sent, as far as the peer takes it.
  void flush();

  bool is_blocked() const { return is_blocked_; }  // the peer takes no more for now
  bool is_gone() const { return is_gone_; }        // nothing reaches it any more
  bool is_deaf() const { return is_deaf_; }        // what it says does not count any more
  bool has_heard() const { return has_heard_; }    // anything
  void give_up() { is_gone_ = true; }
  void stop_listening() { is_deaf_ = true; }
  lib::event::Instant moved() const { return moved_; }  // when it last took something

 private:
  static void on_round_end(void* self) noexcept;
  lib::event::Channel& channel_;
  lib::event::Waiter& waiter_;
  lib::http2::Connection& connection_;
  lib::event::Deferred flush_later_;
  bool is_blocked_ = false, is_gone_ = false, is_deaf_ = false, has_heard_ = false;
  lib::event::Instant moved_;
};

}  // namespace proxyd::session

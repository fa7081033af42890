// A thread's connections of HTTP/2 to servers: the streams of many requests share one.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/http2/client.h"
#include "proxyd/session/back.h"
#include "proxyd/session/http2_wire.h"

namespace proxyd::session {

/// One connection, shared by the streams on it and by whoever reads it.
class Http2Back {
 public:
  Http2Back(lib::event::Loop& loop, BackPtr connection, std::unique_ptr<lib::http2::ClientConnection> protocol);

  BackConnection& carrier() { return *carrier_; }
  bool has_room() const { return !wire_.is_gone() && !wire_.is_deaf() && protocol_->room() != 0; }
  lib::http2::Stream* open();
  /// A stream's conversation is over.
  void release();
  /// Ends when nobody uses it.
  void retire();
  lib::event::Task<void> run(BufferPools& pools);

 private:
  void set_idle(bool idle);
  lib::event::Instant deadline() const;

  BackPtr carrier_;
  std::unique_ptr<lib::http2::ClientConnection> protocol_;
  lib::event::Waiter waiter_;
  Http2Wire wire_;
  std::size_t streams_ = 0;
  bool is_retired_ = false;
};

class Http2Backs {
 public:
  Http2Backs(lib::event::Loop& loop, BufferPools& pools, const lib::http2::Settings& settings)
      : loop_{loop}, pools_{pools}, settings_{settings} {}
  /// For so many servers; never fewer than before.
  void make_room(std::size_t servers) { open_.resize(std::max(open_.size(), servers)); }
  ~Http2Backs();

  /// A stream on a connection that has room for it; null: there is none.
  BackPtr open_stream(servers::Server& server, std::string_view binding);
  /// Makes a connection that is ready to speak one of HTTP/2, and opens its first stream. Null: memory is short.
  BackPtr adopt(BackPtr connection, std::string_view scheme, bool is_shared);
  /// Lets those go that nobody uses.
  void retire_all();

 private:
  static lib::event::Task<void> keep(std::shared_ptr<Http2Back> connection, BufferPools& pools);
  static BackPtr stream_on(const std::shared_ptr<Http2Back>& connection, lib::event::Loop& loop, servers::Server& server);
  lib::event::Loop& loop_;
  BufferPools& pools_;
  std::vector<std::vector<std::weak_ptr<Http2Back>>> open_;  // by server
  lib::http2::Settings settings_;
  lib::event::TaskGroup tasks_;
};

}  // namespace proxyd::session

// One connection of HTTP/2 (RFC 9113) and its streams, without a socket: bytes in, bytes out. libnghttp2 keeps the protocol's
// rules; what lies here is what both ends of a connection share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/list.h"
#include "lib/http2/stream.h"

struct nghttp2_session;

namespace lib::http2 {

struct Settings {
  std::uint32_t header_table_size = 4096;      // of HPACK, each way
  std::uint32_t initial_window = 65535;        // of a stream
  std::uint32_t max_concurrent_streams = 100;  // that the peer may open, or that we open; 0: as many as it likes
  std::uint32_t max_frame_size = 16384;
  bool knows_websockets = true;                // a server says so (RFC 8441)
};

/// Errors of RFC 9113 section 7 that we say ourselves.
enum class ErrorCode : std::uint32_t { NoError = 0, Protocol = 1, Internal = 2, FlowControl = 3, RefusedStream = 7, Cancel = 8, EnhanceYourCalm = 11 };

class Connection {
 public:
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Takes what the peer sent. False: it broke the rules, or memory is short: what is to be sent yet says so, then it ends.
  bool receive(std::string_view bytes);
  /// The next bytes for the peer, many frames at once; empty: nothing. They stay until mark_sent() takes them.
  std::string_view output();
  void mark_sent(std::size_t count);
  /// Bytes of frames that wait here, with those before them that were sent and are not given up yet.
  std::size_t held() const { return pending_.size(); }
  /// The peer sends no more. False: nothing is left to be said to it either.
  virtual bool end_input() { return false; }
  /// Nothing more will come, neither way.
  bool is_over() const;
  bool is_failed() const { return is_failed_; }
  /// The peer broke a rule that ends a connection.
  bool is_refused() const { return is_refused_; }
  /// Its first SETTINGS came.
  bool has_greeted() const { return has_greeted_; }
  /// Says that no new streams should come (RFC 9113 section 6.8); those that are open or on their way go on.
  void begin_shutdown();
  /// Says which streams were taken, and that there will be no more.
  void say_goodbye();
  bool is_shutting_down() const { return is_shutting_down_; }
  void refuse(ErrorCode why);
  /// The peer is gone: all streams end.
  void abort();
  std::uint32_t max_streams() const { return max_streams_; }

  /// Called when there may be output, from within any call to the connection or a stream of it.
  using OnOutput = void (*)(void* context);
  void when_output(OnOutput on_output, void* context) {
    on_output_ = on_output;
    context_ = context;
  }

  // For streams.
  nghttp2_session* native() const { return session_; }
  void note_output() {
    if (on_output_ != nullptr) on_output_(context_);
  }
  void forget(Stream& stream);
  bool note_stream(std::int32_t id);
  void reset_stream(std::int32_t id, ErrorCode why);
  void resume_stream(std::int32_t id);
  /// The conversation took that much of a body: the peer may send as much again.
  void give_window(std::int32_t id, std::size_t count);

 protected:
  enum class Role : std::uint8_t { Server, Client };
  Connection() = default;
  bool start(Role role, const Settings& settings);
  void adopt(Stream& stream) { streams_.push_back(stream); }
  Stream* stream_of(std::int32_t id) const;

  /// A block of fields begins, goes on, is whole (`ends`: the peer says no more on this stream). Each may be of a stream that
  /// is not ours to know (any more).
  virtual void begin_fields(std::int32_t id, bool opens_stream) = 0;
  virtual void add_field(std::int32_t id, std::string_view name, std::string_view value) = 0;
  virtual void end_fields(std::int32_t id, bool ends) = 0;
  virtual void note_settings() {}  // the peer's have come, or others
  virtual void note_fault() {}  // the peer broke a rule
  virtual void note_closed(Stream*) {}  // called by abort(), too

  /// What is open ends where it is not whole. Whether anything is left.
  bool end_streams_input();

 private:
  friend struct Callbacks;
  nghttp2_session* session_ = nullptr;
  OnOutput on_output_ = nullptr;
  void* context_ = nullptr;
  base::List<Stream, Stream> streams_;
  std::string pending_;
  std::size_t sent_ = 0;
  std::uint32_t max_streams_ = 0;
  std::size_t fields_size_ = 0;  // of the list that is being received
  std::int32_t last_stream_ = -1;  // that a client opened
  struct Skipped {
    std::int32_t from, to;
  };
  std::vector<Skipped> skipped_;   // streams that it left out
  bool is_failed_ = false, is_shutting_down_ = false, is_refused_ = false, has_greeted_ = false;
};

}  // namespace lib::http2

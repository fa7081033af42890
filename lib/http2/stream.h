// One stream of HTTP/2 as its conversation sees it: HTTP/1 text, read and written through a layer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/list.h"
#include "lib/event/channel.h"
#include "lib/http/h2_text.h"

struct nghttp2_session;

namespace lib::http2 {

class Connection;
class StreamLayer;
enum class ErrorCode : std::uint32_t;

/// Lives as long as the protocol or a conversation knows it, whichever is longer.
class Stream : public base::ListHook<Stream> {
 public:
  virtual ~Stream() = default;
  std::int32_t id() const { return id_; }
  bool has_input() const { return in_.size() != in_at_; }
  bool is_reset() const { return is_reset_; }

  // What the protocol tells.
  void take_data(std::string_view bytes);
  void take_end();
  /// It is known no more; with a code other than 0 it ended early.
  void close(std::uint32_t code);
  /// The payload that DATA frames carry.
  std::size_t produce(char* room, std::size_t size, bool& ends, bool& trailers_follow, bool& breaks);
  void submit_trailers(nghttp2_session* session);
  /// The last frame of ours is on its way.
  void note_sent_end();
  /// The peer's connection said its last, while it may still listen. A message that is not whole ends its stream.
  void note_last_input();
  /// Ends it for a reason other than a message that breaks off.
  void refuse(ErrorCode why);

 protected:
  Stream(Connection& connection, std::int32_t id) : connection_{&connection}, id_{id} {}
  /// What the conversation says, taken apart.
  virtual http::H2Text& text() = 0;
  /// A head is whole. False: it cannot be said.
  virtual bool take_head() = 0;
  /// The final head and what is there behind it: opens the stream or answers on it.
  virtual bool submit() = 0;

  std::size_t room() const { return kMostWaiting - std::min(kMostWaiting, out_.size() - out_at_); }
  void update_standing();
  /// As if the peer had ended it early.
  void break_off() {
    is_reset_ = true;
    update_standing();
  }
  bool is_all() const { return out_ended_ && out_.empty() && !has_trailers_; }  // nothing follows the head

  static constexpr std::size_t kMostWaiting = 32768;  // payload that the peer has not taken yet

  Connection* connection_;  // null: closed
  std::int32_t id_;
  std::string in_;          // text for the conversation
  std::string out_;         // payload for the peer
  std::string trailers_;    // the peer's, as lines
  std::size_t in_at_ = 0, out_at_ = 0;
  bool in_is_chunked_ = false, in_is_raw_ = false;
  bool in_ended_ = false;   // the peer says no more
  bool out_ended_ = false;  // we say no more
  bool is_head_waiting_ = false, has_submitted_ = false;
  bool has_trailers_ = false;
  bool is_deferred_ = false;  // the protocol waits for more of out_

  /// Whether what was received is of no use any more once the peer resets the stream.
  virtual bool ends_when_reset() const = 0;

 private:
  friend class StreamLayer;
  ssize_t receive(char* room, std::size_t size);
  ssize_t send(std::span<const iovec> pieces);
  bool take_text(std::string_view bytes, std::size_t& taken);
  bool take_event(http::H2Text::Event event);
  bool end_sending();
  void abandon();
  void drop_if_unknown();

  StreamLayer* layer_ = nullptr;
  std::size_t untold_ = 0;  // payload received whose window was not given back
  bool is_reset_ = false, is_untouched_ = false, is_abandoned_ = false, is_broken_ = false, had_last_input_ = false;
};

/// What a conversation's channel holds of a stream.
class StreamLayer final : public event::Layer {
 public:
  StreamLayer(Stream& stream, event::Channel& channel);
  /// The conversation ends: a message that is not whole ends the stream with an error.
  ~StreamLayer() override;

  // event::Layer
  ssize_t receive(char* room, std::size_t size) override;
  ssize_t peek() override;
  ssize_t send(std::span<const iovec> pieces, bool more_follows) override;
  bool end_sending() override;
  /// The peer has ended it and says that it has done nothing of what was asked (RFC 9113 section 8.7).
  bool is_untouched() const;

 private:
  friend class Stream;
  Stream& stream_;
  event::Channel& channel_;
};

}  // namespace lib::http2

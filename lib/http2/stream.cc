#include "lib/http2/stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "lib/http2/connection.h"
#include "lib/http2/nv.h"

namespace lib::http2 {
namespace {

using Event = http::H2Text::Event;

void append_chunk_size(std::string& out, std::size_t size) {
  std::array<char, 20> text;
  const auto [end, fault] = std::to_chars(text.data(), text.data() + text.size(), size, 16);
  if (fault == std::errc{}) out.append(text.data(), end);
  out += "\r\n";
}

/// What was taken of it.
void give_up(std::string& text, std::size_t& at) {
  text.erase(0, at);
  at = 0;
}

}  // namespace

void Stream::update_standing() {
  if (layer_ == nullptr) return;
  unsigned events = 0;
  if (has_input() || is_reset_ || had_last_input_ || (in_is_raw_ && in_ended_)) events |= event::kRead;
  if (connection_ == nullptr || out_ended_ || room() != 0) events |= event::kWrite;
  layer_->channel_.set_standing(events);
}

void Stream::take_data(std::string_view bytes) {
  if (bytes.empty()) return;
  if (layer_ == nullptr && is_abandoned_) return connection_->give_window(id_, bytes.size());
  untold_ += bytes.size();
  if (in_at_ != 0 && in_at_ >= in_.size() - in_at_) give_up(in_, in_at_);  // a reader may never come to the end
  if (in_is_chunked_) append_chunk_size(in_, bytes.size());
  in_ += bytes;
  if (in_is_chunked_) in_ += "\r\n";
  update_standing();
}

void Stream::take_end() {
  if (in_ended_) return;
  in_ended_ = true;
  if (in_is_chunked_) in_.append("0\r\n").append(trailers_).append("\r\n");
  update_standing();
}

void Stream::close(std::uint32_t code) {
  unlink();
  connection_ = nullptr;
  is_reset_ = is_reset_ || code != 0 || !in_ended_ || !out_ended_;
  is_untouched_ = code == static_cast<std::uint32_t>(ErrorCode::RefusedStream);
  update_standing();
  if (is_reset_ && layer_ != nullptr && ends_when_reset()) layer_->channel_.hang_up();
  drop_if_unknown();
}

void Stream::drop_if_unknown() {
  if (connection_ == nullptr && layer_ == nullptr) delete this;
}

ssize_t Stream::receive(char* room, std::size_t size) {
  if (!has_input()) {
    if (is_reset_) {
      errno = ECONNRESET;
      return -1;
    }
    if (had_last_input_ || (in_is_raw_ && in_ended_)) return 0;
    errno = EAGAIN;
    return -1;
  }
  const std::size_t count = std::min(size, in_.size() - in_at_);
  std::memcpy(room, in_.data() + in_at_, count);
  in_at_ += count;
  const std::size_t told = has_input() ? std::min(untold_, count) : untold_;
  if (told != 0 && connection_ != nullptr) connection_->give_window(id_, told);
  untold_ -= told;
  if (!has_input()) {
    give_up(in_, in_at_);
    update_standing();
  }
  return static_cast<ssize_t>(count);
}

/// Says how many of the bytes were taken; false: they were none of HTTP's.
bool Stream::take_text(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  bool head_is_there = has_submitted_;
  while (!out_ended_) {
    // Payload has a limit, heads have their own.
    const std::string_view left = bytes.substr(taken);
    const std::string_view shown = head_is_there ? left.substr(0, room()) : left;
    if (shown.empty() && !left.empty()) break;
    std::size_t count = 0;
    const Event event = text().next(shown, count);
    taken += count;
    if (event == Event::NeedMore && taken == bytes.size()) break;
    if (!take_event(event)) return false;
    head_is_there = head_is_there || event == Event::Head;
  }
  if (out_ended_) taken = bytes.size();  // what follows a message is nobody's
  if (!is_head_waiting_) return true;
  is_head_waiting_ = false;
  has_submitted_ = true;
  return submit();
}

bool Stream::take_event(Event event) {
  switch (event) {
    case Event::NeedMore: return true;
    case Event::Fault: return false;
    case Event::Head: return take_head();
    case Event::Data:
      if (out_.size() + text().payload().size() > kMostWaiting) give_up(out_, out_at_);
      out_ += text().payload();
      return true;
    case Event::Trailers: has_trailers_ = out_ended_ = true; return true;
    case Event::End: out_ended_ = true; return true;
  }
  return false;
}

void Stream::submit_trailers(nghttp2_session* session) {
  const std::vector<http::H2Field> trailers = text().trailers();
  auto& list = empty_list();
  append(list, trailers, Keep::Copied);
  nghttp2_submit_trailer(session, id_, list.data(), list.size());
}

ssize_t Stream::send(std::span<const iovec> pieces) {
  if (connection_ == nullptr || is_reset_) {
    errno = EPIPE;
    return -1;
  }
  std::size_t total = 0;
  for (const iovec& piece : pieces) {
    std::size_t taken = 0;
    const bool good = take_text({static_cast<const char*>(piece.iov_base), piece.iov_len}, taken);
    total += taken;
    if (!good) {
      connection_->reset_stream(id_, ErrorCode::Internal);
      errno = EPIPE;
      return -1;
    }
    if (taken != piece.iov_len) break;
  }
  if (is_deferred_ && (out_.size() != out_at_ || out_ended_)) {
    is_deferred_ = false;
    connection_->resume_stream(id_);
  }
  connection_->note_output();
  update_standing();
  if (total != 0 || pieces.empty()) return static_cast<ssize_t>(total);
  errno = EAGAIN;
  return -1;
}

bool Stream::end_sending() {
  if (connection_ == nullptr) return false;
  if (out_ended_) return true;
  is_broken_ = !has_submitted_ || text().end() != Event::End;
  if (has_submitted_) {  // a message that breaks off ends in an error behind what there is of it
    out_ended_ = true;
    if (std::exchange(is_deferred_, false)) connection_->resume_stream(id_);
  } else {
    connection_->reset_stream(id_, ErrorCode::Internal);
  }
  connection_->note_output();
  return true;
}

void Stream::note_last_input() {
  if (!in_ended_) return connection_->forget(*this);
  had_last_input_ = true;
  update_standing();
}

void Stream::refuse(ErrorCode why) {
  if (connection_ == nullptr) return;
  out_ended_ = true;
  connection_->reset_stream(id_, why);
}

void Stream::abandon() {
  layer_ = nullptr;
  is_abandoned_ = true;
  if (connection_ != nullptr && id_ == 0) return connection_->forget(*this);  // it never opened
  if (connection_ != nullptr) {
    const std::size_t left = std::exchange(untold_, 0);
    if (left != 0) connection_->give_window(id_, left);
    in_.clear();
    in_at_ = 0;
    (void)end_sending();
  }
  drop_if_unknown();
}

void Stream::note_sent_end() {
  // The peer still sends what nobody reads: RFC 9113 section 8.1.
  if (is_abandoned_ && !in_ended_ && connection_ != nullptr) connection_->reset_stream(id_, ErrorCode::NoError);
}

std::size_t Stream::produce(char* room, std::size_t size, bool& ends, bool& trailers_follow, bool& breaks) {
  const std::size_t count = std::min(size, out_.size() - out_at_);
  if (count != 0) {
    std::memcpy(room, out_.data() + out_at_, count);
    out_at_ += count;
    if (out_at_ == out_.size()) give_up(out_, out_at_);
  }
  const bool drained = out_.empty();
  breaks = count == 0 && drained && is_broken_;
  ends = drained && out_ended_ && !is_broken_;
  trailers_follow = ends && has_trailers_;
  is_deferred_ = count == 0 && !ends && !breaks;
  if (count != 0) update_standing();
  return count;
}

StreamLayer::StreamLayer(Stream& stream, event::Channel& channel) : stream_{stream}, channel_{channel} {
  stream_.layer_ = this;
  stream_.update_standing();
}

bool StreamLayer::is_untouched() const { return stream_.is_untouched_; }

StreamLayer::~StreamLayer() { stream_.abandon(); }

ssize_t StreamLayer::receive(char* room, std::size_t size) { return stream_.receive(room, size); }

ssize_t StreamLayer::peek() {
  if (stream_.has_input()) return 1;
  char none = 0;
  return stream_.receive(&none, 1);
}

ssize_t StreamLayer::send(std::span<const iovec> pieces, bool) { return stream_.send(pieces); }

bool StreamLayer::end_sending() { return stream_.end_sending(); }

}  // namespace lib::http2

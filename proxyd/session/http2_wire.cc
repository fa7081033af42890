#include "proxyd/session/http2_wire.h"

#include <algorithm>
#include <cerrno>

namespace proxyd::session {
namespace {

constexpr std::uint32_t kLargestFrame = 16777215;  // RFC 9113 section 6.5.2

lib::http2::Settings settings_of(const config::Global& global, const config::Http2Tuning::Side& side) {
  const config::Http2Tuning& tuning = global.http2;
  lib::http2::Settings settings;
  settings.header_table_size = tuning.header_table_size;
  settings.initial_window = side.initial_window.value_or(tuning.initial_window);
  settings.max_concurrent_streams = side.max_streams.value_or(tuning.max_streams);
  // A frame that is larger than a buffer would not be whole in one, as with the original.
  const std::uint32_t largest = std::max(lib::http2::Settings{}.max_frame_size, global.bufsize);
  settings.max_frame_size = std::min({tuning.max_frame_size != 0 ? tuning.max_frame_size : largest, largest, kLargestFrame});
  settings.knows_websockets = !tuning.hides_websockets;
  return settings;
}

}  // namespace

lib::http2::Settings front_settings(const config::Global& global) { return settings_of(global, global.http2.front); }
lib::http2::Settings back_settings(const config::Global& global) { return settings_of(global, global.http2.back); }

Http2Wire::Http2Wire(lib::event::Channel& channel, lib::event::Waiter& waiter, lib::http2::Connection& connection)
    : channel_{channel}, waiter_{waiter}, connection_{connection}, flush_later_{waiter.loop(), &Http2Wire::on_round_end, this},
      moved_{waiter.now()} {
  connection_.when_output([](void* self) { static_cast<Http2Wire*>(self)->flush_later_.request(); }, this);
}

void Http2Wire::take(std::string_view bytes) {
  has_heard_ = true;
  if (!connection_.receive(bytes)) is_deaf_ = true;
}

bool Http2Wire::read(BufferPools& pools) {
  if (is_gone_ || is_deaf_) return false;
  const BufferPtr buffer = pools.normal.take();
  const ssize_t got = channel_.receive(buffer->data, buffer->capacity);
  if (got == 0) is_deaf_ = connection_.end_input();
  if (got <= 0) {
    is_gone_ = got == 0 ? !is_deaf_ : errno != EAGAIN;
    return false;
  }
  take({buffer->data, static_cast<std::size_t>(got)});
  return static_cast<std::size_t>(got) == buffer->capacity;
}

void Http2Wire::flush() {
  is_blocked_ = false;
  while (!is_gone_) {
    const std::string_view bytes = connection_.output();
    if (bytes.empty()) return;
    const ssize_t sent = channel_.send(bytes);
    if (sent < 0) {
      is_blocked_ = errno == EAGAIN;
      is_gone_ = !is_blocked_;
      return;
    }
    connection_.mark_sent(static_cast<std::size_t>(sent));
    moved_ = waiter_.now();
  }
}

void Http2Wire::on_round_end(void* self) noexcept {
  Http2Wire& wire = *static_cast<Http2Wire*>(self);
  if (wire.is_gone_) return;
  const bool was_blocked = wire.is_blocked_;
  wire.flush();
  if (wire.is_gone_ || wire.is_blocked_ != was_blocked || wire.connection_.is_over()) wire.waiter_.notify();
}

}  // namespace proxyd::session

#include "lib/http2/connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>

namespace lib::http2 {
namespace {

/// As much is gathered before it is sent: one record of TLS.
constexpr std::size_t kGathered = 16384;
constexpr std::uint32_t kUnlimited = 0x7fffffff;  // streams of one connection
constexpr std::size_t kMostSkipped = 32;          // streams; honest clients skip none
/// A list of fields may be as large as this, counted as in RFC 9113 section 6.5.2: small ones on the wire can grow without end.
constexpr std::size_t kMostFields = 65536, kFieldOverhead = 32;

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

bool ends_stream(const nghttp2_frame& frame) { return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

}  // namespace

/// What libnghttp2 calls.
struct Callbacks {
  static Connection& owner(void* user_data) { return *static_cast<Connection*>(user_data); }

  /// A stream that its client skipped is closed (section 5.1.1); libnghttp2 only leaves it out.
  static int on_begin_frame(nghttp2_session* session, const nghttp2_frame_hd* header, void* user_data) noexcept {
    Connection& connection = owner(user_data);
    const bool is_request = header->type == NGHTTP2_HEADERS && nghttp2_session_check_server_session(session) != 0;
    if (is_request && !connection.note_stream(header->stream_id))
      connection.refuse(ErrorCode::Protocol);
    return 0;
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    owner(user_data).fields_size_ = 0;
    owner(user_data).begin_fields(frame->hd.stream_id, frame->headers.cat == NGHTTP2_HCAT_REQUEST);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) noexcept {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Connection& connection = owner(user_data);
    connection.fields_size_ += name_size + value_size + kFieldOverhead;
    if (connection.fields_size_ > kMostFields) connection.add_field(frame->hd.stream_id, {}, {});
    else connection.add_field(frame->hd.stream_id, text_of(name, name_size), text_of(value, value_size));
    return 0;
  }

  /// A field that libnghttp2 would leave out: the message is malformed, and its stream ends (section 8.1.1).
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*, std::size_t, const std::uint8_t*,
                               std::size_t, std::uint8_t, void* user_data) noexcept {
    if (frame->hd.type == NGHTTP2_HEADERS) owner(user_data).add_field(frame->hd.stream_id, {}, {});
    return 0;
  }

  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user_data) noexcept {
    owner(user_data).note_fault();
    return 0;
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    Connection& connection = owner(user_data);
    if (frame->hd.type == NGHTTP2_HEADERS) {
      connection.end_fields(frame->hd.stream_id, ends_stream(*frame));
    } else if (frame->hd.type == NGHTTP2_DATA && ends_stream(*frame)) {
      Stream* const stream = connection.stream_of(frame->hd.stream_id);
      if (stream != nullptr) stream->take_end();
    } else if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
      connection.note_settings();
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
      connection.is_shutting_down_ = true;
    } else if (frame->hd.type == NGHTTP2_SETTINGS) {
      connection.has_greeted_ = true;
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user_data) noexcept {
    // Streams hold each other up no longer than their own windows say.
    nghttp2_session_consume_connection(session, size);
    Stream* const stream = owner(user_data).stream_of(id);
    if (stream != nullptr) stream->take_data(text_of(data, size));
    else nghttp2_session_consume_stream(session, id, size);
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user_data) noexcept {
    Connection& connection = owner(user_data);
    Stream* const stream = connection.stream_of(id);
    if (stream == nullptr) return 0;
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    connection.note_closed(stream);
    stream->close(code);
    return 0;
  }

  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) owner(user_data).is_refused_ = true;
    // Where libnghttp2 ends a stream only: section 6.9.2 wants the whole connection ended, section 5.4.1 allows it.
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code == NGHTTP2_FLOW_CONTROL_ERROR)
      owner(user_data).refuse(ErrorCode::FlowControl);
    if ((frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) || !ends_stream(*frame)) return 0;
    Stream* const stream = owner(user_data).stream_of(frame->hd.stream_id);
    if (stream != nullptr) stream->note_sent_end();
    return 0;
  }
};

namespace {

using CallbacksPtr = std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>;
using OptionPtr = std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)>;

CallbacksPtr make_callbacks() {
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) return {nullptr, &nghttp2_session_callbacks_del};
  nghttp2_session_callbacks_set_on_begin_frame_callback(made, &Callbacks::on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, &Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, &Callbacks::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, &Callbacks::on_invalid_header);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, &Callbacks::on_invalid_frame);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, &Callbacks::on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, &Callbacks::on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, &Callbacks::on_frame_send);
  return {made, &nghttp2_session_callbacks_del};
}

/// Made once for all connections: they are only read.
nghttp2_session_callbacks* callbacks() {
  static const CallbacksPtr made = make_callbacks();
  return made.get();
}

OptionPtr make_options(const Settings& settings) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) return {nullptr, &nghttp2_option_del};
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_max_deflate_dynamic_table_size(made, settings.header_table_size);
  if (settings.max_concurrent_streams != 0) nghttp2_option_set_peer_max_concurrent_streams(made, settings.max_concurrent_streams);
  return {made, &nghttp2_option_del};
}

}  // namespace

Connection::~Connection() {
  nghttp2_session_del(session_);
}

void Connection::abort() {
  while (!streams_.empty()) {
    Stream& stream = streams_.front();
    if (stream.id() != 0) nghttp2_session_set_stream_user_data(session_, stream.id(), nullptr);
    forget(stream);
  }
}

bool Connection::end_streams_input() {
  for (auto each = streams_.begin(); each != streams_.end();) {
    Stream& stream = *each;
    ++each;  // it may leave the list
    stream.note_last_input();
  }
  return !streams_.empty();
}

void Connection::forget(Stream& stream) {
  note_closed(&stream);
  stream.close(static_cast<std::uint32_t>(ErrorCode::Cancel));
}

bool Connection::start(Role role, const Settings& settings) {
  max_streams_ = settings.max_concurrent_streams != 0 ? settings.max_concurrent_streams : kUnlimited;
  const OptionPtr options = make_options(settings);
  if (!options || callbacks() == nullptr) return false;
  const auto make = role == Role::Server ? &nghttp2_session_server_new2 : &nghttp2_session_client_new2;
  if (make(&session_, callbacks(), this, options.get()) != 0) return false;
  std::array<nghttp2_settings_entry, 6> entries;
  std::size_t count = 0;
  const auto say = [&](std::int32_t id, std::uint32_t value) { entries[count++] = {id, value}; };
  if (role == Role::Server && settings.knows_websockets) say(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
  if (role == Role::Client) say(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  if (settings.max_concurrent_streams != 0) say(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_concurrent_streams);
  if (settings.header_table_size != 4096) say(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, settings.header_table_size);
  if (settings.initial_window != 65535) say(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.initial_window);
  if (settings.max_frame_size != 16384) say(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, settings.max_frame_size);
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), count) == 0;
}

/// False: the client passed it by before.
bool Connection::note_stream(std::int32_t id) {
  if (id > last_stream_) {
    if (id > last_stream_ + 2 && skipped_.size() < kMostSkipped) skipped_.push_back({last_stream_ + 2, id - 2});
    last_stream_ = id;
    return true;
  }
  return std::none_of(skipped_.begin(), skipped_.end(), [&](const Skipped& each) { return id >= each.from && id <= each.to; });
}

Stream* Connection::stream_of(std::int32_t id) const {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

bool Connection::receive(std::string_view bytes) {
  if (is_failed_) return false;
  const ssize_t taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) {
    if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) refuse(ErrorCode::Protocol);
    else if (taken != NGHTTP2_ERR_NOMEM) refuse(ErrorCode::EnhanceYourCalm);  // floods of one kind or another
    is_failed_ = true;
    note_fault();
  }
  note_output();
  return !is_failed_;
}

std::string_view Connection::output() {
  // What is sent goes: a peer that never reads all of it would have us keep everything.
  if (sent_ != 0 && (sent_ == pending_.size() || sent_ >= kGathered)) {
    pending_.erase(0, sent_);
    sent_ = 0;
  }
  while (pending_.size() - sent_ < kGathered) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) is_failed_ = true;
    if (size <= 0) break;
    pending_.append(text_of(bytes, static_cast<std::size_t>(size)));
  }
  return std::string_view{pending_}.substr(sent_);
}

void Connection::mark_sent(std::size_t count) { sent_ += count; }

bool Connection::is_over() const {
  return sent_ == pending_.size() && nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

void Connection::begin_shutdown() {
  if (std::exchange(is_shutting_down_, true)) return;
  nghttp2_submit_shutdown_notice(session_);
  note_output();
}

void Connection::say_goodbye() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
}

void Connection::refuse(ErrorCode why) {
  nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(why));
  note_output();
}

void Connection::reset_stream(std::int32_t id, ErrorCode why) {
  if (id == 0) return;  // it has not opened
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(why));
  note_output();
}

void Connection::resume_stream(std::int32_t id) { nghttp2_session_resume_data(session_, id); }

void Connection::give_window(std::int32_t id, std::size_t count) {
  nghttp2_session_consume_stream(session_, id, count);
  note_output();
}

}  // namespace lib::http2

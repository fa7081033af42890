#include "lib/http2/client.h"

#include "lib/http2/nv.h"
#include "lib/http2/websocket.h"

namespace lib::http2 {
ClientStream::ClientStream(ClientConnection& connection) : Stream{connection, 0}, owner_{connection} {}

bool ClientStream::submit() {
  if (!question_.asked().websocket) return open();
  if (!owner_.has_settings_) owner_.waiting_.push_back(this);
  else if (!owner_.knows_websockets()) break_off();
  else return open();
  return true;
}

bool ClientStream::open() {
  const http::Asked& asked = question_.asked();
  auto& list = empty_list();
  list.push_back(field_of(":method", question_.method()));
  const bool is_plain_connect = question_.is_tunnel() && !asked.websocket;
  if (!is_plain_connect) {
    list.push_back(field_of(":scheme", question_.scheme().empty() ? std::string_view{owner_.scheme_} : question_.scheme()));
    list.push_back(field_of(":path", question_.path().empty() ? std::string_view{"/"} : question_.path()));
  }
  if (!question_.authority().empty()) list.push_back(field_of(":authority", question_.authority()));
  if (asked.websocket) list.push_back(field_of(":protocol", "websocket"));
  append(list, question_.fields());
  in_is_raw_ = question_.is_tunnel();
  const nghttp2_data_provider provider = payload_of(*this);
  const std::int32_t id = nghttp2_submit_request(connection_->native(), nullptr, list.data(), list.size(), is_all() ? nullptr : &provider,
                                                 static_cast<Stream*>(this));
  if (id < 0) return false;
  id_ = id;
  return true;
}

std::unique_ptr<ClientConnection> ClientConnection::make(const Settings& settings, std::string_view scheme) {
  std::unique_ptr<ClientConnection> made{new ClientConnection{scheme}};  // its constructor is private
  if (!made->start(Role::Client, settings)) return nullptr;
  return made;
}

Stream* ClientConnection::open() {
  auto* const stream = new ClientStream{*this};  // deleted when neither we nor a conversation know it any more
  adopt(*stream);
  ++open_;
  return stream;
}

std::uint32_t ClientConnection::room() const {
  if (is_failed() || is_shutting_down() || nghttp2_session_check_request_allowed(native()) == 0) return 0;
  const std::uint32_t theirs = nghttp2_session_get_remote_settings(native(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  const std::uint32_t most = std::min(theirs, max_streams());
  return most - std::min(most, open_);
}

void ClientConnection::note_closed(Stream* stream) {
  --open_;
  std::erase(waiting_, stream);
}

void ClientConnection::note_settings() {
  has_settings_ = true;
  for (ClientStream* const each : std::exchange(waiting_, {}))
    if (!knows_websockets() || !each->open()) each->break_off();
}

bool ClientConnection::knows_websockets() const {
  return nghttp2_session_get_remote_settings(native(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

void ClientConnection::begin_fields(std::int32_t id, bool) {
  const auto* const stream = static_cast<ClientStream*>(stream_of(id));
  fault_ = http::H2Fault::None;
  is_trailer_ = stream != nullptr && stream->has_response_;
  response_.reset();
  trailers_.clear();
}

void ClientConnection::add_field(std::int32_t, std::string_view name, std::string_view value) {
  if (fault_ != http::H2Fault::None) return;
  fault_ = is_trailer_ ? http::add_trailer(name, value, trailers_) : response_.add(name, value);
}

void ClientConnection::end_fields(std::int32_t id, bool ends) {
  auto* const stream = static_cast<ClientStream*>(stream_of(id));
  if (stream == nullptr) return;
  if (fault_ != http::H2Fault::None) return reset_stream(id, ErrorCode::Protocol);
  if (is_trailer_) {
    stream->trailers_ = std::move(trailers_);
    return stream->take_end();
  }
  const http::Asked& asked = stream->question_.asked();
  const std::string accept = asked.websocket ? websocket_accept(stream->question_.key()) : std::string{};
  fault_ = response_.finish(asked, !ends, accept, stream->in_);
  if (fault_ != http::H2Fault::None) return reset_stream(id, ErrorCode::Protocol);
  stream->has_response_ = response_.status() >= 200;
  stream->in_is_chunked_ = response_.is_chunked();
  if (ends) stream->take_end();
  else stream->update_standing();
}

}  // namespace lib::http2

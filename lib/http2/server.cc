#include "lib/http2/server.h"

#include <algorithm>
#include <charconv>

#include "lib/http2/nv.h"

namespace lib::http2 {
/// An interim head goes out at once.
bool ServerStream::take_head() {
  std::to_chars(status_.data(), status_.data() + status_.size(), answer_.status());
  is_head_waiting_ = answer_.status() >= 200;
  if (is_head_waiting_) return true;
  auto& list = empty_list();
  list.push_back(field_of(":status", {status_.data(), status_.size()}, Keep::Copied));
  append(list, answer_.fields(), Keep::Copied);  // the answer's text goes on before this is sent
  return nghttp2_submit_headers(connection_->native(), NGHTTP2_FLAG_NONE, id_, nullptr, list.data(), list.size(), nullptr) == 0;
}

bool ServerStream::submit() {
  auto& list = empty_list();
  list.push_back(field_of(":status", {status_.data(), status_.size()}));
  append(list, answer_.fields());
  const nghttp2_data_provider provider = payload_of(*this);
  return nghttp2_submit_response(connection_->native(), id_, list.data(), list.size(), is_all() ? nullptr : &provider) == 0;
}

std::unique_ptr<ServerConnection> ServerConnection::make(const Settings& settings) {
  std::unique_ptr<ServerConnection> made{new ServerConnection};  // its constructor is private
  if (!made->start(Role::Server, settings)) return nullptr;
  return made;
}

Stream* ServerConnection::take_request() {
  if (requests_.empty()) return nullptr;
  Stream* const taken = requests_.front();
  requests_.pop_front();
  return taken;
}

void ServerConnection::note_closed(Stream* stream) {
  const auto found = std::find(requests_.begin(), requests_.end(), stream);
  if (found != requests_.end()) requests_.erase(found);  // it was reset before anybody saw it
}

void ServerConnection::begin_fields(std::int32_t, bool opens_stream) {
  opens_stream_ = opens_stream;
  fault_ = http::H2Fault::None;
  if (opens_stream) request_.reset();
  else trailers_.clear();
}

void ServerConnection::add_field(std::int32_t, std::string_view name, std::string_view value) {
  if (fault_ != http::H2Fault::None) return;
  fault_ = opens_stream_ ? request_.add(name, value) : http::add_trailer(name, value, trailers_);
}

void ServerConnection::end_fields(std::int32_t id, bool ends) { opens_stream_ ? end_request(id, ends) : end_trailers(id); }

void ServerConnection::end_request(std::int32_t id, bool ends) {
  std::string text;
  if (fault_ == http::H2Fault::None) fault_ = request_.finish(!ends, text);
  if (fault_ != http::H2Fault::None) {
    note_fault();
    return reset_stream(id, ErrorCode::Protocol);
  }
  auto* const stream = new ServerStream{*this, id, request_.asked()};  // deleted when neither we nor a conversation know it any more
  stream->in_ = std::move(text);
  stream->in_is_chunked_ = request_.is_chunked();
  stream->in_is_raw_ = request_.is_tunnel();
  if (ends) stream->take_end();
  adopt(*stream);
  nghttp2_session_set_stream_user_data(native(), id, static_cast<Stream*>(stream));
  requests_.push_back(stream);
}

void ServerConnection::end_trailers(std::int32_t id) {
  if (fault_ != http::H2Fault::None) return reset_stream(id, ErrorCode::Protocol);
  auto* const stream = static_cast<ServerStream*>(stream_of(id));
  if (stream == nullptr) return;
  stream->trailers_ = std::move(trailers_);
  stream->take_end();
}

}  // namespace lib::http2

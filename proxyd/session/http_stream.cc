#include "proxyd/session/header_names.h"
#include "proxyd/session/http_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/http/h1_connection.h"
#include "lib/http/h1_settle.h"
#include "lib/http/uri.h"
#include "lib/http2/websocket.h"
#include "proxyd/session/forwarding.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/request_rules.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {

using lib::http::BodyKind;
using lib::http::HeadStatus;
using lib::http::Persistence;
using servers::Count;

void Outgoing::set(std::size_t count) {
  count_ = count;
  sent_ = total_ = 0;
  for (std::size_t i = 0; i < count; ++i) total_ += pieces_[i].iov_len;
}

void Outgoing::open_end() {
  pieces_[count_ - 1].iov_len -= 2;
  total_ -= 2;
  open_count_ = count_;
}

void Outgoing::set_end(std::string& end) {
  if (count_ > open_count_) total_ -= pieces_[--count_].iov_len;
  append(end);
}

void Outgoing::append(std::span<char> bytes) {
  if (bytes.empty()) return;
  pieces_[count_++] = iovec{.iov_base = bytes.data(), .iov_len = bytes.size()};
  total_ += bytes.size();
}

std::string Outgoing::text() const {
  std::string all;
  for (std::size_t i = 0; i < count_; ++i) all.append(static_cast<const char*>(pieces_[i].iov_base), pieces_[i].iov_len);
  return all;
}

SendState Outgoing::send(lib::event::Channel& channel, bool more_follows) {
  if (sent_ == 0 && total_ <= kFlatBelow && count_ > 1) {
    // Measured: one small piece costs the kernel less than the copy costs us.
    std::array<char, kFlatBelow> flat;
    std::size_t size = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      std::memcpy(flat.data() + size, pieces_[i].iov_base, pieces_[i].iov_len);
      size += pieces_[i].iov_len;
    }
    const ssize_t sent = channel.send({flat.data(), size}, more_follows);
    if (sent < 0) return errno == EAGAIN || errno == EINPROGRESS ? SendState::Blocked : SendState::Failed;
    sent_ = static_cast<std::size_t>(sent);
  }
  while (sent_ != total_) {
    // Skip what is gone: almost always nothing.
    std::array<iovec, kPieces> rest;
    iovec* first = pieces_.data();
    std::size_t count = count_;
    if (sent_ != 0) {
      std::size_t skip = sent_;
      std::size_t from = 0;
      while (skip >= pieces_[from].iov_len) skip -= pieces_[from++].iov_len;
      count = count_ - from;
      std::copy_n(pieces_.begin() + static_cast<std::ptrdiff_t>(from), count, rest.begin());
      rest[0].iov_base = static_cast<char*>(rest[0].iov_base) + skip;
      rest[0].iov_len -= skip;
      first = rest.data();
    }
    const ssize_t sent = channel.send({first, count}, more_follows);
    if (sent < 0) return errno == EAGAIN || errno == EINPROGRESS ? SendState::Blocked : SendState::Failed;
    sent_ += static_cast<std::size_t>(sent);
  }
  return SendState::Done;
}

std::size_t counted_size(const lib::http::MessageHead& head, std::size_t start_line_words, CountedHop hop) {
  std::size_t size = 20 + start_line_words + 1;
  const bool hop_only = hop == CountedHop::LeftOut && !head.connection_other && !head.connection_upgrade;
  for (const lib::http::Field& field : head.fields) {
    if (field.dropped || (hop_only && field.id == lib::http::FieldId::Connection)) continue;
    size += field.name.length + field.value.length;
  }
  return size;
}

HttpStream::HttpStream(Front& client) : Stream{client} {
  request.fields.set_limit(client.site->config->global.max_headers);
  response.fields.set_limit(client.site->config->global.max_headers);
}

void HttpStream::begin_request_clock() {
  if (began == Instant{}) began = now();
}

std::uint32_t HttpStream::head_limit() const {
  return front.worker.buffers->normal.buffer_size() - front.site->config->global.maxrewrite;
}

ClientState HttpStream::look_at_client() {
  if (front.descriptor.has_hung_up()) return ClientState::Broken;
  const ClientState state = look_at_input();
  const bool may_still_listen = front.carrier != nullptr && !back_conf().abort_on_close;
  return state == ClientState::Closed && may_still_listen ? ClientState::Unknown : state;
}

ClientState HttpStream::look_at_input() {
  // The next request of a pipeline is kept behind this one, where that is still at its place (see prepare_request).
  if (!has_request_body()) return read_early(front, *request_bytes, head_limit());
  const ssize_t got = front.descriptor.peek();
  if (got > 0) return ClientState::Unknown;
  if (got == 0) return ClientState::Closed;
  return errno == EAGAIN ? ClientState::Here : ClientState::Broken;
}

HeadRead HttpStream::read_request() {
  if (!request_bytes) request_bytes = front.input ? std::move(front.input) : front.worker.buffers->normal.take();
  Buffer& buffer = *request_bytes;
  const std::uint32_t limit = head_limit();
  const bool leftover = began == Instant{} && !buffer.empty();
  if (!leftover) {
    const std::uint32_t room = limit > buffer.end ? limit - buffer.end : 0;
    const ssize_t got = front.descriptor.receive(buffer.room(), room);
    if (got < 0 && errno == EAGAIN) return buffer.empty() ? HeadRead::Nothing : HeadRead::NeedMore;
    if (got <= 0) return got == 0 ? HeadRead::HalfClosed : HeadRead::Closed;
    buffer.end += static_cast<std::uint32_t>(got);
  }
  begin_request_clock();
  const lib::http::HeadOptions options{.accept_invalid = front.conf().accept_invalid_request, .from_http2 = front.carrier != nullptr};
  switch (lib::http::parse_request_head(buffer.bytes(), options, request_state, request)) {
    case HeadStatus::Complete: break;
    case HeadStatus::Fault: return HeadRead::Refused;
    case HeadStatus::NeedMore:
      if (buffer.end < limit) return HeadRead::NeedMore;
      (void)lib::http::too_large(request_state);
      return HeadRead::Refused;
  }
  head_done = now();
  request_head = &request;
  received_method = request.method_name;
  received_target = request.target;
  if (front.carrier != nullptr) set_added_fields(true);
  request_counted = counted_size(request, request.method_name.length + request.target.length + request.version.length);
  if (front.carrier != nullptr && request.body == BodyKind::Chunked) --request_counted;  // its end is no byte of HTTP/2's
  buffer.begin += request.size;  // what is left belongs to the body or the next request
  return HeadRead::Complete;
}

lib::http::HeadWriter* HttpStream::request_writer() {
  if (!request_edit) request_edit.emplace(request, whole_buffer(large_area_));
  request_ruled = true;
  return &*request_edit;
}

lib::http::HeadWriter* HttpStream::response_writer() {
  if (!response_edit) response_edit.emplace(response, whole_buffer(large_response_area_));
  response_ruled = true;
  return &*response_edit;
}

lib::http::Asked HttpStream::client_asked() const {
  lib::http::Asked asked = lib::http::asked(request);
  if (request_ruled) asked.method = lib::http::method_of(request.text(received_method));
  return asked;
}

bool HttpStream::settle_request(lib::http::HeadWriter& writer) {
  lib::http::reread_connection(request);
  request.upgrade = request.connection_upgrade && request.find(lib::http::FieldId::Upgrade) != nullptr;
  return lib::http::settle_framing(writer) == lib::http::Settling::Done;
}

std::string_view HttpStream::local_uri() const {
  return front.carrier == nullptr ? uri() : lib::http::without_origin(uri());
}

/// The absolute target that rules and logs see is HTTP/2's; servers are asked for a path, as haproxy does, but where a rule
/// made an absolute one of its own.
bool HttpStream::shorten_target(lib::http::HeadWriter& writer) {
  if (writer.has_own_target()) return true;
  const std::string_view target = local_uri();
  return target.size() == uri().size() || writer.set_target(target);
}

/// What the text of HTTP/2 has for servers' sake is not the client's: rules, logs and counters go without it.
void HttpStream::set_added_fields(bool hidden) {
  using lib::http::FieldId;
  if (request.body == BodyKind::Chunked)
    for (lib::http::Field& field : request.fields)
      if (field.id == FieldId::TransferEncoding) field.dropped = hidden;
}

/// Servers of HTTP/1 want a key, which HTTP/2 has none of, and answer it.
bool HttpStream::add_websocket_key(lib::http::HeadWriter& writer) {
  if (!request.websocket || request.find(lib::http::FieldId::SecWebSocketKey) != nullptr) return true;
  websocket_key_ = lib::http2::websocket_key();
  return !websocket_key_.empty() && writer.add("Sec-WebSocket-Key", websocket_key_);
}

/// RFC 6455 section 4.1: who answers another key is no WebSocket's server.
bool HttpStream::answers_websocket_key() const {
  if (websocket_key_.empty() || response.status != 101) return true;
  const lib::http::Field* const accept = response.find(lib::http::FieldId::SecWebSocketAccept);
  return accept != nullptr && response.value(*accept) == lib::http2::websocket_accept(websocket_key_);
}

/// What rules made of the status decides whether there is a body; the client's method does, too.
bool HttpStream::settle_response(lib::http::HeadWriter& writer) {
  const lib::http::Method method = client_asked().method;
  if (response.status < 200 && response.body != BodyKind::Tunnel) return false;  // no response would follow it
  const bool bodiless = method == lib::http::Method::Head || response.status == 204 || response.status == 304;
  if (bodiless && response.body != BodyKind::None && response.body != BodyKind::Tunnel) {
    response.body = BodyKind::None;
    back_must_close = true;  // nobody reads what the server sends of it
  }
  lib::http::reread_connection(response);
  if (response.connection_close) wants_close = true;
  return lib::http::settle_framing(writer, method) == lib::http::Settling::Done;
}

bool HttpStream::prepare_request() {
  if (!request_edit) request_edit.emplace(request, edit_room());
  lib::http::HeadWriter& writer = *request_edit;
  if (front.carrier != nullptr) set_added_fields(false);
  if (request_ruled && !settle_request(writer)) return false;
  if (front.carrier != nullptr && !shorten_target(writer)) return false;
  if (!add_forwarding_headers(writer)) return false;
  begin_persistence(*this);
  if (!take_request_cookie(*this, writer)) return false;
  if (!back_conf().send_name_header.empty()) writer.drop(back_conf().send_name_header);
  const config::ConnectionMode front_mode = front.conf().connection_mode;
  const config::ConnectionMode back_mode = back_conf().connection_mode;
  const bool close_back = front_mode != config::ConnectionMode::KeepAlive || back_mode != config::ConnectionMode::KeepAlive ||
                          (request_ruled && request.connection_close);
  wants_close = !request.keep_alive || front_mode == config::ConnectionMode::Close || back_mode == config::ConnectionMode::Close;
  back_must_close = close_back;
  const bool pretend = front.conf().http_pretend_keepalive || back_conf().http_pretend_keepalive;
  if (!request.upgrade &&
      !lib::http::forward_connection(writer, request, close_back && !pretend ? Persistence::Close : Persistence::KeepAlive))
    return false;
  if (front.carrier != nullptr && !add_websocket_key(writer)) return false;
  if (back_conf().adjust_server_case) respell_names(writer, front.site->config->global);
  request_out.set(writer.gather(request_out.room()));
  if (request_out.total() == 0) return false;
  if (!back_conf().send_name_header.empty()) request_out.open_end();
  if (has_request_body()) {
    // The head's bytes stay where they are; the body moves through a buffer of its own.
    first_body = front.worker.buffers->normal.take();
    std::copy_n(request_bytes->head(), request_bytes->size(), first_body->data);
    first_body->end = request_bytes->size();
    request_bytes->clear();
  }
  return true;
}

std::span<char> HttpStream::edit_room() {
  const config::CookiePersistence& cookie = back_conf().cookie;
  if (cookie.mode != config::CookiePersistence::Mode::Prefix && !cookie.indirect) return request_area_;
  // A Cookie field may be long, and what is changed of it is written anew.
  return whole_buffer(large_area_);
}

std::span<char> HttpStream::whole_buffer(BufferPtr& buffer) {
  buffer = front.worker.buffers->normal.take();
  return {buffer->data, buffer->capacity};
}

bool HttpStream::add_forwarding_headers(lib::http::HeadWriter& writer) {
  return add_unique_id(*this, writer) && add_forward_for(*this, writer) && add_original_to(*this, writer) && add_forwarded(*this, writer) &&
         add_early_data(*this, writer);
}

SendState HttpStream::send_opening() {
  const SendState state = request_out.send(back->descriptor, false);
  return state;
}

void HttpStream::rewind_opening() {
  request_out.rewind();
  if (back_conf().send_name_header.empty()) return;
  name_line_ = server->is_direct ? "\r\n" : back_conf().send_name_header + ": " + server->conf.name + "\r\n\r\n";
  request_out.set_end(name_line_);
}

HeadStatus HttpStream::parse_response() {
  const lib::http::HeadOptions options{.accept_invalid = back_conf().accept_invalid_response};
  const HeadStatus result =
      lib::http::parse_response_head(response_bytes->bytes(), options, lib::http::asked(request), response_state, response);
  if (result == HeadStatus::Complete && !answers_websocket_key()) return HeadStatus::Fault;
  if (result == HeadStatus::Complete) response_head = &response;
  if (result != HeadStatus::NeedMore || response_bytes->room_size() != 0) return result;
  (void)lib::http::too_large(response_state);
  return HeadStatus::Fault;
}

bool HttpStream::prepare_response() {
  if (!response_edit) response_edit.emplace(response, response_area_);
  lib::http::HeadWriter& writer = *response_edit;
  if (response.body == BodyKind::UntilClose) wants_close = true;
  if (response.body == BodyKind::UntilClose || response.length_ignored || !response.keep_alive) back_must_close = true;
  if (request.length_ignored || front.takes_no_more()) wants_close = true;
  if (!apply_after_response_rules(*this)) return false;
  status = response.status;
  const bool method_changed = request_ruled && client_asked().method != request.method;
  if ((response_ruled || method_changed) && !settle_response(writer)) return false;
  if (!give_response_cookie(*this, writer)) return false;
  const bool tunnel = response.body == BodyKind::Tunnel;
  if (!tunnel && !lib::http::forward_connection(writer, response, wants_close ? Persistence::Close : Persistence::KeepAlive,
                                                client_asked()))
    return false;
  if (front.conf().adjust_client_case) respell_names(writer, front.site->config->global);
  response_out.set(writer.gather(response_out.room()));
  if (response_out.total() == 0) return false;
  const std::uint32_t head_size = response.size;
  response_bytes->begin += head_size;
  return true;
}

void HttpStream::count_answer() {
  if (answer_is_counted_) return;
  answer_is_counted_ = true;
  server_cell()[Count::ReqTot].add();
  server_cell()[servers::status_class(response.status)].add();
}

void HttpStream::count_response_head() {
  response_counted =
      counted_size(response, response.version.length + response.status_text.length + response.reason.length);
}

void HttpStream::fill_http_record(logs::LogRecord& record, const formats::Format* also) {
  fill_record(record, also);
  record.status = status;
  record.bad_request = bad_request;
  if (!bad_request) {
    received_version_ = request.received_version();
    record.method = request.text(received_method);
    record.uri = request.text(received_target);
    record.version = {received_version_.data(), received_version_.size()};
  }
  if (is_stats) record.server = "<STATS>";
  record.client_spoke = began != Instant{};
  const bool whole = head_done != Instant{} && !is_late;
  if (is_tarpitted) record.queue = lib::base::to_ms(now() - began);
  const Instant idle_from = front.requests > 1 || !whole ? front.idle_since : front.ready;
  record.idle = began == Instant{} ? 0 : lib::base::to_ms(began - idle_from);
  record.request = whole ? lib::base::to_ms(head_done - began) : -1;
  record.whole_request = whole ? record.handshake + record.idle + record.request : -1;
  record.active = lib::base::to_ms(now() - (began == Instant{} ? front.idle_since : began));
  record.user = record.active + record.idle;
}

void HttpStream::fill_for(logs::LogRecord& record, const formats::Format& format) { fill_http_record(record, &format); }

/// False: the line is not worth it (so far).
bool HttpStream::write_log(logs::LogRecord& record) {
  const logs::ProxyLogger& logger = *front.frontend->logger;
  Captures captures;
  if (captures_anything(front.conf())) captures.show(*this, record);
  samples::Context context{*this, *front.worker.scratch, samples::Place::Log};
  return logger.write(*front.worker.log, record, &context);
}

void HttpStream::log_early() {
  if (is_silent || handling.log_level == rules::Handling::kSilent || !front.frontend->logger->logs_early()) return;
  logs::LogRecord record;
  fill_http_record(record, nullptr);
  fill_early(record);
  record.bytes_to_client = response_counted + down->ready_bytes().size();  // without interim responses, as the original
  is_logged = write_log(record);
}

void HttpStream::finish() {
  release_backend();
  bytes_from_client = request_counted + (up ? up->counted() : unsent_body_counted);
  if (front.frontend->logger->logs_streams() && !is_silent && !is_logged && handling.log_level != rules::Handling::kSilent) {
    logs::LogRecord record;
    fill_http_record(record, nullptr);
    (void)write_log(record);  // dontlog-normal may keep it out
  }
  if (front.worker.process.tracing) trace_close(*this);
  const Count by_class = servers::status_class(status);
  front_cell()[by_class].add();
  if (backend != nullptr) {
    back_cell()[by_class].add();
    back_cell()[Count::ReqTot].add();
  }
  count_end();
}

}  // namespace proxyd::session

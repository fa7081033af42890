// Waiting for bodies before anything is done with a message: "option http-buffer-request", "wait-for-body".
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

using lib::event::kRead;
using lib::event::Task;
using lib::event::Wake;

/// What haproxy counts for "HTTP/1.1 100 Continue": see counted_size().
constexpr std::uint64_t kContinueCounted = 20 + 8 + 3 + 8 + 1;

/// How far a chunked body is there: whether it ended (or is broken: then waiting is of no use), and its payload.
struct Chunks {
  bool ended = false;
  std::uint64_t payload = 0;
};
Chunks look_at_chunks(std::string_view raw) {
  std::string copy{raw};  // scanning edits; at most one buffer, and rare
  lib::http::ChunkScanner scanner;
  const lib::http::ChunkScan scan = scanner.scan(copy.data(), copy.size());
  Chunks seen;
  seen.ended = scan.finished || scan.fault != lib::http::BodyFault::None;
  while (!raw.empty()) {
    const std::size_t line = raw.find('\n');
    if (line == std::string_view::npos) break;
    std::uint64_t size = 0;
    (void)std::from_chars(raw.data(), raw.data() + line, size, 16);  // what is no number is seen by the scanner
    raw.remove_prefix(line + 1);
    if (size == 0) break;
    seen.payload += std::min<std::uint64_t>(size, raw.size());
    raw.remove_prefix(std::min<std::uint64_t>(size, raw.size()));
    raw.remove_prefix(std::min<std::size_t>(raw.size(), raw.starts_with("\r\n") ? 2 : 1));
  }
  return seen;
}

bool has_enough(std::string_view body, lib::http::BodyKind kind, std::uint64_t length, std::uint64_t at_least) {
  if (kind != lib::http::BodyKind::Chunked) {
    const std::uint64_t whole = kind == lib::http::BodyKind::Length ? length : UINT64_MAX;
    return body.size() >= std::min(whole, at_least);
  }
  const Chunks seen = look_at_chunks(body);
  return seen.ended || seen.payload >= at_least;
}

}  // namespace

Task<bool> buffer_body(HttpStream& stream, Instant deadline, std::uint64_t at_least) {
  Front& front = stream.front;
  Buffer& buffer = *stream.request_bytes;
  if (stream.request.expect_continue && buffer.empty()) {
    lib::http::Field* const expect = stream.request.find(lib::http::FieldId::Expect);
    if (expect != nullptr && !expect->dropped) {
      const bool asked_for = co_await send_all(front, "HTTP/1.1 100 Continue\r\n\r\n");
      stream.bytes_to_client += kContinueCounted;
      if (!asked_for) co_return false;
      expect->dropped = true;  // the server must not ask a second time
    }
  }
  const std::uint32_t limit = buffer.capacity - front.site->config->global.maxrewrite;
  while (buffer.end < limit &&
         !has_enough({buffer.data + buffer.begin, buffer.size()}, stream.request.body, stream.request.body_length, at_least)) {
    const ssize_t got = front.descriptor.receive(buffer.room(), limit - buffer.end);
    if (got > 0) {
      buffer.end += static_cast<std::uint32_t>(got);
      continue;
    }
    if (got == 0 || errno != EAGAIN) co_return true;  // what there is goes on; the end is seen again there
    const Wake wake = co_await front.waiter.ready(front.descriptor, kRead, deadline);
    if (wake.notified && front.info.take_kill()) stream.end_as('K', 'R');
    if (wake.timed_out() || stream.termination[0] == 'K') co_return false;
  }
  co_return true;
}

Task<bool> buffer_response_body(HttpStream& stream, Instant deadline, std::uint64_t at_least) {
  using lib::http::BodyKind;
  Front& front = stream.front;
  Buffer& buffer = *stream.response_bytes;
  const lib::http::ResponseHead& head = stream.response;
  if (head.body == BodyKind::None || head.body == BodyKind::Tunnel) co_return true;
  const std::uint32_t limit = buffer.capacity - front.site->config->global.maxrewrite;
  while (buffer.end < limit && !has_enough({buffer.data + buffer.begin + head.size, buffer.size() - head.size}, head.body,
                                           head.body_length, at_least)) {
    const ssize_t got = stream.back->descriptor.receive(buffer.room(), limit - buffer.end);
    if (got > 0) {
      buffer.end += static_cast<std::uint32_t>(got);
      continue;
    }
    if (got == 0 || errno != EAGAIN) co_return true;
    const Wake wake = co_await front.waiter.ready(stream.back->descriptor, kRead, deadline);
    if (wake.notified && front.info.take_kill()) stream.end_as('K', 'H');
    if (wake.timed_out() || stream.termination[0] == 'K') co_return false;
  }
  co_return true;
}

}  // namespace proxyd::session

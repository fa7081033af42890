#include "proxyd/session/repeat.h"

#include <algorithm>
#include <string>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

using servers::Count;

BufferPtr copy_of(const Buffer& from, BufferPool& pool) {
  BufferPtr copy = pool.take();
  copy->end = from.size();
  std::copy_n(from.data + from.begin, copy->end, copy->data);
  return copy;
}

bool is_whole(const HttpStream& stream, const Buffer& body) {
  if (stream.request.body == lib::http::BodyKind::Length) return body.size() >= stream.request.body_length;
  if (stream.request.body != lib::http::BodyKind::Chunked) return false;
  std::string text{body.data + body.begin, body.size()};  // scanning edits
  lib::http::ChunkScanner scanner;
  return scanner.scan(text.data(), text.size()).finished;
}

/// The answer is here in full and its connection may serve the next request.
bool is_settled(const HttpStream& stream) {
  const lib::http::ResponseHead& head = stream.response;
  if (stream.back_must_close || !head.keep_alive || !stream.request_is_sent() || !stream.response_bytes) return false;
  const std::uint64_t body = stream.response_bytes->size() - head.size;
  if (head.body == lib::http::BodyKind::None) return body == 0;
  return head.body == lib::http::BodyKind::Length && body == head.body_length;
}

}  // namespace

void keep_body(HttpStream& stream) {
  if (!stream.back_conf().retry_on.repeats_requests() || stream.kept_body || !stream.first_body) return;
  if (is_whole(stream, *stream.first_body)) stream.kept_body = copy_of(*stream.first_body, stream.front.worker.buffers->normal);
}

bool may_repeat(const HttpStream& stream, Outcome outcome) {
  const config::RetryOn& retry = stream.back_conf().retry_on;
  if (!retry.repeats_requests() || stream.handling.never_repeat || stream.retries >= stream.retries_allowed()) return false;
  if (stream.has_request_body() && !stream.kept_body) return false;
  switch (outcome) {
    case Outcome::Answer:
      if (retry.early_rejected && stream.spoke_early && stream.response.status == 425) return true;
      return std::find(retry.statuses.begin(), retry.statuses.end(), stream.response.status) != retry.statuses.end();
    case Outcome::Empty: return retry.empty_response;
    case Outcome::Junk: return retry.junk_response;
    case Outcome::Late: return retry.response_timeout;
    case Outcome::Other: break;
  }
  return false;
}

void make_repeatable(HttpStream& stream, Outcome outcome) {
  const bool is_kept = outcome == Outcome::Answer && stream.back_conf().reuse != config::ReusePolicy::Never && is_settled(stream);
  if (is_kept) stream.front.worker.idle->put(std::move(stream.back), stream.now());
  ++stream.retries;
  stream.spoke_early = false;
  stream.server_cell()[Count::SessTot].add();
  stream.server_cell()[Count::Retries].add();
  stream.back_cell()[Count::Retries].add();
  stream.termination = {'-', '-'};
  stream.response_bytes.reset();
  stream.response_state.reset();
  stream.up.reset();
  if (stream.kept_body) stream.first_body = copy_of(*stream.kept_body, stream.front.worker.buffers->normal);
  stream.back.reset();
  stream.reused_connection = false;
  stream.rewind_opening();
}

}  // namespace proxyd::session

// What expressions ask of an HTTP request and its response beyond their heads.
#include <algorithm>
#include <cstring>

#include "lib/http/uri.h"
#include "lib/http/h1_body.h"
#include "lib/tls/server_layer.h"
#include "proxyd/session/http_stream.h"

namespace proxyd::session {

bool HttpStream::is_early() const { return front.tls != nullptr && front.tls->is_early(); }

using lib::http::BodyKind;
using samples::Arena;
using samples::Fact;
using samples::Sample;

bool HttpStream::fact(Fact which, std::int64_t number, Sample& out, Arena& arena) const {
  const bool whole = head_done != Instant{};
  const Instant idle_from = front.requests > 1 || !whole ? front.idle_since : front.ready;
  const std::int64_t idle = began == Instant{} ? 0 : lib::base::to_ms(began - idle_from);
  const std::int64_t head = whole ? lib::base::to_ms(head_done - began) : -1;
  switch (which) {
    case Fact::Status: return status >= 0 && out.set_number(status);
    case Fact::ServerStatus: return response_head != nullptr && out.set_number(response.status);
    case Fact::IdleTime: return out.set_number(idle);
    case Fact::HeadTime: return out.set_number(head);
    case Fact::WholeRequestTime: return out.set_number(whole ? idle + head : -1);
    case Fact::UserTime: return out.set_number(lib::base::to_ms(now() - began) + idle);
    case Fact::FrontHttpMajor: return out.set_number(front.carrier != nullptr ? 2 : 1);
    case Fact::FirstRequest: return out.set(front.requests <= 1);
    case Fact::CapturedMethod: return whole && out.set_text(request.text(received_method));
    case Fact::CapturedUri: {
      if (!whole) return false;
      const std::string_view target = request.text(received_target);
      return out.set_text(front.carrier != nullptr ? lib::http::without_origin(target) : target);
    }
    case Fact::CapturedVersion: return whole && out.set_text(request.is_http11() ? "HTTP/1.1" : "HTTP/1.0");
    case Fact::CapturedResponseVersion:
      return response_head != nullptr && out.set_text(response.is_http11() ? "HTTP/1.1" : "HTTP/1.0");
    case Fact::Termination: return out.set_text(arena.keep({termination.data(), termination.size()}));
    default: return Stream::fact(which, number, out, arena);
  }
}

/// "option http-use-proxy-header", and a target that is one for proxies.
bool HttpStream::is_asked_as_proxy() const {
  if (!front.conf().use_proxy_header) return false;
  const std::string_view target = uri();
  return !target.starts_with('/') && !target.starts_with('*');
}

std::string_view HttpStream::received_body(bool of_response) const {
  const Buffer* const bytes = of_response ? response_bytes.get() : first_body != nullptr ? first_body.get() : request_bytes.get();
  if (bytes == nullptr) return {};
  const std::string_view received{bytes->data + bytes->begin, bytes->size()};
  // The response's head is still before its body until the response has been prepared.
  return of_response && response_out.total() == 0 ? received.substr(std::min<std::size_t>(response.size, received.size())) : received;
}

std::string_view HttpStream::body(bool of_response, Arena& arena, bool& whole) const {
  const BodyKind kind = of_response ? response.body : request.body;
  const std::uint64_t length = of_response ? response.body_length : request.body_length;
  std::string_view received = received_body(of_response);
  whole = kind == BodyKind::None;
  if (kind == BodyKind::None) return {};
  if (kind != BodyKind::Chunked) {
    if (of_response && kind == BodyKind::Length) received = received.substr(0, length);
    if (!of_response) received = received.substr(0, length);
    whole = received.size() == length;
    return received;
  }
  // Scanning edits: it works on a copy.
  const std::span<char> copy = arena.take(received.size());
  std::copy(received.begin(), received.end(), copy.begin());
  lib::http::ChunkScanner scanner{lib::http::ChunkMode::Strip};
  const lib::http::ChunkScan scan = scanner.scan(copy.data(), copy.size());
  whole = scan.finished;
  return {copy.data(), scan.forward};
}

/// Of an HTTP message there is always the head; sizes are counted as haproxy counts them.
std::string_view HttpStream::buffer(bool of_response, bool& whole) const {
  const Buffer* const bytes = of_response ? response_bytes.get() : request_bytes.get();
  // Whether a chunked body ends here is not looked into.
  whole = of_response || request.body != BodyKind::Length || received_body(false).size() >= request.body_length;
  return bytes == nullptr ? std::string_view{} : std::string_view{bytes->data, bytes->end};
}

}  // namespace proxyd::session

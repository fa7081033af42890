// What the tests of the HTTP/1 codec share: a parse of some text and what it would be forwarded as.
#pragma once

#include <sys/uio.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/h1_connection.h"
#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"

namespace http_test {

using namespace lib::http;

/// How the parse of one head ended, in a form that can be compared.
struct Outcome {
  HeadStatus status = HeadStatus::NeedMore;
  HeadFault fault = HeadFault::None;
  std::uint32_t position = 0;
  std::uint32_t size = 0;
  BodyKind body = BodyKind::None;
  std::uint64_t body_length = 0;
  bool keep_alive = false;
  std::string forwarded;
  bool operator==(const Outcome&) const = default;
};

template <class Head>
std::string forwarded(Head& head, Persistence wish, const Asked& request = {}) {
  std::array<char, 20000> area;
  HeadWriter writer{head, area};
  if constexpr (std::is_same_v<Head, RequestHead>) {
    if (!forward_connection(writer, head, wish)) return "no room";
  } else {
    if (!forward_connection(writer, head, wish, request)) return "no room";
  }
  const std::size_t total = writer.total();
  std::string flat(total, '\0');
  if (writer.flatten(flat) != total) return "flatten and total differ";
  std::array<iovec, 512> pieces;
  const std::size_t count = writer.gather(pieces);
  std::string gathered;
  for (std::size_t i = 0; i < count; ++i)
    gathered.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  if (gathered != flat) return "gather and flatten differ: " + gathered + " | " + flat;
  return flat;
}

template <class Head>
Outcome outcome(HeadStatus status, const HeadState& state, Head& head, Persistence wish,
                const Asked& request = {}) {
  Outcome result;
  result.status = status;
  if (status == HeadStatus::Fault) {
    result.fault = state.fault();
    result.position = state.fault_position();
  } else if (status == HeadStatus::Complete) {
    result.size = head.size;
    result.body = head.body;
    result.body_length = head.body_length;
    result.keep_alive = head.keep_alive;
    result.forwarded = forwarded(head, wish, request);
  }
  return result;
}

/// Parses text that comes in the pieces given (their sizes; the rest comes last). Each call sees a
/// fresh copy of exactly the bytes received so far, so that a sanitizer notices any read past them.
template <class Head = RequestHead>
Outcome parse(std::string_view text, const std::vector<std::size_t>& pieces = {},
              HeadOptions options = {}, Asked request = {},
              Persistence wish = Persistence::KeepAlive) {
  HeadState state;
  Head head;
  HeadStatus status = HeadStatus::NeedMore;
  std::size_t received = 0;
  std::unique_ptr<char[]> bytes;
  for (std::size_t i = 0; i <= pieces.size() && status == HeadStatus::NeedMore; ++i) {
    received = i < pieces.size() ? std::min(text.size(), received + pieces[i]) : text.size();
    auto longer = std::make_unique<char[]>(received);
    text.copy(longer.get(), received);
    bytes = std::move(longer);
    const std::span<char> present{bytes.get(), received};
    if constexpr (std::is_same_v<Head, RequestHead>) {
      status = parse_request_head(present, options, state, head);
    } else {
      status = parse_response_head(present, options, request, state, head);
    }
  }
  return outcome(status, state, head, wish, request);
}

}  // namespace http_test

// HTTP/1 message heads: bytes to RequestHead and ResponseHead, strict, incremental, without
// copying. Pure.
//
// A head that arrives in pieces is parsed from where the last call stopped: the same bytes again,
// longer. Names are lower-cased in place when the head is complete and good, so that a refused head
// still shows what was received; only folded lines are joined (CR and LF become blanks) before
// their meaning is judged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/http/message.h"

namespace lib::http {

/// Why a head is refused. Requests are answered with status_for(); responses lead to a 502.
enum class HeadFault : std::uint8_t {
  None,
  // start line of a request
  BadMethod,
  BadTargetCharacter,
  TargetFragment,
  BadTargetForm,  // not origin, absolute, authority (CONNECT) or asterisk (OPTIONS)
  BadVersion,
  MissingVersion,  // HTTP/0.9
  BadStartLineEnd,
  // start line of a response
  BadStatus,
  BadReason,
  // fields
  BadNameCharacter,
  BlankBeforeColon,
  EmptyName,
  MissingColon,
  LeadingFold,  // the first field line begins with a blank
  BadValueCharacter,
  NulInValue,
  BareCr,
  TooManyFields,
  // size
  TargetTooLong,  // the buffer is full within the request line
  HeadTooLarge,   // the buffer is full within the fields
  // meaning
  BadContentLength,
  ConflictingContentLength,
  BadTransferEncoding,          // not ending in chunked, chunked twice
  UnsupportedTransferEncoding,  // codings before chunked
  BodyNotAllowed,               // GET, HEAD or DELETE with a body in HTTP/1.0
  BadHost,
  ConflictingHost,
  HostDisagrees,  // with the authority of the target
  MissingWebSocketKey,
  MissingWebSocketAccept,
  UnexpectedUpgrade,  // 101 to a request that asked for none
  kCount
};

/// In words, for logs and `show errors`.
std::string_view text(HeadFault fault);
/// The status that answers a request with this fault: 400, 413, 414, 422, 431.
int status_for(HeadFault fault);

/// What a lenient proxy lets pass (option accept-invalid-http-request / -response).
struct HeadOptions {
  bool accept_invalid = false;
  bool from_http2 = false;  // the text stands for a request of HTTP/2: its WebSockets have no key, its CONNECT keeps its port
};

enum class HeadStatus : std::uint8_t { NeedMore, Complete, Fault };

/// Where an incomplete head stopped; after a fault, which and where.
class HeadState {
 public:
  void reset() { *this = HeadState{}; }
  HeadFault fault() const { return fault_; }
  /// Offset of the byte that was refused.
  std::uint32_t fault_position() const { return position_; }
  /// Whether anything but empty lines was seen: an idle connection that closes has not.
  bool has_begun() const { return phase_ != 0; }

 private:
  friend class HeadScan;
  friend class RequestScan;
  friend class ResponseScan;
  friend HeadFault too_large(HeadState& state);
  std::uint8_t phase_ = 0;
  HeadFault fault_ = HeadFault::None;
  std::uint32_t position_ = 0;  // next byte to look at
  std::uint32_t mark_ = 0;      // where the present word began
};

/// Parses `received`, the bytes from the start of the message on (at most 2^31-1).
/// `head.fields.set_limit()` sets the most fields. On Complete, `head` is filled in and head.size
/// bytes belong to it. On NeedMore, call again with the same bytes and more of them, and the same
/// `state` and `head`; `received` may have moved.
HeadStatus parse_request_head(std::span<char> received, const HeadOptions& options,
                              HeadState& state, RequestHead& head);

/// What the rules for a response need to know of its request.
struct Asked {
  Method method = Method::Get;
  bool upgrade = false;
  bool websocket = false;
  bool http11 = true;  // the client knows HTTP/1.1
};
inline Asked asked(const RequestHead& request) {
  return {request.method, request.upgrade, request.websocket, request.is_http11()};
}

/// The same for the answer to `request`.
HeadStatus parse_response_head(std::span<char> received, const HeadOptions& options, Asked request,
                               HeadState& state, ResponseHead& head);

/// Whether a connection begins as HTTP/2 with prior knowledge (RFC 9113 §3.4); `received` may be
/// incomplete, then the answer is yes as long as it can still become one.
bool may_be_h2_preface(std::string_view received);

/// The fault of a head that is incomplete while its buffer is full: TargetTooLong or HeadTooLarge.
/// Recorded in `state`.
HeadFault too_large(HeadState& state);

}  // namespace lib::http

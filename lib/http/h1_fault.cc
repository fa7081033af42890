#include <array>

#include "lib/http/h1_body.h"
#include "lib/http/h1_head.h"

namespace lib::http {

namespace {

struct FaultRow {
  HeadFault fault;
  int status;
  std::string_view text;
};

constexpr auto kFaults = std::to_array<FaultRow>({
    {HeadFault::None, 200, "nothing wrong"},
    {HeadFault::BadMethod, 400, "invalid character in the method"},
    {HeadFault::BadTargetCharacter, 400, "invalid character in the request target"},
    {HeadFault::TargetFragment, 400, "fragment (#) in the request target"},
    {HeadFault::BadTargetForm, 400,
     "request target is no path, URI, host:port (CONNECT) or * (OPTIONS)"},
    {HeadFault::BadVersion, 400, "invalid HTTP version"},
    {HeadFault::MissingVersion, 400, "no HTTP version in the request line"},
    {HeadFault::BadStartLineEnd, 400, "unexpected character after the start line"},
    {HeadFault::BadStatus, 400, "invalid status code"},
    {HeadFault::BadReason, 400, "invalid character in the reason"},
    {HeadFault::BadNameCharacter, 400, "invalid character in a header name"},
    {HeadFault::BlankBeforeColon, 400, "blank in or after a header name"},
    {HeadFault::EmptyName, 400, "empty header name"},
    {HeadFault::MissingColon, 400, "header line without a colon"},
    {HeadFault::LeadingFold, 400, "first header line begins with a blank"},
    {HeadFault::BadValueCharacter, 400, "control character in a header value"},
    {HeadFault::NulInValue, 400, "NUL in a header value"},
    {HeadFault::BareCr, 400, "CR without LF"},
    {HeadFault::TooManyFields, 400, "too many headers (tune.http.maxhdr)"},
    {HeadFault::TargetTooLong, 414, "request line does not fit into the buffer"},
    {HeadFault::HeadTooLarge, 431, "headers do not fit into the buffer"},
    {HeadFault::BadContentLength, 400, "invalid Content-Length"},
    {HeadFault::ConflictingContentLength, 400, "differing Content-Length values"},
    {HeadFault::BadTransferEncoding, 400, "Transfer-Encoding does not end in a single chunked"},
    {HeadFault::UnsupportedTransferEncoding, 422, "transfer coding other than chunked"},
    {HeadFault::BodyNotAllowed, 413, "body with GET, HEAD or DELETE in HTTP/1.0"},
    {HeadFault::BadHost, 400, "invalid character in Host"},
    {HeadFault::ConflictingHost, 400, "differing Host values"},
    {HeadFault::HostDisagrees, 400, "Host differs from the authority of the request target"},
    {HeadFault::MissingWebSocketKey, 400, "websocket upgrade without a valid Sec-WebSocket-Key"},
    {HeadFault::MissingWebSocketAccept, 400, "websocket upgrade without Sec-WebSocket-Accept"},
    {HeadFault::UnexpectedUpgrade, 400, "status 101 to a request that asked for no upgrade"},
});
static_assert(kFaults.size() == static_cast<std::size_t>(HeadFault::kCount));
static_assert(
    [] {
      for (std::size_t i = 0; i < kFaults.size(); ++i)
        if (static_cast<std::size_t>(kFaults[i].fault) != i) return false;
      return true;
    }(),
    "a row for each fault, in its order");

}  // namespace

std::string_view text(HeadFault fault) { return kFaults[static_cast<std::size_t>(fault)].text; }
int status_for(HeadFault fault) { return kFaults[static_cast<std::size_t>(fault)].status; }

std::string_view text(BodyFault fault) {
  switch (fault) {
    case BodyFault::None:
      return "nothing wrong";
    case BodyFault::BadChunkSize:
      return "invalid chunk size";
    case BodyFault::ChunkTooLarge:
      return "chunk size of 2^60 or more";
    case BodyFault::BadChunkExtension:
      return "control character in a chunk extension";
    case BodyFault::ChunkLineTooLong:
      return "chunk size line too long";
    case BodyFault::BadChunkLineEnd:
      return "no CRLF after a chunk size";
    case BodyFault::BadChunkDataEnd:
      return "no CRLF after a chunk's data";
    case BodyFault::BadTrailer:
      return "invalid trailer line";
    case BodyFault::TrailersTooLarge:
      return "trailers too large";
    case BodyFault::kCount:
      break;
  }
  return "unknown fault";
}

}  // namespace lib::http

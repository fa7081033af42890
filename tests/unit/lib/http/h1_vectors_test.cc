// Requests that were tried on haproxy 2.6 and 3.4, and what they answered or forwarded.
#include <catch2/catch.hpp>

#include "lib/http/h1_body.h"
#include "tests/unit/lib/http/h1_support.h"

using namespace http_test;
using namespace std::string_literals;

namespace {

enum class Unit { Letter, Line };

std::string many(std::string_view before, int count, Unit unit, std::string_view after) {
  std::string text{before};
  for (int i = 0; i < count; ++i) {
    if (unit == Unit::Letter)
      text += 'a';
    else
      text += "h" + std::to_string(i) + ": 1\r\n";
  }
  return text += after;
}

constexpr int kIncomplete = -1;  // haproxy answers 408 in the end
constexpr int kPreface = 0;

struct Vector {
  const char* name;
  std::string request;
  int status;             // 200: let pass
  std::string forwarded;  // the head
};

const std::vector<Vector>& vectors() {
  // clang-format off: one row a line
  static const std::vector<Vector> all{
      {"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"no host 1.1", "GET / HTTP/1.1\r\n\r\n"s, 200, "GET / HTTP/1.1\r\n\r\n"s},
      {"two hosts same", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"two hosts differ", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s, 400, ""s},
      {"http/1.0", "GET / HTTP/1.0\r\n\r\n"s, 200,
       "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"s},
      {"http/0.9", "GET /\r\n"s, 400, ""s},
      {"http/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"http/2.0 text", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"http/3.5", "GET / HTTP/3.5\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"bad version", "GET / HTTX/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"lower method", "get / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "get / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"custom method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "FOO / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"method bad char", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"absolute uri", "GET http://b/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"absolute uri host mismatch", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"options *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"get *", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"connect", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"s, 200,
       "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"connect bad", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"relative uri", "GET foo HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"space in uri", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"8bit uri", "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"leading crlf", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"LF only", "GET / HTTP/1.1\nHost: a\n\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"hdr space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"s, 400, ""s},
      {"hdr bad char", "GET / HTTP/1.1\r\nHost: a\r\nX(Y): 1\r\n\r\n"s, 400, ""s},
      {"hdr folded", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n  2\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: 1    2\r\n\r\n"s},
      {"hdr empty name", "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"s, 400, ""s},
      {"hdr no colon", "GET / HTTP/1.1\r\nHost: a\r\nfoo\r\n\r\n"s, 400, ""s},
      {"hdr nul",
       "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00"
       "b\r\n\r\n"s,
       400, ""s},
      {"hdr cr inside", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"s, 400, ""s},
      {"hdr underscore", "GET / HTTP/1.1\r\nHost: a\r\nX_Y: 1\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx_y: 1\r\n\r\n"s},
      {"hdr 8bit", "GET / HTTP/1.1\r\nHost: a\r\nX: \xe9\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: \xe9\r\n\r\n"s},
      {"101 hdrs", many("GET / HTTP/1.1\r\nHost: a\r\n", 99, Unit::Line, "\r\n"), 200,
       many("GET / HTTP/1.1\r\nhost: a\r\n", 99, Unit::Line, "\r\n")},
      {"102 hdrs", many("GET / HTTP/1.1\r\nHost: a\r\n", 101, Unit::Line, "\r\n"), 400, ""s},
      {"8k uri", many("GET /", 8000, Unit::Letter, " HTTP/1.1\r\nHost: a\r\n\r\n"), 200,
       many("GET /", 8000, Unit::Letter, " HTTP/1.1\r\nhost: a\r\n\r\n")},
      {"15.2k uri", many("GET /", 15200, Unit::Letter, " HTTP/1.1\r\nHost: a\r\n\r\n"), 200,
       many("GET /", 15200, Unit::Letter, " HTTP/1.1\r\nhost: a\r\n\r\n")},
      {"17k uri", many("GET /", 17000, Unit::Letter, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414, ""s},
      {"15k hdr", many("GET / HTTP/1.1\r\nHost: a\r\nX: ", 15200, Unit::Letter, "\r\n\r\n"), 200,
       many("GET / HTTP/1.1\r\nhost: a\r\nx: ", 15200, Unit::Letter, "\r\n\r\n")},
      {"17k hdr", many("GET / HTTP/1.1\r\nHost: a\r\nX: ", 17000, Unit::Letter, "\r\n\r\n"), 431,
       ""s},
      {"CL body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
      {"two CL same",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
      {"CL list same", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
      {"two CL differ",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"s, 400,
       ""s},
      {"CL bad", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\nabc"s, 400, ""s},
      {"CL neg", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nabc"s, 400, ""s},
      {"CL +", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"s, 400, ""s},
      {"CL empty", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n"s, 400, ""s},
      {"CL + TE",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s,
       200, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
      {"TE 1.0",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s,
       200, "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
      {"TE gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc"s, 400, ""s},
      {"TE gzip, chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s,
       422, ""s},
      {"TE chunked, chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s,
       400, ""s},
      {"chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s,
       200, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
      {"chunk ext",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n"s,
       200, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
      {"bad chunk",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"s,
       400, ""s},
      {"trailers",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"s,
       200, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
      {"POST no CL", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET body 1.1", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
      {"GET body 1.0", "GET / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"s, 413, ""s},
      {"expect 100",
       "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n"s},
      {"expect foo", "POST / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nContent-Length: 3\r\n\r\nabc"s,
       200, "POST / HTTP/1.1\r\nhost: a\r\nexpect: foo\r\ncontent-length: 3\r\n\r\n"s},
      {"pipeline", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"conn close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"keepalive idle 400ms", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"no data timeout", ""s, kIncomplete, ""s},
      {"partial", "GET / HTTP/1.1\r\nHo"s, kIncomplete, ""s},
      {"partial 2nd", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"body incomplete", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n"s},
      {"h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, kPreface, ""s},
      {"tls hello", "\x16\x03\x01\x00\x05hello"s, 400, ""s},
      {"ws bad", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"s,
       400, ""s},
      {"bad host chars", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"s, 400, ""s},
      {"host empty", "GET / HTTP/1.1\r\nHost: \r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: \r\n\r\n"s},
      {"host port bad", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a:x\r\n\r\n"s},
  };
  // clang-format on
  return all;
}

constexpr std::size_t kBuffer = 16384 - 1024;  // tune.bufsize without tune.maxrewrite

/// The status that a proxy gives for this request, 200 for what it lets pass.
int judge(std::string request, std::string& forwarded_head) {
  if (request.size() >= 24 && may_be_h2_preface(request)) return kPreface;
  HeadState state;
  RequestHead head;
  const std::size_t received = std::min(request.size(), kBuffer);
  const HeadStatus status = parse_request_head({request.data(), received}, {}, state, head);
  if (status == HeadStatus::Fault) return status_for(state.fault());
  if (status == HeadStatus::NeedMore)
    return received == kBuffer ? status_for(too_large(state)) : kIncomplete;
  if (head.body == BodyKind::Chunked) {
    ChunkScanner body;
    if (body.scan(request.data() + head.size, received - head.size).fault != BodyFault::None)
      return 400;
  }
  forwarded_head = forwarded(head, Persistence::KeepAlive);
  return 200;
}

}  // namespace

TEST_CASE("requests fare as with the original", "[http][h1]") {
  REQUIRE(vectors().size() >= 77);
  for (const Vector& vector : vectors()) {
    INFO(vector.name);
    std::string forwarded_head;
    CHECK(judge(vector.request, forwarded_head) == vector.status);
    CHECK(forwarded_head == vector.forwarded);
  }
}

#include "lib/http/h1_head.h"

#include <catch2/catch.hpp>

#include <set>

#include "tests/unit/lib/http/h1_support.h"

using namespace http_test;
using namespace std::string_literals;

namespace {

struct Refused {
  std::string bytes;
  HeadFault fault;
  std::uint32_t position;
  Asked request{};
};

const std::vector<Refused>& refused_requests() {
  static const std::vector<Refused> all{
      {"G(T / HTTP/1.1\r\n\r\n", HeadFault::BadMethod, 1},
      {"\x16\x03\x01", HeadFault::BadMethod, 0},
      {"GET\r\n\r\n", HeadFault::BadMethod, 3},
      {"GET /\xe9 HTTP/1.1\r\n\r\n", HeadFault::BadTargetCharacter, 5},
      {"GET /\0 HTTP/1.1\r\n\r\n"s, HeadFault::BadTargetCharacter, 5},
      {"GET /a#b HTTP/1.1\r\n\r\n", HeadFault::TargetFragment, 6},
      {"GET * HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 4},
      {"GET a HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 4},
      {"GET http://a?b HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 4},
      {"CONNECT a HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 8},
      {"CONNECT u@a:1 HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 8},
      {"CONNECT :1 HTTP/1.1\r\n\r\n", HeadFault::BadTargetForm, 8},
      {"GET / HTTP/11", HeadFault::BadVersion, 12},
      {"GET / http/1.1", HeadFault::BadVersion, 6},
      {"GET /a b HTTP/1.1\r\n\r\n", HeadFault::BadVersion, 7},
      {"GET /\r\n", HeadFault::MissingVersion, 5},
      {"GET / \r\n", HeadFault::MissingVersion, 6},
      {"GET / HTTP/1.1 \r\n", HeadFault::BadStartLineEnd, 14},
      {"GET / HTTP/1.1\rX", HeadFault::BadStartLineEnd, 15},
      {"GET / HTTP/1.1\r\nX(: 1\r\n\r\n", HeadFault::BadNameCharacter, 17},
      {"GET / HTTP/1.1\r\nX : 1\r\n\r\n", HeadFault::BlankBeforeColon, 17},
      {"GET / HTTP/1.1\r\n: 1\r\n\r\n", HeadFault::EmptyName, 16},
      {"GET / HTTP/1.1\r\nfoo\r\n\r\n", HeadFault::MissingColon, 19},
      {"GET / HTTP/1.1\r\n foo: 1\r\n\r\n", HeadFault::LeadingFold, 16},
      {"GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", HeadFault::BadValueCharacter, 20},
      {"GET / HTTP/1.1\r\nX: a\0\r\n\r\n"s, HeadFault::NulInValue, 20},
      {"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", HeadFault::BareCr, 20},
      {"GET / HTTP/1.1\r\nX: a\r\n\rb", HeadFault::BareCr, 22},
      {"\r\r\nGET / HTTP/1.1\r\n\r\n", HeadFault::BareCr, 0},
      {"GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", HeadFault::BadContentLength, 32},
      {"GET / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n", HeadFault::BadContentLength,
       32},
      {"GET / HTTP/1.1\r\nContent-Length: 1,2\r\n\r\n", HeadFault::ConflictingContentLength, 32},
      {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       HeadFault::ConflictingContentLength, 51},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n", HeadFault::BadTransferEncoding, 35},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\n\r\n", HeadFault::BadTransferEncoding,
       35},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
       HeadFault::BadTransferEncoding, 35},
      {"GET / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n", HeadFault::BadTransferEncoding, 34},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: x, chunked\r\n\r\n",
       HeadFault::UnsupportedTransferEncoding, 35},
      {"GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", HeadFault::BodyNotAllowed, 32},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HeadFault::BadHost, 23},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HeadFault::BadHost, 23},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HeadFault::ConflictingHost, 31},
      {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::HostDisagrees, 30},
      {"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
       HeadFault::MissingWebSocketKey, 0},
  };
  return all;
}

const std::vector<Refused>& refused_responses() {
  static const std::vector<Refused> all{
      {"HTTP/1.1 2x0 OK\r\n\r\n", HeadFault::BadStatus, 10},
      {"HTTP/1.1 2000 OK\r\n\r\n", HeadFault::BadStatus, 12},
      {"HTTP/1.1 099 OK\r\n\r\n", HeadFault::BadStatus, 9},
      {"HTTP/1.1 200 a\x01\r\n\r\n", HeadFault::BadReason, 14},
      {"ICY 200 OK\r\n\r\n", HeadFault::BadVersion, 0},
      {"HTTP/1.1 200 a\rb\r\n\r\n", HeadFault::BadStartLineEnd, 15},
      {"HTTP/1.1 101 a\r\n\r\n", HeadFault::UnexpectedUpgrade, 9},
      {"HTTP/1.1 101 a\r\n\r\n",
       HeadFault::MissingWebSocketAccept,
       9,
       {.upgrade = true, .websocket = true}},
  };
  return all;
}

struct Parsed {
  explicit Parsed(std::string text) : bytes{std::move(text)} {
    status = parse_request_head({bytes.data(), bytes.size()}, {}, state, head);
  }
  std::string bytes;
  HeadState state;
  RequestHead head;
  HeadStatus status;
};

}  // namespace

TEST_CASE("each fault is found, at its byte, at once and byte by byte", "[http][h1]") {
  std::set<HeadFault> seen{HeadFault::None, HeadFault::TooManyFields, HeadFault::TargetTooLong,
                           HeadFault::HeadTooLarge};
  for (const Refused& row : refused_requests()) {
    INFO(row.bytes);
    const Outcome found = parse(row.bytes);
    CHECK(found.status == HeadStatus::Fault);
    CHECK(found.fault == row.fault);
    CHECK(found.position == row.position);
    CHECK(parse(row.bytes, std::vector<std::size_t>(row.bytes.size(), 1)) == found);
    seen.insert(found.fault);
  }
  for (const Refused& row : refused_responses()) {
    INFO(row.bytes);
    const Outcome found = parse<ResponseHead>(row.bytes, {}, {}, row.request);
    CHECK(found.fault == row.fault);
    CHECK(found.position == row.position);
    seen.insert(found.fault);
  }
  CHECK(seen.size() == static_cast<std::size_t>(HeadFault::kCount));
}

TEST_CASE("each fault has words and a status", "[http][h1]") {
  for (std::size_t i = 1; i < static_cast<std::size_t>(HeadFault::kCount); ++i) {
    CHECK_FALSE(text(static_cast<HeadFault>(i)).empty());
    CHECK(status_for(static_cast<HeadFault>(i)) >= 400);
  }
}

TEST_CASE("a refused head still shows what was received", "[http][h1]") {
  for (const Refused& row : refused_requests()) {
    const Parsed parsed{row.bytes};
    CHECK(parsed.bytes == row.bytes);
  }
}

TEST_CASE("the number of lines is limited, the start line counted in", "[http][h1]") {
  std::string text = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 100; ++i) text += "x: 1\r\n";
  CHECK(parse(text + "\r\n").status == HeadStatus::Complete);
  CHECK(parse(text + "x: 1\r\n\r\n").fault == HeadFault::TooManyFields);
  for (int i = 0; i < 400; ++i) text += "x: 1\r\n";
  std::string bytes = text + "\r\n";
  HeadState state;
  RequestHead head;
  head.fields.set_limit(32767);
  CHECK(parse_request_head({bytes.data(), bytes.size()}, {}, state, head) == HeadStatus::Complete);
  CHECK(head.fields.size() == 500);
}

TEST_CASE("a head that does not fit says which part is too long", "[http][h1]") {
  Parsed line{"GET /" + std::string(100, 'a')};
  REQUIRE(line.status == HeadStatus::NeedMore);
  CHECK(too_large(line.state) == HeadFault::TargetTooLong);
  CHECK(status_for(line.state.fault()) == 414);
  Parsed fields{"GET / HTTP/1.1\r\nX: " + std::string(100, 'a')};
  CHECK(too_large(fields.state) == HeadFault::HeadTooLarge);
  CHECK(status_for(fields.state.fault()) == 431);
}

TEST_CASE("an idle connection is told from one that began", "[http][h1]") {
  CHECK_FALSE(Parsed{""}.state.has_begun());
  CHECK_FALSE(Parsed{"\r\n\r\n"}.state.has_begun());
  CHECK(Parsed{"G"}.state.has_begun());
}

TEST_CASE("a head is an index over its bytes", "[http][h1]") {
  const Parsed parsed{
      "\r\nGET /a?b HTTP/1.1\r\nHost: A\r\nX-One:  1 \r\nCookie: a\r\nCOOKIE: b\r\n\r\nbody"};
  const RequestHead& head = parsed.head;
  REQUIRE(parsed.status == HeadStatus::Complete);
  CHECK(head.method == Method::Get);
  CHECK(head.target_text() == "/a?b");
  CHECK(head.text(head.version) == "HTTP/1.1");
  CHECK(head.begin == 2);
  CHECK(parsed.bytes.substr(head.size) == "body");
  CHECK(head.value_of(FieldId::Host) == "A");
  CHECK(head.find(FieldId::Host)->verbatim);
  const Field* one = head.find("X-ONE");
  REQUIRE(one != nullptr);
  CHECK(head.name(*one) == "x-one");
  CHECK(head.value(*one) == "1");
  CHECK_FALSE(one->verbatim);
  const Field* cookie = head.find(FieldId::Cookie);
  REQUIRE(cookie != nullptr);
  CHECK(head.value(*cookie) == "a");
  CHECK(head.value(*head.find(FieldId::Cookie, cookie)) == "b");
  CHECK(head.find("none") == nullptr);
  CHECK(head.value_of(FieldId::Upgrade).empty());
}

TEST_CASE("what the fields say of the connection and the body", "[http][h1]") {
  CHECK(Parsed{"GET / HTTP/1.1\r\n\r\n"}.head.keep_alive);
  CHECK_FALSE(Parsed{"GET / HTTP/1.0\r\n\r\n"}.head.keep_alive);
  CHECK(Parsed{"GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n"}.head.keep_alive);
  CHECK_FALSE(Parsed{"GET / HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"}
                  .head.keep_alive);
  const Parsed both{"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"};
  CHECK(both.head.body == BodyKind::Chunked);
  CHECK(both.head.length_ignored);
  CHECK_FALSE(both.head.keep_alive);
  const Parsed length{
      "POST / HTTP/1.1\r\nContent-Length: 12\r\nExpect: 100-Continue\r\nTE: trailers\r\n\r\n"};
  CHECK(length.head.body == BodyKind::Length);
  CHECK(length.head.body_length == 12);
  CHECK(length.head.expect_continue);
  CHECK(length.head.te_trailers);
  CHECK_FALSE(Parsed{"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"}.head.expect_continue);
  CHECK(Parsed{"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"}.head.body == BodyKind::None);
  CHECK(Parsed{"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"}.head.upgrade);
  CHECK_FALSE(Parsed{"GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n"}.head.upgrade);
  CHECK_FALSE(Parsed{"POST / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n"}.head.upgrade);
}

TEST_CASE("how a response's body ends depends on its request", "[http][h1][rfc9112]") {
  const auto body = [](std::string text, Asked request = {}) {
    return parse<ResponseHead>(text, {}, {}, request).body;
  };
  const std::string length = "Content-Length: 3\r\n\r\n";
  CHECK(body("HTTP/1.1 200 OK\r\n" + length) == BodyKind::Length);
  CHECK(body("HTTP/1.1 200 OK\r\n" + length, {.method = Method::Head}) == BodyKind::None);
  CHECK(body("HTTP/1.1 204 x\r\n" + length) == BodyKind::None);
  CHECK(body("HTTP/1.1 304 x\r\n" + length) == BodyKind::None);
  CHECK(body("HTTP/1.1 100 x\r\n" + length) == BodyKind::None);
  CHECK(body("HTTP/1.1 200 OK\r\n" + length, {.method = Method::Connect}) == BodyKind::Tunnel);
  CHECK(body("HTTP/1.1 407 x\r\n" + length, {.method = Method::Connect}) == BodyKind::Length);
  CHECK(body("HTTP/1.1 101 x\r\n\r\n", {.upgrade = true}) == BodyKind::Tunnel);
  CHECK(body("HTTP/1.1 200 OK\r\n\r\n") == BodyKind::UntilClose);
  CHECK(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == BodyKind::Chunked);
}

TEST_CASE("leniency lets odd bytes pass, never what ends a line or a word elsewhere",
          "[http][h1]") {
  const HeadOptions lenient{.accept_invalid = true};
  CHECK(parse("GET /\xe9#x HTTP/1.1\r\n\r\n", {}, lenient).status == HeadStatus::Complete);
  CHECK(parse("GET / HTTP/1.1\r\nX(y): \x01\r\nHost: a b\r\n\r\n", {}, lenient).status ==
        HeadStatus::Complete);
  CHECK(parse("GET / HTTP/1.1\r\nX : 1\r\n\r\n", {}, lenient).fault == HeadFault::BlankBeforeColon);
  CHECK(parse("GET / HTTP/1.1\r\nX: \0\r\n\r\n"s, {}, lenient).fault == HeadFault::NulInValue);
  CHECK(parse("GET / HTTP/1.1\r\nX: \r1\r\n\r\n", {}, lenient).fault == HeadFault::BareCr);
  CHECK(parse("GET /\x01 HTTP/1.1\r\n\r\n", {}, lenient).fault == HeadFault::BadTargetCharacter);
}

TEST_CASE("the preface of HTTP/2 is known from its first byte on", "[http]") {
  CHECK(may_be_h2_preface("PRI"));
  CHECK(may_be_h2_preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nframes"));
  CHECK_FALSE(may_be_h2_preface("PRO"));
  CHECK_FALSE(may_be_h2_preface("PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n"));
}

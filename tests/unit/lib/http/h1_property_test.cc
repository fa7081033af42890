#include <catch2/catch.hpp>

#include <random>

#include "tests/unit/lib/http/h1_support.h"

using namespace http_test;
using namespace std::string_literals;

namespace {

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> all{
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\n\nPOST  /a?b=c \t HTTP/1.3\nHost:a \r\nContent-Length: 3, 3\r\nX-Y_Z:\r\n "
      "folded\r\n\tagain \r\nEmpty: \r\n\r\nabc",
      "GET http://Example.com:80/path HTTP/1.1\r\nHost: example.COM\r\nConnection: foo, "
      "close,Bar\r\nTE: gzip, trailers\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
      "Gecko)\r\nCookie: a=b; c=d\r\n\r\n",
      "CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\nContent-Length: 2\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: , chunked\r\n\r\n",
      "POST /x HTTP/1.0\r\nContent-Length: 7\r\nTransfer-Encoding: CHUNKED\r\nConnection: "
      "Keep-Alive\r\n\r\n",
      "GET /chat HTTP/1.1\r\nHost: s\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
  };
  return all;
}

const std::vector<std::string>& response_seeds() {
  static const std::vector<std::string> all{
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 12\r\nConnection: close, x\r\n\r\n",
      "HTTP/1.0  404\t Not  Found \nContent-Type: text/html\n\n",
      "HTTP/1.1 204\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/2.0 200 \r\nTransfer-Encoding:\r\n chunked\r\nSet-Cookie: a=b\r\n\r\n",
      "HTTP/1.1 20x OK\r\n\r\n",
  };
  return all;
}

std::string changed(std::string text, std::mt19937& random) {
  constexpr char kBytes[] = "\r\n\0 \t:,/aZ9#*\x01\x7f\x80\xff";
  for (unsigned change = 0; change <= random() % 4; ++change) {
    if (text.empty()) break;
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = kBytes[random() % (sizeof kBytes - 1)];
        break;
      case 1:
        text.insert(at, 1, kBytes[random() % (sizeof kBytes - 1)]);
        break;
      case 2:
        text.erase(at, 1 + random() % 3);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), 1 + random() % 20));
    }
  }
  return text;
}

template <class Head>
void check_splits(const std::string& text, std::mt19937& random) {
  INFO(text);
  const Outcome whole = parse<Head>(text);
  for (std::size_t at = 0; at <= text.size(); ++at) CHECK(parse<Head>(text, {at}) == whole);
  CHECK(parse<Head>(text, std::vector<std::size_t>(text.size(), 1)) == whole);
  std::vector<std::size_t> pieces;
  for (std::size_t sum = 0; sum < text.size(); sum += pieces.back())
    pieces.push_back(1 + random() % 7);
  CHECK(parse<Head>(text, pieces) == whole);
}

}  // namespace

TEST_CASE("however a head is split, the outcome is the same", "[http][h1][property]") {
  std::mt19937 random{20261121};
  for (const std::string& text : seeds()) check_splits<RequestHead>(text, random);
  for (const std::string& text : response_seeds()) check_splits<ResponseHead>(text, random);
}

TEST_CASE("changed heads never lead out of bounds and split alike", "[http][h1][property]") {
  std::mt19937 random{42};
  for (int round = 0; round < 2000; ++round) {
    const std::string request = changed(seeds()[random() % seeds().size()], random);
    const Outcome whole = parse<RequestHead>(request);
    CHECK(parse<RequestHead>(request, std::vector<std::size_t>(request.size(), 1)) == whole);
    CHECK(parse<RequestHead>(request, {random() % (request.size() + 1)}) == whole);
    const std::string response =
        changed(response_seeds()[random() % response_seeds().size()], random);
    const Outcome answer = parse<ResponseHead>(response);
    CHECK(parse<ResponseHead>(response, std::vector<std::size_t>(response.size(), 1)) == answer);
  }
}

TEST_CASE("what is forwarded parses to the same meaning", "[http][h1][property][smuggling]") {
  // A server that reads our output must see the message that we saw: same body, same fields,
  // nothing left to fix.
  std::mt19937 random{4711};
  for (int round = 0; round < 4000; ++round) {
    const std::string request = changed(seeds()[random() % seeds().size()], random);
    const Outcome first = parse<RequestHead>(request);
    if (first.status != HeadStatus::Complete) continue;
    INFO(request);
    const Outcome second = parse<RequestHead>(first.forwarded);
    REQUIRE(second.status == HeadStatus::Complete);
    CHECK(second.size == first.forwarded.size());
    CHECK(second.body == first.body);
    CHECK(second.body_length == first.body_length);
    CHECK(second.forwarded == first.forwarded);
  }
}

TEST_CASE("a head that arrives byte by byte costs no more than its length", "[http][h1]") {
  const std::string text =
      "GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nX: " + std::string(60000, 'b') + "\r\n\r\n";
  std::string bytes = text;
  HeadState state;
  RequestHead head;
  HeadStatus status = HeadStatus::NeedMore;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    REQUIRE(status == HeadStatus::NeedMore);
    status = parse_request_head({bytes.data(), size}, {}, state, head);
  }
  CHECK(status == HeadStatus::Complete);
}

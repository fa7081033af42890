// The HTTP of an OCSP exchange.
#include "proxyd/ocsp/exchange_text.h"

#include <catch2/catch.hpp>

using namespace proxyd::ocsp;

namespace {

struct Read {
  Outcome outcome;
  int status;
  std::string der;
};

Read read(std::string_view text, std::size_t piece) {
  AnswerReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
  reader.end();
  return {reader.outcome(), reader.status(), reader.der()};
}

}  // namespace

TEST_CASE("responders are named by URIs of HTTP", "[ocsp]") {
  struct Case {
    std::string uri, host, authority, path;
    std::uint16_t port;
  };
  for (const Case& each : {Case{"http://a.test", "a.test", "a.test", "/", 80}, Case{"HTTP://a.test:8080/x/?y#z", "a.test", "a.test:8080", "/x/?y", 8080},
                           Case{"http://[::1]:81/x", "::1", "[::1]:81", "/x", 81}, Case{"http://[::1]", "::1", "[::1]", "/", 80},
                           Case{"http://10.0.0.1?x", "10.0.0.1", "10.0.0.1", "/?x", 80}, Case{"http://a.test:/x", "a.test", "a.test:", "/x", 80}}) {
    const auto found = read_responder(each.uri);
    INFO(each.uri);
    REQUIRE(found);
    CHECK(found->host == each.host);
    CHECK(found->authority == each.authority);
    CHECK(found->path == each.path);
    CHECK(found->port == each.port);
  }
  for (const char* const each : {"", "http://", "https://a.test/", "ldap://a.test/", "http://:80/", "http://a.test:0/", "http://a.test:65536/", "http://a.test:x/",
                                 "http://[::1/", "http://[::1]x/", "http://u@a.test/", "http://a.test/ HTTP/1.1\r\nx: y"})
    CHECK_FALSE(read_responder(each));
}

TEST_CASE("a short question is a GET, a long one a POST", "[ocsp]") {
  const Responder responder = *read_responder("http://a.test:81/o");
  const std::string common = "accept: application/ocsp-response\r\nuser-agent: triad\r\nconnection: close\r\n";
  CHECK(request_text(responder, "der", "a+/=", false) == "GET /o/a%2B%2F%3D HTTP/1.1\r\nhost: a.test:81\r\n" + common + "\r\n");
  CHECK(request_text(responder, "der", "abcd", true) == "GET http://a.test:81/o/abcd HTTP/1.1\r\nhost: a.test:81\r\n" + common + "\r\n");
  CHECK(request_text(*read_responder("http://a.test"), "der", "abcd", false).starts_with("GET /abcd HTTP/1.1\r\n"));
  const std::string post = "host: a.test:81\r\n" + common + "content-type: application/ocsp-request\r\ncontent-length: 3\r\n\r\nder";
  CHECK(request_text(responder, "der", std::string(252, 'x'), false).starts_with("GET "));
  CHECK(request_text(responder, "der", std::string(253, 'x'), false) == "POST /o HTTP/1.1\r\n" + post);
  CHECK(request_text(responder, "der", std::string(253, 'x'), true) == "POST http://a.test:81/o HTTP/1.1\r\n" + post);
  CHECK(request_text(*read_responder("http://a.test/?x"), "der", "abcd", false).starts_with("POST /?x HTTP/1.1\r\n"));
}

TEST_CASE("answers are read the same in pieces of any size", "[ocsp]") {
  const std::string type = "Content-Type: application/ocsp-response\r\n";
  struct Case {
    std::string text;
    Outcome outcome;
    int status;
    std::string der;
  };
  const std::string many(70000, 'x');
  for (const Case& each : {
           Case{"HTTP/1.1 200 OK\r\n" + type + "Content-Length: 3\r\n\r\nder", Outcome::Updated, 200, "der"},
           Case{"HTTP/1.0 200 OK\r\n" + type + "\r\nder", Outcome::Updated, 200, "der"},
           Case{"HTTP/1.1 200 OK\r\n" + type + "Transfer-Encoding: chunked\r\n\r\n1\r\nd\r\n2\r\ner\r\n0\r\nx: y\r\n\r\n", Outcome::Updated, 200, "der"},
           Case{"HTTP/1.1 200 OK\r\ncontent-type: Application/OCSP-response; x=y\r\nContent-Length: 0\r\n\r\n", Outcome::Updated, 200, ""},
           Case{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + type + "Content-Length: 1\r\n\r\nd", Outcome::Updated, 200, "d"},
           Case{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nder", Outcome::WrongType, 200, ""},
           Case{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nder", Outcome::WrongType, 200, ""},
           Case{"HTTP/1.1 404 Not Found\r\n" + type + "Content-Length: 3\r\n\r\nder", Outcome::HttpError, 404, ""},
           Case{"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", Outcome::HttpError, 302, ""},
           Case{"HTTP/1.1 200 OK\r\n" + type + "Content-Length: 4\r\n\r\nder", Outcome::HttpError, 200, "der"},
           Case{"HTTP/1.1 200 OK\r\n" + type, Outcome::HttpError, 0, ""},
           Case{"garbage\r\n\r\n", Outcome::HttpError, 0, ""},
           Case{"", Outcome::HttpError, 0, ""},
       }) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      const Read got = read(each.text, piece);
      INFO(each.text << " in pieces of " << piece);
      CHECK(got.outcome == each.outcome);
      CHECK(got.status == each.status);
      CHECK(got.der == each.der);
    }
  }
  CHECK(read("HTTP/1.1 200 OK\r\n" + type + "Content-Length: 70000\r\n\r\n" + many, 4096).outcome == Outcome::HttpError);
  CHECK(read("HTTP/1.0 200 OK\r\n" + type + "\r\n" + many, 4096).outcome == Outcome::HttpError);
}

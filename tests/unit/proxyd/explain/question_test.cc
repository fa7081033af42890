#include <catch2/catch.hpp>

#include "proxyd/explain/question.h"

using proxyd::explain::Question;
using proxyd::explain::read_question;

namespace {

lib::base::Result<Question> read(std::vector<std::string_view> words) { return read_question(words); }

}  // namespace

TEST_CASE("a question is a request line in one word or several") {
  for (const auto& words : {std::vector<std::string_view>{"POST /a HTTP/1.0"}, {"POST", "/a", "HTTP/1.0"}}) {
    const auto question = read(words);
    REQUIRE(question.has_value());
    CHECK(question->head() == "POST /a HTTP/1.0\r\n\r\n");
  }
  CHECK(read({"/a"})->head() == "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(read({"OPTIONS", "*"})->head() == "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(read({})->target == "/");
}

TEST_CASE("a URL names the host, fields come as given, a body has its length") {
  CHECK(read({"http://www.example.org:8080/x?y"})->head() == "GET /x?y HTTP/1.1\r\nHost: www.example.org:8080\r\n\r\n");
  CHECK(read({"http://h"})->target == "/");
  CHECK(read({"/", "-H", "hOSt: a", "-H", "X:1"})->head() == "GET / HTTP/1.1\r\nhOSt: a\r\nX: 1\r\n\r\n");
  CHECK(read({"POST /", "--body", "abc"})->head() == "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
}

TEST_CASE("addresses come with a port or without") {
  CHECK(read({"/", "--src", "10.0.0.7"})->source.text() == "10.0.0.7:0");
  CHECK(read({"/", "--src", "10.0.0.7:99"})->source.text() == "10.0.0.7:99");
  CHECK(read({"/", "--dst", "2001:db8::1"})->destination.host() == "2001:db8::1");
  CHECK(read({"/", "--dst", "[2001:db8::1]:443"})->destination.port() == 443);
}

TEST_CASE("a question that makes no sense is refused with its word") {
  const auto why = [](std::vector<std::string_view> words) { return read(std::move(words)).error().message; };
  CHECK(why({"GET /a b c d"}).find("'c'") != std::string::npos);
  CHECK(why({"/", "--foo"}).find("'--foo'") != std::string::npos);
  CHECK(why({"/", "-H"}).find("-H expects a value") != std::string::npos);
  CHECK(why({"/", "-H", "nothing"}).find("'nothing'") != std::string::npos);
  CHECK(why({"/", "-H", "A: b\r\nC: d"}).find("one line") != std::string::npos);
  CHECK(why({"/", "--src", "10.0.0.300"}).find("10.0.0.300") != std::string::npos);
  CHECK(why({"/", "--src", "10.0.0.3:99999"}).find("99999") != std::string::npos);
  CHECK(why({"/", "--status", "99"}).find("'99'") != std::string::npos);
}

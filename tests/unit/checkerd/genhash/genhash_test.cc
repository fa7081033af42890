#include <catch2/catch.hpp>

#include <vector>

#include "checkerd/genhash/dump.h"
#include "checkerd/genhash/options.h"

using namespace checkerd::genhash;
using Words = std::vector<std::string_view>;

TEST_CASE("genhash's options, short and long, apart and together", "[genhash]") {
  using Version = parsers::keepalived::HttpCheck::Version;
  const auto a = parse_options(Words{"-s", "10.0.0.1", "-p", "80", "-u", "/x", "-SIv", "-V", "www.example", "-m", "7", "-P", "1.0c", "-t", "3"});
  REQUIRE(a);
  CHECK(a->server.text() == "10.0.0.1:80");
  CHECK(a->path == "/x");
  CHECK(a->tls);
  CHECK(a->sni);
  CHECK(a->verbose);
  CHECK(a->virtual_host == "www.example");
  CHECK(a->fwmark == 7);
  CHECK(a->version == Version::Http10Close);
  CHECK(a->timeout == std::chrono::seconds{3});
  const auto b = parse_options(Words{"--server", "::1", "--port=8080", "--url", "/", "--use-ssl", "--protocol", "1.1"});
  REQUIRE(b);
  CHECK(b->server.text() == "[::1]:8080");
  CHECK(b->version == Version::Http11);
  CHECK(b->timeout == std::chrono::seconds{5});
  CHECK(parse_options(Words{"-s10.0.0.1", "-p80", "-u/x"}));
}

TEST_CASE("genhash refuses in the original's words", "[genhash]") {
  const auto error = [](Words words) {
    const auto options = parse_options(words);
    REQUIRE_FALSE(options);
    return options.error().message;
  };
  CHECK(error({"-s", "foo"}) == "server should be an IP, not foo");
  CHECK(error({"-p", "99999"}) == "invalid port number '99999'");
  CHECK(error({"-p", "0"}) == "invalid port number '0'");
  CHECK(error({"-P", "2.0"}) == "invalid HTTP protocol version '2.0'");
  CHECK(error({"-m", "x"}) == "invalid fwmark 'x'");
  CHECK(error({"-t", "abc"}) == "invalid timeout 'abc'");
  CHECK(error({"-S", "-Z"}) == "Unknown option -Z");
  CHECK(error({"-S", "--nonsense"}) == "Unknown option --nonsense");
  CHECK(error({"-S", "--use"}) == "Unknown option --use");
  CHECK(error({"-v", "--use-ssl=1"}) == "Unknown option --use-ssl=1");
  CHECK(error({"-S", "-u"}) == "Missing parameter for option -u");
  CHECK(error({"-s", "::1", "word", "two"}) == "Unexpected argument(s): word two");
  for (const Words& words : std::vector<Words>{{}, {"-h"}, {"--help"}, {"-Z"}, {"word"}, {"-s"}, {"-s", "::1", "-p", "80"}, {"-v", "-h"}}) CHECK(error(words).empty());
}

TEST_CASE("a dump has sixteen bytes a row, whatever the pieces", "[genhash]") {
  Dump whole, pieces;
  const std::string text = "HTTP/1.0 200 OK\r\n\r\n";
  std::string out;
  for (const char c : text) out += pieces.add(std::string_view{&c, 1});
  out += pieces.flush();
  CHECK(out ==
        "0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.\n"
        "0016  0a 0d 0a                -                           ...             \n");
  std::string at_once = whole.add(text);
  at_once += whole.flush();
  CHECK(at_once == out);
  CHECK(whole.flush().empty());
}

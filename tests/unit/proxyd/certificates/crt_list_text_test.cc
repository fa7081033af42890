#include "proxyd/certificates/crt_list_text.h"

#include <catch2/catch.hpp>

using namespace proxyd::certificates;

namespace {

const std::vector<CrtListOption> kSome{{"alpn", true}, {"verify", true}, {"no-ca-names", false}};

CrtList read(const std::string& text) { return read_crt_list(text, "l", kSome); }

}  // namespace

TEST_CASE("a list's lines have a certificate, options in brackets and names", "[crt-list]") {
  const CrtList list = read("# said\n\na.pem\n\tb.pem [alpn h2,http/1.1 no-ca-names] *.x.test  !no.x.test\nc.pem[verify none]n #n\n");
  REQUIRE(list.fault.empty());
  REQUIRE(list.lines.size() == 3);
  CHECK(list.lines[0].certificate == "a.pem");
  CHECK(list.lines[0].number == 3);
  CHECK_FALSE(list.lines[0].has_brackets);
  CHECK(list.lines[1].filters == std::vector<std::string>{"*.x.test", "!no.x.test"});
  CHECK(list.lines[1].settings == std::vector<CrtListLine::Setting>{{"alpn", "h2,http/1.1"}, {"no-ca-names", ""}});
  CHECK(list.lines[2].certificate == "c.pem");
  CHECK(list.lines[2].filters == std::vector<std::string>{"n", "#n"});  // a comment is a whole line
}

TEST_CASE("what is wrong with a list is told with its line", "[crt-list]") {
  const auto fault_of = [](const std::string& line) { return read("\n" + line + "\n").fault; };
  CHECK(fault_of("a [foo]") == "parsing [l:2]: unknown ssl keyword foo");
  CHECK(fault_of("a [alpn] x") == "parsing [l:2]: ssl args out of '[]' for alpn");
  CHECK(fault_of("a alpn]") == "parsing [l:2]: missing '['");
  CHECK(fault_of("a [alpn x] [verify none]") == "parsing [l:2]: too many '['");
  CHECK(fault_of("a [alpn x]]") == "parsing [l:2]: too many ']'");
  CHECK(fault_of("[alpn x]") == "parsing [l:2]: file must start with a cert");
  CHECK(fault_of("a [alpn x").empty());  // as the original has it
  CHECK(fault_of("a " + std::string(65536, 'x')) == "parsing [l:2]: line too long, limit is 65535 characters");
  CHECK(read("a.pem").fault == "parsing [l:1]: Missing LF on last line, file might have been truncated at position 6.");
}

TEST_CASE("names between certificate and options are left out with a warning", "[crt-list]") {
  const CrtList list = read("a x [alpn y] z\n");
  CHECK(list.warnings == std::vector<std::string>{"parsing [l:1]: malformated line, filters can't be between filename and options!"});
  REQUIRE(list.lines.size() == 1);
  CHECK(list.lines[0].filters == std::vector<std::string>{"z"});
}

#include <catch2/catch.hpp>

#include <array>

#include "parsers/haproxy/sample.h"

using namespace parsers::haproxy;

namespace {

std::string read_back(const SampleCall& call) {
  std::string out = call.name;
  for (const SampleArgument& argument : call.arguments) out += "<" + argument.text + ">";
  return out;
}

template <class Parsed>
std::string fault_of(const Parsed& parsed) {
  return std::to_string(parsed.error().offset) + "+" + std::to_string(parsed.error().length) +
         ": " + parsed.error().message;
}

std::string whole(std::string_view text) {
  const auto parsed = parse_sample(text);
  if (!parsed) return fault_of(parsed);
  CHECK(parsed->consumed == text.size());
  std::string out = read_back(parsed->fetch);
  for (const SampleCall& call : parsed->converters) out += " " + read_back(call);
  return out;
}

struct Case {
  std::string_view text, expected;
};

}  // namespace

TEST_CASE("an expression is a fetch and converters with arguments", "[haproxy][sample]") {
  CHECK(whole("src") == "src");
  CHECK(whole("src()") == "src");
  CHECK(whole("req.hdr(host,-1),lower,map_str(/f,b c)") ==
        "req.hdr<host><-1> lower map_str</f><b c>");
  CHECK(whole("hdr(,)") == "hdr<><>");
  CHECK(whole("src,,lower,") == "src lower");
  CHECK(whole("sc0_get-x.y:z(a)") == "sc0_get-x.y:z<a>");
}

// Each was compared with haproxy 2.6 by `.if streq(...)`.
TEST_CASE("quotes and backslashes count again between parentheses", "[haproxy][sample]") {
  static constexpr auto kCases = std::to_array<Case>({{"str('a,b')", "str<a,b>"},
                                                      {"str(\"a,b)\")", "str<a,b)>"},
                                                      {"str(a\"b\"c)", "str<abc>"},
                                                      {"str(a\\,b)", "str<a\\><b>"},
                                                      {"str(\"a\\,b\")", "str<a\\,b>"},
                                                      {"str(a\\\\b)", "str<a\\b>"},
                                                      {"str(a\\bc)", "str<a\\bc>"},
                                                      {"str('a\\nb')", "str<a\\nb>"},
                                                      {"str(a\\nb\"\\t\")", "str<a\nb\t>"},
                                                      {"str(\\'\\\"\\ )", "str<'\" >"},
                                                      {"str(\\#\\$\\x41)", "str<\\#\\$\\x41>"},
                                                      {"str(a(b)", "str<a(b>"}});
  for (const Case& each : kCases) {
    CAPTURE(each.text);
    CHECK(whole(each.text) == each.expected);
  }
}

TEST_CASE("a faulty expression says why and where", "[haproxy][sample]") {
  static constexpr auto kCases = std::to_array<Case>(
      {{"", "0+0: missing fetch method"},
       {",lower", "0+1: missing fetch method"},
       {"(a)", "0+1: missing fetch method"},
       {"src(", "0+4: fetch method 'src' : expected ')'"},
       {"src,ipmask(24", "4+9: invalid arg 2 in converter 'ipmask' : expected ')'"},
       {"str('a)", "0+7: fetch method 'str' : expected ')'"},
       {"src)", "3+1: missing comma after fetch keyword 'src'"},
       {"src;lower", "3+1: missing comma after fetch keyword 'src'"},
       {"src(a)b", "6+1: missing comma after fetch keyword 'src'"},
       {"src,ipmask(24)x", "14+1: missing comma after converter 'ipmask'"},
       {"src,)", "4+1: unknown converter ''"}});
  for (const Case& each : kCases) {
    CAPTURE(each.text);
    CHECK(whole(each.text) == each.expected);
  }
}

TEST_CASE("a leading expression ends where it must", "[haproxy][sample]") {
  CHECK(parse_sample_prefix("src]%[dst]")->consumed == 3);
  CHECK(parse_sample_prefix("str(a]b)] c")->consumed == 8);
  CHECK(parse_sample_prefix("src lower]")->consumed == 3);
  CHECK(fault_of(parse_sample_prefix("src,]")) == "4+1: unknown converter ''");
  CHECK(fault_of(parse_sample_prefix("]")) == "0+1: missing fetch method");
}

TEST_CASE("converters may stand alone", "[haproxy][sample]") {
  const auto parsed = parse_converters("lower,ipmask(24)");
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 2);
  CHECK(read_back((*parsed)[1]) == "ipmask<24>");
  CHECK((*parsed)[1].offset == 6);
  CHECK((*parsed)[1].length == 10);
  CHECK((*parsed)[1].arguments[0].offset == 13);
  CHECK(parse_converters("")->empty());
}

TEST_CASE("a place within a word is exact when the word stands there as written",
          "[haproxy][sample]") {
  Tree tree;
  Diagnostics diagnostics;
  Environment environment{{"V", "src,x"}};
  parse_file(tree, "t", "global\n a src,x \"src,x\" s'r'c,x \"$V\"\n", environment, {},
             diagnostics);
  const Statement& line = tree.sections.at(0).body.at(0);
  CHECK(place_within(line, 1, 4, 1).column == 8);
  CHECK(place_within(line, 2, 4, 1).column == 15);
  CHECK(place_within(line, 3, 4, 1).column == line.words[3].column);
  CHECK(place_within(line, 4, 4, 1).length == line.words[4].length);
  CHECK(place_within(line, 5, 0, 1).column == line.place(5).column);
}

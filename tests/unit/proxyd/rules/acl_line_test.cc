#include "proxyd/rules/acl_line.h"

#include <catch2/catch.hpp>

#include "../samples/fake_subject.h"
#include "lib/base/text.h"
#include "proxyd/rules/predefined.h"

using namespace proxyd::rules;
using parsers::haproxy::Word;

namespace {

lib::base::Result<AclLine, AclFault> compile(std::string_view line) {
  std::vector<Word> words;
  for (const std::string_view each : lib::base::split(line, ' '))
    words.push_back(Word{.text = each});
  return compile_acl(words, nullptr);
}

bool matches(std::string_view line, const FakeSubject& request) {
  INFO(line);
  const auto acl = compile(line);
  REQUIRE(acl.has_value());
  std::string scratch;
  return acl->term.matches(request, scratch);
}

std::string fault(std::string_view line) {
  const auto acl = compile(line);
  return acl.has_value() ? "" : acl.error().message;
}

FakeSubject request() {
  FakeSubject made;
  made.headers = {{"host", "Example.com:8080"}, {"x", "a, b"}, {"x", "c"}};
  return made;
}

}  // namespace

TEST_CASE("match methods answer as measured on the original", "[rules]") {
  struct Row {
    std::string_view line;
    bool expected;
  };
  const FakeSubject subject = request();
  for (const Row& row : std::initializer_list<Row>{
           {"path /dir/file.html", true},
           {"path /DIR/file.html", false},
           {"path -i /DIR/file.html", true},
           {"path_beg /dir", true},
           {"path_beg /dir/file.html/longer", false},
           {"path_end .php .html", true},
           {"path_sub file", true},
           {"path_sub -i FILE", true},
           {"path_sub filf", false},
           {"path_dir dir", true},
           {"path_dir /dir/", true},
           {"path_dir dir/file.html", true},
           {"path_dir file", false},
           {"path_len 14", true},
           {"path_len gt 14", false},
           {"path -m len 2:20", true},
           {"url_end a=1", true},
           {"hdr_dom(host) -i example", true},
           {"hdr_dom(host) Example.com", true},
           {"hdr_dom(host) -i exam", false},
           {"hdr_dom(host) com", true},
           {"hdr(host) example.com:8080", false},
           {"hdr(host) -i EXAMPLE.COM:8080", true},
           {"hdr(x) a", true},
           {"hdr(x) c", true},
           {"hdr(x) d", false},
           {"hdr(x,-1) a", false},
           {"req.fhdr(x) c", true},
           {"req.fhdr(x) a", false},
           {"hdr(x),upper B", true},
           {"hdr(nope) -m found", false},
           {"hdr(x) -m found", true},
           {"method GET POST", true},
           {"method get", false},
           {"src 127.0.0.0/8", true},
           {"src 10.0.0.0/8", false},
           {"src ::ffff:127.0.0.1", true},
           {"dst_port 80", true},
           {"dst_port 81:90", false},
           {"dst_port ge 80 lt 10", true},
           {"dst_port lt 80", false},
           {"dst_port :80", true},
           {"dst_port 80:", true},
           {"dst_port -m str 80", true},
           {"src -m str 127.0.0.1", true},
           {"always_true", true},
           {"always_false", false},
       }) {
    INFO(row.line);
    CHECK(matches(row.line, subject) == row.expected);
  }
}

TEST_CASE("faults are worded as the original words them", "[rules]") {
  CHECK(fault("foo bar") == "unknown fetch method 'foo' in ACL expression 'foo'.");
  CHECK(fault("path -m foo x") == "unknown matching method 'foo' when parsing ACL expression.");
  CHECK(fault("path -Z x") ==
        "'-Z' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'.");
  CHECK(fault("dst_port abc") == "'abc' is not a number.");
  CHECK(fault("dst_port gt abc") == "'abc' is neither a number nor a supported operator.");
  CHECK(fault("src 1.2.3.4.5") == "'1.2.3.4.5' is not a valid IPv4 or IPv6 address.");
  CHECK(fault("req.hdr(host") ==
        "fetch method 'req.hdr' : expected ')' in ACL expression 'req.hdr(host'.");
  CHECK(fault("path -f /x") == "'-f' is known but not built yet in this version of proxyd");
  CHECK(fault("path_reg x") == "'path_reg' is known but not built yet in this version of proxyd");
  CHECK(fault("ssl_fc") == "'ssl_fc' is known but not built yet in this version of proxyd");
}

TEST_CASE("an ACL without patterns is warned about unless a flag shows intent", "[rules]") {
  CHECK_FALSE(compile("path_beg")->warning.empty());
  CHECK(compile("path_beg --")->warning.empty());
  CHECK(compile("path -m found")->warning.empty());
  CHECK(compile("always_true")->warning.empty());
}

TEST_CASE("predefined ACLs", "[rules]") {
  const FakeSubject subject = request();
  std::string scratch;
  for (const std::string_view name : {"TRUE", "LOCALHOST", "METH_GET", "HTTP", "HTTP_URL_SLASH"}) {
    INFO(name);
    const auto acl = make_predefined(name);
    REQUIRE(acl != nullptr);
    CHECK(acl->matches(subject, scratch));
  }
  for (const std::string_view name : {"FALSE", "METH_POST", "HTTP_URL_STAR"}) {
    INFO(name);
    CHECK_FALSE(make_predefined(name)->matches(subject, scratch));
  }
  CHECK(is_predefined("WAIT_END"));
  CHECK(make_predefined("WAIT_END") == nullptr);
  CHECK_FALSE(is_predefined("NOPE"));
}

TEST_CASE("conditions are alternatives of conjunctions", "[rules]") {
  const FakeSubject subject = request();
  std::string scratch;
  const auto yes = make_predefined("TRUE"), no = make_predefined("FALSE");
  Condition condition;
  CHECK(condition.holds(subject, scratch));  // `if` alone
  condition.alternatives = {{{yes, false}, {no, false}}};
  CHECK_FALSE(condition.holds(subject, scratch));
  condition.alternatives = {{{yes, false}, {no, true}}};
  CHECK(condition.holds(subject, scratch));
  condition.alternatives = {{{no, false}}, {{yes, false}}};
  CHECK(condition.holds(subject, scratch));
  condition.unless = true;
  CHECK_FALSE(condition.holds(subject, scratch));
}

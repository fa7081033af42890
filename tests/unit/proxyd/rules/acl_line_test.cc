#include "proxyd/rules/acl_line.h"

#include <catch2/catch.hpp>

#include "../samples/fake_subject.h"
#include "acl_vectors.h"
#include "lib/base/text.h"
#include "proxyd/rules/predefined.h"

using namespace proxyd::rules;
using parsers::haproxy::Word;
using proxyd::samples::Context;
using proxyd::samples::Environment;
using proxyd::samples::Place;
using proxyd::samples::Scratch;

namespace {

std::optional<std::string> read_list(const std::string& path) {
  if (path == "pl.lst") return "# a comment\n\n  /DIR/file.html\n/other\n";
  if (path == "pl2.lst") return "x y\n";
  if (path == "m2.map") return "k1 v\n";
  return std::nullopt;
}

/// Words as the file's reader makes them: quotes hold blanks together.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false, begun = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      if (!begun) words.emplace_back();
      begun = true;
      continue;
    }
    if (c == ' ' && !quoted) {
      begun = false;
      continue;
    }
    if (!begun) words.emplace_back();
    begun = true;
    words.back() += c;
  }
  return words;
}

struct Tried {
  Environment environment;
  std::vector<std::string> texts;
  std::vector<Word> words;
  explicit Tried(std::string_view line) : texts{words_of(line)} {
    environment.library = std::make_shared<proxyd::patterns::Library>(read_list);
    for (const std::string& each : texts) words.push_back(Word{.text = each});
  }
  lib::base::Result<AclLine, AclFault> compile() { return compile_acl(words, environment); }
};

bool matches(std::string_view line, FakeSubject& request) {
  INFO(line);
  Tried tried{line};
  const auto name = line.substr(0, line.find(' '));
  Scratch scratch;
  Context context{request, scratch, Place::FrontBody};
  if (const auto acl = make_predefined(name, tried.environment)) return acl->test(context) == Verdict::Yes;
  proxyd::samples::Sample value;
  (void)value.set_text("val");
  request.process.set(tried.environment.variables->find_or_add("proc.v")->name, value);
  const auto acl = tried.compile();
  if (!acl.has_value()) FAIL(acl.error().message);
  return acl->term.test(context) == Verdict::Yes;
}

std::string fault(std::string_view line) {
  const auto acl = Tried{line}.compile();
  return acl.has_value() ? "" : acl.error().message;
}

constexpr const char* kRequest =
    "POST /dir/file.html?p=1&P=2&q=&e=a%20b&n=42 HTTP/1.1\r\nHost: example.com:8080\r\nn: 1\r\nX: a, b\r\n"
    "x: c,d ,\"e,f\"\r\nY: 77\r\nxff: 1.1.1.1, 2.2.2.2\r\nCookie: a=1; b=2; a=3\r\nAuthorization: Basic dTpw\r\n"
    "Content-Length: 4\r\n\r\n";

}  // namespace

TEST_CASE("ACLs answer what was measured on the original", "[rules]") {
  FakeSubject subject{kRequest, "body"};
  for (const AclVector& each : kAclVectors) {
    INFO(each.line);
    CHECK(matches(each.line, subject) == each.result);
  }
}

TEST_CASE("more match methods", "[rules]") {
  struct Row {
    std::string_view line;
    bool expected;
  };
  FakeSubject subject{"GET /dir/file.html?a=1 HTTP/1.1\r\nHost: Example.com:8080\r\nx: a, b\r\nx: c\r\n\r\n"};
  for (const Row& row : std::initializer_list<Row>{
           {"path -i /DIR/file.html", true},
           {"path_beg /dir/file.html/longer", false},
           {"path_end .php .html", true},
           {"path_sub -i FILE", true},
           {"path_sub filf", false},
           {"path_dir file", false},
           {"path_len gt 14", false},
           {"url_end a=1", true},
           {"hdr_dom(host) -i example", true},
           {"hdr_dom(host) -i exam", false},
           {"hdr(x,-1) a", false},
           {"req.fhdr(x) c", true},
           {"req.fhdr(x) a", false},
           {"hdr(x),upper B", true},
           {"hdr(nope) -m found", false},
           {"dst_port 19000", true},
           {"dst_port 19001:19090", false},
           {"dst_port ge 80 lt 10", true},
           {"dst_port -m str 19000", true},
           {"src -m str 127.0.0.1", true},
           {"path a b c d e /dir/file.html", true},
           {"path a b c d e f", false},
           {"path_beg -i a b c d /DIR", true},
           {"path_end a b c d e .html", true},
           {"path_sub a1 b1 c1 d1 e1 .htm", true},
           {"path_dir a b c d e f dir", true},
           {"path_reg -i ^/DIR", true},
           {"hdr_reg(host) ^[a-z]+$ :8080$", true},
       }) {
    INFO(row.line);
    CHECK(matches(row.line, subject) == row.expected);
  }
}

TEST_CASE("faults are worded as the original words them", "[rules]") {
  CHECK(fault("foo bar") == "unknown fetch method 'foo' in ACL expression 'foo'.");
  CHECK(fault("path -m foo x") == "unknown matching method 'foo' when parsing ACL expression.");
  CHECK(fault("path -Z x") == "'-Z' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'.");
  CHECK(fault("dst_port abc") == "'abc' is not a number.");
  CHECK(fault("dst_port gt abc") == "'abc' is neither a number nor a supported operator.");
  CHECK(fault("src 1.2.3.4.5") == "'1.2.3.4.5' is not a valid IPv4 or IPv6 address.");
  CHECK(fault("req.hdr(host") == "fetch method 'req.hdr' : expected ')' in ACL expression 'req.hdr(host'.");
  CHECK(fault("path -f /x") == "failed to open pattern file </x>.");
  CHECK(fault("path_reg (") == "regex '(' is invalid (error=missing closing parenthesis, erroffset=1).");
  CHECK(fault("var(txn.x) x") ==
        "matching method must be specified first (using '-m') when using a sample fetch of this type ('var').");
  CHECK(fault("int(x) x") == "fetch method 'int' : failed to parse 'x' as type 'integer' at position 1 in ACL expression 'int(x)'.");
  CHECK(fault("path,field(a,b) y") ==
        "ACL keyword 'path' : invalid arg 1 in converter 'field' : failed to parse 'a' as type 'integer' at position 1..");
  CHECK(fault("ssl_fc_crtname") == "'ssl_fc_crtname' is known but not built yet in this version of proxyd");
  CHECK(fault("path -m bin 0g") == "an hex digit is expected (found 'g').");
}

TEST_CASE("an ACL without patterns is warned about unless a flag shows intent", "[rules]") {
  CHECK_FALSE(Tried{"path_beg"}.compile()->warning.empty());
  CHECK(Tried{"path_beg --"}.compile()->warning.empty());
  CHECK(Tried{"path -m found"}.compile()->warning.empty());
  CHECK(Tried{"always_true"}.compile()->warning.empty());
}

TEST_CASE("every predefined ACL can be made", "[rules]") {
  Environment environment;
  for (const std::string_view name :
       {"TRUE", "FALSE", "LOCALHOST", "HTTP", "HTTP_1.0", "HTTP_1.1", "HTTP_2.0", "HTTP_3.0", "HTTP_CONTENT", "HTTP_URL_ABS",
        "HTTP_URL_SLASH", "HTTP_URL_STAR", "METH_CONNECT", "METH_DELETE", "METH_GET", "METH_HEAD", "METH_OPTIONS",
        "METH_POST", "METH_PUT", "METH_TRACE", "RDP_COOKIE", "REQ_CONTENT", "WAIT_END"}) {
    INFO(name);
    CHECK(is_predefined(name));
    CHECK(make_predefined(name, environment) != nullptr);
  }
  CHECK_FALSE(is_predefined("NOPE"));
}

TEST_CASE("conditions are alternatives of conjunctions", "[rules]") {
  FakeSubject subject;
  Environment environment;
  Scratch scratch;
  Context context{subject, scratch, Place::FrontRequest};
  const auto yes = make_predefined("TRUE", environment), no = make_predefined("FALSE", environment);
  Condition condition;
  CHECK(condition.holds(context));  // `if` alone
  condition.alternatives = {{{yes, false}, {no, false}}};
  CHECK_FALSE(condition.holds(context));
  condition.alternatives = {{{yes, false}, {no, true}}};
  CHECK(condition.holds(context));
  condition.alternatives = {{{no, false}}, {{yes, false}}};
  CHECK(condition.holds(context));
  condition.unless = true;
  CHECK_FALSE(condition.holds(context));
}

TEST_CASE("an answer waits while data may still come", "[rules]") {
  FakeSubject subject;
  Environment environment;
  Scratch scratch;
  Context context{subject, scratch, Place::FrontContent};
  context.is_final = false;
  const auto end = make_predefined("WAIT_END", environment), no = make_predefined("FALSE", environment),
             yes = make_predefined("TRUE", environment);
  Condition condition;
  condition.alternatives = {{{end, false}}};
  CHECK(condition.test(context) == Verdict::Missing);
  condition.alternatives = {{{end, true}}};
  CHECK(condition.test(context) == Verdict::Missing);
  condition.alternatives = {{{end, false}, {no, false}}};
  CHECK(condition.test(context) == Verdict::No);
  condition.alternatives = {{{end, false}}, {{yes, false}}};
  CHECK(condition.test(context) == Verdict::Yes);
  context.is_final = true;
  condition.alternatives = {{{end, false}}};
  CHECK(condition.test(context) == Verdict::Yes);
}

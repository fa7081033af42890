#include "proxyd/samples/compile.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "expression_vectors.h"
#include "fake_subject.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/known_samples.h"
#include "proxyd/samples/table.h"

using namespace proxyd::samples;

namespace {

[[maybe_unused]] std::size_t allocations = 0;

/// The maps of the measured expressions.
std::optional<std::string> read_map(const std::string& path) {
  if (path == "m2.map") return "text/html yes\nfoo \"bar baz\"\n";
  if (path == "m3.map") return "/foo A\n/foo/ B\nbar C\n";
  if (path == "m4.map") return "^ab.$ reg\n^([a-z]+)-([0-9]+)$ \\2:\\1\n";
  if (path == "m5.map") return "10.0.0.0/8 big\n10.1.0.0/16 mid\n10.1.2.0/24 small\n";
  if (path == "m6.map") return "10:20 mid\n5 five\n";
  return std::nullopt;
}

Environment make_environment() {
  Environment made;
  made.library = std::make_shared<proxyd::patterns::Library>(read_map);
  return made;
}

struct Outcome {
  bool found = false;
  std::string text;
};

Outcome evaluate(std::string_view text, FakeSubject& subject, Environment& environment) {
  auto expression = compile(text, environment);
  if (!expression) return {false, "(fault) " + expression.error().message};
  Scratch scratch;
  Context context{subject, scratch, Place::FrontBody};
  Sample sample;
  if (!(*expression)->evaluate(context, sample)) return {};
  return {true, std::string{text_of(sample, context.arena())}};
}

std::string text(std::string_view expression, FakeSubject& subject) {
  Environment environment = make_environment();
  const Outcome out = evaluate(expression, subject, environment);
  return out.found ? out.text : out.text.empty() ? "(none)" : out.text;
}

std::string fault(std::string_view expression) {
  Environment environment = make_environment();
  const auto compiled = compile(expression, environment);
  return compiled.has_value() ? "" : compiled.error().message;
}

/// A FakeSubject's head points into itself: made in place.
struct Request {
  FakeSubject subject;
  explicit Request(const std::string& fields) : subject{"GET /dir/file.html?a=1 HTTP/1.1\r\n" + fields + "\r\n"} {}
  operator FakeSubject&() { return subject; }
};

}  // namespace

// The address sanitizer has an allocator of its own: nothing is counted there.
#if !defined(__SANITIZE_ADDRESS__)
void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
#endif

TEST_CASE("expressions yield what was measured on the original", "[samples]") {
  FakeSubject subject{
      "POST /dir/file.html?p=1&P=2&q=&e=a%20b&n=42 HTTP/1.1\r\nHost: example.com:8080\r\nn: 1\r\nX: a, b\r\n"
      "x: c,d ,\"e,f\"\r\nY: 77\r\nxff: 1.1.1.1, 2.2.2.2\r\nCookie: a=1; b=2; a=3\r\nAuthorization: Basic dTpw\r\n"
      "Content-Length: 4\r\n\r\n",
      "body"};
  Environment environment = make_environment();
  Sample value;
  (void)value.set_text("val");
  subject.process.set(environment.variables->find_or_add("proc.v")->name, value);
  for (const ExpressionVector& each : kExpressionVectors) {
    INFO(each.expression);
    CHECK(evaluate(each.expression, subject, environment).text == each.output);
  }
}

TEST_CASE("fetches look at the request's line and addresses", "[samples]") {
  Request request{"Host: h\r\n"};
  CHECK(text("method", request) == "GET");
  CHECK(text("url", request) == "/dir/file.html?a=1");
  CHECK(text("path", request) == "/dir/file.html");
  CHECK(text("src", request) == "127.0.0.1");
  CHECK(text("dst_port", request) == "19000");
  CHECK(text("always_true", request) == "1");
  CHECK(text("always_false", request) == "0");
}

TEST_CASE("the path of an absolute URL begins after the authority", "[samples]") {
  CHECK(path_of("http://h:80/a/b?c") == "/a/b");
  CHECK(path_of("/") == "/");
  CHECK(path_of("http://h").data() == nullptr);
  CHECK(path_of("http://h?x=/y").data() == nullptr);
  CHECK(path_of("*").data() == nullptr);
}

TEST_CASE("header fetches count values, and lines when the whole is asked for", "[samples]") {
  Request request{"x: a, b\r\ny: 1\r\nx: \"c,d\" ,e\r\nempty:\r\n"};
  CHECK(text("req.hdr(x)", request) == "e");
  CHECK(text("hdr(X)", request) == "e");
  CHECK(text("hdr(x,1)", request) == "a");
  CHECK(text("hdr(x,3)", request) == "\"c,d\"");
  CHECK(text("hdr(x,-2)", request) == "\"c,d\"");
  CHECK(text("hdr(x,-4)", request) == "a");
  CHECK(text("hdr(x,5)", request) == "(none)");
  CHECK(text("hdr(x,-5)", request) == "(none)");
  CHECK(text("req.fhdr(x)", request) == "\"c,d\" ,e");
  CHECK(text("req.fhdr(x,1)", request) == "a, b");
  CHECK(text("hdr(nope)", request) == "(none)");
  CHECK(text("hdr(empty)", request).empty());
}

TEST_CASE("what is not built is told from what does not exist", "[samples]") {
  CHECK(fault("ssl_fc_crtname") == "'ssl_fc_crtname' is known but not built yet in this version of proxyd");
  CHECK(fault("ssl_fcc") == "unknown fetch method 'ssl_fcc'");
  CHECK(fault("path,in_table(x)") == "converter 'in_table' is known but not built yet in this version of proxyd");
  CHECK(fault("path,mapp") == "unknown converter 'mapp'");
}

TEST_CASE("wrong arguments are named as the original names them", "[samples]") {
  CHECK(fault("path(x)") == "fetch method 'path' : expected ')' before 'x)'");
  CHECK(fault("hdr(a,1,2)") == "fetch method 'hdr' : expected ')' before ',2)'");
  CHECK(fault("hdr(a,x)") == "fetch method 'hdr' : failed to parse 'x' as type 'integer' at position 2");
  CHECK(fault("int") == "fetch method 'int' : expected type 'integer' at position 1, but got nothing");
  CHECK(fault("ipv4(1.2.3)") == "fetch method 'ipv4' : failed to parse '1.2.3' as type 'IPv4 address' at position 1");
  CHECK(fault("bool(x)") == "invalid args in fetch method 'bool' : Expects 'true', 'false', '0' or '1'");
  CHECK(fault("bin(0g)") == "invalid args in fetch method 'bin' : an hex digit is expected (found 'g')");
  CHECK(fault("path,field(a,b)") ==
        "invalid arg 1 in converter 'field' : failed to parse 'a' as type 'integer' at position 1");
  CHECK(fault("path,field()") == "invalid arg 1 in converter 'field' : expected type 'integer' at position 1, but got nothing");
  CHECK(fault("path,field(1)") == "invalid arg 2 in converter 'field' : missing arguments (got 1/2), type 'string' expected");
  CHECK(fault("path,word(0,x)") == "invalid args in converter 'word' : Unexpected value 0 for index");
  CHECK(fault("int(1),add(x)") == "invalid args in converter 'add' : expects an integer or a variable name");
  CHECK(fault("path,map(/x)") == "invalid args in converter 'map' : failed to open pattern file </x>.");
  CHECK(fault("path,sha2(1)") == "invalid args in converter 'sha2' : Unsupported number of bits: '1'");
  CHECK(fault("var(x)") ==
        "invalid args in fetch method 'var' : invalid variable name 'x'. A variable name must be start by its scope. The "
        "scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'");
}

TEST_CASE("the tables of known names are sorted and hold what is built", "[samples]") {
  CHECK(std::is_sorted(known_fetches().begin(), known_fetches().end()));
  CHECK(std::is_sorted(known_converters().begin(), known_converters().end()));
  for (const Fetch* each : all_fetches()) {
    INFO(each->name);
    CHECK(is_known_fetch(each->name));
    CHECK(find_fetch(each->name) == each);
  }
  for (const Converter* each : all_converters()) {
    INFO(each->name);
    CHECK(is_known_converter(each->name));
    CHECK(find_converter(each->name) == each);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("evaluation allocates nothing once its room is there", "[samples]") {
  Request request{"Host: www.Example.com\r\n"};
  Environment environment = make_environment();
  Scratch scratch;
  std::vector<ExpressionPtr> expressions;
  for (const std::string_view each : {"path", "dst_port", "path,lower", "hdr(host),lower,field(2,.),regsub(a,b,g),map(m2.map,x)",
                                      "src,ipmask(8)", "str(abc),set-var(txn.a),hex", "base,sha2,hex"})
    expressions.push_back(*compile(each, environment));
  const auto run = [&] {
    for (const ExpressionPtr& each : expressions) {
      Context context{request.subject, scratch, Place::FrontRequest};
      Sample sample;
      (void)each->evaluate(context, sample);
    }
  };
  run();
  const std::size_t before = allocations;
  run();
  CHECK(allocations == before);
}
#endif

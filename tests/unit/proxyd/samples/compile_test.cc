#include "proxyd/samples/compile.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "fake_subject.h"
#include "proxyd/samples/fetches.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/known_samples.h"

using namespace proxyd::samples;

namespace {

[[maybe_unused]] std::size_t allocations = 0;

std::shared_ptr<const Expression> compile(std::string_view text) {
  const auto parsed = parsers::haproxy::parse_sample(text);
  REQUIRE(parsed.has_value());
  auto fetch = compile_fetch(parsed->fetch, parsed->fetch.name, "x");
  REQUIRE(fetch.has_value());
  auto whole = compile_converters(*fetch, parsed->converters, "x");
  REQUIRE(whole.has_value());
  return *whole;
}

std::string text(std::string_view expression, const Subject& subject) {
  std::string scratch;
  const Sample sample = compile(expression)->evaluate(subject, scratch);
  if (sample.type == Type::None) return "(none)";
  std::string more;
  return std::string{text_of(sample, more)};
}

std::string fault(std::string_view expression) {
  const auto parsed = parsers::haproxy::parse_sample(expression);
  REQUIRE(parsed.has_value());
  auto fetch = compile_fetch(parsed->fetch, parsed->fetch.name, "K");
  if (!fetch.has_value()) return fetch.error().message;
  auto whole = compile_converters(*fetch, parsed->converters, "K");
  return whole.has_value() ? "" : whole.error().message;
}

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

TEST_CASE("fetches look at the request's line and addresses", "[samples]") {
  FakeSubject request;
  CHECK(text("method", request) == "GET");
  CHECK(text("url", request) == "/dir/file.html?a=1");
  CHECK(text("path", request) == "/dir/file.html");
  CHECK(text("src", request) == "127.0.0.1");
  CHECK(text("dst", request) == "10.0.0.1");
  CHECK(text("src_port", request) == "40000");
  CHECK(text("dst_port", request) == "80");
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
  FakeSubject request;
  request.headers = {{"x", "a, b"}, {"y", "1"}, {"x", "\"c,d\" ,e"}};
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
}

TEST_CASE("an empty header has one empty value", "[samples]") {
  FakeSubject request;
  request.headers = {{"x", ""}};
  CHECK(text("hdr(x)", request).empty());
}

TEST_CASE("converters change what the fetch gave", "[samples]") {
  FakeSubject request;
  request.headers = {{"host", "WWW.Example.COM"}};
  CHECK(text("hdr(host),lower", request) == "www.example.com");
  CHECK(text("method,lower,upper", request) == "GET");
  CHECK(text("src,upper", request) == "127.0.0.1");
}

TEST_CASE("what is not built is told from what does not exist", "[samples]") {
  CHECK(fault("ssl_fc") ==
        "sample fetch method 'ssl_fc' is known but not built yet in this version of proxyd");
  CHECK(fault("ssl_fcc") == "unknown fetch method 'ssl_fcc'");
  CHECK(fault("path,map(/x)") ==
        "converter 'map' is known but not built yet in this version of proxyd");
  CHECK(fault("path,mapp") == "K : unknown converter 'mapp'..");
  CHECK(fault("path(x)") == "K : expected ')' before 'x)'.");
  CHECK(fault("hdr(a,1,2)") == "K : expected ')' before ',2)'.");
  CHECK(fault("hdr(a,x)") == "K : failed to parse 'x' as type 'integer' at position 2.");
}

TEST_CASE("the tables of known names are sorted and hold what is built", "[samples]") {
  CHECK(std::is_sorted(known_fetches().begin(), known_fetches().end()));
  CHECK(std::is_sorted(known_converters().begin(), known_converters().end()));
  for (const Fetch& each : fetches()) CHECK(is_known_fetch(each.name));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("evaluation of what is there allocates nothing", "[samples]") {
  FakeSubject request;
  const auto path = compile("path");
  const auto port = compile("dst_port");
  const auto lower = compile("path,lower");
  std::string scratch;
  scratch.reserve(64);
  const std::size_t before = allocations;
  (void)path->evaluate(request, scratch);
  (void)port->evaluate(request, scratch);
  (void)lower->evaluate(request, scratch);
  CHECK(allocations == before);
}
#endif

#include <catch2/catch.hpp>

#include "proxyd/rules/header_actions.h"
#include "proxyd/rules/normalize_target.h"
#include "proxyd/rules/rule.h"
#include "proxyd/rules/start_line_actions.h"
#include "tests/unit/proxyd/rules/fake_actor.h"

using namespace proxyd;
using rules::Flow;
using rules::TargetPart;

namespace {

formats::Format format_of(std::string_view text) {
  static samples::Environment environment;
  formats::FormatUse use;
  use.mode = formats::NeedsMode::Http;
  use.place = samples::Place::FrontRequest;
  use.environment = &environment;
  use.spaces = parsers::haproxy::LogSpaces::Keep;
  auto format = formats::compile_format(text, use);
  REQUIRE(format.has_value());
  return std::move(*format);
}

std::shared_ptr<const patterns::Regex> regex_of(std::string_view text) {
  auto regex = patterns::Regex::compile(text, patterns::Case::Kept);
  REQUIRE(regex.has_value());
  return *regex;
}

Flow run(const rules::Action& action, FakeActor& actor) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  return action.run(actor, context);
}

constexpr const char* kHead = "GET /p?q=1 HTTP/1.1\r\nhost: h\r\na: foo, bar ,baz\r\na: baz\r\n\r\n";
constexpr const char* kAbsolute = "GET http://u@h:81/p?q=1 HTTP/1.1\r\nhost: h:81\r\n\r\n";

std::string replaced(rules::ValueUnit unit, std::string_view regex, std::string_view replacement) {
  FakeActor actor{kHead};
  const rules::ReplaceValue action{rules::Message::Request, unit, "a", regex_of(regex), format_of(replacement)};
  if (run(action, actor) != Flow::Next) return "failed";
  const std::string sent = actor.sent();
  return sent.substr(sent.find("a: "), sent.find("\r\n\r\n") - sent.find("a: "));
}

std::string target_after(const char* head, TargetPart part, std::string_view text) {
  FakeActor actor{head};
  CHECK(run(rules::SetTarget{part, format_of(text)}, actor) == Flow::Next);
  const std::string sent = actor.sent();
  return sent.substr(0, sent.find(" HTTP/1.1"));
}

std::string normal(rules::Normalizer which, std::string_view text, bool option = false) {
  samples::Arena arena;
  const samples::ArenaScope scope{arena};
  samples::TextOutput out{arena};
  if (!rules::normalize(which, option, text, out)) return "refused";
  return std::string{out.finish()};
}

}  // namespace

TEST_CASE("a replaced header is what the format says, with what the groups caught") {
  CHECK(replaced(rules::ValueUnit::Line, "o(.)", "<\\1-\\0-\\2-\\x41-\\q>") == "a: <o-oo--A-q>\r\na: baz");
  CHECK(replaced(rules::ValueUnit::ListItem, "ba(.)", "<\\1>") == "a: foo,<r>,<z>\r\na: <z>");
  CHECK(replaced(rules::ValueUnit::ListItem, "nope", "x") == "a: foo, bar ,baz\r\na: baz");
}

TEST_CASE("a replacement that ends within a backslash fails") {
  CHECK(replaced(rules::ValueUnit::Line, "o", "x\\") == "failed");
  CHECK(replaced(rules::ValueUnit::Line, "o", "x\\x4") == "failed");
}

TEST_CASE("headers are dropped by parts of their names") {
  const char* const head = "GET / HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-ab: 2\r\ny-a: 3\r\n\r\n";
  const auto left = [&](rules::NameMatch how, std::string name) {
    FakeActor actor{head};
    const auto regex = how == rules::NameMatch::Regex ? regex_of(name) : nullptr;
    CHECK(run(rules::DropHeaders{rules::Message::Request, how, name, regex}, actor) == Flow::Next);
    return actor.sent().substr(25);
  };
  CHECK(left(rules::NameMatch::Exact, "x-a") == "x-ab: 2\r\ny-a: 3\r\n\r\n");
  CHECK(left(rules::NameMatch::Begins, "x-") == "y-a: 3\r\n\r\n");
  CHECK(left(rules::NameMatch::Ends, "-a") == "x-ab: 2\r\n\r\n");
  CHECK(left(rules::NameMatch::Contains, "-ab") == "x-a: 1\r\ny-a: 3\r\n\r\n");
  CHECK(left(rules::NameMatch::Regex, "^.-a$") == "x-ab: 2\r\n\r\n");
}

TEST_CASE("parts of a target are set, and the rest stays") {
  CHECK(target_after(kHead, TargetPart::Path, "/new") == "GET /new?q=1");
  CHECK(target_after(kHead, TargetPart::PathAndQuery, "/new") == "GET /new");
  CHECK(target_after(kHead, TargetPart::Query, "z") == "GET /p?z");
  CHECK(target_after("GET /p HTTP/1.1\r\nhost: h\r\n\r\n", TargetPart::Query, "z") == "GET /p?z");
  CHECK(target_after(kAbsolute, TargetPart::Path, "/new") == "GET http://u@h:81/new?q=1");
  CHECK(target_after("OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n", TargetPart::Path, "/new") == "OPTIONS /new");
}

TEST_CASE("a target that names a host and the Host field follow each other") {
  FakeActor by_target{kHead};
  CHECK(run(rules::SetTarget{TargetPart::Whole, format_of("http://u@new:80/x")}, by_target) == Flow::Next);
  CHECK(by_target.sent().starts_with("GET http://u@new:80/x HTTP/1.1\r\nhost: new:80\r\n"));
  FakeActor by_host{kAbsolute};
  CHECK(run(rules::PutHeader{rules::Message::Request, "Host", format_of("new"), true}, by_host) == Flow::Next);
  CHECK(by_host.sent() == "GET http://u@new/p?q=1 HTTP/1.1\r\nhost: new\r\n\r\n");
}

TEST_CASE("what an expression decodes cannot end a line") {
  FakeActor actor{kHead};
  const auto value = format_of("%[str(a%0d%0ab: c%09),url_dec]");
  CHECK(run(rules::PutHeader{rules::Message::Request, "x", value, true}, actor) == Flow::Next);
  CHECK(actor.sent().find("\r\nx: a%0D%0Ab: c\t\r\n\r\n") != std::string::npos);
}

TEST_CASE("targets come into their normal forms") {
  using enum rules::Normalizer;
  CHECK(normal(PathMergeSlashes, "//a///b/") == "/a/b/");
  CHECK(normal(PathStripDot, "/./a/./.b/.") == "/a/.b/");
  CHECK(normal(PathStripDotdot, "/foo/../bar/") == "/bar/");
  CHECK(normal(PathStripDotdot, "/bar/../../") == "/../");
  CHECK(normal(PathStripDotdot, "/..") == "/../");
  CHECK(normal(PathStripDotdot, "/a/b/..") == "/a/");
  CHECK(normal(PathStripDotdot, "/foo//../") == "/foo/");
  CHECK(normal(PathStripDotdot, "/a/../../b", true) == "/b");
  CHECK(normal(PercentDecodeUnreserved, "/%61%3F%%36%36%ZZ%4") == "/a%3F%66%ZZ%4");
  CHECK(normal(PercentDecodeUnreserved, "/%ZZ", true) == "refused");
  CHECK(normal(PercentToUppercase, "/%6f%zz?%ae") == "/%6F%zz?%AE");
  CHECK(normal(QuerySortByName, "a=3&b=4&a=1&aa&a=2&") == "a=3&a=1&a=2&aa&b=4");
  CHECK(normal(QuerySortByName, "&&a") == "&&a");
  CHECK(normal(FragmentEncode, "/a#b#c") == "/a%23b%23c");
  CHECK(normal(FragmentStrip, "/a#b#c") == "/a");
}

#include <catch2/catch.hpp>

#include "proxyd/rules/binary_headers.h"
#include "proxyd/rules/hint_action.h"
#include "tests/unit/proxyd/rules/fake_actor.h"
#include "tests/unit/proxyd/rules/format_text.h"

using namespace proxyd;
using rules::Flow;
using rules::Message;

namespace {

constexpr const char* kHead = "GET /a HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-ab: 2\r\ny: 3\r\n\r\n";

samples::ExpressionPtr expression_of(std::string_view text) {
  auto compiled = samples::compile(text, environment());
  REQUIRE(compiled.has_value());
  return *compiled;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

samples::ExpressionPtr list_of(std::string_view bytes) { return expression_of("bin(" + hex_of(bytes) + ")"); }

Flow run(const rules::Action& action, FakeActor& actor) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  return action.run(actor, context);
}

using namespace std::string_view_literals;

}  // namespace

TEST_CASE("a binary list of headers is added, with a prefix, or put in place", "[rules]") {
  FakeActor actor{kHead};
  CHECK(run(rules::PutHeaders{Message::Request, list_of("\3X-A\2vv\1q\0\0\0"sv), "", false}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-ab: 2\r\ny: 3\r\nx-a: vv\r\nq: \r\n\r\n");
  CHECK(run(rules::PutHeaders{Message::Request, list_of("\3x-a\1a\3x-a\1b"sv), "", true}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nx-ab: 2\r\ny: 3\r\nq: \r\nx-a: a\r\nx-a: b\r\n\r\n");
  CHECK(run(rules::PutHeaders{Message::Request, list_of("\1y\1z"sv), "old-", true}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nx-ab: 2\r\ny: 3\r\nq: \r\nx-a: a\r\nx-a: b\r\nold-y: z\r\n\r\n");
}

TEST_CASE("req.hdrs_bin goes in as it came out", "[rules]") {
  const std::string large(300, 'v');
  FakeActor actor{"GET /a HTTP/1.1\r\nhost: h\r\nbig: " + large + "\r\n\r\n"};
  CHECK(run(rules::PutHeaders{Message::Request, expression_of("req.hdrs_bin"), "", true}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nbig: " + large + "\r\n\r\n");
}

TEST_CASE("a list that is none changes nothing", "[rules]") {
  FakeActor actor{kHead};
  const auto bytes = GENERATE("\3X-A\5vv"sv, "\1a\1b\1c"sv, "\2a:\1b"sv, "\1a\2\r\n"sv, "\377"sv, "\360\377\377\377\377\377\377\377\377\377\377"sv);
  CHECK(run(rules::PutHeaders{Message::Request, list_of(bytes), "", true}, actor) == Flow::Failed);
  CHECK(actor.sent() == kHead);
}

TEST_CASE("headers are taken out by a list of names or of their beginnings", "[rules]") {
  FakeActor actor{kHead};
  CHECK(run(rules::DropListedHeaders{Message::Request, rules::NameMatch::Exact, list_of("\3X-A\1q"sv)}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nx-ab: 2\r\ny: 3\r\n\r\n");
  CHECK(run(rules::DropListedHeaders{Message::Request, rules::NameMatch::Begins, list_of("\2X-\0\1y"sv)}, actor) == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\ny: 3\r\n\r\n");
  CHECK(run(rules::DropListedHeaders{Message::Request, rules::NameMatch::Begins, list_of("\7y"sv)}, actor) == Flow::Failed);
}

TEST_CASE("an early hint waits to be sent, is none for old clients, and none when only asked about", "[rules]") {
  const rules::EarlyHint hint{"link", format_of("<%[path]>")};
  FakeActor actor{kHead};
  CHECK(run(hint, actor) == Flow::Wait);
  CHECK(actor.wait.for_hint);
  CHECK(actor.hints == "link: </a>\n");
  actor.is_dry = true;
  CHECK(run(hint, actor) == Flow::Next);
  FakeActor old{"GET /a HTTP/1.0\r\n\r\n"};
  CHECK(run(hint, old) == Flow::Next);
  CHECK(old.hints.empty());
}

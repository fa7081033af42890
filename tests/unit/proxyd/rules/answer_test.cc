#include <catch2/catch.hpp>

#include "proxyd/rules/redirect.h"
#include "proxyd/rules/reply.h"
#include "proxyd/rules/rule.h"
#include "tests/unit/proxyd/rules/fake_actor.h"
#include "tests/unit/proxyd/rules/format_text.h"

using namespace proxyd;
using rules::Flow;

namespace {

std::string answer_of(const rules::Action& action, FakeActor& actor) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  std::string out;
  REQUIRE(action.write_answer(actor, context, out));
  return out;
}

Flow flow_of(const rules::Action& action, FakeActor& actor) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  return action.run(actor, context);
}

constexpr const char* kHead = "GET /a/b?c=d HTTP/1.1\r\nhost: h:81\r\n\r\n";

using Kind = rules::RedirectPlan::Kind;

rules::RedirectPlan plan_of(Kind kind, std::string_view target) {
  rules::RedirectPlan plan;
  plan.kind = kind;
  plan.target = format_of(target);
  return plan;
}

std::string location_of(rules::RedirectPlan plan, const char* head = kHead) {
  FakeActor actor{head};
  const std::string text = answer_of(rules::Redirect{std::move(plan)}, actor);
  const std::size_t at = text.find("location: ") + 10;
  return text.substr(at, text.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("a redirection has the code's words, and caches are told not to keep a temporary one") {
  FakeActor actor{kHead};
  rules::RedirectPlan plan = plan_of(Kind::Location, "/new");
  CHECK(answer_of(rules::Redirect{plan_of(Kind::Location, "/new")}, actor) ==
        "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /new\r\ncache-control: no-cache\r\n\r\n");
  plan.code = 308;
  CHECK(answer_of(rules::Redirect{std::move(plan)}, actor) ==
        "HTTP/1.1 308 Permanent Redirect\r\ncontent-length: 0\r\nlocation: /new\r\n\r\n");
  CHECK_FALSE(actor.ends_connection);
}

TEST_CASE("prefix and scheme keep the path, and the query unless it is dropped") {
  CHECK(location_of(plan_of(Kind::Prefix, "http://x")) == "http://x/a/b?c=d");
  CHECK(location_of(plan_of(Kind::Scheme, "https")) == "https://h:81/a/b?c=d");
  rules::RedirectPlan plan = plan_of(Kind::Prefix, "/p");
  plan.drop_query = plan.append_slash = true;
  CHECK(location_of(std::move(plan)) == "/p/a/b/");
  plan = plan_of(Kind::Prefix, "/");
  plan.drops_prefix = true;
  CHECK(location_of(std::move(plan)) == "/a/b?c=d");
}

TEST_CASE("keep-query hands the query on to a location, behind what it has itself") {
  rules::RedirectPlan plan = plan_of(Kind::Location, "/n");
  plan.keep_query = true;
  CHECK(location_of(std::move(plan)) == "/n?c=d");
  plan = plan_of(Kind::Location, "/n?x=y");
  plan.keep_query = true;
  CHECK(location_of(std::move(plan)) == "/n?x=y&c=d");
}

TEST_CASE("an empty location is no redirection with ignore-empty") {
  FakeActor actor{kHead};
  rules::RedirectPlan plan = plan_of(Kind::Location, "%[req.hdr(nope)]");
  CHECK(flow_of(rules::Redirect{plan_of(Kind::Location, "%[req.hdr(nope)]")}, actor) == Flow::Answer);
  plan.ignore_empty = true;
  CHECK(flow_of(rules::Redirect{std::move(plan)}, actor) == Flow::Next);
}

TEST_CASE("an answer has its fields first, and a type only where there is a body") {
  FakeActor actor{kHead};
  rules::Reply reply;
  reply.kind = rules::Reply::Kind::Text;
  reply.status = 404;
  reply.fields.emplace_back("x-a", format_of("%[path]"));
  reply.fields.emplace_back("x-none", format_of("%[req.hdr(nope)]"));
  reply.content_type = "text/plain";
  const rules::Answer empty{Flow::Deny, std::move(reply)};
  CHECK(answer_of(empty, actor) == "HTTP/1.1 404 Not Found\r\nx-a: /a/b\r\ncontent-length: 0\r\n\r\n");
  CHECK(flow_of(empty, actor) == Flow::Deny);
  CHECK(empty.logged_status(actor) == 404);

  rules::Reply made;
  made.kind = rules::Reply::Kind::Format;
  made.status = 200;
  made.content_type = "text/plain";
  made.format = format_of("<%[path]>");
  CHECK(answer_of(rules::Answer{Flow::Answer, std::move(made)}, actor) ==
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\ncontent-type: text/plain\r\n\r\n</a/b>");
}

TEST_CASE("what a client sends decoded ends no line of an answer", "[security]") {
  constexpr const char* kEvil = "GET /a%0d%0ax-evil:1 HTTP/1.1\r\nhost: h\r\n\r\n";
  FakeActor actor{kEvil};
  CHECK(location_of(plan_of(Kind::Location, "%[path,url_dec]"), kEvil) == "/a%0D%0Ax-evil:1");
  rules::Reply reply;
  reply.kind = rules::Reply::Kind::Format;
  reply.status = 200;
  reply.content_type = "text/plain";
  reply.fields.emplace_back("x-a", format_of("%[path,url_dec]"));
  reply.format = format_of("%[path,url_dec]");
  CHECK(answer_of(rules::Answer{Flow::Answer, std::move(reply)}, actor) ==
        "HTTP/1.1 200 OK\r\nx-a: /a%0D%0Ax-evil:1\r\ncontent-length: 12\r\ncontent-type: text/plain\r\n\r\n/a\r\nx-evil:1");
}

TEST_CASE("an answer made of a format that is longer than a buffer is none") {
  FakeActor actor{"GET /" + std::string(3000, 'x') + " HTTP/1.1\r\nhost: h\r\n\r\n"};
  rules::Reply reply;
  reply.kind = rules::Reply::Kind::Format;
  reply.status = 200;
  reply.content_type = "text/plain";
  reply.format = format_of("%[path]%[path]%[path]%[path]%[path]%[path]");
  samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  std::string out = "before";
  CHECK_FALSE(rules::Answer{Flow::Answer, std::move(reply)}.write_answer(actor, context, out));
  CHECK(out == "before");
}

TEST_CASE("clients that take us for their proxy are asked as proxies ask") {
  FakeActor actor{kHead};
  actor.is_proxy = true;
  const rules::AskPassword ask{"r"};
  CHECK(answer_of(ask, actor) == "HTTP/1.1 500 x\r\nproxy-authenticate: Basic realm=\"r\"\r\n\r\n");
  CHECK(ask.logged_status(actor) == 407);
}

TEST_CASE("auth adds its question to the page") {
  FakeActor actor{kHead};
  CHECK(answer_of(rules::AskPassword{"My Realm"}, actor) ==
        "HTTP/1.1 500 x\r\nwww-authenticate: Basic realm=\"My Realm\"\r\n\r\n");
}

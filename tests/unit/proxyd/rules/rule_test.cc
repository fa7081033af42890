#include <catch2/catch.hpp>

#include "proxyd/rules/header_actions.h"
#include "proxyd/rules/rule.h"
#include "proxyd/rules/simple_actions.h"
#include "proxyd/rules/variable_actions.h"
#include "tests/unit/proxyd/rules/fake_actor.h"
#include "tests/unit/proxyd/rules/format_text.h"

using namespace proxyd;
using rules::Flow;

namespace {

std::shared_ptr<const rules::Rule> rule_of(std::unique_ptr<const rules::Action> action) {
  auto rule = std::make_shared<rules::Rule>();
  rule->action = std::move(action);
  return rule;
}

std::shared_ptr<const rules::Rule> put(std::string name, std::string_view value, bool replaces) {
  return rule_of(std::make_unique<rules::PutHeader>(rules::Message::Request, std::move(name), format_of(value), replaces));
}

constexpr const char* kHead = "GET /a HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-a: 2\r\n\r\n";

rules::End run(const rules::RuleList& list, FakeActor& actor, std::size_t from = 0) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  return rules::run_rules(list, from, actor, context);
}

/// Collects what it is told.
struct Notes final : rules::Observer {
  std::vector<std::pair<bool, Flow>> seen;
  void saw(const rules::Rule&, bool held, Flow flow, samples::Context&) override { seen.emplace_back(held, flow); }
  void saw_choice(const rules::Choice&, std::string_view, samples::Context&) override {}
};

}  // namespace

TEST_CASE("a rule sees what the rules before it made of the request") {
  FakeActor actor{kHead};
  const rules::RuleList list{put("x-a", "%[req.hdr(x-a)]-new", true), put("x-b", "<%[req.hdr(x-a)]>", false)};
  CHECK(run(list, actor).flow == Flow::Next);
  CHECK(actor.sent() == "GET /a HTTP/1.1\r\nhost: h\r\nx-a: 2-new\r\nx-b: <2-new>\r\n\r\n");
}

TEST_CASE("the first rule that concludes ends the list, and is named") {
  FakeActor actor{kHead};
  const rules::RuleList list{put("x-b", "1", false), rule_of(std::make_unique<rules::Conclude>(Flow::Allow)),
                             rule_of(std::make_unique<rules::Conclude>(Flow::Reject))};
  const rules::End end = run(list, actor);
  CHECK(end.flow == Flow::Allow);
  CHECK(end.at == 1);
  CHECK(run(list, actor, 2).flow == Flow::Reject);
}

TEST_CASE("an observer hears of each rule, of those that do not hold too") {
  FakeActor actor{kHead};
  Notes notes;
  actor.observer = &notes;
  auto never = std::make_shared<rules::Rule>();
  auto condition = std::make_shared<rules::Condition>();
  condition->unless = true;  // "unless" without alternatives: never
  never->condition = std::move(condition);
  never->action = std::make_unique<rules::Conclude>(Flow::Reject);
  const rules::RuleList list{never, put("x-b", "1", false)};
  CHECK(run(list, actor).flow == Flow::Next);
  REQUIRE(notes.seen.size() == 2);
  CHECK_FALSE(notes.seen[0].first);
  CHECK(notes.seen[1].first);
}

TEST_CASE("what cannot be changed ends the request, unless rules are not strict") {
  FakeActor actor{kHead};
  const rules::RuleList list{put("x-b", std::string(5000, 'x'), false), put("x-c", "1", false)};
  CHECK(run(list, actor).flow == Flow::Failed);
  actor.is_strict = false;
  CHECK(run(list, actor).flow == Flow::Next);
  CHECK(actor.failed_rewrites == 1);
  CHECK(actor.sent().find("x-c: 1\r\n") != std::string::npos);
}

TEST_CASE("variables are set, set by conditions, and forgotten") {
  FakeActor actor{kHead};
  const auto variable = environment().variables->find_or_add("txn.v");
  REQUIRE(variable.has_value());
  auto expression = samples::compile("path,upper", environment());
  REQUIRE(expression.has_value());
  const auto not_there = samples::find_set_condition("ifnotexists");
  REQUIRE(not_there.has_value());
  const rules::RuleList list{
      rule_of(std::make_unique<rules::SetVariable>(*variable, 0, *expression)),
      rule_of(std::make_unique<rules::SetVariableText>(*variable, *not_there, format_of("other"))),
      put("x-v", "%[var(txn.v)]", false),
      rule_of(std::make_unique<rules::UnsetVariable>(*variable)),
      put("x-w", "%[var(txn.v)]", false)};
  CHECK(run(list, actor).flow == Flow::Next);
  CHECK(actor.sent().find("x-v: /A\r\nx-w: \r\n") != std::string::npos);
}

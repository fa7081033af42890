#include <catch2/catch.hpp>

#include "proxyd/rules/rule.h"
#include "proxyd/rules/stream_actions.h"
#include "proxyd/rules/waiting_actions.h"
#include "tests/unit/proxyd/rules/fake_actor.h"

using namespace proxyd;
using rules::Flow;
using rules::Handling;

namespace {

samples::ExpressionPtr expression(std::string_view text) {
  static samples::Environment environment;
  auto compiled = samples::compile(std::string{text}, environment);
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

Flow run(const rules::Action& action, FakeActor& actor) {
  static samples::Scratch scratch;
  samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
  return action.run(actor, context);
}

constexpr const char* kHead = "GET /a HTTP/1.1\r\nhost: h\r\nx-n: 300\r\nx-w: word\r\n\r\n";

}  // namespace

TEST_CASE("a timeout is a time, or milliseconds from an expression") {
  FakeActor actor{kHead};
  CHECK(run(rules::SetTimeout{&Handling::server_us, 5'000'000, nullptr}, actor) == Flow::Next);
  CHECK(actor.handling.server_us == 5'000'000);
  (void)run(rules::SetTimeout{&Handling::server_us, 0, expression("req.hdr(x-n)")}, actor);
  CHECK(actor.handling.server_us == 300'000);
  CHECK(actor.handling.tunnel_us == 0);
}

TEST_CASE("a timeout from an expression that has no value, or none above zero, stays as it was") {
  FakeActor actor{kHead};
  (void)run(rules::SetTimeout{&Handling::server_us, 0, expression("req.hdr(x-none)")}, actor);
  (void)run(rules::SetTimeout{&Handling::server_us, 0, expression("int(-3)")}, actor);
  CHECK(actor.handling.server_us == 0);
}

TEST_CASE("priorities are bounded on both sides") {
  FakeActor actor{kHead};
  (void)run(rules::SetPriority{&Handling::priority_class, 2047, expression("int(-99999)")}, actor);
  (void)run(rules::SetPriority{&Handling::priority_offset, 524287, expression("int(99999999)")}, actor);
  CHECK(actor.handling.priority_class == -2047);
  CHECK(actor.handling.priority_offset == 524287);
}

TEST_CASE("retries are a number, or come from an expression") {
  FakeActor actor{kHead};
  (void)run(rules::SetRetries{2, nullptr}, actor);
  CHECK(actor.handling.retries == 2);
  (void)run(rules::SetRetries{0, expression("req.hdr(x-none)")}, actor);
  CHECK(actor.handling.retries == 2);
  (void)run(rules::SetRetries{0, expression("int(7)")}, actor);
  CHECK(actor.handling.retries == 7);
}

TEST_CASE("a log level and the end of repeats are noted") {
  FakeActor actor{kHead};
  (void)run(rules::SetLogLevel{Handling::kSilent}, actor);
  (void)run(rules::DisableRepeats{}, actor);
  CHECK(actor.handling.log_level == Handling::kSilent);
  CHECK(actor.handling.never_repeat);
}

TEST_CASE("a handshake is waited for where the client speaks before its end") {
  FakeActor actor{kHead};
  CHECK(run(rules::WaitForHandshake{}, actor) == Flow::Next);
  actor.speaks_early = true;
  CHECK(run(rules::WaitForHandshake{}, actor) == Flow::Wait);
  CHECK(actor.wait.for_handshake);
}

TEST_CASE("a silent drop says how far its reset may go") {
  FakeActor actor{kHead};
  CHECK(run(rules::SilentDrop{4}, actor) == Flow::Drop);
  CHECK(actor.reset_ttl == 4);
}

namespace {

/// With an address that rules can change.
struct Addressed final : rules::Actor {
  lib::net::Address source = *lib::net::Address::parse("192.0.2.1");
  std::string_view text_of(const formats::Format&, samples::Context&) override { return {}; }
  std::string_view page(int) const override { return {}; }
  lib::net::Address address(rules::ClientSide) const override { return source; }
  void set_address(rules::ClientSide, const lib::net::Address& to, samples::Place) override { source = to; }
};

void change(const rules::Action& action, Addressed& actor) {
  static samples::Scratch scratch;
  FakeActor about{kHead};
  samples::Context context{about.subject, scratch, samples::Place::FrontRequest};
  CHECK(action.run(actor, context) == Flow::Next);
}

}  // namespace

namespace {

struct Limited {
  FakeActor actor{kHead};
  std::shared_ptr<rules::BandwidthFilter> filter = std::make_shared<rules::BandwidthFilter>(
      rules::BandwidthFilter{.of_response = true, .is_defined = true, .limit = 1000, .period_us = 5000, .min_size = 0});
  void set(rules::SetBandwidth::Number limit, rules::SetBandwidth::Number period) {
    CHECK(run(rules::SetBandwidth{filter, std::move(limit), std::move(period)}, actor) == Flow::Next);
    CHECK(actor.limited_by == filter.get());
  }
};

}  // namespace

TEST_CASE("a bandwidth is the filter's, the rule's or an expression's") {
  Limited limited;
  limited.set({}, {});
  CHECK(limited.actor.limit == 1000);
  CHECK(limited.actor.period_us == 5000);
  limited.set({2048, nullptr}, {7000, nullptr});
  CHECK(limited.actor.limit == 2048);
  CHECK(limited.actor.period_us == 7000);
  limited.set({0, expression("req.hdr(x-n)")}, {0, expression("req.hdr(x-n)")});
  CHECK(limited.actor.limit == 300);
  CHECK(limited.actor.period_us == 300'000);
}

TEST_CASE("a bandwidth from an expression that has no value, or none above zero, is the filter's") {
  Limited limited;
  limited.set({0, expression("req.hdr(x-w)")}, {0, expression("int(0)")});
  CHECK(limited.actor.limit == 1000);
  CHECK(limited.actor.period_us == 5000);
}

TEST_CASE("an address that is set keeps the port, and a port the address") {
  Addressed actor;
  change(rules::SetPort{rules::ClientSide::Source, expression("int(80)")}, actor);
  CHECK(actor.source.text() == "192.0.2.1:80");
  change(rules::SetAddress{rules::ClientSide::Source, expression("str(2001:db8::1)")}, actor);
  CHECK(actor.source.text() == "[2001:db8::1]:80");
}

TEST_CASE("what is no address changes nothing") {
  Addressed actor;
  change(rules::SetAddress{rules::ClientSide::Source, expression("req.hdr(x-w)")}, actor);
  CHECK(actor.source.text() == "192.0.2.1:0");
}

TEST_CASE("a port of a peer without an address makes it 0.0.0.0") {
  Addressed actor;
  actor.source = {};
  change(rules::SetPort{rules::ClientSide::Source, expression("int(80)")}, actor);
  CHECK(actor.source.text() == "0.0.0.0:80");
}

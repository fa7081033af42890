#include <catch2/catch.hpp>
#include <sys/socket.h>

#include "checkerd/core/reconcile.h"

using namespace checkerd;
using Kind = Change::Kind;

namespace {

Address at(const std::string& host, std::uint16_t port) {
  Address out = *Address::parse(host);
  out.set_port(port);
  return out;
}

ServiceKey web(const std::string& host = "10.0.0.1", std::uint16_t port = 80) {
  return {.family = AF_INET, .protocol = Protocol::Tcp, .address = at(host, port), .fwmark = 0};
}

ServiceKey mark(std::uint32_t number) { return {.family = AF_INET, .protocol = Protocol::None, .address = {}, .fwmark = number}; }

Destination server(const std::string& host, std::uint32_t weight) {
  Destination out;
  out.address = at(host, 80);
  out.weight = weight;
  return out;
}

TableEntry entry(const ServiceKey& key, std::vector<Destination> servers) {
  TableEntry out;
  out.service.key = key;
  out.destinations = std::move(servers);
  return out;
}

Table table(std::vector<TableEntry> entries) { return {.entries = std::move(entries)}; }

Owned owner_of(const Table& ours) {
  Owned out;
  out.update(ours, {});
  return out;
}

/// "+S 10.0.0.1:80", "-D 10.0.0.1:80 10.0.1.1:80 w0".
std::string text(const Change& change) {
  const char* const kinds[] = {"+S", "~S", "-S", "+D", "~D", "-D"};
  std::string out = std::string{kinds[static_cast<int>(change.kind)]} + ' ' + change.service.key.text();
  if (change.kind >= Kind::AddDestination) out += ' ' + change.destination.address.text() + " w" + std::to_string(change.destination.weight);
  return out;
}

std::vector<std::string> texts(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const Change& each : changes) out.push_back(text(each));
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty table is filled service by service, the healthy servers first", "[checkerd][reconcile]") {
  const Table wanted = table({entry(web(), {server("10.0.1.1", 0), server("10.0.1.2", 2)}), entry(mark(5), {server("10.0.1.1", 1)})});
  CHECK(texts(reconcile({}, wanted, {})) == Lines{"+S 10.0.0.1:80 tcp", "+D 10.0.0.1:80 tcp 10.0.1.2:80 w2", "+D 10.0.0.1:80 tcp 10.0.1.1:80 w0", "+S fwmark 5", "+D fwmark 5 10.0.1.1:80 w1"});
}

TEST_CASE("what is as it should be is not touched, in whatever order it stands", "[checkerd][reconcile]") {
  const Table actual = table({entry(mark(5), {}), entry(web(), {server("10.0.1.2", 2), server("10.0.1.1", 1)})});
  const Table wanted = table({entry(web(), {server("10.0.1.1", 1), server("10.0.1.2", 2)}), entry(mark(5), {})});
  CHECK(reconcile(actual, wanted, {}).empty());
  CHECK(reconcile(actual, wanted, owner_of(wanted)).empty());
}

TEST_CASE("new servers come before old ones go, weights rise before others fall", "[checkerd][reconcile]") {
  const Table actual = table({entry(web(), {server("10.0.1.1", 1), server("10.0.1.2", 1), server("10.0.1.3", 0), server("10.0.1.4", 3)})});
  const Table wanted = table({entry(web(), {server("10.0.1.2", 0), server("10.0.1.3", 1), server("10.0.1.4", 5), server("10.0.1.5", 0), server("10.0.1.6", 1)})});
  const std::string s = "D 10.0.0.1:80 tcp ";
  CHECK(texts(reconcile(actual, wanted, owner_of(actual))) == Lines{"+" + s + "10.0.1.6:80 w1", "~" + s + "10.0.1.3:80 w1", "~" + s + "10.0.1.4:80 w5", "+" + s + "10.0.1.5:80 w0", "~" + s + "10.0.1.2:80 w0", "-" + s + "10.0.1.1:80 w1"});
}

TEST_CASE("the sorry server is in before the last real server goes, and out after the first has come", "[checkerd][reconcile]") {
  const Table normal = table({entry(web(), {server("10.0.1.1", 1)})}), sorry = table({entry(web(), {server("10.0.1.9", 1)})});
  const std::string s = "D 10.0.0.1:80 tcp ";
  CHECK(texts(reconcile(normal, sorry, owner_of(normal))) == Lines{"+" + s + "10.0.1.9:80 w1", "-" + s + "10.0.1.1:80 w1"});
  CHECK(texts(reconcile(sorry, normal, owner_of(sorry))) == Lines{"+" + s + "10.0.1.1:80 w1", "-" + s + "10.0.1.9:80 w1"});
}

TEST_CASE("an inhibited sorry server gets its weight before the real servers lose theirs", "[checkerd][reconcile]") {
  const Table normal = table({entry(web(), {server("10.0.1.1", 1), server("10.0.1.9", 0)})});
  const Table sorry = table({entry(web(), {server("10.0.1.1", 0), server("10.0.1.9", 1)})});
  const std::string s = "~D 10.0.0.1:80 tcp ";
  CHECK(texts(reconcile(normal, sorry, owner_of(normal))) == Lines{s + "10.0.1.9:80 w1", s + "10.0.1.1:80 w0"});
  CHECK(texts(reconcile(sorry, normal, owner_of(normal))) == Lines{s + "10.0.1.1:80 w1", s + "10.0.1.9:80 w0"});
}

TEST_CASE("scheduler, flags, persistence and forwarding are edited in place", "[checkerd][reconcile]") {
  const Table actual = table({entry(web(), {server("10.0.1.1", 1)})});
  for (int what = 0; what < 7; ++what) {
    Table wanted = actual;
    Service& service = wanted.entries[0].service;
    if (what == 0) service.scheduler = "rr";
    if (what == 1) service.scheduler_flags = 2;
    if (what == 2) service.one_packet = true;
    if (what == 3) service.persistence_timeout_s = 50;
    if (what == 4) service.persistence_mask = 0xffffff00;
    if (what == 5) service.persistence_prefix = 64;
    if (what == 6) service.persistence_engine = "sip";
    CHECK(texts(reconcile(actual, wanted, owner_of(actual))) == Lines{"~S 10.0.0.1:80 tcp"});
  }
  for (int what = 0; what < 3; ++what) {
    Table wanted = actual;
    Destination& one = wanted.entries[0].destinations[0];
    if (what == 0) one.forwarding.method = Forwarding::Method::Direct;
    if (what == 1) one.upper_threshold = 100;
    if (what == 2) one.lower_threshold = 50;
    CHECK(texts(reconcile(actual, wanted, owner_of(actual))) == Lines{"~D 10.0.0.1:80 tcp 10.0.1.1:80 w1"});
  }
}

TEST_CASE("a new service comes before an old one goes, and what is gone goes in one step", "[checkerd][reconcile]") {
  const Table actual = table({entry(web(), {server("10.0.1.1", 1), server("10.0.1.2", 1)})});
  const Table wanted = table({entry(mark(7), {server("10.0.1.1", 1)})});
  CHECK(texts(reconcile(actual, wanted, owner_of(actual))) == Lines{"+S fwmark 7", "+D fwmark 7 10.0.1.1:80 w1", "-S 10.0.0.1:80 tcp"});
  CHECK(texts(reconcile(actual, {}, owner_of(actual))) == Lines{"-S 10.0.0.1:80 tcp"});
}

TEST_CASE("services that differ in family, protocol, port or mark are different ones", "[checkerd][reconcile]") {
  ServiceKey udp = web(), v6_mark = mark(5);
  udp.protocol = Protocol::Udp;
  v6_mark.family = AF_INET6;
  const std::vector<ServiceKey> keys{web(), udp, web("10.0.0.1", 81), web("10.0.0.2"), mark(5), mark(6), v6_mark};
  Table wanted;
  for (const ServiceKey& key : keys) wanted.entries.push_back(entry(key, {}));
  CHECK(reconcile({}, wanted, {}).size() == keys.size());
}

TEST_CASE("foreign services and servers stay", "[checkerd][reconcile]") {
  const Table foreign = table({entry(mark(9), {server("10.9.9.9", 1)}), entry(web(), {server("10.0.1.1", 1), server("10.9.9.9", 1)})});
  const Table ours = table({entry(web(), {server("10.0.1.1", 1)})});
  CHECK(reconcile(foreign, ours, owner_of(ours)).empty());
  CHECK(reconcile(foreign, {}, {}).empty());
}

TEST_CASE("a foreign service that is wanted is edited, and from then on ours", "[checkerd][reconcile]") {
  Table actual = table({entry(web(), {server("10.0.1.1", 7)})});
  actual.entries[0].service.scheduler = "rr";
  const Table wanted = table({entry(web(), {server("10.0.1.1", 1)})});
  Owned owned;
  const auto changes = reconcile(actual, wanted, owned);
  CHECK(texts(changes) == Lines{"~S 10.0.0.1:80 tcp", "~D 10.0.0.1:80 tcp 10.0.1.1:80 w1"});
  owned.update(wanted, changes);
  CHECK(owned.has(web()));
  CHECK(owned.has(web(), at("10.0.1.1", 80)));
  CHECK(texts(reconcile(wanted, {}, owned)) == Lines{"-S 10.0.0.1:80 tcp"});
}

TEST_CASE("what was removed is ours no longer; what could not be removed is tried again", "[checkerd][reconcile]") {
  const Table both = table({entry(web(), {server("10.0.1.1", 1), server("10.0.1.2", 1)})}), one = table({entry(web(), {server("10.0.1.1", 1)})});
  Owned owned = owner_of(both);
  const auto removal = reconcile(both, one, owned);
  owned.update(one, {});  // it failed
  CHECK(texts(reconcile(both, one, owned)) == Lines{"-D 10.0.0.1:80 tcp 10.0.1.2:80 w1"});
  owned.update(one, removal);
  CHECK(reconcile(both, one, owned).empty());  // someone else's by now
}

TEST_CASE("a service that someone removed is made again", "[checkerd][reconcile]") {
  const Table wanted = table({entry(web(), {server("10.0.1.1", 1)})});
  CHECK(texts(reconcile({}, wanted, owner_of(wanted))) == Lines{"+S 10.0.0.1:80 tcp", "+D 10.0.0.1:80 tcp 10.0.1.1:80 w1"});
}

TEST_CASE("a service named by two virtual servers has the servers of both, each healthy if either says so", "[checkerd][reconcile]") {
  Table wanted = table({entry(mark(5), {server("10.0.1.1", 0), server("10.0.1.2", 3)}), entry(mark(5), {server("10.0.1.2", 4), server("10.0.1.1", 2), server("10.0.1.3", 1)})});
  wanted.entries[1].service.scheduler = "rr";
  const Table one = united(wanted);
  REQUIRE(one.entries.size() == 1);
  CHECK(one.entries[0].service.scheduler == "wlc");
  CHECK(one.entries[0].destinations == std::vector{server("10.0.1.1", 2), server("10.0.1.2", 3), server("10.0.1.3", 1)});
  CHECK(reconcile(one, wanted, owner_of(one)).empty());
}

TEST_CASE("changes are refused where the kernel refuses them", "[checkerd][table]") {
  Table there = table({entry(web(), {server("10.0.1.1", 1)})});
  const auto change = [](Kind kind, const ServiceKey& key, const Destination& destination) {
    Change out;
    out.kind = kind;
    out.service.key = key;
    out.destination = destination;
    return out;
  };
  CHECK_FALSE(apply(change(Kind::AddService, web(), {}), there));
  CHECK_FALSE(apply(change(Kind::EditService, mark(1), {}), there));
  CHECK_FALSE(apply(change(Kind::RemoveService, mark(1), {}), there));
  CHECK_FALSE(apply(change(Kind::AddDestination, web(), server("10.0.1.1", 5)), there));
  CHECK_FALSE(apply(change(Kind::AddDestination, mark(1), server("10.0.1.1", 5)), there));
  CHECK_FALSE(apply(change(Kind::EditDestination, web(), server("10.0.1.2", 5)), there));
  CHECK_FALSE(apply(change(Kind::RemoveDestination, web(), server("10.0.1.2", 5)), there));
  CHECK(there.entries[0].destinations == std::vector{server("10.0.1.1", 1)});
  CHECK(apply(change(Kind::RemoveService, web(), {}), there));
  CHECK(there.entries.empty());
}

// Weights that checkers add to, and what people overrule over the runtime API.
#include <catch2/catch.hpp>

#include "tests/unit/checkerd/core/things.h"

using namespace things;

namespace {

Lines weigh(Pool& pool, std::size_t server, std::int64_t addition, std::size_t which = 0) {
  return of([&](Actions& out) { pool.on_weight(server, which, addition, out); });
}

Lines overrule(Pool& pool, std::size_t server, Override state) {
  return of([&](Actions& out) { pool.override_state(server, state, out); });
}

Lines overrule(Pool& pool, std::size_t server, std::optional<std::uint32_t> weight) {
  return of([&](Actions& out) { pool.override_weight(server, weight, out); });
}

const std::string kFirst = "[10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80";

}  // namespace

TEST_CASE("effective = configured + contribution of each checker; a change is logged", "[checkerd][weight]") {
  VirtualServer conf = service({5, 2});
  conf.real_servers[0] = server("10.0.1.1", 5, 2);
  Pool pool{conf, kNoGroups, 0};
  CHECK(weigh(pool, 0, 3) == Lines{"Changing weight from 5 to 8 for active service " + kFirst, "table"});
  CHECK(weigh(pool, 0, -4, 1) == Lines{"Changing weight from 8 to 4 for active service " + kFirst, "table"});
  CHECK(weigh(pool, 0, -4, 1).empty());
  CHECK(table(pool) == "1/4 2/2");
  CHECK(pool.live_weight() == 6);
}

TEST_CASE("a server that is down changes its weight for later", "[checkerd][weight]") {
  VirtualServer conf = service({5, 2});
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(weigh(pool, 0, 1) == Lines{"Changing weight from 5 to 6 for inactive service " + kFirst});
  check(pool, 0, true);
  CHECK(table(pool) == "1/6 2/2");
}

TEST_CASE("weights are clamped at the kernel's boundary", "[checkerd][weight]") {
  const VirtualServer conf = service({5});
  Pool pool{conf, kNoGroups, 0};
  CHECK(weigh(pool, 0, 4294967296)[0] == "Changing weight from 5 to 2147483647 for active service " + kFirst);
  CHECK(table(pool) == "1/2147483647");
  CHECK(pool.live_weight() == 2147483647);
  CHECK(weigh(pool, 0, -4294967296)[0] == "Changing weight from 2147483647 to 0 for active service " + kFirst);
  CHECK(weigh(pool, 0, -4294967297).empty());
  CHECK(table(pool) == "1/0");
  CHECK(pool.live_weight() == 0);
}

TEST_CASE("quorum is recomputed when a weight changes", "[checkerd][weight]") {
  VirtualServer conf = service({5, 2}, 3);
  Pool pool{conf, kNoGroups, 0};
  weigh(pool, 0, -4);
  CHECK(weigh(pool, 1, -2) == Lines{"Changing weight from 2 to 0 for active service [10.0.1.2]:tcp:80 of VS [10.0.0.1]:tcp:80", "table",
                                    "Lost quorum 3-0=3 > 1 for VS [10.0.0.1]:tcp:80", "vs DOWN (Lost quorum 3-0=3 > 1)"});
  CHECK(table(pool) == "1/1 2/0");
  CHECK(weigh(pool, 0, 4) == Lines{"Changing weight from 1 to 9 for active service " + kFirst, "table", "Gained quorum 3+0=3 <= 9 for VS [10.0.0.1]:tcp:80",
                                   "vs UP (Gained quorum 3+0=3 <= 9)"});
}

TEST_CASE("a weight of 0 leaves a server alive, and alone without quorum", "[checkerd][weight]") {
  VirtualServer conf = service({1});
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  weigh(pool, 0, -1);
  CHECK(pool.server(0).is_alive);
  CHECK(table(pool) == "99/1");
}

TEST_CASE("an inhibited server's weight stays 0 in the table", "[checkerd][weight]") {
  VirtualServer conf = service({1, 1});
  make_inhibiting(conf);
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(weigh(pool, 0, 5) == Lines{"Changing weight from 1 to 6 for inactive service " + kFirst});
  CHECK(table(pool) == "1/0 2/1");
}

TEST_CASE("overruled down: as if a check had failed; auto: as the checks say", "[checkerd][override]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 0};
  CHECK(overrule(pool, 0, Override::Down) == Lines{"Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 0 DOWN"});
  CHECK(pool.server(0).is_up);
  CHECK_FALSE(pool.server(0).is_alive);
  CHECK(check(pool, 0, false).empty());
  CHECK(overrule(pool, 0, Override::None).empty());
  CHECK(check(pool, 0, true).size() == 3);
}

TEST_CASE("overruled up: stays whatever the checks say", "[checkerd][override]") {
  VirtualServer conf = service({1, 2});
  make_alpha(conf);
  Pool pool{conf, kNoGroups, 0};
  CHECK(overrule(pool, 0, Override::Up)[0] == "Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80");
  CHECK(check(pool, 0, false).empty());
  CHECK(table(pool) == "1/1");
  CHECK(overrule(pool, 0, Override::None)[0] == "Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80");
}

TEST_CASE("an alpha server that fails while it is overruled down is not notified again", "[checkerd][override]") {
  VirtualServer conf = service({1});
  make_alpha(conf);
  Pool pool{conf, kNoGroups, 0};
  overrule(pool, 0, Override::Down);
  CHECK(check(pool, 0, false).empty());
}

TEST_CASE("drained: in the table with weight 0, and no part of the quorum", "[checkerd][override]") {
  VirtualServer conf = service({1, 2}, 2);
  Pool pool{conf, kNoGroups, 0};
  CHECK(overrule(pool, 0, Override::Drain) == Lines{"Changing weight from 1 to 0 for active service " + kFirst, "table"});
  CHECK(table(pool) == "1/0 2/2");
  CHECK(pool.live_weight() == 2);
  CHECK(check(pool, 0, false) == Lines{"Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 0 DOWN"});
  check(pool, 0, true);
  CHECK(table(pool) == "1/0 2/2");
  CHECK(overrule(pool, 0, Override::None) == Lines{"Changing weight from 0 to 1 for active service " + kFirst, "table"});
}

TEST_CASE("the last server drained: new connections go to the sorry server, its own go on", "[checkerd][override]") {
  VirtualServer conf = service({1});
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  CHECK(overrule(pool, 0, Override::Drain).back() == "vs DOWN (Lost quorum 1-0=1 > 0)");
  CHECK(table(pool) == "1/0 99/1");
  CHECK(overrule(pool, 0, Override::None).back() == "vs UP (Gained quorum 1+0=1 <= 1)");
  CHECK(table(pool) == "1/1");
}

TEST_CASE("draining a server that is out of the table for lack of quorum puts it back for its connections", "[checkerd][override]") {
  VirtualServer conf = service({0, 1}, 1);
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  check(pool, 1, false);
  CHECK(table(pool) == "99/1");
  CHECK(overrule(pool, 0, Override::Drain) == Lines{"table"});
  CHECK(table(pool) == "1/0 99/1");
}

TEST_CASE("an overruled weight is the whole weight until it is taken back", "[checkerd][override]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 0};
  weigh(pool, 0, 2);
  CHECK(overrule(pool, 0, 10) == Lines{"Changing weight from 3 to 10 for active service " + kFirst, "table"});
  CHECK(weigh(pool, 0, 4).empty());
  CHECK(overrule(pool, 0, Override::Drain) == Lines{"Changing weight from 10 to 0 for active service " + kFirst, "table"});
  CHECK(overrule(pool, 0, Override::None) == Lines{"Changing weight from 0 to 10 for active service " + kFirst, "table"});
  CHECK(overrule(pool, 0, std::nullopt) == Lines{"Changing weight from 10 to 5 for active service " + kFirst, "table"});
}

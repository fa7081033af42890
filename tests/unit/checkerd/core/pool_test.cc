// The words and their order are what keepalived 2.2.7 writes for the same events (IPVS in a virtual machine, misc checks).
#include <catch2/catch.hpp>

#include "tests/unit/checkerd/core/things.h"

using namespace things;

TEST_CASE("not alpha: a server is put in the table at once and considered up", "[checkerd][pool]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 7};
  CHECK(of([&](Actions& out) { pool.start(out); }) ==
        Lines{"rs 0 up", "rs 1 up", "Gained quorum 1+0=1 <= 3 for VS [10.0.0.1]:tcp:80", "vs UP (Gained quorum 1+0=1 <= 3)"});
  CHECK(table(pool) == "1/1 2/2");
  CHECK(check(pool, 0, true).empty());  // the first success of a non-alpha server is silent
  CHECK(pool.server(0).is_up);
  CHECK(pool.live_weight() == 3);
}

TEST_CASE("actions name the virtual server by its number", "[checkerd][pool]") {
  const VirtualServer conf = service({1});
  Pool pool{conf, kNoGroups, 7};
  Actions out;
  pool.start(out);
  pool.on_check(0, 0, false, out);
  for (const Action& each : out) CHECK(each.virtual_server == 7);
}

TEST_CASE("up: Adding service RS to VS V; down: Removing service RS from VS V; then the notify script", "[checkerd][pool]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 0};
  CHECK(check(pool, 0, false) == Lines{"Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 0 DOWN"});
  CHECK(table(pool) == "2/2");
  CHECK(check(pool, 0, true) == Lines{"Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80", "table", "rs 0 UP"});
  CHECK(table(pool) == "1/1 2/2");
}

TEST_CASE("with inhibit_on_failure: Enabling and Disabling, weight 0 instead of removal", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2});
  make_inhibiting(conf);
  Pool pool{conf, kNoGroups, 0};
  CHECK(check(pool, 0, false) == Lines{"Disabling service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80", "table", "rs 0 DOWN"});
  CHECK(table(pool) == "1/0 2/2");
  CHECK(check(pool, 0, true) == Lines{"Enabling service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80", "table", "rs 0 UP"});
  CHECK(table(pool) == "1/1 2/2");
}

TEST_CASE("all checkers of a server must be up; down when the first fails; no checkers: always up", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2});
  conf.real_servers[0] = server("10.0.1.1", 1, 3);
  conf.real_servers[1].checkers.clear();
  Pool pool{conf, kNoGroups, 0};
  CHECK(check(pool, 0, false, 1).size() == 3);
  CHECK(check(pool, 0, false, 2).empty());
  CHECK(check(pool, 0, true, 1).empty());
  CHECK_FALSE(pool.server(0).is_up);
  CHECK(check(pool, 0, true, 2).size() == 3);
  CHECK(pool.server(1).is_up);
  CHECK(table(pool) == "1/1 2/2");
}

TEST_CASE("a verdict that is told again changes nothing", "[checkerd][pool]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(check(pool, 0, false).empty());
  check(pool, 0, true);
  CHECK(check(pool, 0, true).empty());
}

TEST_CASE("alpha: starts down, is added after the first success", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2});
  make_alpha(conf);
  Pool pool{conf, kNoGroups, 0};
  CHECK(of([&](Actions& out) { pool.start(out); }).empty());  // without a sorry server nobody hears of it
  CHECK_FALSE(pool.has_quorum());
  CHECK(pool.wanted().size() == 1);
  CHECK(table(pool).empty());
  CHECK(check(pool, 0, true) == Lines{"Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80", "table", "rs 0 UP",
                                      "Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80", "vs UP (Gained quorum 1+0=1 <= 1)"});
  CHECK(table(pool) == "1/1");
}

TEST_CASE("alpha: the failure of a checker that never succeeded is notified once", "[checkerd][pool]") {
  VirtualServer conf = service({1});
  conf.real_servers[0] = server("10.0.1.1", 1, 2);
  make_alpha(conf);
  Pool pool{conf, kNoGroups, 0};
  CHECK(check(pool, 0, false) == Lines{"rs 0 DOWN"});
  CHECK(check(pool, 0, false).empty());
  CHECK(check(pool, 0, false, 1).empty());
  CHECK(check(pool, 0, true, 1).empty());
}

TEST_CASE("alpha with inhibit_on_failure: in the table from the start, with weight 0", "[checkerd][pool]") {
  VirtualServer conf = service({3, 2});
  make_alpha(conf);
  make_inhibiting(conf);
  Pool pool{conf, kNoGroups, 0};
  CHECK(table(pool) == "1/0 2/0");
  check(pool, 0, true);
  CHECK(table(pool) == "1/3 2/0");
}

TEST_CASE("alpha with a sorry server: Starting with quorum down", "[checkerd][pool]") {
  for (const bool inhibit : {false, true}) {
    VirtualServer conf = service({1, 1, 1}, 2, 1);
    make_alpha(conf);
    conf.sorry_server = sorry("10.0.1.99", inhibit);
    Pool pool{conf, kNoGroups, 0};
    CHECK(of([&](Actions& out) { pool.start(out); }) ==
          Lines{"Starting with quorum down 2-1=3 > 0 for VS [10.0.0.1]:tcp:80",
                std::string{inhibit ? "Enabling" : "Adding"} + " sorry server [10.0.1.99]:tcp:80 to VS [10.0.0.1]:tcp:80",
                "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80", "vs DOWN (Starting with quorum down 2-1=3 > 0)"});
    CHECK(table(pool) == "99/1");
  }
}

TEST_CASE("the check of a file does not wait for a first success", "[checkerd][pool]") {
  VirtualServer conf = service({1});
  make_alpha(conf);
  conf.real_servers[0].checkers[0].what = parsers::keepalived::FileCheck{};
  Pool pool{conf, kNoGroups, 0};
  CHECK(table(pool) == "1/1");
}

TEST_CASE("quorum: up -> down when W < Q - H, down -> up when W >= Q + H", "[checkerd][pool]") {
  VirtualServer conf = service({1, 1, 1, 1}, 3, 1);
  Pool pool{conf, kNoGroups, 0};
  of([&](Actions& out) { pool.start(out); });
  REQUIRE(pool.has_quorum());
  check(pool, 0, false);
  check(pool, 1, false);
  CHECK(pool.has_quorum());  // 2 is not below 3-1
  const Lines lost = check(pool, 2, false);
  CHECK(lost == Lines{"Removing service [10.0.1.3]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 2 DOWN",
                      "Lost quorum 3-1=2 > 1 for VS [10.0.0.1]:tcp:80", "vs DOWN (Lost quorum 3-1=2 > 1)"});
  CHECK(table(pool) == "4/1");  // without a sorry server those that are alive go on
  check(pool, 0, true);
  check(pool, 1, true);
  CHECK_FALSE(pool.has_quorum());  // 3 is below 3+1
  CHECK(check(pool, 2, true).back() == "vs UP (Gained quorum 3+1=4 <= 4)");
}

TEST_CASE("quorum: up -> down when W = 0, whatever the hysteresis", "[checkerd][pool]") {
  VirtualServer conf = service({1}, 1, 0);
  Pool pool{conf, kNoGroups, 0};
  CHECK(check(pool, 0, false).back() == "vs DOWN (Lost quorum 1-0=1 > 0)");
  VirtualServer weightless = service({0, 0}, 0, 0);  // a quorum above the total weight is reduced to it
  weightless.sorry_server = sorry();
  Pool none{weightless, kNoGroups, 0};
  CHECK(of([&](Actions& out) { none.start(out); })[2] == "Starting with quorum down 0-0=0 > 0 for VS [10.0.0.1]:tcp:80");
  CHECK(table(none) == "99/1");
  check(none, 0, false);
  CHECK(check(none, 0, true) == Lines{"Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80", "rs 0 UP"});
}

TEST_CASE("a start in the middle of the band is a start without quorum", "[checkerd][pool]") {
  VirtualServer conf = service({1, 1}, 2, 1);
  Pool silent{conf, kNoGroups, 0};
  CHECK(of([&](Actions& out) { silent.start(out); }) == Lines{"rs 0 up", "rs 1 up"});
  CHECK(table(silent) == "1/1 2/1");
  CHECK(check(silent, 0, false).size() == 3);
  CHECK(check(silent, 1, false) == Lines{"Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 1 DOWN"});
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  CHECK(of([&](Actions& out) { pool.start(out); })[2] == "Starting with quorum down 2-1=3 > 2 for VS [10.0.0.1]:tcp:80");
  CHECK(table(pool) == "99/1");
}

TEST_CASE("quorum lost with a sorry server: the alive ones are really removed, their changes are flags only", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2}, 2, 1);
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(table(pool) == "2/2");
  CHECK(check(pool, 1, false) == Lines{"Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80", "table", "rs 1 DOWN",
                                       "Lost quorum 2-1=1 > 0 for VS [10.0.0.1]:tcp:80", "Adding sorry server [10.0.1.99]:tcp:80 to VS [10.0.0.1]:tcp:80",
                                       "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80", "vs DOWN (Lost quorum 2-1=1 > 0)"});
  CHECK(table(pool) == "99/1");
  CHECK(check(pool, 0, true) == Lines{"Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80", "rs 0 UP"});
  CHECK(check(pool, 0, false) == Lines{"Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "rs 0 DOWN"});
  check(pool, 0, true);
  CHECK(table(pool) == "99/1");
  CHECK(check(pool, 1, true) == Lines{"Adding service [10.0.1.2]:tcp:80 to VS [10.0.0.1]:tcp:80", "table", "rs 1 UP",
                                      "Gained quorum 2+1=3 <= 3 for VS [10.0.0.1]:tcp:80", "Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                      "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80", "vs UP (Gained quorum 2+1=3 <= 3)"});
  CHECK(table(pool) == "1/1 2/2");
}

TEST_CASE("a sorry server with inhibit stays in the table with weight 0", "[checkerd][pool]") {
  VirtualServer conf = service({1});
  conf.sorry_server = sorry("10.0.1.99", true);
  Pool pool{conf, kNoGroups, 0};
  CHECK(table(pool) == "1/1 99/0");
  CHECK(check(pool, 0, false)[4] == "Enabling sorry server [10.0.1.99]:tcp:80 to VS [10.0.0.1]:tcp:80");
  CHECK(table(pool) == "99/1");
  CHECK(check(pool, 0, true)[4] == "Disabling sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80");
  CHECK(table(pool) == "1/1 99/0");
}

TEST_CASE("inhibit_on_failure: without quorum also the alive ones stay with weight 0 beside the sorry server", "[checkerd][pool]") {
  VirtualServer conf = service({1, 1}, 2);
  make_inhibiting(conf);
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(table(pool) == "1/0 2/0 99/1");
  CHECK(check(pool, 1, false) == Lines{"Disabling service [10.0.1.2]:tcp:80 of VS [10.0.0.1]:tcp:80", "rs 1 DOWN"});
  check(pool, 1, true);
  CHECK(table(pool) == "1/0 2/0 99/1");
  check(pool, 0, true);
  CHECK(table(pool) == "1/1 2/1");
}

TEST_CASE("the sorry server has its own forwarding method", "[checkerd][pool]") {
  VirtualServer conf = service({1});
  conf.real_servers[0].forwarding.method = Forwarding::Method::Direct;
  conf.sorry_server = sorry();
  conf.sorry_server->forwarding.method = Forwarding::Method::Tunnel;
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  REQUIRE(pool.wanted()[0].destinations.size() == 1);
  CHECK(pool.wanted()[0].destinations[0].forwarding.method == Forwarding::Method::Tunnel);
}

TEST_CASE("thresholds and every value of the service reach the table", "[checkerd][pool]") {
  VirtualServer conf = service({1});
  conf.real_servers[0].upper_threshold = 100;
  conf.real_servers[0].lower_threshold = 50;
  conf.scheduler = "sh";
  conf.scheduler_flags = 3;
  conf.one_packet = true;
  conf.persistence_timeout_s = 50;
  conf.persistence_mask = 0xffffff00;
  conf.persistence_engine = "sip";
  const auto wanted = Pool{conf, kNoGroups, 0}.wanted();
  CHECK(wanted[0].destinations[0].upper_threshold == 100);
  CHECK(wanted[0].destinations[0].lower_threshold == 50);
  const Service& out = wanted[0].service;
  CHECK(out.scheduler == "sh");
  CHECK(out.scheduler_flags == 3);
  CHECK(out.one_packet);
  CHECK(out.persistence_timeout_s == 50);
  CHECK(out.persistence_mask == 0xffffff00);
  CHECK(out.persistence_prefix == 128);
  CHECK(out.persistence_engine == "sip");
}

TEST_CASE("stop: every server is said to be shut down; without omega nothing is told", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2});
  conf.real_servers[1].inhibit_on_failure = true;
  Pool pool{conf, kNoGroups, 0};
  check(pool, 1, false);
  CHECK(of([&](Actions& out) { pool.stop(out); }) == Lines{"Shutting down service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                                           "Shutting down (inhibited) service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80"});
  CHECK(pool.wanted().empty());
}

TEST_CASE("omega: at stop notify_down for live servers and quorum_down", "[checkerd][pool]") {
  VirtualServer conf = service({1, 2});
  conf.omega = true;
  Pool pool{conf, kNoGroups, 0};
  check(pool, 1, false);
  const Lines expected{"Shutting down service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "rs 0 DOWN (Shutting down)",
                       "Shutting down service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80", "vs DOWN (Shutting down)"};
  CHECK(of([&](Actions& out) { pool.stop(out); }) == expected);
}

TEST_CASE("omega: a server that gave way to the sorry server is not told to be down, the quorum is told again", "[checkerd][pool]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.omega = true;
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  check(pool, 0, false);
  CHECK(of([&](Actions& out) { pool.stop(out); }).back() == "vs DOWN (Shutting down)");
  CHECK(of([&](Actions& out) { pool.stop(out); }).size() == 3);
}

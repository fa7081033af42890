// What pools keep over a reload, and what they say.
#include <catch2/catch.hpp>

#include "tests/unit/checkerd/core/things.h"

using namespace things;

namespace {

/// One virtual server and what a reload makes of it.
struct Reload {
  VirtualServer before, after;
  Pool pool;
  Lines words;
  std::string table_after;

  explicit Reload(VirtualServer conf) : before{conf}, after{std::move(conf)}, pool{before, kNoGroups, 0} {}
  Pool run() {
    KeepalivedConfig old_file, new_file;
    old_file.track_files.resize(1);  // what FILE_CHECKs follow
    new_file.track_files.resize(1);
    old_file.lvs.servers = {before};
    new_file.lvs.servers = {after};
    const ReloadPlan plan = plan_reload(old_file, new_file);
    Actions out;
    Pool adopted{after, kNoGroups, 0};
    pool.leave(plan.servers[0].removed, out);
    adopted.adopt(pool, plan.servers[0], out);
    words = texts(out);
    table_after = table(adopted);
    return adopted;
  }
};

}  // namespace

TEST_CASE("nothing changed: nothing is said, everything is kept", "[checkerd][reload]") {
  Reload reload{service({1, 2, 3})};
  check(reload.pool, 0, false);
  Actions out;
  reload.pool.on_weight(1, 0, 5, out);
  reload.pool.override_state(2, Override::Drain, out);
  const Pool pool = reload.run();
  CHECK(reload.words.empty());
  CHECK(reload.table_after == "2/7 3/0");
  CHECK(pool.server(2).override_state == Override::Drain);
}

TEST_CASE("a dead server is not put back; its new weight comes with its return", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  check(reload.pool, 0, false);
  reload.after.real_servers[0].weight = 4;
  Pool pool = reload.run();
  CHECK(reload.words == Lines{"Changing weight from 1 to 4 for inactive service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80"});
  CHECK(reload.table_after == "2/2");
  check(pool, 0, true);
  CHECK(table(pool) == "1/4 2/2");
}

TEST_CASE("changed weights and methods are edited in place", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  reload.after.real_servers[1].weight = 5;
  reload.after.real_servers[1].forwarding.method = Forwarding::Method::Direct;
  const Pool pool = reload.run();
  CHECK(reload.words == Lines{"Changing weight from 2 to 5 for active service [10.0.1.2]:tcp:80 of VS [10.0.0.1]:tcp:80"});
  CHECK(pool.wanted()[0].destinations[1].forwarding.method == Forwarding::Method::Direct);
}

TEST_CASE("removed servers: service RS no longer exist; new servers start up unless alpha", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  std::swap(reload.after.real_servers[0], reload.after.real_servers[1]);
  reload.after.real_servers[1] = server("10.0.1.7", 7);
  reload.after.real_servers.push_back(server("10.0.1.8", 8));
  reload.after.real_servers[2].checkers[0].times.alpha = true;
  reload.run();
  CHECK(reload.words == Lines{"service [10.0.1.1]:tcp:80 no longer exist", "Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80", "rs 0 DOWN (Removing)", "rs 1 up"});
  CHECK(reload.table_after == "2/2 7/7");
}

TEST_CASE("a removed server that was down goes without further words", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  check(reload.pool, 0, false);
  reload.after.real_servers.erase(reload.after.real_servers.begin());
  reload.run();
  CHECK(reload.words == Lines{"service [10.0.1.1]:tcp:80 no longer exist"});
}

TEST_CASE("a changed checker begins as the one was that it comes in place of", "[checkerd][reload]") {
  for (const bool alpha : {false, true}) {
    Reload reload{service({1, 2})};
    check(reload.pool, 0, false);
    for (RealServer& each : reload.after.real_servers) {
      each.checkers[0].times.retry = 9;
      each.checkers[0].times.alpha = alpha;
    }
    Pool pool = reload.run();
    CHECK(reload.words.empty());
    CHECK(reload.table_after == "2/2");
    CHECK(check(pool, 0, false).empty());  // known already
    CHECK(check(pool, 0, true).size() == 3);
    CHECK(check(pool, 1, true).empty());
  }
}

TEST_CASE("a server whose failing checker is gone comes up", "[checkerd][reload]") {
  VirtualServer conf = service({1, 2});
  conf.real_servers[0] = server("10.0.1.1", 1, 2);
  Reload reload{conf};
  check(reload.pool, 0, false, 1);
  reload.after.real_servers[0].checkers.pop_back();
  reload.run();
  CHECK(reload.words == Lines{"Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80", "rs 0 UP"});
  CHECK(reload.table_after == "1/1 2/2");
}

TEST_CASE("a further checker of a server that is up does not take it out, even if alpha", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  reload.after.real_servers[0] = server("10.0.1.1", 1, 2);
  reload.after.real_servers[0].checkers[1].times.alpha = true;
  reload.run();
  CHECK(reload.words.empty());
  CHECK(reload.table_after == "1/1 2/2");
}

TEST_CASE("the weight that a script set stands until it says another one", "[checkerd][reload]") {
  VirtualServer conf = service({1, 2});
  MiscCheck script;
  script.dynamic = true;
  conf.real_servers[0].checkers[0].what = script;
  for (const bool changed : {false, true}) {
    Reload reload{conf};
    Actions out;
    reload.pool.on_weight(0, 0, 49, out);
    reload.after.real_servers[0].weight = 3;
    if (changed) reload.after.real_servers[0].checkers[0].times.retry = 9;
    reload.run();
    CHECK(reload.words.empty());
    CHECK(reload.table_after == "1/50 2/2");
  }
}

TEST_CASE("an addition that is no script's is added to the new weight, and goes with its checker", "[checkerd][reload]") {
  VirtualServer conf = service({1, 2});
  conf.real_servers[0].checkers[0].what = parsers::keepalived::FileCheck{};
  Reload reload{conf};
  Actions out;
  reload.pool.on_weight(0, 0, 10, out);
  reload.after.real_servers[0].weight = 3;
  reload.run();
  CHECK(reload.table_after == "1/13 2/2");
  reload.after = conf;
  reload.after.real_servers[0].checkers[0] = checker();
  reload.run();
  CHECK(reload.table_after == "1/1 2/2");
}

TEST_CASE("the quorum is kept inside the band", "[checkerd][reload]") {
  Reload reload{service({1, 1, 1, 1}, 3, 1)};
  check(reload.pool, 0, false);
  check(reload.pool, 1, false);
  REQUIRE(reload.pool.has_quorum());
  CHECK(reload.run().has_quorum());
  CHECK(reload.words.empty());
  check(reload.pool, 2, false);
  check(reload.pool, 2, true);
  check(reload.pool, 1, true);
  REQUIRE_FALSE(reload.pool.has_quorum());
  CHECK_FALSE(reload.run().has_quorum());
}

TEST_CASE("a reload gains the quorum by a new server or another quorum", "[checkerd][reload]") {
  for (const bool by_server : {false, true}) {
    VirtualServer conf = service({1, 1}, 2);
    conf.sorry_server = sorry();
    Reload reload{conf};
    check(reload.pool, 0, false);
    if (by_server) reload.after.real_servers.push_back(server("10.0.1.3", 2));
    else reload.after.quorum = 1;
    reload.run();
    const Lines gained{by_server ? "Gained quorum 2+0=2 <= 3 for VS [10.0.0.1]:tcp:80" : "Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80",
                       "Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80", "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80"};
    REQUIRE(reload.words.size() >= 4);
    CHECK(Lines(reload.words.end() - 4, reload.words.end() - 1) == gained);
    CHECK(reload.words.size() == (by_server ? 5 : 4));
    CHECK(reload.table_after == (by_server ? "2/1 3/2" : "2/1"));
  }
}

TEST_CASE("a reload that loses the quorum says that it starts with quorum down", "[checkerd][reload]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.sorry_server = sorry();
  Reload reload{conf};
  reload.after.real_servers.pop_back();
  reload.run();
  CHECK(reload.words == Lines{"service [10.0.1.2]:tcp:80 no longer exist", "Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80", "rs 1 DOWN (Removing)",
                              "Starting with quorum down 2-0=2 > 1 for VS [10.0.0.1]:tcp:80", "Adding sorry server [10.0.1.99]:tcp:80 to VS [10.0.0.1]:tcp:80",
                              "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80", "vs DOWN (Starting with quorum down 2-0=2 > 1)"});
  CHECK(reload.table_after == "99/1");
}

TEST_CASE("without a sorry server a quorum lost by a reload is lost as ever", "[checkerd][reload]") {
  Reload reload{service({1, 1})};
  reload.after.quorum = 5;
  reload.run();
  CHECK(reload.words == Lines{"Lost quorum 5-0=5 > 2 for VS [10.0.0.1]:tcp:80", "vs DOWN (Lost quorum 5-0=5 > 2)"});
  CHECK(reload.table_after == "1/1 2/1");
}

TEST_CASE("another sorry server comes in place of the one that serves", "[checkerd][reload]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.sorry_server = sorry();
  Reload reload{conf};
  check(reload.pool, 0, false);
  reload.after.sorry_server = sorry("10.0.1.98");
  reload.run();
  CHECK(reload.words == Lines{"Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80", "Starting with quorum down 2-0=2 > 1 for VS [10.0.0.1]:tcp:80",
                              "Adding sorry server [10.0.1.98]:tcp:80 to VS [10.0.0.1]:tcp:80", "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80",
                              "vs DOWN (Starting with quorum down 2-0=2 > 1)"});
  CHECK(reload.table_after == "98/1");
}

TEST_CASE("a sorry server that comes or goes while there is no quorum changes place with the alive ones", "[checkerd][reload]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.sorry_server = sorry();
  Reload reload{conf};
  check(reload.pool, 0, false);
  reload.after.sorry_server.reset();
  reload.run();
  CHECK(reload.words == Lines{"Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80", "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80"});
  CHECK(reload.table_after == "2/1");  // the original leaves them out

  Reload back{service({1, 1}, 2)};
  check(back.pool, 0, false);
  back.after.sorry_server = sorry();
  back.run();
  CHECK(back.words.front() == "Starting with quorum down 2-0=2 > 1 for VS [10.0.0.1]:tcp:80");
  CHECK(back.table_after == "99/1");
}

TEST_CASE("sorry servers change while there is quorum: nothing to say but for the inhibited one", "[checkerd][reload]") {
  VirtualServer conf = service({1});
  conf.sorry_server = sorry();
  Reload silent{conf};
  silent.after.sorry_server = sorry("10.0.1.98", true);
  silent.run();
  CHECK(silent.words.empty());
  CHECK(silent.table_after == "1/1 98/0");
  conf.sorry_server = sorry("10.0.1.99", true);
  Reload reload{conf};
  reload.after.sorry_server.reset();
  reload.run();
  CHECK(reload.words == Lines{"Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80"});
  CHECK(reload.table_after == "1/1");
}

TEST_CASE("quorum gained and sorry server gone in one reload", "[checkerd][reload]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.sorry_server = sorry();
  Reload reload{conf};
  check(reload.pool, 0, false);
  reload.after.sorry_server.reset();
  reload.after.quorum = 1;
  reload.run();
  CHECK(reload.words == Lines{"Removing sorry server [10.0.1.99]:tcp:80 from VS [10.0.0.1]:tcp:80", "Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80",
                              "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80", "vs UP (Gained quorum 1+0=1 <= 1)"});
}

TEST_CASE("inhibit_on_failure that comes or goes moves a dead server", "[checkerd][reload]") {
  Reload reload{service({1, 2})};
  check(reload.pool, 0, false);
  make_inhibiting(reload.after);
  reload.run();
  CHECK(reload.words.empty());
  CHECK(reload.table_after == "1/0 2/2");
}

TEST_CASE("a virtual server that goes: Removing Virtual Server V, and everybody is told", "[checkerd][reload]") {
  const VirtualServer conf = service({1, 2});
  Pool pool{conf, kNoGroups, 0};
  check(pool, 1, false);
  CHECK(of([&](Actions& out) { pool.remove(out); }) == Lines{"Removing Virtual Server [10.0.0.1]:tcp:80", "Removing service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                                             "rs 0 DOWN (Removing)", "vs DOWN (Removing)"});
  CHECK(pool.wanted().empty());
}

TEST_CASE("a virtual server that goes while it is down has nothing more to tell", "[checkerd][reload]") {
  VirtualServer conf = service({1, 1}, 2);
  conf.sorry_server = sorry();
  Pool pool{conf, kNoGroups, 0};
  check(pool, 1, false);
  CHECK(of([&](Actions& out) { pool.remove(out); }) == Lines{"Removing Virtual Server [10.0.0.1]:tcp:80"});
}

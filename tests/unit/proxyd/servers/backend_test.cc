#include "proxyd/servers/backend.h"

#include <catch2/catch.hpp>

#include "tests/unit/proxyd/servers/fixture.h"

using namespace proxyd::servers;
using namespace std::chrono_literals;

TEST_CASE("two servers alternate", "[servers]") {
  Fixture fixture{2};
  CHECK(fixture.order(4) == "s1 s2 s1 s2");
}

TEST_CASE("a picked server counts a stream until it is released", "[servers]") {
  Fixture fixture{1};
  Server* const server = fixture.pick();
  REQUIRE(server != nullptr);
  CHECK(server->sessions.value() == 1);
  CHECK(server->sessions.max() == 1);
  fixture.backend->release(*server, fixture.now);
  CHECK(server->sessions.value() == 0);
  CHECK(server->sessions.max() == 1);
}

TEST_CASE("a full server is passed over, and all full means to queue", "[servers]") {
  Fixture fixture{2, [](auto& conf) { conf.servers[0].maxconn = 1; conf.servers[1].maxconn = 2; }};
  Server* const first = fixture.pick();
  CHECK(fixture.order_kept(2) == "s2 s2");
  bool must_queue = false;
  CHECK(fixture.backend->pick({}, fixture.now, nullptr, must_queue) == nullptr);
  CHECK(must_queue);
  CHECK(fixture.backend->take(*first, fixture.now) != Backend::Taken::Yes);
  fixture.backend->release(*first, fixture.now);
  CHECK(fixture.backend->take(*first, fixture.now) == Backend::Taken::Yes);
}

TEST_CASE("backup servers serve only when no active one can", "[servers]") {
  Fixture fixture{4, [](auto& conf) { conf.servers[2].backup = conf.servers[3].backup = true; }};
  CHECK(fixture.order(3) == "s1 s2 s1");
  fixture.backend->set_admin(fixture.server(0), kForcedMaint, 0, fixture.now);
  fixture.backend->set_admin(fixture.server(1), kForcedMaint, 0, fixture.now);
  CHECK(fixture.order(3) == "s3 s3 s3");
  CHECK(fixture.backend->usable_active() == 0);
  CHECK(fixture.backend->usable_backup() == 2);
  CHECK(fixture.backend->total_weight(fixture.now) == 1);
  fixture.backend->set_admin(fixture.server(2), kForcedMaint, 0, fixture.now);
  CHECK(fixture.order(2) == "s4 s4");
  fixture.backend->set_admin(fixture.server(3), kForcedMaint, 0, fixture.now);
  bool must_queue = true;
  CHECK(fixture.backend->pick({}, fixture.now, nullptr, must_queue) == nullptr);
  CHECK_FALSE(must_queue);
  CHECK_FALSE(fixture.backend->is_up());
  fixture.backend->set_admin(fixture.server(1), 0, kForcedMaint, fixture.now);
  CHECK(fixture.order(2) == "s2 s2");
}

TEST_CASE("with allbackups all of them share the work", "[servers]") {
  Fixture fixture{3, [](auto& conf) {
                    conf.servers[1].backup = conf.servers[2].backup = true;
                    conf.all_backups = true;
                  }};
  fixture.backend->set_admin(fixture.server(0), kForcedMaint, 0, fixture.now);
  CHECK(fixture.order(4) == "s2 s3 s2 s3");
}

TEST_CASE("weight zero and drain keep new streams away, but not persistent ones", "[servers]") {
  Fixture fixture{3};
  fixture.backend->set_weight(fixture.server(0), 0, fixture.now);
  fixture.backend->set_admin(fixture.server(1), kForcedDrain, 0, fixture.now);
  CHECK(fixture.order(3) == "s3 s3 s3");
  CHECK(fixture.backend->take(fixture.server(0), fixture.now) == Backend::Taken::Yes);
  CHECK(fixture.backend->take(fixture.server(1), fixture.now) == Backend::Taken::Yes);
  fixture.backend->set_admin(fixture.server(1), kForcedMaint, kForcedDrain, fixture.now);
  CHECK(fixture.backend->take(fixture.server(1), fixture.now) != Backend::Taken::Yes);
}

TEST_CASE("minconn follows the backend's load up to fullconn", "[servers]") {
  Fixture fixture{1, [](auto& conf) {
                    conf.servers[0].maxconn = 100;
                    conf.servers[0].minconn = 10;
                    conf.fullconn = 200;
                  }};
  Server& server = fixture.server(0);
  CHECK(server.connection_limit(fixture.now) == 10);
  for (int at = 0; at < 100; ++at) fixture.backend->sessions.up();
  CHECK(server.connection_limit(fixture.now) == 50);
  for (int at = 0; at < 100; ++at) fixture.backend->sessions.up();
  CHECK(server.connection_limit(fixture.now) == 100);
}

TEST_CASE("minconn alone is a maxconn", "[servers]") {
  Fixture fixture{1, [](auto& conf) { conf.servers[0].minconn = 3; }};
  CHECK(fixture.server(0).connection_limit(fixture.now) == 3);
}

TEST_CASE("a slow start raises weight and limit step by step after a recovery, not at boot", "[servers]") {
  Fixture fixture{1, [](auto& conf) {
                    conf.servers[0].weight = 10;
                    conf.servers[0].maxconn = 40;
                    conf.servers[0].slow_start = 16s;
                  }};
  Server& server = fixture.server(0);
  CHECK(server.effective_weight(fixture.now) == 10);
  fixture.backend->set_operation(server, Operation::Stopped, "changed from CLI", fixture.now);
  fixture.backend->set_operation(server, Operation::Running, "changed from CLI", fixture.now);
  CHECK(server.operation == Operation::Starting);
  CHECK(server.effective_weight(fixture.now) == 1);
  CHECK(server.connection_limit(fixture.now) == 1);
  fixture.now += 8s;
  CHECK(server.throttle_percent(fixture.now) == 50);
  CHECK(server.connection_limit(fixture.now) == 20);
  CHECK(server.effective_weight(fixture.now) == 6);
  fixture.now += 8s;
  (void)fixture.order(1);
  CHECK(server.operation == Operation::Running);
  CHECK(server.connection_limit(fixture.now) == 40);
}

TEST_CASE("while one server starts slowly it gets a small share", "[servers]") {
  Fixture fixture{2, [](auto& conf) { conf.servers[1].slow_start = 100s; }};
  fixture.backend->set_operation(fixture.server(1), Operation::Stopped, "x", fixture.now);
  fixture.backend->set_operation(fixture.server(1), Operation::Running, "x", fixture.now);
  int slow = 0;
  for (int at = 0; at < 170; ++at) {
    Server* const server = fixture.pick();
    slow += server == &fixture.server(1);
    fixture.backend->release(*server, fixture.now);
  }
  CHECK(slow == 10);  // one in seventeen
}

TEST_CASE("source sends a client to the same server", "[servers]") {
  Fixture fixture{4, [](auto& conf) { conf.algorithm = proxyd::config::Algorithm::Source; }};
  bool must_queue = false;
  const PickKey v4{.hash = 0x7f000001, .has_hash = true};
  CHECK(fixture.backend->pick(v4, fixture.now, nullptr, must_queue)->conf.name == "s2");
  CHECK(fixture.backend->pick(v4, fixture.now, nullptr, must_queue)->conf.name == "s2");
  const PickKey v6{.hash = 0x20010db8u ^ 3u, .has_hash = true};
  CHECK(fixture.backend->pick(v6, fixture.now, nullptr, must_queue)->conf.name == "s4");  // ...b8 ^ 3 = 3 mod 4
}

TEST_CASE("every algorithm of the configuration works in a backend", "[servers]") {
  using proxyd::config::Algorithm;
  for (const Algorithm algorithm : {Algorithm::RoundRobin, Algorithm::StaticRr, Algorithm::LeastConn, Algorithm::First,
                                    Algorithm::Source, Algorithm::Random}) {
    Fixture fixture{3, [&](auto& conf) {
                      conf.algorithm = algorithm;
                      for (auto& server : conf.servers) server.maxconn = 2;
                    }};
    bool must_queue = false;
    int got = 0;
    for (std::uint64_t at = 0; at < 200; ++at) {
      const PickKey key{.hash = std::uint32_t(at), .has_hash = true, .random = at};
      got += fixture.backend->pick(key, fixture.now, nullptr, must_queue) != nullptr;
    }
    CHECK(got == 6);
    CHECK(must_queue);
  }
}

TEST_CASE("a backend without servers counts as up", "[servers]") {
  Fixture fixture{0};
  CHECK(fixture.backend->is_up());
  CHECK(fixture.backend->find_server("s1") == nullptr);
}

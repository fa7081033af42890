#include <catch2/catch.hpp>

#include <algorithm>

#include "vrrpd/core/engine.h"

using namespace vrrpd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1'000s};
const Address kOurs = *Address::parse("10.0.0.5");
const Address kLower = *Address::parse("10.0.0.1");
const Address kHigher = *Address::parse("10.0.0.9");

RouterSettings settings(std::uint8_t priority, std::uint8_t version = 2) {
  RouterSettings out;
  out.name = "VI_1";
  out.version = version;
  out.priority = priority;
  out.source = kOurs;
  return out;
}

/// One engine with its clock and what it asked for last.
struct Node {
  explicit Node(RouterSettings router) : engine{{std::move(router)}, {}} { run([&](Actions& out) { engine.start(now, now, out); }); }
  Node(std::vector<RouterSettings> routers, std::vector<GroupSettings> groups) : engine{std::move(routers), std::move(groups)} {
    run([&](Actions& out) { engine.start(now, now, out); });
  }
  template <class Do>
  void run(Do&& act) {
    actions.clear();
    act(actions);
  }
  void hear(std::uint8_t priority, const Address& sender, std::size_t router = 0, Duration interval = 1s) {
    run([&](Actions& out) { engine.on_advert(router, {.priority = priority, .interval = interval, .sender = sender}, now, out); });
  }
  /// Lets time pass to the next deadline and handles it.
  void wait() {
    now = engine.next_deadline();
    REQUIRE(now != lib::base::kNever);
    run([&](Actions& out) { engine.on_time(now, out); });
  }
  void faults(unsigned count, std::size_t router = 0, Leave leave = Leave::Gracefully, unsigned pending = 0) {
    run([&](Actions& out) { engine.set_faults(router, count, pending, "script chk down", leave, now, out); });
  }
  State state(std::size_t router = 0) const { return engine.status(router).state; }
  Duration left() const { return engine.next_deadline() - now; }
  bool did(ActionKind kind) const {
    return std::any_of(actions.begin(), actions.end(), [&](const Action& each) { return each.kind == kind; });
  }
  std::vector<int> sent() const {
    std::vector<int> out;
    for (const Action& each : actions)
      if (each.kind == ActionKind::SendAdvert) out.push_back(each.priority);
    return out;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Action& each : actions)
      if (each.kind == ActionKind::Log) out.push_back(each.text);
    return out;
  }
  Instant now = kStart;
  Engine engine;
  Actions actions;
};

struct Master : Node {
  explicit Master(RouterSettings with) : Node{std::move(with)} {
    wait();
    REQUIRE(state() == State::Master);
  }
};

}  // namespace

TEST_CASE("skew and master-down times are in each version's unit", "[vrrp][rfc3768][rfc9568]") {
  // RFC 3768 section 6.1: skew = (256 - priority) / 256 seconds.
  CHECK(skew_time(2, 100, 1s) == 609375us);
  CHECK(master_down_interval(2, 80, 1s, 3) == 3687500us);
  CHECK(skew_time(2, 100, 10s) == 609375us);
  // RFC 9568 section 6.1: of the Active Router's advertisement interval.
  CHECK(skew_time(3, 100, 100ms) == 60937us);
  CHECK(master_down_interval(3, 100, 100ms, 3) == 360937us);
  CHECK(skew_time(3, 255, 1s) == 3906us);
}

TEST_CASE("at the start a router waits as a backup, whatever its wish (section 6.4.1)", "[vrrp][rfc9568]") {
  RouterSettings wishes = settings(100);
  wishes.wants_master = true;
  Node node{wishes};
  CHECK(node.state() == State::Backup);
  CHECK(node.lines() == std::vector<std::string>{"(VI_1) Entering BACKUP STATE (init)"});
  CHECK(node.left() == 3609375us);
}

TEST_CASE("the owner of the addresses is master at once and says nothing of backup (section 6.4.1)", "[vrrp][rfc9568]") {
  Node node{settings(255)};
  CHECK(node.state() == State::Master);
  CHECK(node.lines() == std::vector<std::string>{"(VI_1) Entering MASTER STATE"});
  CHECK(node.sent() == std::vector<int>{255});
}

TEST_CASE("when the master-down timer fires: advert, line, addresses, announcement, in this order (section 6.4.2)",
          "[vrrp][rfc9568]") {
  Node node{settings(100)};
  node.wait();
  CHECK(node.now - kStart == 3609375us);
  std::vector<ActionKind> kinds;
  for (const Action& each : node.actions)
    if (each.level == Level::Always) kinds.push_back(each.kind);
  CHECK(kinds == std::vector<ActionKind>{ActionKind::SendAdvert, ActionKind::Log, ActionKind::AddAddresses,
                                         ActionKind::Announce, ActionKind::StateChanged});
  CHECK(node.left() == 1s);
  node.wait();
  CHECK(node.sent() == std::vector<int>{100});
}

TEST_CASE("a backup waits only the skew time after the master resigns (section 6.4.2)", "[vrrp][rfc9568]") {
  Node node{settings(100)};
  node.hear(150, kHigher);
  node.hear(0, kHigher);
  CHECK(node.left() == 609375us);
}

TEST_CASE("adverts of a better or equal master start the timer again (section 6.4.2)", "[vrrp][rfc9568]") {
  Node node{settings(100)};
  node.now += 2s;
  node.hear(100, kLower);  // equal: a backup does not preempt it
  CHECK(node.left() == 3609375us);
  node.now += 3s;
  node.hear(150, kHigher);
  CHECK(node.left() == 3609375us);
}

TEST_CASE("version 3 takes the interval from the master's adverts (section 6.4.2)", "[vrrp][rfc9568]") {
  Node node{settings(100, 3)};
  node.hear(150, kHigher, 0, 200ms);
  CHECK(node.left() == master_down_interval(3, 100, 200ms, 3));
}

TEST_CASE("a lower priority is discarded when we preempt, and kept with nopreempt (section 6.4.2)", "[vrrp][rfc9568]") {
  Node preempts{settings(100)};
  preempts.now += 2s;
  preempts.hear(90, kHigher);
  CHECK(preempts.left() == 1609375us);
  CHECK(preempts.lines() == std::vector<std::string>{"(VI_1) received lower priority (90) advert from 10.0.0.9 - discarding"});
  RouterSettings patient = settings(100);
  patient.preempt = false;
  Node keeps{patient};
  keeps.now += 2s;
  keeps.hear(90, kHigher);
  CHECK(keeps.left() == 3609375us);
}

TEST_CASE("a master that falls below us is replaced after the skew time, or as the original does it", "[vrrp]") {
  Node node{settings(100)};
  node.hear(120, kHigher);
  node.now += 1s;
  node.hear(70, kHigher);
  CHECK(node.left() == 609375us);
  node.now += 100ms;
  node.hear(70, kHigher);  // it goes on: the wait does not begin again
  CHECK(node.left() == 509375us);
  Node stranger{settings(100)};
  stranger.hear(120, kHigher);
  stranger.now += 1s;
  stranger.hear(70, kLower);  // not the master that we followed
  CHECK(stranger.left() == 2609375us);
  RouterSettings original = settings(100);
  original.advertise_priority_change = false;
  Node patient{original};
  patient.hear(120, kHigher);
  patient.now += 1s;
  patient.hear(70, kHigher);
  CHECK(patient.left() == 2609375us);
}

TEST_CASE("preempt_delay runs from the first lower advert and ends with a better one", "[vrrp]") {
  RouterSettings delayed = settings(100);
  delayed.preempt_delay = 10s;
  Node node{delayed};
  const Instant began = node.now;
  for (int i = 0; i < 10; ++i) {
    node.hear(90, kLower);
    CHECK(node.left() == 3609375us);
    node.now += 1s;
  }
  CHECK(node.now - began == 10s);
  node.hear(90, kLower);  // the delay is over: discarded
  CHECK(node.left() == 2609375us);
  Node other{delayed};
  other.hear(90, kLower);
  other.hear(110, kHigher);
  CHECK(other.lines().front() == "(VI_1) stop preempt delay");
}

TEST_CASE("a master yields to a higher priority, and to an equal one of a higher address (section 6.4.3)", "[vrrp][rfc9568]") {
  Master higher{settings(100)};
  higher.hear(101, kLower);
  CHECK(higher.state() == State::Backup);
  CHECK(higher.sent().empty());
  CHECK(higher.did(ActionKind::RemoveAddresses));
  CHECK(higher.lines() == std::vector<std::string>{"(VI_1) Master received advert from 10.0.0.1 with higher priority 101, ours 100",
                                                   "(VI_1) Entering BACKUP STATE"});
  Master equal{settings(100)};
  equal.hear(100, kLower);
  CHECK(equal.state() == State::Master);
  equal.hear(100, kHigher);
  CHECK(equal.state() == State::Backup);
  Master itself{settings(100)};
  itself.hear(100, kOurs);
  CHECK(itself.state() == State::Master);
}

TEST_CASE("a master answers a lower priority and a resignation at once (section 6.4.3)", "[vrrp][rfc9568]") {
  Master node{settings(100)};
  node.now += 300ms;
  node.hear(90, kHigher);
  CHECK(node.sent() == std::vector<int>{100});
  CHECK(node.did(ActionKind::AnnounceLower));
  CHECK(node.left() == 1s);
  CHECK(node.lines().front() ==
        "(VI_1) Received advert from 10.0.0.9 with lower priority 90, ours 100, forcing new election");
  node.hear(0, kHigher);
  CHECK(node.sent() == std::vector<int>{100});
  RouterSettings quiet = settings(100);
  quiet.lower_prio_no_advert = true;
  Master silent{quiet};
  silent.hear(90, kHigher);
  CHECK(silent.sent().empty());
}

TEST_CASE("a fault takes a master down with priority 0, and its end starts a full wait", "[vrrp]") {
  RouterSettings original = settings(100);
  original.make_before_break = false;
  Master node{original};
  node.faults(1);
  CHECK(node.state() == State::Fault);
  CHECK(node.sent() == std::vector<int>{0});
  CHECK(node.did(ActionKind::RemoveAddresses));
  node.hear(50, kLower);
  CHECK(node.actions.empty());  // in Fault nothing is heard
  node.faults(0);
  CHECK(node.state() == State::Backup);
  CHECK(node.left() == 3609375us);
}

TEST_CASE("make before break: the addresses stay until the new master speaks, or nobody does", "[vrrp]") {
  Master node{settings(100)};
  node.faults(1);
  CHECK(node.sent() == std::vector<int>{0});
  CHECK_FALSE(node.did(ActionKind::RemoveAddresses));
  CHECK(node.engine.status(0).is_releasing);
  CHECK_FALSE(node.engine.is_released());
  node.now += 600ms;
  node.hear(90, kHigher);
  CHECK(node.did(ActionKind::RemoveAddresses));
  CHECK(node.engine.is_released());

  Master alone{settings(100)};
  alone.run([&](Actions& out) { alone.engine.stop_all(alone.now, out); });
  CHECK(alone.sent() == std::vector<int>{0});
  CHECK(alone.state() == State::Stop);
  CHECK(alone.left() <= 2s);  // skew and one interval
  alone.wait();
  CHECK(alone.did(ActionKind::RemoveAddresses));
  CHECK(alone.engine.is_released());
}

TEST_CASE("a link that is down answers nobody: its addresses go at once", "[vrrp]") {
  Master node{settings(100)};
  node.faults(1, 0, Leave::AtOnce);
  CHECK(node.did(ActionKind::RemoveAddresses));
}

TEST_CASE("scripts that have not run yet hold the start back without a word", "[vrrp]") {
  Engine engine{{settings(100)}, {}};
  Actions out;
  engine.set_faults(0, 0, 1, "", Leave::Gracefully, kStart, out);
  engine.start(kStart, kStart, out);
  CHECK(out.empty());
  CHECK(engine.status(0).state == State::Init);
  engine.set_faults(0, 0, 0, "", Leave::Gracefully, kStart + 1s, out);
  CHECK(engine.status(0).state == State::Backup);
}

TEST_CASE("effective priority is clamped, moves the timer and is advertised at once", "[vrrp]") {
  Node backup{settings(100)};
  backup.run([&](Actions& out) { backup.engine.set_weight_sum(0, -30, backup.now, out); });
  CHECK(backup.engine.status(0).effective_priority == 70);
  CHECK(backup.lines() == std::vector<std::string>{"(VI_1) Changing effective priority from 100 to 70"});
  CHECK(backup.left() == master_down_interval(2, 70, 1s, 3));
  backup.run([&](Actions& out) { backup.engine.set_weight_sum(0, -300, backup.now, out); });
  CHECK(backup.engine.status(0).effective_priority == 1);
  backup.run([&](Actions& out) { backup.engine.set_weight_sum(0, 300, backup.now, out); });
  CHECK(backup.engine.status(0).effective_priority == 254);
  Master active{settings(100)};
  active.run([&](Actions& out) { active.engine.set_weight_sum(0, -30, active.now, out); });
  CHECK(active.sent() == std::vector<int>{70});
  Node owner{settings(255)};
  owner.run([&](Actions& out) { owner.engine.set_weight_sum(0, -30, owner.now, out); });
  CHECK(owner.engine.status(0).effective_priority == 255);
}

TEST_CASE("while the start is delayed nothing is heard and the timer counts from its end", "[vrrp]") {
  Engine engine{{settings(100)}, {}};
  Actions out;
  engine.start(kStart, kStart + 10s, out);
  CHECK(engine.next_deadline() == kStart + 10s + 3609375us);
  engine.on_advert(0, {.priority = 200, .interval = 1s, .sender = kHigher}, kStart + 1s, out);
  CHECK(engine.next_deadline() == kStart + 10s + 3609375us);
}

TEST_CASE("an address that somebody removed makes the master compete again", "[vrrp]") {
  Master node{settings(100)};
  node.run([&](Actions& out) { node.engine.on_address_lost(0, node.now, out); });
  CHECK(node.sent() == std::vector<int>{0});
  CHECK(node.state() == State::Backup);
  CHECK(node.left() == 3609375us);
  Node owner{settings(255)};
  owner.run([&](Actions& out) { owner.engine.on_address_lost(0, owner.now, out); });
  CHECK(owner.state() == State::Master);
}

TEST_CASE("members of a sync group become master together, yield together, fail together", "[vrrp]") {
  RouterSettings first = settings(100), second = settings(100);
  first.group = second.group = 0;
  first.name = "VI_1";
  second.name = "VI_2";
  Node node{{first, second}, {{.name = "G1", .members = {0, 1}}}};
  CHECK(node.engine.group_state(0) == State::Backup);
  node.hear(100, kLower, 1);  // only the first one's timer runs out
  node.now += 1s;
  node.hear(200, kHigher, 1);
  node.wait();
  CHECK(node.state(0) == State::Backup);  // waits for the second
  node.hear(0, kHigher, 1);
  for (int i = 0; i < 10 && node.state(0) != State::Master; ++i) node.wait();
  CHECK(node.state(0) == State::Master);
  CHECK(node.state(1) == State::Master);
  CHECK(node.engine.group_state(0) == State::Master);
  node.hear(200, kHigher, 0);
  CHECK(node.state(0) == State::Backup);
  CHECK(node.state(1) == State::Backup);
  CHECK(node.engine.group_state(0) == State::Backup);
  node.faults(1, 1);
  CHECK(node.state(0) == State::Fault);
  CHECK(node.state(1) == State::Fault);
  node.faults(0, 1);
  CHECK(node.state(0) == State::Backup);
  CHECK(node.state(1) == State::Backup);
}

TEST_CASE("after a long pause a master sends one advert, not all that it missed", "[vrrp]") {
  Master node{settings(100)};
  node.now += 10s;
  node.run([&](Actions& out) { node.engine.on_time(node.now, out); });
  CHECK(node.sent().size() == 1);
  CHECK(node.left() == 1s);
}

namespace {

/// The same routers with other settings, as after a reload.
void reload(Node& node, Engine& fresh, const std::vector<std::optional<std::size_t>>& was) {
  node.run([&](Actions& out) {
    fresh.adopt(node.engine, was);
    fresh.start(node.now, node.now + 30s, out);
  });
}

}  // namespace

TEST_CASE("a reload that changes nothing asks for nothing and moves no timer") {
  Node node{settings(100)};
  node.wait();
  REQUIRE(node.state() == State::Master);
  Engine fresh{{settings(100)}, {}};
  reload(node, fresh, {0});
  CHECK(node.actions.empty());
  CHECK(fresh.status(0).state == State::Master);
  CHECK(fresh.next_deadline() == node.engine.next_deadline());
}

TEST_CASE("a master whose priority a reload changes says so at once") {
  Node node{settings(100)};
  node.wait();
  Engine fresh{{settings(50)}, {}};
  reload(node, fresh, {0});
  CHECK(node.sent() == std::vector<int>{50});
  CHECK(fresh.status(0).effective_priority == 50);
  CHECK(fresh.status(0).state == State::Master);
}

TEST_CASE("a new interval counts from the reload: RFC 3768 section 6.1") {
  RouterSettings slow = settings(100);
  slow.advert_interval = 5s;
  Node node{slow};
  Engine fresh{{settings(100)}, {}};
  node.now += 1s;
  reload(node, fresh, {0});
  CHECK(fresh.next_deadline() - node.now == master_down_interval(2, 100, 1s, 3));
}

TEST_CASE("routers keep their state when the file changes their order, and new ones begin") {
  RouterSettings first = settings(100), second = settings(90), third = settings(80);
  second.name = "VI_2";
  third.name = "VI_3";
  Node node{{first, second}, {}};
  node.hear(120, kHigher, 0);
  while (node.state(1) != State::Master) node.wait();
  const State was_first = node.state(0);
  Engine fresh{{third, second, first}, {}};
  reload(node, fresh, {std::nullopt, 1, 0});
  CHECK(fresh.status(1).state == State::Master);
  CHECK(fresh.status(2).state == was_first);
  CHECK(fresh.status(0).state == State::Backup);
  CHECK(node.lines() == std::vector<std::string>{"(VI_3) Entering BACKUP STATE (init)"});
}

TEST_CASE("a master that a reload makes a member of a group with others begins again with them") {
  RouterSettings first = settings(100), second = settings(100);
  second.name = "VI_2";
  Node node{{first, second}, {}};
  node.now += 1s;
  node.hear(120, kHigher, 1);
  while (node.state(0) != State::Master) {
    node.hear(120, kHigher, 1);
    node.wait();
  }
  REQUIRE(node.state(1) == State::Backup);
  first.group = second.group = 0;
  Engine fresh{{first, second}, {{.name = "G", .members = {0, 1}}}};
  reload(node, fresh, {0, 1});
  CHECK(fresh.status(0).state == State::Backup);
  CHECK(fresh.group_state(0) == State::Backup);
  CHECK(node.sent() == std::vector<int>{0});
}

TEST_CASE("masters that become a group together stay") {
  RouterSettings first = settings(100), second = settings(100);
  second.name = "VI_2";
  Node node{{first, second}, {}};
  while (node.state(0) != State::Master || node.state(1) != State::Master) node.wait();
  first.group = second.group = 0;
  Engine fresh{{first, second}, {{.name = "G", .members = {0, 1}}}};
  reload(node, fresh, {0, 1});
  CHECK(fresh.status(0).state == State::Master);
  CHECK(fresh.group_state(0) == State::Master);
  CHECK(node.sent().empty());
}

TEST_CASE("timer_expired_backup: who slept until the best other had waited long enough goes back, without a word") {
  for (const bool too_late : {false, true}) {
    RouterSettings one = settings(150);
    one.preempt = false;
    one.timer_expired_backup = 200;
    Node node{one};
    node.wait();
    REQUIRE(node.state() == State::Master);
    const Instant last_advert = node.now;
    node.now = last_advert + master_down_interval(2, 200, 1s, 3) + (too_late ? Duration{1} : Duration{0});
    node.run([&](Actions& out) { node.engine.on_time(node.now, out); });
    CHECK(node.state() == (too_late ? State::Backup : State::Master));
    CHECK(node.sent().empty() == too_late);
    CHECK(node.did(ActionKind::RemoveAddresses) == too_late);
  }
}

#include <catch2/catch.hpp>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "lib/base/text.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/lines.h"
#include "parsers/keepalived/load.h"
#include "tests/unit/parsers/keepalived/fake_system.h"

using namespace parsers::keepalived;
using namespace parsers::keepalived::test;
using namespace std::chrono_literals;

namespace {

/// One instance with these lines in it.
std::string instance(const std::string& lines, const std::string& before = "") {
  return before + "vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress {\n    10.0.0.1/24\n  }\n" + lines + "}\n";
}

}  // namespace

TEST_CASE("an instance's values and defaults", "[keepalived]") {
  const Loaded loaded = read(instance("  priority 120\n  advert_int 2\n  authentication {\n auth_type PASS\n auth_pass 1111\n }\n"));
  CHECK(said(loaded).empty());
  CHECK(loaded.test_status() == 0);
  REQUIRE(loaded.config.instances.size() == 1);
  const VrrpInstance& it = loaded.config.instances[0];
  CHECK(it.vrid == 51);
  CHECK(it.priority == 120);
  CHECK(it.advert_interval == 2s);
  CHECK(it.version == 2);
  CHECK(it.family == AF_INET);
  CHECK(it.auth_type == AuthType::Pass);
  CHECK(it.auth_pass == "1111");
  CHECK(it.multicast_group.host() == "224.0.0.18");
  CHECK(it.garp.master_repeat == 5);
  CHECK(it.make_before_break);
}

TEST_CASE("braces may stand anywhere, comments behind anything", "[keepalived]") {
  const Loaded loaded = read("vrrp_instance VI_1 { # a comment\n interface eth0 ! another\nvirtual_router_id 51\nvirtual_ipaddress\n{\n10.0.0.1/24 dev eth0 label eth0:0 }\n}");
  CHECK(said(loaded).empty());
  REQUIRE(loaded.config.instances.size() == 1);
  REQUIRE(loaded.config.instances[0].addresses.size() == 1);
  CHECK(loaded.config.instances[0].addresses[0].label == "eth0:0");
  CHECK(loaded.config.instances[0].addresses[0].prefix_length == 24);
}

TEST_CASE("the original's words for what is wrong, with the exit code of -t", "[keepalived]") {
  struct Row {
    std::string text;
    Lines lines;
    int status;
  };
  const Row row = GENERATE(
      Row{instance("  bogus\n"), {"(f.conf: Line 7) Unknown keyword 'bogus'"}, 5},
      Row{instance("  priority\n"),
          {"(f.conf: Line 7) *** Configuration line starting `priority` is missing a parameter after keyword `priority` at word position 2"}, 2},
      Row{instance("  priority 300\n"),
          {"(f.conf: Line 7) number '300' outside range [1, 255]", "(f.conf: Line 7) (VI_1) Priority not valid! must be between 1 & 255. Using default 100"}, 5},
      Row{instance("  state FOO\n"), {"(f.conf: Line 7) (VI_1) unknown state 'FOO', defaulting to BACKUP"}, 5},
      Row{instance("  state MASTER\n  priority 100\n  nopreempt\n"), {"(VI_1) Warning - nopreempt will not work with initial state MASTER - clearing"}, 5},
      Row{instance("  authentication {\n auth_type MD5\n}\n"), {"(f.conf: Line 8) (VI_1) unknown authentication type 'MD5'"}, 5},
      Row{instance("  authentication {\n auth_type PASS\n auth_pass 1234567890\n}\n"), {"(f.conf: Line 9) Truncating auth_pass to 8 characters"}, 5},
      Row{instance("  version 3\n  advert_int 50\n"), {"(VI_1) VRRPv3 advertisement interval 50.00s is out of range. Must be less than 40.96s. Setting to 40.95s"}, 5},
      Row{instance("  advert_int 0.5\n"), {"(VI_1) VRRPv2 advertisement interval 0.500000s must be an integer. rounding"}, 5},
      Row{instance("  track_script {\n nope\n}\n"), {"(f.conf: Line 8) (VI_1) track script nope not found, ignoring..."}, 5},
      Row{instance("", "vrrp_script s {\n interval 2\n}\n"), {"(f.conf: Line 3) No script set for vrrp_script s - removing"}, 5},
      Row{instance("", "vrrp_script s {\n script \"/x/y.sh a\"\n}\n"),
          {"SECURITY VIOLATION - scripts are being executed but script_security not enabled."}, 6},
      Row{instance("  unicast_src_ip 10.0.0.9\n"),
          {"(VI_1) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration."}, 5},
      Row{instance("") + "}\n", {"(f.conf: Line 8) Extra '}' found"}, 5},
      Row{instance("", "vrrp_sync_group G {\n group {\n VI_1\n}\n}\n"), {"Sync group G has only 1 virtual router(s) - this probably isn't what you want"}, 5});
  const Loaded loaded = read(row.text);
  CHECK(said(loaded) == row.lines);
  CHECK(loaded.test_status() == row.status);
}

TEST_CASE("the host is asked once for an interface, however often it is named", "[keepalived]") {
  struct CountingSystem : FakeSystem {
    std::optional<InterfaceFacts> find_interface(std::string_view name) const override {
      asked.emplace_back(name);
      return FakeSystem::find_interface(name);
    }
    mutable std::vector<std::string> asked;
  };
  const CountingSystem system;
  const std::string text = instance("  track_interface {\n eth1\n}\n  virtual_routes {\n 10.1.0.0/16 dev eth0\n 10.2.0.0/16 dev eth1\n}\n");
  CHECK(load_text("f.conf", text, {}, system).config.instances.size() == 1);
  CHECK(system.asked == Lines{"eth0", "eth1"});
}

TEST_CASE("what the original's VRRP process refuses, ours refuses", "[keepalived]") {
  CHECK_FALSE(read(instance("")).refused_vrrp);
  CHECK(read("vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 10.0.0.1\n}\n}\n").refused_vrrp);                        // no VRID
  CHECK(read("vrrp_instance A {\n interface nope0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n}\n}\n").refused_vrrp);  // no interface
  CHECK(read("vrrp_instance A {\n interface eth0\n version 3\n virtual_router_id 1\n}\n").refused_vrrp);                          // no address, version 3
  CHECK(read(instance("") + "vrrp_instance VI_2 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 10.0.0.2\n}\n}\n").refused_vrrp);
}

TEST_CASE("strict mode does what the notes' files meet", "[keepalived]") {
  const Loaded loaded = read(instance("  state MASTER\n  priority 100\n  authentication {\n auth_type PASS\n auth_pass test\n}\n", "global_defs {\n vrrp_strict\n}\n"));
  CHECK(said(loaded) == Lines{"(VI_1) State MASTER must match being address owner", "(VI_1) Strict mode does not support authentication. Ignoring."});
  const VrrpInstance& it = loaded.config.instances[0];
  CHECK_FALSE(it.wants_master);
  CHECK(it.auth_type == AuthType::None);
  CHECK_FALSE(it.accept);
  CHECK(it.lower_prio_no_advert);
  CHECK(it.garp.lower_prio_repeat == 0);
}

TEST_CASE("definitions, conditions and sequences", "[keepalived]") {
  const Loaded loaded = read(
      "$IF=eth0\n$PRIO=100\n@lb1 $PRIO=150\n@^lb1 $PRIO=50\n"
      "$ADDRESSES=\\\n 10.0.0.1 \\\n 10.0.0.2 \\\n 10.0.0.3\n"
      "vrrp_instance VI_1 {\n interface $IF\n virtual_router_id 51\n priority ${PRIO}\n virtual_ipaddress {\n $ADDRESSES\n"
      " ~SEQ(N, 11, 13) 10.0.0.$N\n ~SEQ(J,1,2,5) 10.0.1.$J\n ~LST({A,B}, {1,2}, {3,4}) 10.${A}.${B}.1\n }\n}\n");
  CHECK(said(loaded).empty());
  REQUIRE(loaded.config.instances.size() == 1);
  CHECK(loaded.config.instances[0].priority == 150);
  Lines addresses;
  for (const IpAddress& address : loaded.config.instances[0].addresses) addresses.push_back(address.address.host());
  CHECK(addresses == Lines{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.1.1", "10.0.1.3", "10.0.1.5", "10.1.2.1", "10.3.4.1"});
}

TEST_CASE("a definition that names itself, and one without end, end", "[keepalived]") {
  CHECK(read("$A=$A$A x\n$A\n").findings.size() < 100);
  CHECK(read("$A=~SEQ(N, 1, 99999999) x\n$A\n").findings.size() < 100);
  const Loaded loaded = read("~SEQ(N, 1, 60000) ~SEQ(M, 1, 60000) x\n");
  CHECK(loaded.findings.front().diagnostic.message == "definitions and sequences make too many lines - ignoring the rest");
}

TEST_CASE("commands are split as the original splits them", "[keepalived]") {
  CHECK(split_command("/x/n.sh master a\\ b 'e f'") == Lines{"/x/n.sh", "master", "a b", "e f"});
  CHECK(split_command("  killall  -0 haproxy ") == Lines{"killall", "-0", "haproxy"});
  const Loaded loaded = read(instance("  notify_master \"/x/n.sh master a\\ b \\\"c d\\\" 'e f'\" nobody\n", "global_defs {\n enable_script_security\n script_user root\n}\n"));
  REQUIRE(loaded.config.instances[0].notify.master);
  const Command& command = *loaded.config.instances[0].notify.master;
  CHECK(command.argv == Lines{"/x/n.sh", "master", "a b", "\"c", "d\"", "e f"});
  CHECK(command.uid == 65534);
}

TEST_CASE("a script that others can change does not run under enable_script_security", "[keepalived]") {
  const Loaded loaded = read(instance("  notify \"/x/insecure.sh\"\n", "global_defs {\n enable_script_security\n script_user root\n}\n"));
  CHECK_FALSE(loaded.config.instances[0].notify.generic);
  CHECK(said(loaded) == Lines{"Unsafe permissions found for script '/x/insecure.sh' - disabling."});
  CHECK(loaded.test_status() == 0);  // as keepalived: its log only
}

TEST_CASE("the notes' files load without a word that stops a start", "[keepalived][notes]") {
  const char* const folder = std::getenv("NOTES");
  if (folder == nullptr) return;  // only under make, which knows where they are
  for (const char* const name : {"single-master", "nopreempt-slave", "preempt-delay-master", "unicast-master", "notify-mail-master", "dual-master-master",
                                 "haproxy-track-master", "lvs-wrr-strict-lvs1", "vip-web1", "web-track-script-web1", "lvs-dr-dual-master"}) {
    INFO(name);
    std::ostringstream text;
    text << std::ifstream{std::string{folder} + "/" + name + ".conf"}.rdbuf();
    REQUIRE_FALSE(text.str().empty());
    struct Notes : FakeSystem {
      std::optional<InterfaceFacts> find_interface(std::string_view) const override { return InterfaceFacts{}; }
    };
    const Loaded loaded = load_text(name, text.str(), {}, Notes{});
    CHECK_FALSE(loaded.refused_vrrp);
    CHECK_FALSE(loaded.config.instances.empty());
  }
}

TEST_CASE("mutated files end in findings with places inside the file", "[keepalived]") {
  const std::string base = instance("  priority 120\n  notify \"/x/n.sh a\" root\n  track_interface {\n eth1 weight -10\n }\n", "$X=1\nglobal_defs {\n router_id a\n}\n");
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  const std::string alphabet = "{}\"'$~@#!\\\n (),=aA0-/\t";
  for (int i = 0; i < 2'000; ++i) {
    std::string text = base;
    for (int changes = 0; changes < 4; ++changes) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0) text.erase(at, 1 + random() % 5);
      else text.insert(at, 1, alphabet[random() % alphabet.size()]);
    }
    const Loaded loaded = read(text);
    const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const Finding& finding : loaded.findings) {
      CHECK_FALSE(finding.diagnostic.message.empty());
      CHECK(finding.diagnostic.place.line <= lines);
    }
    if (!loaded.findings.empty()) continue;
    CHECK(read(text).config.instances.size() == loaded.config.instances.size());
  }
}

TEST_CASE("auth_hmac: keys in three forms, defaults that depend on the interval", "[keepalived]") {
  const std::string text(40, 't');
  const Loaded loaded = read(instance("  advert_int 4\n  auth_hmac {\n   key 1 " + text + "\n   key 2 hex:" + std::string(64, 'f') + "\n   key 3 file:/etc/key\n   active_key 2\n  }\n"));
  CHECK(said(loaded).empty());
  const auto& auth = loaded.config.instances.at(0).auth_hmac;
  REQUIRE(auth);
  REQUIRE(auth->keys.size() == 3);
  CHECK(auth->keys[0].secret == text);
  CHECK(auth->keys[1].secret == std::string(32, '\xff'));
  CHECK(auth->keys[2].secret == std::string(40, 'k'));
  CHECK(auth->active_key == 2);
  CHECK(auth->time_window == 12s);
  CHECK(auth->mode == AuthHmac::Mode::Enforce);
}

TEST_CASE("auth_hmac: what is wrong is said, and never the secret", "[keepalived]") {
  const auto complaints = [](const std::string& lines) { return said(read(instance("  auth_hmac {\n" + lines + "  }\n"))); };
  const std::string good = "key 1 " + std::string(32, 's') + "\nactive_key 1\n";
  CHECK(complaints(good).empty());
  CHECK(complaints(good + "key 1 " + std::string(32, 'z') + "\n") == Lines{"(VI_1) duplicate auth_hmac key id 1"});
  CHECK(complaints(good + "key 2 short\n") == Lines{"(VI_1) auth_hmac key 2 length 5 not in range [32, 64]"});
  CHECK(complaints(good + "time_window 400\n") == Lines{"(VI_1) auth_hmac time_window '400' must be between 1 and 300 seconds"});
  CHECK(complaints(good + "anti_replay never\n") == Lines{"(VI_1) auth_hmac anti_replay 'never' must be time or monotonic"});
  CHECK(complaints(good + "mode on\n") == Lines{"(VI_1) auth_hmac mode 'on' must be enforce, permissive or receive-only"});
  CHECK(complaints("key 1 " + std::string(32, 's') + "\nactive_key 9\n") == Lines{"(VI_1) auth_hmac active_key 9 is not defined, disabling extension"});
  const Loaded both = read(instance("  authentication {\n auth_type PASS\n auth_pass 1111\n }\n  auth_hmac {\n" + good + "  }\n"));
  CHECK(said(both) == Lines{"(VI_1) auth_hmac cannot be combined with authentication, dropping legacy auth"});
  CHECK(both.config.instances.at(0).auth_type == AuthType::None);
}

TEST_CASE("times of routes become the kernel's units, clamped as the original does", "[keepalived]") {
  struct Row {
    std::string words;
    std::uint16_t kind;
    std::uint32_t value;
    bool locked;
  };
  const Row row = GENERATE(Row{"rtt 1s", RTAX_RTT, 8000, false}, Row{"rtt 300ms", RTAX_RTT, 2400, false}, Row{"rtt 4000", RTAX_RTT, 4000, false},
                           Row{"rtt 100", RTAX_RTT, 1600, false}, Row{"rttvar lock 1.25s", RTAX_RTTVAR, 5000, true}, Row{"rto_min 300", RTAX_RTO_MIN, 300, false},
                           Row{"rto_min 500s", RTAX_RTO_MIN, 120'000, false}, Row{"hoplimit 9", RTAX_HOPLIMIT, 9, false}, Row{"mtu lock 1400", RTAX_MTU, 1400, true},
                           Row{"features ecn", RTAX_FEATURES, RTAX_FEATURE_ECN, false});
  const Loaded loaded = read(instance("  virtual_routes {\n 10.1.0.0/16 dev eth0 " + row.words + "\n}\n"));
  REQUIRE(loaded.config.instances.at(0).routes.size() == 1);
  const auto& metrics = loaded.config.instances[0].routes[0].metrics;
  CHECK(metrics == std::vector<RouteMetric>{{.kind = row.kind, .value = row.value, .locked = row.locked}});
  CHECK(loaded.test_status() == 0);
}

TEST_CASE("a route through a VRF goes to its table", "[keepalived]") {
  struct WithVrf : FakeSystem {
    std::optional<std::uint32_t> find_vrf_table(std::string_view name) const override {
      return name == "blue" ? std::optional<std::uint32_t>{77} : std::nullopt;
    }
  };
  const Loaded loaded = load_text("f.conf", instance("  virtual_routes {\n 10.1.0.0/16 dev eth0 vrf blue\n 10.2.0.0/16 dev eth0 vrf red\n}\n"),
                                  {.path = {}, .config_id = {}, .testing = true}, WithVrf{});
  REQUIRE(loaded.config.instances.at(0).routes.size() == 1);
  CHECK(loaded.config.instances[0].routes[0].table == 77);
  CHECK(said(loaded) == Lines{"(f.conf: Line 9) VRF red not found for route"});
}

TEST_CASE("tunnels of routes and their next hops", "[keepalived]") {
  const Loaded loaded = read(instance("  virtual_routes {\n 10.1.0.0/16 dev eth0 encap mpls 100/200\n 10.2.0.0/16 dev eth0 encap ip6 id 7 dst 2001:db8::9 tc 4 hoplimit 6 metric 5\n"
                                      " 10.3.0.0/16 no_track nexthop via 10.0.0.9 encap ila 0:0:a:9 weight 256 nexthop via 10.0.0.8 realms 3/4 onlink\n}\n"));
  CHECK(said(loaded).empty());
  const auto& routes = loaded.config.instances.at(0).routes;
  REQUIRE(routes.size() == 3);
  CHECK(routes[0].encapsulation.labels == std::vector<std::uint32_t>{100, 200});
  CHECK(routes[1].encapsulation.kind == RouteEncapsulation::Kind::Ip6);
  CHECK(routes[1].encapsulation.ttl == 6);
  CHECK(routes[1].metric == 5);
  REQUIRE(routes[2].next_hops.size() == 2);
  CHECK(routes[2].next_hops[0].encapsulation.locator == 0xa0009);
  CHECK(routes[2].next_hops[0].weight == 0);  // 256
  CHECK(routes[2].next_hops[1].realms == (3U << 16 | 4U));
}

TEST_CASE("rules without a preference count down over the whole file, each family for itself", "[keepalived]") {
  const Loaded loaded = read("static_rules {\n from 10.0.0.0/8 table 5\n from 2001:db8::/32 table 5\n}\n" + instance("  virtual_rules {\n to 10.0.0.0/8 table 6\n}\n"));
  REQUIRE(loaded.config.static_rules.size() == 2);
  CHECK(loaded.config.static_rules[0].priority == 16384);
  CHECK(loaded.config.static_rules[1].priority == 16384);
  CHECK(loaded.config.instances.at(0).rules.at(0).priority == 16383);
}

TEST_CASE("timer_expired_backup asks for nopreempt and means 254 when alone", "[keepalived]") {
  const auto priority = [](const std::string& lines) { return read(instance(lines)).config.instances.at(0).timer_expired_backup; };
  CHECK(priority("  nopreempt\n  timer_expired_backup\n") == 254);
  CHECK(priority("  nopreempt\n  timer_expired_backup 7\n") == 7);
  CHECK(priority("  nopreempt\n  timer_expired_backup 255\n") == std::nullopt);
  CHECK(priority("  timer_expired_backup 7\n") == std::nullopt);
  CHECK(said(read(instance("  timer_expired_backup 7\n"))) == Lines{"(VI_1) expired_timer_backup requires nopreempt - resetting"});
}

TEST_CASE("extra announcements and polled links", "[keepalived]") {
  const Loaded loaded = read(instance("  garp_extra_if 20\n", "global_defs {\n vrrp_garp_extra_if all 10\n vrrp_delay_after_boot 2.5\n}\nlinkbeat_interfaces {\n eth0 ETHTOOL\n eth1\n}\nlinkbeat_use_polling\n"));
  CHECK(said(loaded).empty());
  CHECK(loaded.config.global.garp.extra_interval == 10s);
  CHECK(loaded.config.global.garp.extra_all);
  CHECK(loaded.config.global.delay_after_boot == 2500ms);
  CHECK(loaded.config.instances.at(0).garp.extra_interval == 20s);
  CHECK_FALSE(loaded.config.instances[0].garp.extra_all);
  CHECK(loaded.config.linkbeat_polling);
  REQUIRE(loaded.config.linkbeat_interfaces.size() == 2);
  CHECK(loaded.config.linkbeat_interfaces[0].how == LinkbeatInterface::How::Ethtool);
  CHECK(loaded.config.linkbeat_interfaces[1].how == LinkbeatInterface::How::Detect);
}

TEST_CASE("a BFD session is tracked by whom its words name", "[keepalived]") {
  const auto tracked = [](const std::string& words) {
    return read("bfd_instance b {\n neighbor_ip 10.0.0.2\n" + words + "}\n" + instance("  track_bfd {\n b\n }\n"));
  };
  for (const char* const words : {"", " vrrp\n", " vrrp\n checker\n"}) CHECK(tracked(words).config.instances.at(0).track_bfds.size() == 1);
  CHECK(tracked(" vrrp\n checker\n").config.bfds.at(0).is_for_checker());
  CHECK_FALSE(tracked(" vrrp\n").config.bfds.at(0).is_for_checker());
  CHECK(tracked(" checker\n").config.instances.at(0).track_bfds.empty());
  CHECK(said(tracked(" checker\n")) == Lines{"(f.conf: Line 12) (VI_1) track bfd b not found, ignoring..."});
}

TEST_CASE("scripts have the groups of their user and the path that links lead to where that is asked for", "[keepalived]") {
  struct Host : FakeSystem {
    std::optional<UserFacts> find_user(std::string_view) const override { return UserFacts{.uid = 7, .gid = 8, .supplementary = {8, 9}}; }
    ScriptFacts check_script(std::string_view command, uid_t, gid_t) const override {
      ScriptFacts facts;
      facts.path = command;
      facts.real_path = "/usr/bin/real";
      return facts;
    }
  };
  const auto command = [](const std::string& globals) {
    const std::string text = "global_defs {\n enable_script_security\n script_user u\n" + globals + "}\n" + instance("  notify_master /bin/link\n");
    return *load_text("f.conf", text, {.path = {}, .config_id = {}}, Host{}).config.instances.at(0).notify.master;
  };
  CHECK(command("").supplementary.empty());
  CHECK(command(" set_supplementary_groups\n").supplementary == std::vector<gid_t>{8, 9});
  CHECK(command("").argv == Lines{"/bin/link"});
  CHECK(command(" use_symlink_paths\n").argv == Lines{"/bin/link"});
  CHECK(command(" use_symlink_paths false\n").argv == Lines{"/usr/bin/real"});
}

TEST_CASE("two instances are one virtual router on one link, also through a macvlan, unless interfaces may change", "[keepalived]") {
  struct Host : FakeSystem {
    std::optional<std::string> find_base_interface(std::string_view name) const override {
      return name == "eth1" ? std::optional<std::string>{"eth0"} : std::nullopt;
    }
  };
  const auto both = [](const std::string& globals, const std::string& second) {
    const auto one = [](const std::string& name, const std::string& interface) {
      return "vrrp_instance " + name + " {\n interface " + interface + "\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.9\n }\n}\n";
    };
    return load_text("f.conf", "global_defs {\n" + globals + "}\n" + one("A", "eth0") + one("B", second), {.path = {}, .config_id = {}}, Host{});
  };
  const Lines complaint{"A and B both use VRID 5 with IPv4 on interface eth0"};
  CHECK(said(both("", "eth0")) == complaint);
  CHECK(said(both("", "eth1")) == complaint);
  CHECK(said(both("dynamic_interfaces\n", "eth1")) == complaint);
  CHECK(said(both("dynamic_interfaces allow_if_changes\n", "eth1")).empty());
  CHECK_FALSE(both("dynamic_interfaces allow_if_changes\n", "eth0").refused_vrrp);
}

TEST_CASE("a file with warnings is not broken, one with a mistake is", "[keepalived]") {
  const auto read = [](std::string text) { return load_text("a.conf", std::move(text), LoadOptions{.path = "a.conf"}, FakeSystem{}); };
  const Loaded warned = read("virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server 10.0.0.2 81 {\n }\n}\n");
  CHECK(warned.test_status() != 0);
  CHECK_FALSE(warned.is_broken());
  CHECK(read("global_defs {\n nonsense\n}\n").is_broken());
  CHECK(read("vrrp_instance A {\n").is_broken());
}

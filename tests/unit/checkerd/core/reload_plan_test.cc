#include <catch2/catch.hpp>

#include "tests/unit/checkerd/core/things.h"

using namespace things;
using Numbers = std::vector<std::optional<std::size_t>>;

namespace {

/// 10.0.0.1:80 with two servers, and a mark with one.
KeepalivedConfig file() {
  KeepalivedConfig out;
  out.lvs.servers = {service({1, 2}), service({3})};
  VirtualServer& marked = out.lvs.servers[1];
  marked.kind = VirtualServer::Kind::Fwmark;
  marked.name = "FWM 5";
  marked.fwmark = 5;
  marked.protocol = Protocol::None;
  return out;
}

Numbers was(const ReloadPlan& plan) {
  Numbers out;
  for (const VirtualServerMatch& each : plan.servers) out.push_back(each.was);
  return out;
}

Numbers was(const VirtualServerMatch& match) {
  Numbers out;
  for (const ServerMatch& each : match.servers) out.push_back(each.was);
  return out;
}

Lines said(const ReloadPlan& plan) {
  Lines out;
  for (const auto& entry : plan.changes.entries()) out.push_back(text_of(entry));
  return out;
}

const std::string kWeb = "virtual_server 10.0.0.1:80";

}  // namespace

TEST_CASE("the same file changes nothing", "[checkerd][plan]") {
  const ReloadPlan plan = plan_reload(file(), file());
  CHECK(plan.changes.empty());
  CHECK(plan.removed.empty());
  CHECK(was(plan) == Numbers{0, 1});
  CHECK(was(plan.servers[0]) == Numbers{0, 1});
  CHECK(plan.servers[0].removed.empty());
  CHECK(plan.servers[0].servers[0].checkers == Numbers{0});
}

TEST_CASE("the order in the file does not count", "[checkerd][plan]") {
  KeepalivedConfig after = file();
  std::swap(after.lvs.servers[0], after.lvs.servers[1]);
  std::swap(after.lvs.servers[1].real_servers[0], after.lvs.servers[1].real_servers[1]);
  const ReloadPlan plan = plan_reload(file(), after);
  CHECK(plan.changes.empty());
  CHECK(was(plan) == Numbers{1, 0});
  CHECK(was(plan.servers[1]) == Numbers{1, 0});
}

TEST_CASE("another address, port, protocol, mark or family makes another virtual server", "[checkerd][plan]") {
  for (int what = 0; what < 5; ++what) {
    KeepalivedConfig after = file();
    VirtualServer &web = after.lvs.servers[0], &marked = after.lvs.servers[1];
    if (what == 0) web.address = at("10.0.0.2");
    if (what == 1) web.address.set_port(81);
    if (what == 2) web.protocol = Protocol::Udp;
    if (what == 3) marked.fwmark = 6;
    if (what == 4) marked.family = AF_INET6;
    const ReloadPlan plan = plan_reload(file(), after);
    const std::size_t one = what < 3 ? 0 : 1;
    CHECK(plan.removed == std::vector<std::size_t>{one});
    CHECK_FALSE(plan.servers[one].was);
    CHECK(was(plan.servers[one]) == Numbers(after.lvs.servers[one].real_servers.size()));
    CHECK(plan.servers[one].servers[0].checkers == Numbers(1));
    constexpr const char* kNew[] = {"10.0.0.2:80", "10.0.0.1:81", "10.0.0.1:80 udp", "fwmark 6", "fwmark 5 inet6"};
    CHECK(said(plan) == Lines{std::string{"+ virtual_server "} + kNew[what], one == 0 ? "- " + kWeb : "- virtual_server fwmark 5"});
  }
}

TEST_CASE("groups are found by name and protocol, with their entries", "[checkerd][plan]") {
  KeepalivedConfig before = file();
  VirtualServerGroup web;
  web.name = "web";
  GroupEntry entry;
  entry.first = entry.last = at("10.0.0.5");
  GroupEntry range = entry;
  range.last = at("10.0.0.9");
  GroupEntry mark;
  mark.kind = GroupEntry::Kind::Fwmark;
  mark.fwmark = 7;
  mark.family = AF_INET6;
  web.entries = {entry, range};
  VirtualServerGroup other = web;
  other.name = "other";
  before.lvs.groups = {other, web};
  for (VirtualServer& each : before.lvs.servers) {
    each.kind = VirtualServer::Kind::Group;
    each.group = 1;
    each.name = "[web]:0";
    each.protocol = Protocol::Tcp;
  }
  before.lvs.servers[1].protocol = Protocol::Udp;
  KeepalivedConfig after = before;
  after.lvs.groups = {web};
  after.lvs.groups[0].entries = {entry, mark};
  for (VirtualServer& each : after.lvs.servers) each.group = 0;
  std::swap(after.lvs.servers[0], after.lvs.servers[1]);
  const ReloadPlan plan = plan_reload(before, after);
  CHECK(was(plan) == Numbers{1, 0});
  CHECK(said(plan) == Lines{"~ virtual_server_group web: + entry fwmark 7 inet6", "~ virtual_server_group web: - entry 10.0.0.5:80 - 10.0.0.9:80", "- virtual_server_group other"});
}

TEST_CASE("two virtual servers of one group and protocol are kept apart", "[checkerd][plan]") {
  KeepalivedConfig before = file();
  before.lvs.groups.resize(1);
  for (VirtualServer& each : before.lvs.servers) {
    each.kind = VirtualServer::Kind::Group;
    each.protocol = Protocol::Tcp;
  }
  CHECK(was(plan_reload(before, before)) == Numbers{0, 1});
}

TEST_CASE("each value of a virtual server is told as it was and will be", "[checkerd][plan]") {
  KeepalivedConfig after = file();
  VirtualServer& web = after.lvs.servers[0];
  web.scheduler = "rr";
  web.scheduler_flags = 2;
  web.one_packet = true;
  web.persistence_timeout_s = 50;
  web.persistence_mask = 0xffffff00;
  web.persistence_prefix = 64;
  web.persistence_engine = "sip";
  web.ha_suspend = true;
  web.alpha = true;
  web.omega = true;
  web.smtp_alert = true;
  web.virtualhost = "www";
  web.snmp_name = "web";
  web.quorum = 2;
  web.hysteresis = 1;
  web.quorum_up.emplace().argv = {"/up"};
  web.quorum_up->text = "/up now";
  web.quorum_down.emplace().text = "/down";
  web.sorry_server = sorry("10.0.1.99", true);
  web.sorry_server->forwarding.method = Forwarding::Method::Tunnel;
  web.sorry_server->forwarding.tunnel = Forwarding::Tunnel::Gue;
  web.sorry_server->forwarding.tunnel_port = 6080;
  Lines expected;
  for (const char* line : {"scheduler wlc -> rr", "scheduler flags 0 -> 2", "ops no -> yes", "persistence_timeout 0 -> 50",
                           "persistence_granularity 255.255.255.255 -> 255.255.255.0", "persistence_granularity 128 -> 64", "persistence_engine none -> sip",
                           "ha_suspend no -> yes", "alpha no -> yes", "omega no -> yes", "smtp_alert no -> yes", "virtualhost none -> www",
                           "snmp_name none -> web", "quorum 1 -> 2", "hysteresis 0 -> 1", "quorum_up none -> /up now", "quorum_down none -> /down",
                           "sorry_server none -> 10.0.1.99:80 TUN gue port 6080 inhibit"})
    expected.push_back("~ " + kWeb + ": " + line);
  CHECK(said(plan_reload(file(), after)) == expected);
  CHECK(was(plan_reload(file(), after)) == Numbers{0, 1});
}

TEST_CASE("real servers: new, removed, and each value", "[checkerd][plan]") {
  KeepalivedConfig after = file();
  auto& servers = after.lvs.servers[0].real_servers;
  servers[0] = server("10.0.1.9", 1);
  RealServer& second = servers[1];
  second.weight = 5;
  second.forwarding.method = Forwarding::Method::Direct;
  second.upper_threshold = 100;
  second.lower_threshold = 50;
  second.inhibit_on_failure = true;
  second.alpha = true;
  second.smtp_alert = false;
  second.virtualhost = "www";
  second.snmp_name = "two";
  second.notify_up.emplace().text = "/up";
  second.notify_down.emplace().text = "/down";
  Lines expected{"+ real_server 10.0.1.9:80 of " + kWeb};
  for (const char* line : {"weight 2 -> 5", "lvs_method NAT -> DR", "uthreshold 0 -> 100", "lthreshold 0 -> 50", "inhibit_on_failure no -> yes", "alpha no -> yes",
                           "smtp_alert yes -> no", "virtualhost none -> www", "snmp_name none -> two", "notify_up none -> /up", "notify_down none -> /down"})
    expected.push_back("~ real_server 10.0.1.2:80 of " + kWeb + ": " + line);
  expected.push_back("- real_server 10.0.1.1:80 of " + kWeb);
  const ReloadPlan plan = plan_reload(file(), after);
  CHECK(said(plan) == expected);
  CHECK(was(plan.servers[0]) == Numbers{std::nullopt, 1});
  CHECK(plan.servers[0].removed == std::vector<std::size_t>{0});
}

TEST_CASE("a script that runs as another user is a change", "[checkerd][plan]") {
  KeepalivedConfig before = file();
  before.lvs.servers[0].quorum_up.emplace().text = "/up";
  KeepalivedConfig after = before;
  after.lvs.servers[0].quorum_up->uid = 7;
  CHECK(said(plan_reload(before, after)) == Lines{"~ " + kWeb + ": quorum_up changed"});
}

TEST_CASE("checkers are found by their values: one that changed is new", "[checkerd][plan]") {
  KeepalivedConfig before = file();
  RealServer& old = before.lvs.servers[0].real_servers[0];
  old = server("10.0.1.1", 1, 3);
  old.checkers[1].what = parsers::keepalived::PingCheck{};
  KeepalivedConfig after = before;
  auto& checkers = after.lvs.servers[0].real_servers[0].checkers;
  std::swap(checkers[0], checkers[2]);
  checkers[2].times.retry = 7;
  checkers[1].what = parsers::keepalived::DnsCheck{};
  const ReloadPlan plan = plan_reload(before, after);
  CHECK(plan.servers[0].servers[0].checkers == Numbers{2, std::nullopt, std::nullopt});
  const std::string begin = "~ real_server 10.0.1.1:80 of " + kWeb + ": ";
  CHECK(said(plan) == Lines{begin + "TCP_CHECK changed", begin + "+ check DNS_CHECK", begin + "- check PING_CHECK"});
}

TEST_CASE("identical checkers are matched one to one", "[checkerd][plan]") {
  KeepalivedConfig before = file(), after = file();
  before.lvs.servers[0].real_servers[0].checkers = {checker(), checker()};
  after.lvs.servers[0].real_servers[0].checkers = {checker(), checker(), checker()};
  CHECK(plan_reload(before, after).servers[0].servers[0].checkers == Numbers{0, 1, std::nullopt});
}

TEST_CASE("BFD sessions and files are found by name, whatever their numbers", "[checkerd][plan]") {
  KeepalivedConfig before = file();
  before.bfds.resize(2);
  before.bfds[0].name = "one";
  before.bfds[1].name = "two";
  before.track_files.resize(2);
  before.track_files[0].name = "a";
  before.track_files[1].name = "b";
  auto& checkers = before.lvs.servers[0].real_servers[0].checkers;
  checkers.resize(2);
  checkers[0].what = parsers::keepalived::BfdCheck{.bfd = 0};
  checkers[1].what = parsers::keepalived::FileCheck{.file = 1, .weight = {}};
  KeepalivedConfig after = before;
  std::swap(after.bfds[0], after.bfds[1]);
  std::swap(after.track_files[0], after.track_files[1]);
  CHECK(plan_reload(before, after).servers[0].servers[0].checkers == Numbers{std::nullopt, std::nullopt});
  auto& moved = after.lvs.servers[0].real_servers[0].checkers;
  moved[0].what = parsers::keepalived::BfdCheck{.bfd = 1};
  moved[1].what = parsers::keepalived::FileCheck{.file = 0, .weight = {}};
  CHECK(plan_reload(before, after).changes.empty());
}

TEST_CASE("other certificates for SSL_GET are told, not shown", "[checkerd][plan]") {
  KeepalivedConfig after = file();
  after.lvs.tls.password = "secret";
  CHECK(said(plan_reload(file(), after)) == Lines{"~ SSL: password changed"});
}

TEST_CASE("what needs a restart is refused, what waits for one is said", "[checkerd][plan]") {
  KeepalivedConfig after = file();
  after.global.lvs_driver = parsers::keepalived::GlobalDefs::LvsDriver::Nftables;
  after.global.lvs_tcp_timeout_s = 900;
  after.global.router_id = "two";
  after.global.garp_interval = lib::base::Duration{1};  // VRRP's
  const ReloadPlan plan = plan_reload(file(), after);
  CHECK(plan.changes.is_refused());
  CHECK(said(plan) == Lines{"~ global_defs: router_id none -> two", "* global_defs: lvs_timeouts none -> tcp 900", "! global_defs: lvs_driver auto -> nftables"});
}

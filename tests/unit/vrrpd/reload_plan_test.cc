#include <catch2/catch.hpp>
#include <sys/socket.h>

#include "keepalived/plan/globals_plan.h"
#include "vrrpd/reload_plan.h"

using namespace vrrpd;
using lib::net::Address;
using parsers::keepalived::IpAddress;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::VrrpInstance;

namespace {

VrrpInstance instance(const std::string& name, std::uint8_t vrid) {
  VrrpInstance out;
  out.name = name;
  out.vrid = vrid;
  out.family = AF_INET;
  out.interface = "eth0";
  out.multicast_group = *Address::parse("224.0.0.18");
  IpAddress address;
  address.address = *Address::parse(std::string{"10.0.0."}.append(std::to_string(vrid)));
  address.prefix_length = 24;
  out.addresses.push_back(address);
  return out;
}

KeepalivedConfig two() {
  KeepalivedConfig out;
  out.instances = {instance("VI_1", 1), instance("VI_2", 2)};
  return out;
}

using Lines = std::vector<std::string>;

Lines said(const ReloadPlan& plan) {
  Lines out;
  for (const auto& entry : plan.changes.entries()) out.push_back(text_of(entry));
  return out;
}

}  // namespace

TEST_CASE("the same file changes nothing") {
  const ReloadPlan plan = plan_reload(two(), two());
  CHECK(plan.changes.empty());
  CHECK_FALSE(plan.changes.is_refused());
  CHECK(plan.removed.empty());
  CHECK(plan.was == std::vector<std::optional<std::size_t>>{0, 1});
}

TEST_CASE("instances are found by what they do, not by name or place in the file") {
  KeepalivedConfig after = two();
  std::swap(after.instances[0], after.instances[1]);
  after.instances[0].name = "renamed";
  const ReloadPlan plan = plan_reload(two(), after);
  CHECK(plan.was == std::vector<std::optional<std::size_t>>{1, 0});
  CHECK(said(plan) == Lines{"~ vrrp_instance renamed: name VI_2 -> renamed"});
}

TEST_CASE("another interface, VRID or way of sending makes another instance") {
  for (int what = 0; what < 4; ++what) {
    KeepalivedConfig after = two();
    VrrpInstance& one = after.instances[0];
    if (what == 0) one.interface = "eth1";
    if (what == 1) one.vrid = 9;
    if (what == 2) one.unicast_peers.push_back({.address = *Address::parse("10.0.0.99"), .min_ttl = {}, .max_ttl = {}});
    if (what == 3) one.vmac = parsers::keepalived::VirtualMac::Macvlan;
    const ReloadPlan plan = plan_reload(two(), after);
    CHECK(plan.was == std::vector<std::optional<std::size_t>>{std::nullopt, 1});
    CHECK(plan.removed == std::vector<std::size_t>{0});
    CHECK(said(plan) == Lines{"+ vrrp_instance VI_1", "- vrrp_instance VI_1"});
  }
}

TEST_CASE("each difference of an instance has its line") {
  KeepalivedConfig after = two();
  VrrpInstance& one = after.instances[0];
  one.priority = 150;
  one.advert_interval = lib::base::Duration{2'500'000};
  one.addresses[0].address = *Address::parse("10.0.0.77");
  one.auth_pass = "secret";
  CHECK(said(plan_reload(two(), after)) == Lines{"~ vrrp_instance VI_1: priority 100 -> 150", "~ vrrp_instance VI_1: advert_int 1s -> 2.5s",
                                                "~ vrrp_instance VI_1: + virtual_ipaddress 10.0.0.77/24", "~ vrrp_instance VI_1: - virtual_ipaddress 10.0.0.1/24",
                                                "~ vrrp_instance VI_1: auth_pass changed"});
}

TEST_CASE("what is tracked is compared by name: its number moves when a script goes") {
  KeepalivedConfig before = two(), after = two();
  before.scripts.resize(2);
  before.scripts[0].name = "gone";
  before.scripts[1].name = "chk";
  after.scripts.push_back(before.scripts[1]);
  before.instances[0].track_scripts.push_back({.index = 1, .weight = {}});
  after.instances[0].track_scripts.push_back({.index = 0, .weight = {}});
  CHECK(said(plan_reload(before, after)) == Lines{"- vrrp_script gone"});
}

TEST_CASE("what needs a restart is said, all of it") {
  KeepalivedConfig after = two();
  after.net_namespace = "red";
  after.global.nftables_table = "mine";
  const ReloadPlan plan = plan_reload(two(), after);
  CHECK(plan.changes.is_refused());
  CHECK(said(plan) == Lines{"! file: net_namespace none -> red", "! global_defs: nftables keepalived -> mine"});
  CHECK(keepalived::plan::refusal(plan.changes) == "Cannot change net_namespace at a reload - please restart keepalived; Cannot change nftables at a reload - please restart keepalived");
}

TEST_CASE("what a start reads and a reload does not is said to be so") {
  KeepalivedConfig after = two();
  after.global.vrrp.process_name = "mine";
  after.instances[0].vrf = "red";
  CHECK(said(plan_reload(two(), after)) == Lines{"* global_defs: vrrp_process_name none -> mine", "* vrrp_instance VI_1: vrf none -> red"});
}

TEST_CASE("other scripts, files, processes, groups and static entries are told by their keywords") {
  KeepalivedConfig before = two();
  before.scripts.resize(1);
  before.scripts[0].name = "chk";
  before.track_files.resize(1);
  before.track_files[0].name = "f";
  before.track_processes.resize(1);
  before.track_processes[0].name = "p";
  before.groups.resize(1);
  before.groups[0].name = "G";
  before.groups[0].member_names = {"VI_1"};
  KeepalivedConfig after = before;
  after.scripts[0].interval = lib::base::Duration{5'000'000};
  after.scripts[0].weight = {.value = -20, .reverse = true};
  after.track_files[0].path = "/tmp/f";
  after.track_processes[0].parameters = {"-x"};
  after.groups[0].member_names = {"VI_2", "VI_1"};
  after.static_addresses = before.instances[0].addresses;
  CHECK(said(plan_reload(before, after)) ==
        Lines{"~ vrrp_sync_group G: + group VI_2", "~ vrrp_script chk: interval 1s -> 5s", "~ vrrp_script chk: weight 0 -> -20 reverse", "~ vrrp_track_file f: file none -> /tmp/f",
              "~ vrrp_track_process p: + parameters -x", "~ file: + static_ipaddress 10.0.0.1/24"});
}

TEST_CASE("another order of addresses is another advert, and told") {
  KeepalivedConfig before = two();
  before.instances[0].addresses.push_back(before.instances[1].addresses[0]);
  KeepalivedConfig after = before;
  std::swap(after.instances[0].addresses[0], after.instances[0].addresses[1]);
  CHECK(said(plan_reload(before, after)) == Lines{"~ vrrp_instance VI_1: order of virtual_ipaddress changed"});
}

#include <catch2/catch.hpp>
#include <sys/socket.h>

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

}  // namespace

TEST_CASE("the same file changes nothing") {
  const ReloadPlan plan = plan_reload(two(), two());
  CHECK(plan.changes.empty());
  CHECK(plan.refused.empty());
  CHECK(plan.removed.empty());
  CHECK(plan.was == std::vector<std::optional<std::size_t>>{0, 1});
}

TEST_CASE("instances are found by what they do, not by name or place in the file") {
  KeepalivedConfig after = two();
  std::swap(after.instances[0], after.instances[1]);
  after.instances[0].name = "renamed";
  const ReloadPlan plan = plan_reload(two(), after);
  CHECK(plan.was == std::vector<std::optional<std::size_t>>{1, 0});
  CHECK(plan.changes == Lines{"instance renamed: name VI_2 -> renamed"});
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
    CHECK(plan.changes == Lines{"instance VI_1: new", "instance VI_1: removed"});
  }
}

TEST_CASE("each difference of an instance has its line") {
  KeepalivedConfig after = two();
  VrrpInstance& one = after.instances[0];
  one.priority = 150;
  one.advert_interval = lib::base::Duration{2'500'000};
  one.addresses[0].address = *Address::parse("10.0.0.77");
  one.auth_pass = "secret";
  CHECK(plan_reload(two(), after).changes == Lines{"instance VI_1: priority 100 -> 150", "instance VI_1: advert_int 1 -> 2.5",
                                                  "instance VI_1: virtual_ipaddress +10.0.0.77/24", "instance VI_1: virtual_ipaddress -10.0.0.1/24",
                                                  "instance VI_1: authentication changed"});
}

TEST_CASE("what is tracked is compared by name: its number moves when a script goes") {
  KeepalivedConfig before = two(), after = two();
  before.scripts.resize(2);
  before.scripts[0].name = "gone";
  before.scripts[1].name = "chk";
  after.scripts.push_back(before.scripts[1]);
  before.instances[0].track_scripts.push_back({.index = 1, .weight = {}});
  after.instances[0].track_scripts.push_back({.index = 0, .weight = {}});
  CHECK(plan_reload(before, after).changes == Lines{"script gone: removed"});
}

TEST_CASE("what needs a restart is said, all of it") {
  KeepalivedConfig after = two();
  after.net_namespace = "red";
  after.global.nftables_table = "mine";
  CHECK(plan_reload(two(), after).refused == Lines{"Cannot change net_namespace at a reload - please restart keepalived",
                                                  "Cannot change nftables table name at a reload - please restart keepalived"});
}

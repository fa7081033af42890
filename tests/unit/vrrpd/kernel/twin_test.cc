// Debian's keepalived and our rooms, one after the other on the same interface: what the kernel shows and what neighbours
// hear must be the same. Passes by without keepalived.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/unit/lib/netlink/namespace.h"
#include "vrrpd/kernel/addresses.h"
#include "vrrpd/kernel/announcer.h"
#include "vrrpd/kernel/firewall.h"
#include "vrrpd/kernel/vmac.h"

using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using lib::net::Address;
using test::Namespace;

namespace {

namespace config = parsers::keepalived;
constexpr const char* kOriginal = "/usr/sbin/keepalived";

constexpr const char* kConfiguration = R"(
global_defs { router_id twin }
vrrp_instance V1 {
  interface eth0
  version 3
  no_accept
  virtual_router_id 51
  priority 150
  advert_int 0.1
  garp_master_delay 0
  garp_master_repeat 2
  virtual_ipaddress {
    10.0.0.100/24 dev eth0 label eth0:0
    10.0.0.101
  }
  virtual_ipaddress_excluded { 2001:db8::5/64 }
  virtual_routes {
    10.9.0.0/24 via 10.0.0.2 dev eth0
    10.8.0.0/24 dev eth0 src 10.0.0.100 metric 7
    10.7.0.0/24 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth0 weight 5
    blackhole 10.6.0.0/24
  }
  virtual_rules { from 10.0.0.100 lookup 200 preference 1000 }
}
vrrp_instance V6 {
  interface eth0
  use_vmac
  no_accept
  virtual_router_id 60
  priority 150
  advert_int 0.1
  garp_master_delay 0
  garp_master_repeat 1
  virtual_ipaddress {
    fe80::60
    2001:db8::6
  }
}
vrrp_instance V4 {
  interface eth0
  use_vmac
  version 3
  virtual_router_id 61
  priority 150
  advert_int 0.1
  garp_master_delay 0
  garp_master_repeat 1
  virtual_ipaddress { 10.0.0.61 }
}
)";

Address ip(const char* text) { return Address::parse(text).value(); }

config::IpAddress vip(const char* address, std::uint8_t length) {
  config::IpAddress out;
  out.address = ip(address);
  out.prefix_length = length;
  out.no_dad = out.address.is_ipv6();
  if (out.address.is_ipv6() && length == 128) out.preferred_lifetime_s = 0;
  return out;
}

config::IpRoute route(const char* destination) {
  config::IpRoute out;
  out.family = AF_INET;
  out.destination = ip(destination);
  out.destination_length = 24;
  return out;
}

/// The configuration above as the parser gives it.
Holding first_instance() {
  Holding out{.name = "V1", .interface = "eth0", .addresses = {vip("10.0.0.100", 24), vip("10.0.0.101", 32)},
              .excluded = {vip("2001:db8::5", 64)}, .routes = {}, .rules = {}};
  out.addresses[0].interface = "eth0";
  out.addresses[0].label = "eth0:0";
  auto one = route("10.9.0.0");
  one.via = ip("10.0.0.2");
  one.interface = "eth0";
  out.routes.push_back(one);
  one = route("10.8.0.0");
  one.interface = "eth0";
  one.preferred_source = ip("10.0.0.100");
  one.metric = 7;
  out.routes.push_back(one);
  one = route("10.7.0.0");
  one.next_hops.resize(2);
  one.next_hops[0].via = ip("10.0.0.2");
  one.next_hops[0].interface = "eth0";
  one.next_hops[1].via = ip("10.0.0.3");
  one.next_hops[1].interface = "eth0";
  one.next_hops[1].weight = 5;
  out.routes.push_back(one);
  one = route("10.6.0.0");
  one.type = 6;
  out.routes.push_back(one);
  config::IpRule rule;
  rule.family = AF_INET;
  rule.from = ip("10.0.0.100");
  rule.from_length = 32;
  rule.table = 200;
  rule.priority = 1000;
  out.rules.push_back(rule);
  return out;
}

GarpTimes times(unsigned repeat) {
  GarpTimes out;
  out.master_delay = 0ms;
  out.master_repeat = repeat;
  return out;
}

/// What people see, without what differs from run to run: indexes, MACs that the kernel chose, counters.
std::string shown() {
  return Namespace::output_of(
      "(ip -o addr show dev eth0; ip -o addr show dev vrrp.60; ip -o addr show dev vrrp.61) | sed 's/^[0-9]*: //' | sort;"
      "ip route show table all | sort; ip rule; nft list ruleset | sort;"
      "ip -d link show dev vrrp.60 | grep -oE 'macvlan mode [a-z]*|link/ether [^ ]*|addrgenmode [a-z]*|mtu [0-9]* ' | head -4;"
      "ip -d link show dev vrrp.61 | grep -oE 'macvlan mode [a-z]*|link/ether [^ ]*|addrgenmode [a-z]*|mtu [0-9]* ' | head -4;"
      "sysctl -a 2>/dev/null | grep -E '^net.ipv4.conf.(all|eth0|vrrp/6[01])\\.(arp_filter|arp_ignore|rp_filter|accept_local|"
      "promote_secondaries) |^net.ipv6.conf.vrrp/6[01].disable_ipv6 '");
}

/// What `from` says and `in` does not.
std::vector<std::string> lines_missing(const std::string& from, const std::string& in) {
  std::vector<std::string> there, out;
  std::istringstream all{in}, wanted{from};
  for (std::string line; std::getline(all, line);) there.push_back(line);
  for (std::string line; std::getline(wanted, line);) {
    const auto found = std::find(there.begin(), there.end(), line);
    if (found == there.end())
      out.push_back(line);
    else
      there.erase(found);
  }
  return out;
}

struct Twin {
  Namespace space;
  lib::base::UniqueFd tap;
  Twin() {
    space.add_pair("eth0", "far0");
    // Addresses without DAD, so that both find the same.
    Namespace::run("sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.far0.disable_ipv6=1; ip addr flush dev eth0; ip addr add 10.0.0.1/24 dev eth0;"
                   "ip addr add fe80::1/64 dev eth0 nodad; ip link set far0 promisc on");
    tap.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)));
    const int size = 4'000'000;
    (void)::setsockopt(tap.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(ETH_P_ALL);
    where.sll_ifindex = static_cast<int>(if_nametoindex("far0"));
    REQUIRE(::bind(tap.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  }
  /// Gratuitous ARPs and unsolicited neighbour adverts that came, whole, by the MAC that sent them.
  std::map<std::string, std::vector<std::string>> announcements() {
    std::map<std::string, std::vector<std::string>> out;
    std::array<std::uint8_t, 2048> bytes{};
    while (true) {
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(tap.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) return out;
      const bool arp = bytes[12] == 0x08 && bytes[13] == 0x06;
      const bool advert = bytes[12] == 0x86 && bytes[20] == 58 && bytes[54] == 136;
      if (from.sll_pkttype == PACKET_OUTGOING || (!arp && !advert)) continue;
      if (advert) bytes[15] = bytes[16] = bytes[17] = 0;  // the flow label is the socket's
      std::string text;
      for (ssize_t i = 0; i < got; ++i) {
        static constexpr const char* kDigits = "0123456789abcdef";
        const auto byte = bytes[static_cast<std::size_t>(i)];
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
      }
      out[text.substr(12, 12)].push_back(text);
    }
  }
};

/// Runs it until `done`; the caller's namespace is its own.
void run_original(const std::string& folder, const std::function<bool()>& done) {
  const std::string file = folder + "/twin.conf";
  std::ofstream{file} << kConfiguration;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string log = folder + "/log", pid = folder + "/pid", vrrp = folder + "/vrrp";
    if (std::freopen(log.c_str(), "w", stderr) == nullptr || std::freopen(log.c_str(), "w", stdout) == nullptr) ::_exit(126);
    ::execl(kOriginal, kOriginal, "-n", "-l", "-P", "-f", file.c_str(), "-p", pid.c_str(), "-r", vrrp.c_str(), nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 100 && !done(); ++i) ::usleep(50'000);
  ::usleep(300'000);  // the last of its announcements
}

void end_original(const std::string& folder) {
  pid_t child = 0;
  std::ifstream{folder + "/pid"} >> child;
  if (child > 1) ::kill(child, SIGTERM);
  (void)::waitpid(-1, nullptr, 0);
}

}  // namespace

TEST_CASE("addresses, routes, rules, VMACs, firewall and announcements are keepalived's", "[twin]") {
  if (::access(kOriginal, X_OK) != 0) {
    WARN("no keepalived here: nothing to compare with");
    return;
  }
  Twin twin;
  char folder[] = "/tmp/triad-twin-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  run_original(folder, [] {
    return !Namespace::output_of("ip -o addr show to 10.0.0.100").empty() &&
           !Namespace::output_of("ip -o addr show to 10.0.0.61").empty() &&
           !Namespace::output_of("ip -o addr show to fe80::60").empty();
  });
  const std::string theirs = shown();
  const auto their_frames = twin.announcements();
  end_original(folder);
  Namespace::run(std::string{"rm -r "} + folder);
  // What 2.2.7 leaves on the parent although its documentation says otherwise.
  Namespace::run("sysctl -qw net.ipv4.conf.eth0.arp_ignore=0 net.ipv4.conf.eth0.arp_filter=0");

  struct Nobody : LossListener {
    void on_lost(std::size_t, const std::string&) override {}
  } nobody;
  lib::event::Loop loop;
  const auto kernel = std::move(lib::netlink::Netlink::open().value());
  const auto interfaces = std::move(Interfaces::open(loop, *kernel, {}, {}).value());
  Sysctls sysctls;
  const auto firewall = std::move(Firewall::open({}, {}).value());
  VirtualMacs vmacs{loop, *kernel, *interfaces, sysctls, firewall.get(), {}};
  Addresses addresses{loop, *kernel, *interfaces, nobody, {}};
  Announcer announcer{loop, *interfaces, {}, {}};
  VmacWanted wanted;
  wanted.instance = "V6";
  wanted.parent = "eth0";
  wanted.vrid = 60;
  wanted.family = AF_INET6;
  REQUIRE(vmacs.create(wanted).value() == "vrrp.60");
  wanted.instance = "V4";
  wanted.vrid = 61;
  wanted.family = AF_INET;
  REQUIRE(vmacs.create(wanted).value() == "vrrp.61");
  addresses.set(0, first_instance());
  addresses.set(1, {.name = "V6", .interface = "vrrp.60", .addresses = {vip("fe80::60", 128), vip("2001:db8::6", 128)},
                    .excluded = {}, .routes = {}, .rules = {}});
  addresses.set(2, {.name = "V4", .interface = "vrrp.61", .addresses = {vip("10.0.0.61", 32)}, .excluded = {}, .routes = {},
                    .rules = {}});
  for (const std::size_t router : {0U, 1U}) {
    std::vector<BlockedAddress> blocked;
    for (const Announced& one : addresses.announced(router)) blocked.push_back({.address = one.address, .index = one.index});
    REQUIRE(firewall->block("V", blocked));
  }
  for (const std::size_t router : {0U, 1U, 2U}) {
    addresses.take(router);
    announcer.announce(router, "V", addresses.announced(router), times(router == 0 ? 2 : 1));
  }
  const std::string ours = shown();
  // Theirs answers ARP on an IPv6 VMAC, with its MAC, for IPv4 addresses that stand elsewhere.
  CHECK(lines_missing(theirs, ours) == std::vector<std::string>{"net.ipv4.conf.vrrp/60.arp_ignore = 0"});
  CHECK(lines_missing(ours, theirs) == std::vector<std::string>{"net.ipv4.conf.vrrp/60.arp_ignore = 1"});
  const auto our_frames = twin.announcements();
  CHECK(our_frames == their_frames);
  CHECK(our_frames.size() == 3);
}

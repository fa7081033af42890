#include "vrrpd/kernel/leftovers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include "lib/netlink/nftables.h"
#include "vrrpd/kernel/sysctls.h"

namespace vrrpd::kernel {

using lib::net::Address;

namespace {

constexpr std::uint8_t kOurs = 18;  // RTPROT_KEEPALIVED, IFAPROT of the addresses, too
constexpr std::array<std::uint8_t, 2> kFamilies{AF_INET, AF_INET6};

std::string address_name(const Address& address, unsigned length, const std::string& interface) {
  return fmt::format("address {}/{} dev {}", address.host(), length, interface);
}

/// "address 10.0.0.1/24" of an address; other names as they are.
std::string_view without_interface(std::string_view name) { return name.starts_with("address ") ? name.substr(0, name.find(" dev ")) : name; }

template <class Route>
std::string route_name(const Route& route) {
  const std::string to = route.destination ? fmt::format("{}/{}", route.destination->host(), route.destination_length) : "default";
  return fmt::format("route {} table {} family {}", to, route.table, route.family);
}

template <class Rule>
std::string rule_name(const Rule& rule) { return fmt::format("rule {} family {}", rule.priority, rule.family); }

std::string vmac_name(const std::string& name, const lib::netlink::MacAddress& mac) {
  return fmt::format("vmac {} {:02x}", name, fmt::join(mac, ":"));
}

}  // namespace

void Belongings::add(const Holding& holding) {
  add(holding.addresses, holding.interface);
  add(holding.excluded, holding.interface);
  add(holding.routes);
  add(holding.rules);
}

void Belongings::add(const std::vector<parsers::keepalived::IpAddress>& addresses, const std::string& interface) {
  for (const auto& one : addresses) names_.insert(address_name(one.address, one.prefix_length, one.interface.empty() ? interface : one.interface));
}

void Belongings::add(const std::vector<parsers::keepalived::IpRoute>& routes) {
  for (const auto& one : routes) names_.insert(route_name(one));
}

void Belongings::add(const std::vector<parsers::keepalived::IpRule>& rules) {
  for (const auto& one : rules) names_.insert(rule_name(one));
}

void Belongings::add_vmac(const std::string& name, const lib::netlink::MacAddress& mac) { names_.insert(vmac_name(name, mac)); }
void Belongings::add_table(const std::string& name) { names_.insert("table " + name); }

Leftovers::~Leftovers() {
  if (is_ours_) (void)::unlink(file_.c_str());
}

void Leftovers::remember_in(std::string file) {
  file_ = std::move(file);
  std::ifstream in{file_};
  std::string line;
  if (!std::getline(in, line) || line != std::to_string(network_namespace())) return;
  while (std::getline(in, line)) names_.insert(line);
}

/// A file that cannot be written is none: then the run after a crash finds less.
void Leftovers::save(const Belongings& now) {
  if (file_.empty()) return;
  is_ours_ = true;
  const std::string fresh = file_ + ".new";
  {
    std::ofstream out{fresh};
    out << network_namespace() << '\n';
    for (const std::string& name : now.names()) out << name << '\n';
  }
  (void)std::rename(fresh.c_str(), file_.c_str());
}

bool Leftovers::take_away(const Choice& is_stale, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log, std::string_view why, bool only_marked) const {
  const auto say = [&](const std::string& name, const lib::base::Status& done) { log.always(fmt::format("{} {}: {}", name, why, done ? "removed" : done.error().message)); };
  std::set<std::string> stale, kinds;
  for (const std::string& name : names_) {
    if (!is_stale(name)) continue;
    stale.insert(name);
    kinds.insert(name.substr(0, name.find(' ')));
  }
  if (kinds.contains("rule"))
    for (const std::uint8_t family : kFamilies)
      if (const auto rules = kernel.rules(family))
        for (const auto& rule : *rules)
          if (rule.protocol == kOurs && stale.contains(rule_name(rule))) say(rule_name(rule), kernel.remove_rule(rule));
  if (kinds.contains("route"))
    for (const std::uint8_t family : kFamilies)
      if (const auto routes = kernel.routes(family, 0))
        for (const auto& route : *routes)
          if (route.protocol == kOurs && stale.contains(route_name(route))) say(route_name(route), kernel.remove_route(route));
  bool has_lost = false;
  for (const auto& [index, one] : interfaces.all()) {
    for (const auto& address : one.addresses) {
      const std::string name = address_name(address.address, address.prefix_length, one.link.name);
      if ((only_marked && address.protocol != kOurs) || !stale.contains(name)) continue;
      has_lost = true;
      say(name, kernel.remove_address(address));
    }
    if (one.link.kind != "macvlan" && one.link.kind != "ipvlan") continue;
    const std::string name = vmac_name(one.link.name, one.link.mac.value_or(lib::netlink::MacAddress{}));
    if (stale.contains(name)) say(name, kernel.remove_link(index));
  }
  if (!kinds.contains("table")) return has_lost;
  const auto nft = lib::netlink::Nftables::open();
  if (!nft) return has_lost;
  for (const std::string& name : stale)
    if (name.starts_with("table "))
      for (const char* const family : {"ip", "ip6"}) {
        const std::string table = fmt::format("{} {}", family, name.substr(6));
        say("table " + table, (*nft)->run(fmt::format("add table {}\ndelete table {}\n", table, table)));
      }
  return has_lost;
}

void Leftovers::clear(const Belongings& now, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log) {
  (void)take_away([&](const std::string& name) { return !now.has(name); }, kernel, interfaces, log, "of a former run");
  names_.clear();
  save(now);
}

void Leftovers::give_back(const Holding& holding, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log, std::string_view why) {
  Belongings belongings;
  belongings.add(holding);
  // A virtual MAC may have got its name at run time.
  std::set<std::string_view> wanted;
  for (const std::string& name : belongings.names()) wanted.insert(without_interface(name));
  const Choice is_stale = [&](const std::string& name) { return wanted.contains(without_interface(name)); };
  const bool has_lost = take_away(is_stale, kernel, interfaces, log, why, false);
  std::erase_if(names_, is_stale);
  if (has_lost) keep_neighbours(kernel, interfaces);
}

/// With the first IPv4 address of a subnet the kernel removes the others of it, unless promote_secondaries is set: those of the list come back.
/// `interfaces` has not heard of it yet.
void Leftovers::keep_neighbours(lib::netlink::Netlink& kernel, const Interfaces& interfaces) const {
  const auto there = kernel.addresses();
  if (!there) return;
  const auto is_there = [&](const InterfaceAddress& one) {
    return std::any_of(there->begin(), there->end(), [&](const InterfaceAddress& each) { return each.index == one.index && each.address.same_host(one.address) && each.prefix_length == one.prefix_length; });
  };
  for (const auto& [index, one] : interfaces.all())
    for (const auto& address : one.addresses) {
      const std::string name = address_name(address.address, address.prefix_length, one.link.name);
      if (address.address.is_ipv4() && names_.contains(name) && !is_there(address)) (void)kernel.add_address(address);  // gone with its interface: nothing to keep
    }
}

}  // namespace vrrpd::kernel

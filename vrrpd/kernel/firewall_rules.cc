#include "vrrpd/kernel/firewall_rules.h"

#include <fmt/format.h>

namespace vrrpd::kernel {

namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string set_text(std::string_view kind, std::string_view name, std::string_view type,
                     const std::vector<std::string>& elements) {
  std::string out = fmt::format("  {} {} {{ type {};", kind, name, type);
  if (!elements.empty()) out += " elements = { " + joined(elements) + " };";
  return out + " }\n";
}

std::string chain_text(std::string_view name, std::string_view hook, const FirewallSettings& settings,
                       const std::vector<std::string>& rules) {
  std::string out = fmt::format("  chain {} {{\n", name);
  if (!hook.empty())
    out += fmt::format("    type filter hook {} priority {}; policy accept;\n", hook, settings.priority);
  for (const std::string& rule : rules) out += "    " + rule + "\n";
  return out + "  }\n";
}

std::vector<std::string> vmac_elements(const FirewallState& state, bool with_parent) {
  std::vector<std::string> out;
  for (const auto& [vmac, parent] : state.vmacs)
    out.push_back(with_parent ? fmt::format("{} : {}", vmac, parent) : std::to_string(vmac));
  return out;
}

std::string ipv4_body(const FirewallState& state, const FirewallSettings& settings, const std::string& count) {
  std::string out;
  std::vector<std::string> in, leaving;
  if (!state.vmacs.empty()) {
    out += set_text("map", "vmac_map", "iface_index : iface_index", vmac_elements(state, true));
    leaving.push_back("ip protocol igmp meta oifkind \"macvlan\" dup to ip daddr device oif map @vmac_map" + count + " drop");
  }
  if (state.blocks) {
    out += set_text("set", "vips", "ipv4_addr", {state.addresses.begin(), state.addresses.end()});
    leaving.push_back("ip saddr @vips" + count + " drop");
    in.push_back("ip daddr @vips" + count + " drop");
  }
  out += chain_text("out", "output", settings, leaving);
  if (!in.empty()) out += chain_text("in", "input", settings, in);
  return out;
}

std::string ipv6_body(const FirewallState& state, const FirewallSettings& settings, const std::string& count) {
  std::string out;
  std::vector<std::string> in, leaving;
  if (!state.vmacs.empty()) {
    out += set_text("map", "vmac_map", "iface_index : iface_index", vmac_elements(state, true));
    out += set_text("set", "vmac_set", "iface_index", vmac_elements(state, false));
    leaving.push_back("icmpv6 type mld2-listener-report meta oifkind \"macvlan\" dup to ip6 daddr device oif map @vmac_map" +
                      count + " drop");
    leaving.push_back("icmpv6 type nd-router-solicit meta oifkind \"macvlan\" oif @vmac_set" + count + " drop");
  }
  if (!state.blocks) return out + chain_text("out", "output", settings, leaving);
  std::vector<std::string> link_locals;
  for (const auto& [address, index] : state.link_locals) link_locals.push_back(fmt::format("{} . {}", address, index));
  out += set_text("set", "vips", "ipv6_addr", {state.addresses.begin(), state.addresses.end()});
  out += "  set neighbor-discovery { type icmpv6_type; flags constant; elements = { nd-neighbor-solicit, nd-neighbor-advert"
         " }; }\n";
  if (state.names) {
    std::vector<std::string> named;
    for (const auto& [address, name] : state.named_link_locals) named.push_back(fmt::format("{} . \"{}\"", address, name));
    out += set_text("set", "vips_link_local_name", "ipv6_addr . ifname", named);
  }
  out += set_text("set", "vips_link_local", "ipv6_addr . iface_index", link_locals);
  // Without neighbour discovery the address would not even be found.
  const std::string discovery = "icmpv6 type @neighbor-discovery" + count + " accept";
  leaving.insert(leaving.end(), {discovery, "ip6 saddr fe80::/10" + count + " goto out_link_local",
                                 "ip6 saddr @vips" + count + " drop"});
  in = {discovery, "ip6 daddr fe80::/10" + count + " goto in_link_local", "ip6 daddr @vips" + count + " drop"};
  std::vector<std::string> to_us{"ip6 daddr . iif @vips_link_local" + count + " drop"}, from_us{"ip6 saddr . oif @vips_link_local" + count + " drop"};
  if (state.names) {
    to_us.push_back("ip6 daddr . iifname @vips_link_local_name" + count + " drop");
    from_us.push_back("ip6 saddr . oifname @vips_link_local_name" + count + " drop");
  }
  out += chain_text("in_link_local", "", settings, to_us);
  out += chain_text("out_link_local", "", settings, from_us);
  out += chain_text("out", "output", settings, leaving);
  return out + chain_text("in", "input", settings, in);
}

}  // namespace

bool is_link_local(const lib::net::Address& address) {
  return address.is_ipv6() && address.ipv6_bits().s6_addr[0] == 0xfe && (address.ipv6_bits().s6_addr[1] & 0xc0) == 0x80;
}

std::string table_text(bool six, const FirewallState& state, const FirewallSettings& settings, bool exists) {
  const std::string name = fmt::format("{} {}", six ? "ip6" : "ip", settings.table);
  std::string out;
  if (exists) out += fmt::format("delete table {}\n", name);
  if (!state.needs_table()) return out;
  const std::string count = settings.counters ? " counter" : "";
  return out + fmt::format("table {} {{\n{}}}\n", name, six ? ipv6_body(state, settings, count)
                                                            : ipv4_body(state, settings, count));
}

std::string element_text(std::string_view verb, bool six, const std::vector<BlockedAddress>& addresses,
                         const FirewallSettings& settings) {
  std::vector<std::string> plain, link_locals, named;
  for (const BlockedAddress& one : addresses) {
    if (one.address.is_ipv6() != six) continue;
    if (is_link_local(one.address) && !one.interface.empty())
      named.push_back(fmt::format("{} . \"{}\"", one.address.host(), one.interface));
    else if (is_link_local(one.address))
      link_locals.push_back(fmt::format("{} . {}", one.address.host(), one.index));
    else
      plain.push_back(one.address.host());
  }
  std::string out;
  const std::string_view family = six ? "ip6" : "ip";
  if (!plain.empty()) out += fmt::format("{} element {} {} vips {{ {} }}\n", verb, family, settings.table, joined(plain));
  if (!link_locals.empty())
    out += fmt::format("{} element {} {} vips_link_local {{ {} }}\n", verb, family, settings.table, joined(link_locals));
  if (!named.empty())
    out += fmt::format("{} element {} {} vips_link_local_name {{ {} }}\n", verb, family, settings.table, joined(named));
  return out;
}

}  // namespace vrrpd::kernel

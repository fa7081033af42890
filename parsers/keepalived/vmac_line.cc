#include "parsers/keepalived/vmac_line.h"

#include <algorithm>
#include <cstdio>

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;

void check_vmac_name(VrrpInstance& to, Reader& in) {
  if (to.vmac_name.size() <= 15 && to.vmac_name.find('/') == std::string::npos) return;
  in.complain("VMAC interface name '" + to.vmac_name + "' too long or invalid characters - ignoring");
  to.vmac_name.clear();
}

}  // namespace

void read_vmac(VrrpInstance& to, Reader& in) {
  to.vmac = VirtualMac::Macvlan;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (in.word(i) == "netlink_notify_msg") {
      to.vmac_netlink_notify = true;
    } else if (in.word(i) == "name" && i + 1 < in.size()) {
      to.vmac_name = in.text(++i);
    } else if (in.word(i) == "group" && i + 1 < in.size()) {
      if (const auto value = in.number(++i, 0, kMostUnsigned)) to.vmac_group = static_cast<std::uint32_t>(*value);
    } else if (std::count(in.word(i).begin(), in.word(i).end(), ':') == 5) {
      std::array<std::uint8_t, 6> mac{};
      unsigned bytes[6] = {};
      const std::string text = in.text(i);
      if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5]) != 6) {
        in.complain("VMAC invalid MAC address " + text + " - ignored", i);
        continue;
      }
      if ((bytes[0] & 1U) != 0) {
        in.complain("VMAC MAC address is multicast " + text + " - ignoring", i);
        continue;
      }
      for (std::size_t b = 0; b < 6; ++b) mac[b] = static_cast<std::uint8_t>(bytes[b]);
      to.vmac_address = mac;
    } else {
      to.vmac_name = in.text(i);
    }
  }
  check_vmac_name(to, in);
}

void read_ipvlan(VrrpInstance& to, Reader& in) {
  to.vmac = VirtualMac::Ipvlan;
  for (std::size_t i = 1; i < in.size(); ++i) {
    const std::string_view word = in.word(i);
    using Mode = VrrpInstance::IpvlanMode;
    if (word == "bridge") to.ipvlan_mode = Mode::Bridge;
    else if (word == "private") to.ipvlan_mode = Mode::Private;
    else if (word == "vepa") to.ipvlan_mode = Mode::Vepa;
    else if (word == "name" && i + 1 < in.size()) to.vmac_name = in.text(++i);
    else if (word == "group" && i + 1 < in.size()) {
      if (const auto value = in.number(++i, 0, kMostUnsigned)) to.vmac_group = static_cast<std::uint32_t>(*value);
    } else if (const auto prefix = lib::net::Prefix::parse(word)) {
      IpAddress address;
      address.address = prefix->base;
      address.prefix_length = prefix->bits;
      address.place = in.place(i);
      to.ipvlan_address = address;
    } else {
      to.vmac_name = in.text(i);
    }
  }
  check_vmac_name(to, in);
}

}  // namespace parsers::keepalived

#include "vrrpd/kernel/announce_frame.h"

#include <algorithm>
#include <cstring>

namespace vrrpd::kernel {

std::array<std::uint8_t, 42> gratuitous_arp(const MacBytes& mac, const lib::net::Address& address) {
  std::array<std::uint8_t, 42> out{};
  auto* at = out.data();
  const auto put = [&at](auto begin, auto end) { at = std::copy(begin, end, at); };
  const MacBytes all{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const std::uint32_t bits = address.ipv4_bits();
  const std::array<std::uint8_t, 4> ip{static_cast<std::uint8_t>(bits >> 24), static_cast<std::uint8_t>(bits >> 16),
                                       static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
  // EtherType ARP; Ethernet, IPv4, lengths 6 and 4, request.
  constexpr std::array<std::uint8_t, 10> kHead{0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01};
  put(all.begin(), all.end());
  put(mac.begin(), mac.end());
  put(kHead.begin(), kHead.end());
  put(mac.begin(), mac.end());
  put(ip.begin(), ip.end());
  put(all.begin(), all.end());  // keepalived fills the target's hardware address so, where others leave zeros
  put(ip.begin(), ip.end());
  return out;
}

std::array<std::uint8_t, 32> neighbour_advert(const MacBytes& mac, const lib::net::Address& address, bool is_router) {
  std::array<std::uint8_t, 32> out{};
  out[0] = 136;
  out[4] = static_cast<std::uint8_t>(0x20 | (is_router ? 0x80 : 0));
  std::memcpy(out.data() + 8, &address.ipv6_bits(), 16);
  out[24] = 2;  // option: target link-layer address, in units of 8 bytes
  out[25] = 1;
  std::copy(mac.begin(), mac.end(), out.begin() + 26);
  return out;
}

}  // namespace vrrpd::kernel

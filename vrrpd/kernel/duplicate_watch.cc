#include "vrrpd/kernel/duplicate_watch.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/bytes.h"

namespace vrrpd::kernel {

using lib::base::ByteReader;
using lib::event::Task;
using lib::net::Address;

namespace {

constexpr int kPacketsAtOnce = 64;
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint8_t kNeighbourAdvert = 136, kTargetLinkLayer = 2;

lib::netlink::MacAddress take_mac(ByteReader& in) {
  lib::netlink::MacAddress mac{};
  const auto bytes = in.take(mac.size());
  std::copy(bytes.begin(), bytes.end(), mac.begin());
  return mac;
}

}  // namespace

std::optional<Claim> claim_of_arp(std::span<const std::uint8_t> packet) {
  ByteReader in{packet};
  const bool is_ipv4 = in.u16() == kEthernet && in.u16() == ETHERTYPE_IP && in.u8() == 6 && in.u8() == 4;
  (void)in.u16();  // a request says who its sender is, too
  Claim claim;
  claim.mac = take_mac(in);
  const std::uint32_t sender = in.u32();
  claim.address = Address::ipv4(sender);
  if (!is_ipv4 || !in.complete() || sender == 0) return std::nullopt;  // 0: a probe, by who has no address yet
  return claim;
}

std::optional<Claim> claim_of_neighbour_advert(std::span<const std::uint8_t> message) {
  ByteReader in{message};
  const std::uint8_t type = in.u8(), code = in.u8();
  (void)in.take(6);  // checksum, flags
  const auto target = in.take(16);
  if (type != kNeighbourAdvert || code != 0 || !in.complete()) return std::nullopt;
  while (in.left() >= 8) {
    const std::uint8_t kind = in.u8();
    const std::size_t size = std::size_t{in.u8()} * 8;
    if (size < 8 || size - 2 > in.left()) return std::nullopt;
    ByteReader option{in.take(size - 2)};
    if (kind != kTargetLinkLayer) continue;
    Claim claim;
    claim.mac = take_mac(option);
    sockaddr_in6 raw{};
    raw.sin6_family = AF_INET6;
    std::memcpy(&raw.sin6_addr, target.data(), sizeof raw.sin6_addr);
    claim.address = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(raw), sizeof raw);
    return claim;
  }
  return std::nullopt;
}

DuplicateWatch::DuplicateWatch(lib::event::Loop& loop, ClaimListener& listener, const Log& log)
    : listener_{listener}, arp_waiter_{loop}, icmp_waiter_{loop} {
  lib::base::UniqueFd arp{::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ARP))};
  if (arp) {
    arp_.open(loop, std::move(arp));
    tasks_.spawn(hear_arp());
  } else {
    log.always(std::string{"Second owners of addresses are not looked for: "} + std::strerror(errno));
  }
  lib::base::UniqueFd icmp{::socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6)};
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(kNeighbourAdvert, &filter);
  // A host without IPv6 has no second owner of an IPv6 address.
  if (!icmp || ::setsockopt(icmp.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) != 0) return;
  icmp_.open(loop, std::move(icmp));
  tasks_.spawn(hear_neighbours());
}

Task<void> DuplicateWatch::hear_arp() {
  while (true) {
    co_await arp_waiter_.ready(arp_, lib::event::kRead, lib::base::kNever);
    for (int count = 0; count < kPacketsAtOnce; ++count) {
      std::array<std::uint8_t, 128> bytes;
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const ssize_t got = ::recvfrom(arp_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) break;
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      if (const auto claim = claim_of_arp({bytes.data(), static_cast<std::size_t>(got)})) listener_.on_claim(claim->address, claim->mac, static_cast<unsigned>(from.sll_ifindex));
    }
  }
}

Task<void> DuplicateWatch::hear_neighbours() {
  while (true) {
    co_await icmp_waiter_.ready(icmp_, lib::event::kRead, lib::base::kNever);
    for (int count = 0; count < kPacketsAtOnce; ++count) {
      std::array<std::uint8_t, 512> bytes;
      sockaddr_in6 from{};
      socklen_t size = sizeof from;
      const ssize_t got = ::recvfrom(icmp_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) break;
      if (const auto claim = claim_of_neighbour_advert({bytes.data(), static_cast<std::size_t>(got)})) listener_.on_claim(claim->address, claim->mac, from.sin6_scope_id);
    }
  }
}

}  // namespace vrrpd::kernel

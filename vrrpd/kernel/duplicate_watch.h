// Hears who else on the link answers for an address: ARP packets and neighbour advertisements with a MAC that is not ours.
#pragma once

#include <optional>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/netlink/netlink.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

class ClaimListener {
 public:
  virtual ~ClaimListener() = default;
  /// Somebody at `mac` on interface `index` says that `address` is his. Told for every address; never for our own packets.
  virtual void on_claim(const lib::net::Address& address, const lib::netlink::MacAddress& mac, unsigned index) = 0;
};

class DuplicateWatch {
 public:
  /// `listener` outlives it. Without the rights for its sockets it says so once and hears nothing.
  DuplicateWatch(lib::event::Loop& loop, ClaimListener& listener, const Log& log);
  DuplicateWatch(const DuplicateWatch&) = delete;
  DuplicateWatch& operator=(const DuplicateWatch&) = delete;

 private:
  lib::event::Task<void> hear_arp();
  lib::event::Task<void> hear_neighbours();

  ClaimListener& listener_;
  lib::event::Waiter arp_waiter_, icmp_waiter_;
  lib::event::Descriptor arp_, icmp_;
  lib::event::TaskGroup tasks_;  // last: it uses the rest
};

/// The sender of an ARP packet for IPv4 over Ethernet; nothing for another packet.
struct Claim {
  lib::net::Address address;
  lib::netlink::MacAddress mac{};
};
std::optional<Claim> claim_of_arp(std::span<const std::uint8_t> packet);
/// The target of a neighbour advertisement (RFC 4861 section 4.4) with its link-layer address option.
std::optional<Claim> claim_of_neighbour_advert(std::span<const std::uint8_t> message);

}  // namespace vrrpd::kernel

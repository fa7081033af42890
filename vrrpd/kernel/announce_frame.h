// The bytes that tell neighbours where an address lives now: gratuitous ARP (RFC 5227 section 3: a request for itself) and
// unsolicited neighbour advertisement (RFC 4861 section 7.2.6). No socket in here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lib/net/address.h"

namespace vrrpd::kernel {

using MacBytes = std::array<std::uint8_t, 6>;

/// A whole Ethernet frame, 42 bytes, to all.
std::array<std::uint8_t, 42> gratuitous_arp(const MacBytes& mac, const lib::net::Address& address);

/// An ICMPv6 message, 32 bytes; the kernel fills in the checksum. Override is set, Solicited is not.
std::array<std::uint8_t, 32> neighbour_advert(const MacBytes& mac, const lib::net::Address& address, bool is_router);

}  // namespace vrrpd::kernel

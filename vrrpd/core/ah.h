// The Authentication Header (RFC 2402) around version 2 adverts: auth_type AH. Pure: the digest comes in as a function.
#pragma once

#include "vrrpd/core/packet.h"

namespace vrrpd {

using IntegrityValue = std::array<std::uint8_t, 12>;
/// HMAC-MD5 cut to 96 bits (RFC 2403).
using AhDigest = IntegrityValue (*)(Bytes key, Bytes text);

inline constexpr std::size_t kAhSize = 24;

struct AhHeader {
  std::uint32_t spi = 0;       // keepalived's: the sender's address
  std::uint32_t sequence = 0;  // grows with every advert
  IntegrityValue value{};
};

/// A whole IPv4 packet. `header` says where and how it goes; its protocol is AH.
std::vector<std::uint8_t> encode_ah(Ipv4Header header, std::uint32_t sequence, Bytes message, Bytes key, AhDigest digest);
/// What follows the IP header. Nothing when it is too short, or carries something else than VRRP.
std::optional<AhHeader> decode_ah(Bytes payload);
/// Whether a packet, that decode_ah() could read, was made with this key and not changed on its way.
bool is_authentic(Bytes packet, const Ipv4Header& header, const AhHeader& ah, Bytes key, AhDigest digest);

}  // namespace vrrpd

// VRRP adverts as bytes: version 2 (RFC 3768) and 3 (RFC 5798, RFC 9568), IPv4 and IPv6, with keepalived's PASS, AH and
// auth_hmac. Pure: no socket and no clock. One fault a reason to drop, in the order in which the original checks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/net/address.h"

namespace vrrpd {

using lib::base::Duration;
using lib::net::Address;
using Bytes = std::span<const std::uint8_t>;

inline constexpr std::uint8_t kVrrpProtocol = 112;
inline constexpr std::uint8_t kAhProtocol = 51;
inline constexpr std::uint8_t kOwnerPriority = 255;

/// What an advert says. The interval is in microseconds here: whole seconds in version 2, hundredths in version 3.
struct Advert {
  std::uint8_t version = 2;
  std::uint8_t family = 2;               // AF_INET or AF_INET6
  std::uint8_t vrid = 0;
  std::uint8_t priority = 0;
  Duration interval{1'000'000};
  std::uint8_t auth_type = 0;            // version 2: 0 none, 1 PASS, 2 AH
  std::array<std::uint8_t, 8> auth_data{};
  std::vector<Address> addresses;        // in the order of the configuration
  bool operator==(const Advert&) const = default;
};

enum class AdvertFault : std::uint8_t {
  None,
  TooShort,         // "vrrp packet ... too short"
  TooLong,
  BadVersion,
  BadType,
  BadChecksum,
  BadAuthType,
  BadAuthData,
  BadInterval,
};

/// How checksums are made (vrrp-behaviour section 3, "Checksums").
enum class ChecksumRule : std::uint8_t {
  Standard,          // version 3: pseudo header with the true destination
  OldUnicast,        // version 3 unicast as before keepalived 1.3.6: the multicast group as destination
  AsVersion2,        // v3_checksum_as_v2: no pseudo header
};

/// Bytes of the VRRP message (behind the IP header). The checksum is filled in; for IPv6 the kernel makes it, and the field
/// stays 0 unless `source` and `destination` are given.
std::vector<std::uint8_t> encode_advert(const Advert& advert, const Address& source, const Address& destination,
                                        ChecksumRule rule);

/// Reads a VRRP message. Lengths beyond what the count of addresses asks for are TooLong, unless `padding` allows it
/// (Ethernet fills small frames). The checksum is verified apart, by checksum_is_right().
lib::base::Result<Advert, AdvertFault> decode_advert(Bytes message, std::uint8_t family, std::size_t trailer_size = 0);

/// How long a message says it is, without a trailer; nothing when it is too short to say.
std::optional<std::size_t> advert_size(Bytes message, std::uint8_t family);

bool checksum_is_right(Bytes message, std::uint8_t version, const Address& source, const Address& destination,
                       ChecksumRule rule);

/// The Internet checksum (RFC 1071), host order.
std::uint16_t internet_checksum(Bytes bytes, std::uint32_t start = 0);

/// An IPv4 header as keepalived sends it: tos 0xC0, no DF, its own id; `payload` is what follows.
struct Ipv4Header {
  Address source, destination;
  std::uint8_t ttl = 255, protocol = kVrrpProtocol;
  std::uint16_t id = 0, total_length = 0;
  std::size_t header_length = 20;
};
std::vector<std::uint8_t> encode_ipv4(const Ipv4Header& header, Bytes payload);
/// The header of a received packet; nothing when it is shorter than it says or no IPv4.
std::optional<Ipv4Header> decode_ipv4(Bytes packet);

}  // namespace vrrpd

#include "vrrpd/core/packet.h"

#include <algorithm>

#include "lib/base/bytes.h"

namespace vrrpd {

using lib::base::ByteReader;
using lib::base::ByteWriter;

namespace {

constexpr std::uint8_t kAdvertisement = 1;          // the one type there is
constexpr std::size_t kHeaderSize = 8, kAuthSize = 8;
constexpr std::size_t kChecksumAt = 6;
constexpr std::uint16_t kIntervalMask = 0x0fff;     // upper 4 bits are reserved, RFC 9568 section 5.2
constexpr std::uint8_t kInternetControl = 0xc0;     // tos: network control, as keepalived
const Address kAllRouters4 = Address::ipv4(0xe0000012);

std::size_t address_size(std::uint8_t family) { return family == AF_INET6 ? 16 : 4; }

void put_address(ByteWriter& out, const Address& address) {
  if (address.is_ipv6()) {
    out.put(Bytes{address.ipv6_bits().s6_addr, 16});
  } else {
    out.u32(address.ipv4_bits());
  }
}

Address take_address(ByteReader& in, std::uint8_t family) {
  if (family != AF_INET6) return Address::ipv4(in.u32());
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  const Bytes bits = in.take(16);
  std::copy(bits.begin(), bits.end(), raw.sin6_addr.s6_addr);
  return Address::from_sockaddr(reinterpret_cast<const sockaddr&>(raw), sizeof raw);
}

/// The sum over RFC 5798's pseudo header (section 5.2.8): addresses, length, protocol.
std::uint32_t pseudo_header_sum(const Address& source, const Address& destination, std::size_t length) {
  ByteWriter header;
  put_address(header, source);
  put_address(header, destination);
  if (source.is_ipv6()) {
    header.u32(static_cast<std::uint32_t>(length));
    header.u32(kVrrpProtocol);
  } else {
    header.u16(kVrrpProtocol);
    header.u16(static_cast<std::uint32_t>(length));
  }
  return static_cast<std::uint16_t>(~internet_checksum(header.bytes()));
}

/// Where the sum starts for this version and rule.
std::uint32_t checksum_start(std::uint8_t version, const Address& source, const Address& destination, ChecksumRule rule,
                             std::size_t length) {
  if (version == 2 && source.is_ipv4()) return 0;
  if (source.is_ipv4() && rule == ChecksumRule::AsVersion2) return 0;
  const bool old = rule == ChecksumRule::OldUnicast && source.is_ipv4();
  return pseudo_header_sum(source, old ? kAllRouters4 : destination, length);
}

}  // namespace

std::uint16_t internet_checksum(Bytes bytes, std::uint32_t start) {
  std::uint32_t sum = start;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::uint8_t> encode_advert(const Advert& advert, const Address& source, const Address& destination,
                                        ChecksumRule rule) {
  ByteWriter out;
  out.u8(static_cast<std::uint32_t>(advert.version) << 4 | kAdvertisement);
  out.u8(advert.vrid);
  out.u8(advert.priority);
  out.u8(static_cast<std::uint32_t>(advert.addresses.size()));
  if (advert.version == 2) {
    out.u8(advert.auth_type);
    out.u8(static_cast<std::uint32_t>(advert.interval.count() / 1'000'000));
  } else {
    out.u16(static_cast<std::uint32_t>(advert.interval.count() / 10'000) & kIntervalMask);
  }
  out.u16(0);
  for (const Address& address : advert.addresses) put_address(out, address);
  if (advert.version == 2 && advert.family == AF_INET) out.put(advert.auth_data);  // always there in version 2
  const bool kernel_does_it = advert.family == AF_INET6 && !destination.is_ip();
  if (!kernel_does_it) {
    const std::uint32_t start = checksum_start(advert.version, source, destination, rule, out.size());
    out.set_u16(kChecksumAt, internet_checksum(out.bytes(), start));
  }
  return out.release();
}

lib::base::Result<Advert, AdvertFault> decode_advert(Bytes message, std::uint8_t family, std::size_t trailer_size) {
  if (message.size() < kHeaderSize + trailer_size) return tl::unexpected{AdvertFault::TooShort};
  ByteReader in{message};
  Advert advert;
  const std::uint8_t head = in.u8();
  advert.family = family;
  advert.version = head >> 4;
  advert.vrid = in.u8();
  advert.priority = in.u8();
  const std::size_t count = in.u8();
  if (advert.version != 2 && advert.version != 3) return tl::unexpected{AdvertFault::BadVersion};
  if (advert.version == 2) {
    advert.auth_type = in.u8();
    advert.interval = std::chrono::seconds{in.u8()};
  } else {
    advert.interval = Duration{static_cast<std::int64_t>(in.u16() & kIntervalMask) * 10'000};
  }
  (void)in.u16();  // the checksum is verified apart
  const bool has_auth = advert.version == 2 && family == AF_INET;
  const std::size_t expected = *advert_size(message, family) + trailer_size;
  if (message.size() < expected) return tl::unexpected{AdvertFault::TooShort};
  if (message.size() > expected) return tl::unexpected{AdvertFault::TooLong};
  if ((head & 0x0f) != kAdvertisement) return tl::unexpected{AdvertFault::BadType};
  advert.addresses.reserve(count);
  for (std::size_t i = 0; i < count; ++i) advert.addresses.push_back(take_address(in, family));
  if (has_auth) {
    const Bytes auth = in.take(kAuthSize);
    std::copy(auth.begin(), auth.end(), advert.auth_data.begin());
  }
  return advert;
}

std::optional<std::size_t> advert_size(Bytes message, std::uint8_t family) {
  if (message.size() < kHeaderSize) return std::nullopt;
  const bool has_auth = message[0] >> 4 == 2 && family == AF_INET;
  return kHeaderSize + message[3] * address_size(family) + (has_auth ? kAuthSize : 0);
}

bool checksum_is_right(Bytes message, std::uint8_t version, const Address& source, const Address& destination,
                       ChecksumRule rule) {
  if (version == 3 && rule == ChecksumRule::AsVersion2) return true;  // the original does not look then
  return internet_checksum(message, checksum_start(version, source, destination, rule, message.size())) == 0;
}

std::vector<std::uint8_t> encode_ipv4(const Ipv4Header& header, Bytes payload) {
  ByteWriter out;
  out.u8(0x45);
  out.u8(kInternetControl);
  out.u16(static_cast<std::uint32_t>(20 + payload.size()));
  out.u16(header.id);
  out.u16(0);  // no DF
  out.u8(header.ttl);
  out.u8(header.protocol);
  out.u16(0);
  put_address(out, header.source);
  put_address(out, header.destination);
  out.set_u16(10, internet_checksum(out.bytes()));
  out.put(payload);
  return out.release();
}

std::optional<Ipv4Header> decode_ipv4(Bytes packet) {
  ByteReader in{packet};
  Ipv4Header header;
  const std::uint8_t head = in.u8();
  header.header_length = static_cast<std::size_t>(head & 0x0f) * 4;
  (void)in.u8();
  header.total_length = in.u16();
  header.id = in.u16();
  (void)in.u16();
  header.ttl = in.u8();
  header.protocol = in.u8();
  (void)in.u16();
  header.source = Address::ipv4(in.u32());
  header.destination = Address::ipv4(in.u32());
  const bool sound = in.complete() && head >> 4 == 4 && header.header_length >= 20 && header.header_length <= packet.size() &&
                     header.total_length >= header.header_length;
  if (!sound) return std::nullopt;
  return header;
}

}  // namespace vrrpd

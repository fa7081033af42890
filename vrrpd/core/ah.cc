#include "vrrpd/core/ah.h"

#include <algorithm>

#include "lib/base/bytes.h"

namespace vrrpd {

using lib::base::ByteReader;
using lib::base::ByteWriter;

namespace {

constexpr std::uint8_t kPayloadLength = kAhSize / 4 - 2;  // RFC 2402 section 2.2: in words, less two
constexpr std::size_t kValueAt = 12;

/// What may change on the way counts as zero, RFC 2402 section 3.3.3.1; of the TTL only where routers pass the packet on.
IntegrityValue value_of(Bytes packet, const Ipv4Header& header, Bytes key, AhDigest digest) {
  std::vector<std::uint8_t> text{packet.begin(), packet.end()};
  text[1] = 0;                                           // type of service
  std::fill_n(text.begin() + 6, 2, std::uint8_t{0});     // flags, fragment offset
  if ((header.destination.ipv4_bits() >> 28) != 0xe) text[8] = 0;
  std::fill_n(text.begin() + 10, 2, std::uint8_t{0});    // checksum
  const auto value = text.begin() + static_cast<std::ptrdiff_t>(header.header_length + kValueAt);
  std::fill_n(value, IntegrityValue{}.size(), std::uint8_t{0});
  return digest(key, text);
}

}  // namespace

std::vector<std::uint8_t> encode_ah(Ipv4Header header, std::uint32_t sequence, Bytes message, Bytes key, AhDigest digest) {
  header.protocol = kAhProtocol;
  ByteWriter payload;
  payload.u8(kVrrpProtocol);
  payload.u8(kPayloadLength);
  payload.u16(0);
  payload.u32(header.source.ipv4_bits());
  payload.u32(sequence);
  payload.put(IntegrityValue{});
  payload.put(message);
  std::vector<std::uint8_t> packet = encode_ipv4(header, payload.bytes());
  const IntegrityValue value = value_of(packet, header, key, digest);
  std::copy(value.begin(), value.end(), packet.begin() + static_cast<std::ptrdiff_t>(header.header_length + kValueAt));
  return packet;
}

std::optional<AhHeader> decode_ah(Bytes payload) {
  ByteReader in{payload};
  AhHeader out;
  const bool is_ours = in.u8() == kVrrpProtocol;
  const bool is_sized = in.u8() == kPayloadLength;
  (void)in.u16();  // reserved
  out.spi = in.u32();
  out.sequence = in.u32();
  const Bytes value = in.take(out.value.size());
  if (!in.complete() || !is_ours || !is_sized) return std::nullopt;
  std::copy(value.begin(), value.end(), out.value.begin());
  return out;
}

bool is_authentic(Bytes packet, const Ipv4Header& header, const AhHeader& ah, Bytes key, AhDigest digest) {
  if (packet.size() < header.header_length + kAhSize) return false;
  const Bytes whole = packet.first(std::min<std::size_t>(packet.size(), header.total_length));
  if (whole.size() < header.header_length + kAhSize) return false;
  const IntegrityValue expected = value_of(whole, header, key, digest);
  std::uint8_t difference = 0;  // without a branch: how long it takes tells nothing about the value
  for (std::size_t i = 0; i < expected.size(); ++i) difference = static_cast<std::uint8_t>(difference | (expected[i] ^ ah.value[i]));
  return difference == 0;
}

}  // namespace vrrpd

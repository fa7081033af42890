#include "lib/net/proxy_header.h"

#include <array>
#include <cstring>

#include "lib/base/bytes.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"

namespace lib::net {
namespace {

using base::ByteReader;
using base::Bytes;
using base::ByteWriter;

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::size_t kLongestLine = 107;  // with its end, section 2.1
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kFixedPart = 16;     // signature, version and command, family, length
constexpr std::uint8_t kVersion2 = 2, kLocal = 0, kProxy = 1;
constexpr std::uint8_t kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31;
constexpr std::size_t kUnixBlock = 216;
constexpr std::size_t kLongestAuthority = 255, kLongestUniqueId = 128;
constexpr std::size_t kTlvHead = 3;
constexpr std::size_t kMostPayload = 65535;

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool begins_like(std::string_view received, std::string_view start) {
  const std::size_t common = received.size() < start.size() ? received.size() : start.size();
  return received.substr(0, common) == start.substr(0, common);
}

// ---- version 1

/// The words before the line's end; false where they are not separated by single blanks.
bool split_words(std::string_view text, std::span<std::string_view> words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return false;
    words[i] = text.substr(0, blank);
    text.remove_prefix(blank + 1);
  }
  words.back() = text;
  return text.find(' ') == std::string_view::npos;
}

bool read_port(std::string_view word, std::uint16_t& port) {
  const auto number = base::parse_number<std::uint16_t>(word);
  const bool is_plain = !word.empty() && base::is_digit(word.front());  // no sign
  if (!number || !is_plain) return false;
  port = *number;
  return true;
}

bool read_address(std::string_view word, sa_family_t family, std::string_view port_word, Address& address) {
  if (word.find('%') != std::string_view::npos) return false;  // a zone means nothing to another host
  const auto parsed = Address::parse(word);
  std::uint16_t port = 0;
  if (!parsed || parsed->family() != family || !read_port(port_word, port)) return false;
  address = *parsed;
  address.set_port(port);
  return true;
}

HeaderStatus decode_line(std::string_view received, ProxyHeader& header) {
  const std::size_t end = received.substr(0, kLongestLine).find('\n');
  if (end == std::string_view::npos) return received.size() < kLongestLine ? HeaderStatus::NeedMore : HeaderStatus::Invalid;
  if (received[end - 1] != '\r') return HeaderStatus::Invalid;
  header.size = end + 1;
  const std::string_view line = received.substr(kLineStart.size(), end - 1 - kLineStart.size());
  const std::string_view family = line.substr(0, line.find(' '));
  if (family == "UNKNOWN") return HeaderStatus::Complete;  // whatever follows is to be ignored (section 2.1)
  if (family != "TCP4" && family != "TCP6") return HeaderStatus::Unhandled;
  std::array<std::string_view, 5> words;
  if (!split_words(line, words)) return HeaderStatus::Invalid;
  const sa_family_t wanted = family == "TCP4" ? AF_INET : AF_INET6;
  const bool good = read_address(words[1], wanted, words[3], header.source) &&
                    read_address(words[2], wanted, words[4], header.destination);
  return good ? HeaderStatus::Complete : HeaderStatus::Invalid;
}

// ---- version 2

Address read_ipv4(ByteReader& in) { return Address::ipv4(in.u32()); }

Address read_ipv6(ByteReader& in) {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  const Bytes bits = in.take(sizeof raw.sin6_addr);
  if (!bits.empty()) std::memcpy(&raw.sin6_addr, bits.data(), sizeof raw.sin6_addr);
  return Address::from_sockaddr(*reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
}

bool read_addresses(ByteReader& in, std::uint8_t family, ProxyHeader& header) {
  switch (family) {
    case kUnspecified: return true;
    case kUnixStream: (void)in.take(kUnixBlock); return in.complete();  // a local peer: nothing that we could show
    case kTcp4:
      header.source = read_ipv4(in);
      header.destination = read_ipv4(in);
      break;
    case kTcp6:
      header.source = read_ipv6(in);
      header.destination = read_ipv6(in);
      break;
    default: return false;
  }
  header.source.set_port(in.u16());
  header.destination.set_port(in.u16());
  if (in.complete()) return true;
  header.source = header.destination = Address{};
  return false;
}

/// The checksum is made with its own field as zeros (section 2.2.3).
bool checksum_matches(std::string_view whole, std::string_view field) {
  std::string copy{whole};
  std::memset(copy.data() + (field.data() - whole.data()), 0, field.size());
  return ByteReader{bytes_of(field)}.u32() == base::hash_crc32c(copy);
}

bool tlvs_are_sound(std::string_view whole, std::string_view tlvs) {
  ByteReader in{bytes_of(tlvs)};
  while (in.left() != 0) {
    const auto type = static_cast<TlvType>(in.u8());
    const std::uint16_t length = in.u16();
    const std::string_view value = text_of(in.take(length));
    if (!in.complete()) return false;
    if (type == TlvType::Authority && length > kLongestAuthority) return false;
    if (type == TlvType::UniqueId && length > kLongestUniqueId) return false;
    if (type == TlvType::Crc32c && (length != 4 || !checksum_matches(whole, value))) return false;
  }
  return true;
}

HeaderStatus decode_binary(std::string_view received, ProxyHeader& header) {
  if (received.size() > kSignature.size() && static_cast<std::uint8_t>(received[kSignature.size()]) >> 4 != kVersion2)
    return HeaderStatus::NotAHeader;
  const std::size_t size = announced_size(received);
  if (size == 0 || received.size() < size) return HeaderStatus::NeedMore;
  header.size = size;
  const std::string_view whole = received.substr(0, size);
  ByteReader in{bytes_of(whole.substr(kSignature.size()))};
  const std::uint8_t command = in.u8() & 15;
  const std::uint8_t family = in.u8();
  (void)in.u16();  // the length, in `size` already
  if (command == kLocal) return HeaderStatus::Complete;  // from the sender itself: whatever else it says is to be ignored
  if (command != kProxy || !read_addresses(in, family, header)) return HeaderStatus::Invalid;
  header.tlvs = whole.substr(size - in.left());
  return tlvs_are_sound(whole, header.tlvs) ? HeaderStatus::Complete : HeaderStatus::Invalid;
}

}  // namespace

std::string_view ProxyHeader::find_tlv(std::string_view tlvs, std::uint8_t type) {
  ByteReader in{bytes_of(tlvs)};
  std::string_view found;
  while (in.left() != 0) {
    const std::uint8_t each = in.u8();
    const std::uint16_t length = in.u16();
    const Bytes value = in.take(length);
    if (!in.complete()) break;
    if (each == type) found = length == 0 ? std::string_view{""} : text_of(value);
  }
  return found;
}

std::size_t announced_size(std::string_view received) {
  if (received.size() < kFixedPart || !begins_like(received, kSignature)) return 0;
  ByteReader in{bytes_of(received.substr(kFixedPart - 2, 2))};
  return kFixedPart + in.u16();
}

HeaderStatus decode_proxy_header(std::string_view received, ProxyHeader& header) {
  header = {};
  if (begins_like(received, kLineStart))
    return received.size() > kLineStart.size() ? decode_line(received, header) : HeaderStatus::NeedMore;
  return begins_like(received, kSignature) ? decode_binary(received, header) : HeaderStatus::NotAHeader;
}

// ---- NetScaler

namespace {

constexpr std::uint8_t kTcpProtocol = 6;

/// The client's own IP header and the ports behind it.
HeaderStatus read_packet(std::string_view packet, ProxyHeader& header) {
  ByteReader in{bytes_of(packet)};
  const std::uint8_t first = in.u8();
  std::size_t to_ports = 0;
  std::uint8_t protocol = 0;
  if (first >> 4 == 4) {
    (void)in.take(8);
    protocol = in.u8();
    (void)in.u16();
    header.source = read_ipv4(in);
    header.destination = read_ipv4(in);
    const std::size_t own = 4U * (first & 15);
    if (own < 20) return HeaderStatus::Invalid;
    to_ports = own - 20;
  } else if (first >> 4 == 6) {
    (void)in.take(5);
    protocol = in.u8();
    (void)in.u8();
    header.source = read_ipv6(in);
    header.destination = read_ipv6(in);
  } else {
    return HeaderStatus::Unhandled;
  }
  (void)in.take(to_ports);
  header.source.set_port(in.u16());
  header.destination.set_port(in.u16());
  if (in.complete() && protocol == kTcpProtocol) return HeaderStatus::Complete;
  header.source = header.destination = Address{};
  return in.complete() ? HeaderStatus::Unhandled : HeaderStatus::Invalid;
}

}  // namespace

HeaderStatus decode_netscaler_header(std::string_view received, std::uint32_t magic, ProxyHeader& header) {
  header = {};
  ByteReader in{bytes_of(received)};
  if (received.size() < 4) return HeaderStatus::NeedMore;
  if (in.u32() != magic) return HeaderStatus::NotAHeader;
  const std::uint32_t old_length = in.u32();
  const std::uint8_t kind = in.u8();
  if (!in.complete()) return HeaderStatus::NeedMore;
  std::size_t before = 8, length = old_length;
  if (kind == 0) {  // the newer form: the length stands behind a type
    (void)in.u8();
    length = in.u16();
    if (!in.complete()) return HeaderStatus::NeedMore;
    before = 12;
  } else if (kind >> 4 != 4 && kind >> 4 != 6) {
    return HeaderStatus::Unhandled;
  }
  if (length > kMostPayload) return HeaderStatus::Invalid;
  header.size = before + length;
  if (received.size() < header.size) return HeaderStatus::NeedMore;
  return read_packet(received.substr(before, length), header);
}

// ---- what we say

void encode_proxy_v1(const Address& source, const Address& destination, std::string& out) {
  if (!source.is_ip() || !destination.is_ip()) {
    out += "PROXY UNKNOWN\r\n";
    return;
  }
  const bool all_ipv4 = source.is_ipv4() && destination.is_ipv4();
  const auto host = [all_ipv4](const Address& each) {
    return (!all_ipv4 && each.is_ipv4() ? "::ffff:" : "") + each.host();
  };
  out += all_ipv4 ? "PROXY TCP4 " : "PROXY TCP6 ";
  out += host(source) + ' ' + host(destination) + ' ' + std::to_string(source.port()) + ' ' +
         std::to_string(destination.port()) + "\r\n";
}

namespace {

void put_ipv6(const Address& address, ByteWriter& out) {
  if (address.is_ipv6()) {
    const std::string_view bits{reinterpret_cast<const char*>(&address.ipv6_bits()), sizeof(in6_addr)};
    return out.put(bytes_of(bits));
  }
  for (int i = 0; i < 5; ++i) out.u16(0);
  out.u16(0xffff);
  out.u32(address.ipv4_bits());
}

}  // namespace

void encode_proxy_v2(const Address& source, const Address& destination, std::span<const ProxyTlv> tlvs, Checksum checksum,
                     std::string& out) {
  const bool named = source.is_ip() && destination.is_ip();
  const bool all_ipv4 = source.is_ipv4() && destination.is_ipv4();
  ByteWriter wire;
  wire.put(bytes_of(kSignature));
  wire.u8(kVersion2 << 4 | (named ? kProxy : kLocal));
  wire.u8(!named ? kUnspecified : all_ipv4 ? kTcp4 : kTcp6);
  wire.u16(0);
  if (named && all_ipv4) {
    wire.u32(source.ipv4_bits());
    wire.u32(destination.ipv4_bits());
  } else if (named) {
    put_ipv6(source, wire);
    put_ipv6(destination, wire);
  }
  if (named) {
    wire.u16(source.port());
    wire.u16(destination.port());
  }
  std::size_t checksum_at = 0;
  if (checksum == Checksum::Crc32c) {
    wire.u8(static_cast<std::uint8_t>(TlvType::Crc32c));
    wire.u16(4);
    checksum_at = wire.size();
    wire.u32(0);
  }
  for (const ProxyTlv& each : tlvs) {
    if (wire.size() - kFixedPart + kTlvHead + each.value.size() > kMostPayload) continue;
    wire.u8(each.type);
    wire.u16(static_cast<std::uint32_t>(each.value.size()));
    wire.put(bytes_of(each.value));
  }
  wire.set_u16(kFixedPart - 2, static_cast<std::uint32_t>(wire.size() - kFixedPart));
  if (checksum_at != 0) {
    const std::uint32_t sum = base::hash_crc32c(text_of(wire.bytes()));
    wire.set_u16(checksum_at, sum >> 16);
    wire.set_u16(checksum_at + 2, sum & 0xffff);
  }
  out += text_of(wire.bytes());
}

}  // namespace lib::net

// What is said first on a connection about the one behind it: the PROXY protocol's header, versions 1 and 2, and the client IP
// header that NetScaler inserts. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/net/address.h"

namespace lib::net {

/// Types of version 2's TLVs (PROXY protocol, section 2.2).
enum class TlvType : std::uint8_t {
  Alpn = 0x01, Authority = 0x02, Crc32c = 0x03, Noop = 0x04, UniqueId = 0x05, Tls = 0x20, NetworkNamespace = 0x30
};

struct ProxyTlv {
  std::uint8_t type = 0;
  std::string_view value;
};

/// A received header. Views point into the bytes that it was decoded from.
struct ProxyHeader {
  Address source, destination;  // AF_UNSPEC: it names none, the connection's own hold
  std::string_view tlvs;        // all of them, as they came; well formed once the header is complete
  std::size_t size = 0;         // bytes that it took

  /// The value of the last TLV of that type; null data: there is none.
  std::string_view tlv(std::uint8_t type) const { return find_tlv(tlvs, type); }
  std::string_view tlv(TlvType type) const { return tlv(static_cast<std::uint8_t>(type)); }
  static std::string_view find_tlv(std::string_view tlvs, std::uint8_t type);
};

enum class HeaderStatus : std::uint8_t {
  Complete,
  NeedMore,
  NotAHeader,  // it begins with something else, or NetScaler's magic number is another one
  Unhandled,   // a protocol family that cannot be on a stream
  Invalid,
};

/// Decodes a header of version 1 or 2 from the beginning of what was received so far. More than a header may be there.
/// Invalid may leave the addresses set: they were read before the fault.
HeaderStatus decode_proxy_header(std::string_view received, ProxyHeader& header);

/// Decodes the header that a NetScaler inserts: magic number, length, and the client's own IP and TCP headers.
HeaderStatus decode_netscaler_header(std::string_view received, std::uint32_t magic, ProxyHeader& header);

/// How many bytes a header of version 2 will take in all, once it can be told, else 0: to refuse one that is larger than
/// what the receiver keeps.
std::size_t announced_size(std::string_view received);

/// Appends a header of version 1. An IPv4 address beside an IPv6 one is written as mapped into IPv6; without two IP addresses
/// it is "PROXY UNKNOWN".
void encode_proxy_v1(const Address& source, const Address& destination, std::string& out);

enum class Checksum : std::uint8_t { None, Crc32c };

/// Appends a header of version 2, the addresses likewise; without two IP addresses it is a LOCAL one that names none. TLVs follow in their order, the checksum before them. Those that would not fit into
/// 65535 bytes are left out.
void encode_proxy_v2(const Address& source, const Address& destination, std::span<const ProxyTlv> tlvs, Checksum checksum,
                     std::string& out);

}  // namespace lib::net

// An address as the bytes that hashes are made of.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "lib/net/address.h"

namespace proxyd::servers {

class AddressBytes {
 public:
  explicit AddressBytes(const lib::net::Address& address) {
    if (address.is_ipv4()) {
      const std::uint32_t bits = address.ipv4_bits();
      for (std::size_t at = 0; at < 4; ++at) bytes_[at] = static_cast<std::uint8_t>(bits >> (24 - 8 * at));
      size_ = 4;
    } else if (address.is_ipv6()) {
      std::copy_n(address.ipv6_bits().s6_addr, bytes_.size(), bytes_.begin());
      size_ = bytes_.size();
    }
  }
  /// Neither IPv4 nor IPv6.
  bool empty() const { return size_ == 0; }
  std::span<const std::uint8_t> view() const { return std::span{bytes_}.first(size_); }

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace proxyd::servers

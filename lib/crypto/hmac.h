// Keyed digests that packets carry.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace lib::crypto {

/// HMAC-MD5 cut to its first 96 bits (RFC 2403), as IPsec's AH has it.
std::array<std::uint8_t, 12> hmac_md5_96(std::span<const std::uint8_t> key, std::span<const std::uint8_t> text);

/// HMAC-SHA-256 cut to its first 128 bits (RFC 4868).
std::array<std::uint8_t, 16> hmac_sha256_128(std::span<const std::uint8_t> key, std::span<const std::uint8_t> text);

}  // namespace lib::crypto

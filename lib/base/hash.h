// The hashes that people see: of keys that a configuration asks for, compared with the original's. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace lib::base {

std::uint32_t hash_sdbm(std::string_view bytes);
std::uint32_t hash_djb2(std::string_view bytes);
std::uint32_t hash_wt6(std::string_view bytes);
std::uint32_t hash_crc32(std::string_view bytes);   ///< as Ethernet's and zlib's
std::uint32_t hash_crc32c(std::string_view bytes);  ///< Castagnoli's
/// Spreads a hash over all 32 bits ("avalanche").
std::uint32_t hash_avalanche(std::uint32_t value);
std::uint32_t hash_xxh32(std::string_view bytes, std::uint32_t seed);
std::uint64_t hash_xxh64(std::string_view bytes, std::uint64_t seed);
std::uint64_t hash_xxh3(std::string_view bytes, std::uint64_t seed);

}  // namespace lib::base

#include "lib/base/hash.h"

#define XXH_INLINE_ALL  // the header alone: no library to link
#include <xxhash.h>

#include <array>
#include <bit>

namespace lib::base {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table(std::uint32_t polynomial) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    table[i] = value;
  }
  return table;
}
constexpr auto kCrc32 = crc_table(0xedb88320U);
constexpr auto kCrc32c = crc_table(0x82f63b78U);

std::uint32_t crc(std::string_view bytes, const std::array<std::uint32_t, 256>& table) {
  std::uint32_t value = ~0U;
  for (const char c : bytes) value = (value >> 8) ^ table[(value ^ static_cast<unsigned char>(c)) & 255U];
  return ~value;
}

}  // namespace

std::uint32_t hash_sdbm(std::string_view bytes) {
  std::uint32_t hash = 0;
  for (const char c : bytes) hash = static_cast<unsigned char>(c) + (hash << 6) + (hash << 16) - hash;
  return hash;
}

std::uint32_t hash_djb2(std::string_view bytes) {
  std::uint32_t hash = 5381;
  for (const char c : bytes) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

// Two halves that take each byte in, swap and turn by amounts that the data decides.
std::uint32_t hash_wt6(std::string_view bytes) {
  std::uint32_t left = 0xa53c965aU, right = 0x5ca6953aU;
  int turn_right = 6, turn_left = 18;
  for (const char c : bytes) {
    const std::uint32_t byte = static_cast<unsigned char>(c);
    const std::uint32_t mixed = ~(left ^ byte);
    const std::uint32_t summed = ~(right + byte);
    left = std::rotl(summed, turn_right);
    right = std::rotl(mixed, turn_left);
    const std::uint32_t amounts = ((left >> 16) ^ right) & 0xffffU;
    turn_right = static_cast<int>(amounts & 31U);
    turn_left = static_cast<int>(amounts >> 11);
  }
  return left ^ right;
}

std::uint32_t hash_crc32(std::string_view bytes) { return crc(bytes, kCrc32); }
std::uint32_t hash_crc32c(std::string_view bytes) { return crc(bytes, kCrc32c); }

// Bob Jenkins' six-shift integer hash, then a prime that spreads neighbours around.
std::uint32_t hash_avalanche(std::uint32_t value) {
  value = value + 0x7ed55d16U + (value << 12);
  value = value ^ 0xc761c23cU ^ (value >> 19);
  value = value + 0x165667b1U + (value << 5);
  value = (value + 0xd3a2646cU) ^ (value << 9);
  value = value + 0xfd7046c5U + (value << 3);
  return (value ^ 0xb55a4f09U ^ (value >> 16)) * 3221225473U;
}

std::uint32_t hash_xxh32(std::string_view bytes, std::uint32_t seed) { return XXH32(bytes.data(), bytes.size(), seed); }
std::uint64_t hash_xxh64(std::string_view bytes, std::uint64_t seed) { return XXH64(bytes.data(), bytes.size(), seed); }
std::uint64_t hash_xxh3(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace lib::base

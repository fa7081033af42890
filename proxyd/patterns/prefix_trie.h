// IP networks: which one holds an address. The most specific wins. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "proxyd/patterns/text_index.h"

namespace proxyd::patterns {

/// 32 or 128 bits of an address, the first byte first.
using AddressBits = std::array<std::uint8_t, 16>;

/// A binary trie whose single-child paths are one edge. Of equal networks the first stays.
class PrefixTrie {
 public:
  void add(const AddressBits& bits, unsigned length, std::uint32_t entry);
  /// The entry of the longest prefix of the first `length` bits, or kNoEntry.
  std::uint32_t find(const AddressBits& bits, unsigned length) const;
  bool empty() const { return nodes_.empty(); }
  /// Whether a network was added twice: then remove() would hide the second one.
  bool has_equals() const { return has_equals_; }
  void remove(const AddressBits& bits, unsigned length);

 private:
  struct Node {
    AddressBits bits{};       // cut at `length`
    std::uint8_t length = 0;
    std::uint32_t entry = kNoEntry;
    std::array<std::uint32_t, 2> children{kNoEntry, kNoEntry};
  };
  std::uint32_t make(const AddressBits& bits, unsigned length, std::uint32_t entry);
  bool has_equals_ = false;
  std::vector<Node> nodes_;  // [0] is the root, of length 0
};

}  // namespace proxyd::patterns

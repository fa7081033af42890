#include "proxyd/patterns/prefix_trie.h"

#include <algorithm>
#include <bit>

namespace proxyd::patterns {
namespace {

unsigned bit_at(const AddressBits& bits, unsigned at) { return (bits[at / 8] >> (7 - at % 8)) & 1U; }

/// How many leading bits are the same, at most `limit`.
unsigned common_bits(const AddressBits& a, const AddressBits& b, unsigned limit) {
  unsigned same = 0;
  for (std::size_t i = 0; i < a.size() && same < limit; ++i) {
    const auto differ = static_cast<std::uint8_t>(a[i] ^ b[i]);
    if (differ != 0) return std::min(limit, same + static_cast<unsigned>(std::countl_zero(differ)));
    same += 8;
  }
  return std::min(same, limit);
}

AddressBits cut(AddressBits bits, unsigned length) {
  for (unsigned i = 0; i < bits.size(); ++i) {
    if (length >= 8 * (i + 1)) continue;
    const unsigned kept = length > 8 * i ? length - 8 * i : 0;
    bits[i] = static_cast<std::uint8_t>(bits[i] & (0xff00U >> kept));
  }
  return bits;
}

}  // namespace

std::uint32_t PrefixTrie::make(const AddressBits& bits, unsigned length, std::uint32_t entry) {
  Node& node = nodes_.emplace_back();
  node.bits = cut(bits, length);
  node.length = static_cast<std::uint8_t>(length);
  node.entry = entry;
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void PrefixTrie::add(const AddressBits& bits, unsigned length, std::uint32_t entry) {
  if (nodes_.empty()) (void)make({}, 0, kNoEntry);
  std::uint32_t at = 0;
  while (true) {
    if (nodes_[at].length == length) {
      if (nodes_[at].entry == kNoEntry) nodes_[at].entry = entry;
      else has_equals_ = true;
      return;
    }
    const unsigned side = bit_at(bits, nodes_[at].length);
    const std::uint32_t child = nodes_[at].children[side];
    if (child == kNoEntry) {
      const std::uint32_t made = make(bits, length, entry);
      nodes_[at].children[side] = made;
      return;
    }
    const unsigned same = common_bits(bits, nodes_[child].bits, std::min<unsigned>(length, nodes_[child].length));
    if (same == nodes_[child].length) {
      at = child;
      continue;
    }
    const std::uint32_t fork = make(bits, same, same == length ? entry : kNoEntry);
    nodes_[fork].children[bit_at(nodes_[child].bits, same)] = child;
    nodes_[at].children[side] = fork;
    if (same == length) return;
    const std::uint32_t leaf = make(bits, length, entry);
    nodes_[fork].children[bit_at(bits, same)] = leaf;
    return;
  }
}

std::uint32_t PrefixTrie::find(const AddressBits& bits, unsigned length) const {
  std::uint32_t best = kNoEntry;
  std::uint32_t at = nodes_.empty() ? kNoEntry : 0;
  while (at != kNoEntry) {
    const Node& node = nodes_[at];
    if (node.length > length || common_bits(bits, node.bits, node.length) != node.length) break;
    if (node.entry != kNoEntry) best = node.entry;
    if (node.length >= length) break;
    at = node.children[bit_at(bits, node.length)];
  }
  return best;
}

void PrefixTrie::remove(const AddressBits& bits, unsigned length) {
  std::uint32_t at = nodes_.empty() ? kNoEntry : 0;
  while (at != kNoEntry && nodes_[at].length < length) at = nodes_[at].children[bit_at(bits, nodes_[at].length)];
  if (at == kNoEntry || nodes_[at].length != length || common_bits(bits, nodes_[at].bits, length) != length) return;
  nodes_[at].entry = kNoEntry;  // the node stays: it is a fork to others
}

}  // namespace proxyd::patterns

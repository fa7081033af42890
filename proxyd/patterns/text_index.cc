#include "proxyd/patterns/text_index.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace proxyd::patterns {
namespace {

std::uint32_t hash_of(std::string_view text) {
  const std::size_t hash = std::hash<std::string_view>{}(text);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

void TextIndex::reserve(std::size_t count) {
  const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(16, count * 2));
  if (wanted <= slots_.size()) return;
  std::vector<Slot> old(wanted);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& each : old) {
    if (each.entry == kNoEntry) continue;
    std::size_t at = each.hash & mask;
    while (slots_[at].entry != kNoEntry) at = (at + 1) & mask;
    slots_[at] = each;
  }
}

void TextIndex::note_length(std::size_t length) {
  const auto wanted = static_cast<std::uint32_t>(length);
  const auto at = std::lower_bound(lengths_.begin(), lengths_.end(), wanted);
  if (at == lengths_.end() || *at != wanted) lengths_.insert(at, wanted);
}

void TextIndex::add(std::string_view text, std::uint32_t entry) {
  if ((used_ + 1) * 2 > slots_.size()) reserve((used_ + 1) * 2);
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t hash = hash_of(text);
  std::size_t at = hash & mask;
  for (; slots_[at].entry != kNoEntry; at = (at + 1) & mask)
    if (slots_[at].hash == hash && slots_[at].text == text) {
      has_equals_ = true;
      return;
    }
  slots_[at] = Slot{hash, entry, text};
  ++used_;
  note_length(text.size());
}

std::size_t TextIndex::slot_of(std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t hash = hash_of(text);
  std::size_t at = hash & mask;
  while (slots_[at].entry != kNoEntry && (slots_[at].hash != hash || slots_[at].text != text)) at = (at + 1) & mask;
  return at;
}

std::uint32_t TextIndex::find(std::string_view text) const {
  return slots_.empty() ? kNoEntry : slots_[slot_of(text)].entry;
}

void TextIndex::remove(std::string_view text) {
  if (find(text) == kNoEntry) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = slot_of(text);
  // Whoever was pushed on by what stood here moves back into the gap, so that searches do not stop at it.
  for (std::size_t at = (gap + 1) & mask; slots_[at].entry != kNoEntry; at = (at + 1) & mask) {
    const std::size_t home = slots_[at].hash & mask;
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  --used_;
}

}  // namespace proxyd::patterns

// Texts by their hash: which entry has exactly this text. A million of them are found as fast as ten.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace proxyd::patterns {

inline constexpr std::uint32_t kNoEntry = UINT32_MAX;

/// The texts are the caller's and must outlive the index. Of equal ones the first is found.
class TextIndex {
 public:
  void reserve(std::size_t count);
  void add(std::string_view text, std::uint32_t entry);
  std::uint32_t find(std::string_view text) const;
  /// Whether a text was added twice: then remove() would hide the second one.
  bool has_equals() const { return has_equals_; }
  void remove(std::string_view text);
  std::size_t size() const { return used_; }
  /// The lengths that occur, shortest first.
  const std::vector<std::uint32_t>& lengths() const { return lengths_; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = kNoEntry;
    std::string_view text;
  };
  void note_length(std::size_t length);
  std::size_t slot_of(std::string_view text) const;

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t used_ = 0;
  bool has_equals_ = false;
  std::vector<std::uint32_t> lengths_;
};

}  // namespace proxyd::patterns

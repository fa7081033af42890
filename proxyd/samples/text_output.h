// Text of a length not known beforehand, made at the arena's end.
#pragma once

#include <cstring>

#include "proxyd/samples/value.h"

namespace proxyd::samples {

class TextOutput {
 public:
  /// The original's values end where a buffer does: so do ours.
  static constexpr std::size_t kMost = 32 * 1024;

  explicit TextOutput(Arena& arena, std::size_t most = kMost) : arena_{arena}, room_{arena.take(most)} {}
  void put(char c) {
    if (size_ < room_.size()) room_[size_++] = c;
    else overflowed_ = true;
  }
  void put(std::string_view text) {
    const std::size_t size = text.size() <= room_.size() - size_ ? text.size() : room_.size() - size_;
    overflowed_ = overflowed_ || size != text.size();
    if (size != 0) std::memcpy(room_.data() + size_, text.data(), size);
    size_ += size;
  }
  void put_hex(unsigned char byte, std::string_view digits = "0123456789ABCDEF") {
    put(digits[byte >> 4]);
    put(digits[byte & 15]);
  }
  std::size_t size() const { return size_; }
  bool overflowed() const { return overflowed_; }
  /// Gives back what was not used. Nothing else may have been taken from the arena meanwhile.
  std::string_view finish() {
    arena_.shrink(room_.size() - size_);
    return {room_.data(), size_};
  }

 private:
  Arena& arena_;
  std::span<char> room_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace proxyd::samples

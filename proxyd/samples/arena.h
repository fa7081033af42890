// Memory for what one evaluation makes: taken in order, given back all at once, kept for the next one. Pure.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace proxyd::samples {

/// A thread has one. Evaluations never span a suspension, so they follow each other like stack frames: see ArenaScope.
class Arena {
 public:
  static constexpr std::size_t kBlock = 64 * 1024;

  std::span<char> take(std::size_t size) {
    if (size > room_) grow(size);
    char* const at = at_;
    at_ += size;
    room_ -= size;
    return {at, size};
  }
  /// Gives the end of the last piece back: it turned out `unused` bytes shorter.
  void shrink(std::size_t unused) {
    at_ -= unused;
    room_ += unused;
  }
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {"", 0};
    const std::span<char> room = take(text.size());
    std::memcpy(room.data(), text.data(), text.size());
    return {room.data(), text.size()};
  }

 private:
  friend class ArenaScope;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  void grow(std::size_t size);
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the one at_ points into
  char* at_ = nullptr;
  std::size_t room_ = 0;
};

/// What is taken from the arena within this scope is given back at its end.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_{arena}, block_{arena.block_}, at_{arena.at_}, room_{arena.room_} {}
  ~ArenaScope();
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  std::size_t block_;
  char* at_;
  std::size_t room_;
};

}  // namespace proxyd::samples

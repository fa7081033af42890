#include "proxyd/samples/arena.h"

#include <algorithm>

namespace proxyd::samples {

void Arena::grow(std::size_t size) {
  std::size_t next = at_ == nullptr ? 0 : block_ + 1;
  while (next < blocks_.size() && blocks_[next].size < size) ++next;
  if (next == blocks_.size()) {
    const std::size_t wanted = std::max(kBlock, size);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
  }
  block_ = next;
  at_ = blocks_[next].bytes.get();
  room_ = blocks_[next].size;
}

ArenaScope::~ArenaScope() {
  if (at_ == nullptr && !arena_.blocks_.empty()) {  // it was empty then: its first block stays at hand
    arena_.block_ = 0;
    arena_.at_ = arena_.blocks_.front().bytes.get();
    arena_.room_ = arena_.blocks_.front().size;
    return;
  }
  arena_.block_ = block_;
  arena_.at_ = at_;
  arena_.room_ = room_;
}

}  // namespace proxyd::samples

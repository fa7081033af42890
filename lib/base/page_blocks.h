// Equal blocks of whole pages, kept for reuse. What is not needed for a while gives its memory back to the kernel, which a
// heap cannot promise: one small object between freed ones holds them all.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace lib::base {

/// Not thread-safe. Outlives the blocks taken from it.
class PageBlocks {
 public:
  explicit PageBlocks(std::size_t block_size);
  PageBlocks(const PageBlocks&) = delete;
  PageBlocks& operator=(const PageBlocks&) = delete;

  /// At least `block_size` bytes, aligned to a page, of any content.
  void* take();
  void give(void* block) noexcept;
  /// Takes the memory from blocks that were not needed since the last call, but for a few; a bounded amount of work.
  void trim();
  std::size_t in_use() const { return in_use_; }
  std::size_t resident() const { return in_use_ + hot_.size(); }  ///< in use, or kept with its memory

 private:
  struct FreePages {
    void operator()(char* pages) const noexcept;
  };
  void add_slab();

  std::size_t block_size_;
  std::vector<std::unique_ptr<char, FreePages>> slabs_;
  std::vector<void*> hot_;       // free, the last used at the end
  std::vector<void*> cold_;      // free, and without memory
  std::size_t least_hot_ = 0;    // the shortest that hot_ was since the last trim
  std::size_t in_use_ = 0;
};

}  // namespace lib::base

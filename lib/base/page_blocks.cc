#include "lib/base/page_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) (static_cast<void>(start), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) (static_cast<void>(start), static_cast<void>(size))
#endif

namespace lib::base {
namespace {

constexpr std::size_t kPage = 4096;  // where pages are larger, trimming is refused by the kernel and no harm is done
constexpr std::size_t kSlabBlocks = 16;
constexpr std::size_t kSpare = 16;
constexpr std::size_t kTrimAtMost = 512;

}  // namespace

void PageBlocks::FreePages::operator()(char* pages) const noexcept {
  ::operator delete(pages, std::align_val_t{kPage});
}

PageBlocks::PageBlocks(std::size_t block_size) : block_size_{(block_size + kPage - 1) / kPage * kPage} {}

void PageBlocks::add_slab() {
  char* const slab = static_cast<char*>(::operator new(block_size_ * kSlabBlocks, std::align_val_t{kPage}));
  slabs_.emplace_back(slab);
  for (std::size_t i = 0; i < kSlabBlocks; ++i) {
    cold_.push_back(slab + i * block_size_);  // its pages get memory when they are written to
    ASAN_POISON_MEMORY_REGION(cold_.back(), block_size_);
  }
}

void* PageBlocks::take() {
  ++in_use_;
  std::vector<void*>& from = hot_.empty() ? cold_ : hot_;
  if (from.empty()) add_slab();
  void* const block = from.back();
  from.pop_back();
  least_hot_ = std::min(least_hot_, hot_.size());
  ASAN_UNPOISON_MEMORY_REGION(block, block_size_);
  return block;
}

void PageBlocks::give(void* block) noexcept {
  --in_use_;
  ASAN_POISON_MEMORY_REGION(block, block_size_);
  hot_.push_back(block);
}

void PageBlocks::trim() {
  const std::size_t unneeded = least_hot_ > kSpare ? std::min(least_hot_ - kSpare, kTrimAtMost) : 0;
  const auto last = hot_.begin() + static_cast<std::ptrdiff_t>(unneeded);  // those that have rested longest
  for (auto at = hot_.begin(); at != last; ++at) {
    (void)::madvise(*at, block_size_, MADV_DONTNEED);  // refused: it stays, and nothing else changes
    cold_.push_back(*at);
  }
  hot_.erase(hot_.begin(), last);
  least_hot_ = hot_.size();
}

}  // namespace lib::base

#include "lib/event/frame_pool.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "lib/base/page_blocks.h"

namespace lib::event {
namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 512;  // frames up to 32 KiB are kept; larger ones come and go
constexpr std::size_t kKeptBytes = 256U << 10;  // for each class; what is above goes back to the heap
constexpr std::size_t kPage = 4096;
constexpr std::size_t kPagedFrom = 2 * kPage;  // larger frames lie in whole pages, which can be given back
constexpr std::size_t kPaged = kStep * kClasses / kPage + 1;

struct FreeFrame {
  FreeFrame* next;
};

/// The free frames of one thread, by size.
struct Pool {
  std::array<FreeFrame*, kClasses> free{};
  std::array<std::size_t, kClasses> kept{};
  std::size_t from_heap = 0;
  // Never destroyed: a thread may end before the conversations that it began, which others then destroy.
  std::array<lib::base::PageBlocks*, kPaged> paged{};
  lib::base::PageBlocks& blocks(std::size_t size) {
    lib::base::PageBlocks*& found = paged[(size + kPage - 1) / kPage];
    if (found == nullptr) found = std::make_unique<lib::base::PageBlocks>(size).release();
    return *found;
  }
  ~Pool() {
    for (FreeFrame*& head : free)
      while (head != nullptr) std::free(std::exchange(head, head->next));
  }
};
thread_local Pool pool;  // per thread by design: frames are made and ended on their loop's own thread

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;  // let the sanitizer see every frame's end
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

void* from_heap(std::size_t size) {
  ++pool.from_heap;
  void* frame = std::malloc(size);
  if (frame == nullptr) std::abort();  // out of memory ends the process
  return frame;
}

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t index = (size + kStep - 1) / kStep;
  if (!kPooled || index >= kClasses) return from_heap(size);
  if (size >= kPagedFrom) return pool.blocks(size).take();
  FreeFrame*& head = pool.free[index];
  if (head == nullptr) return from_heap(index * kStep);
  FreeFrame* frame = head;
  head = frame->next;
  pool.kept[index] -= index * kStep;
  return frame;
}

void release_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size + kStep - 1) / kStep;
  if (!kPooled || index >= kClasses || pool.kept[index] + index * kStep > kKeptBytes) {
    std::free(frame);
    return;
  }
  if (size >= kPagedFrom) return pool.blocks(size).give(frame);
  pool.kept[index] += index * kStep;
  auto* free_frame = static_cast<FreeFrame*>(frame);
  free_frame->next = pool.free[index];
  pool.free[index] = free_frame;
}

void trim_frames() {
  for (lib::base::PageBlocks* blocks : pool.paged)
    if (blocks != nullptr) blocks->trim();
}

std::size_t frames_from_heap() { return pool.from_heap; }

}  // namespace lib::event

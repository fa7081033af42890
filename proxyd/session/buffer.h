// Buffers of a thread: tune.bufsize bytes each, taken while there is something to hold and given back at once, so that an
// idle connection holds none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lib/base/page_blocks.h"

namespace proxyd::session {

class BufferPool;

/// Received bytes: [begin, end) of `data`.
struct Buffer {
  BufferPool* owner = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t capacity = 0;
  char* data = nullptr;

  std::uint32_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  std::span<char> bytes() { return {data + begin, size()}; }
  char* head() { return data + begin; }
  char* room() { return data + end; }
  std::uint32_t room_size() const { return capacity - end; }
  void clear() { begin = end = 0; }
  void consume(std::size_t count) {
    begin += static_cast<std::uint32_t>(count);
    if (begin == end) clear();
  }
  /// Moves the bytes to the front, so that all free room is behind them.
  void compact();
};

struct BufferReturn {
  void operator()(Buffer* buffer) const noexcept;
};
using BufferPtr = std::unique_ptr<Buffer, BufferReturn>;

/// Not thread-safe: belongs to one worker, and outlives every buffer taken from it.
class BufferPool {
 public:
  explicit BufferPool(std::uint32_t buffer_size) : buffer_size_{buffer_size}, data_{buffer_size} {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  BufferPtr take();
  std::uint32_t buffer_size() const { return buffer_size_; }
  std::size_t allocated() const { return data_.resident(); }  ///< in use and kept, for `show pools`
  std::size_t in_use() const { return data_.in_use(); }
  /// Gives back the memory that was not needed since the last call, but for a little.
  void trim() { data_.trim(); }

 private:
  friend struct BufferReturn;
  std::uint32_t buffer_size_;
  lib::base::PageBlocks data_;
  std::vector<Buffer*> free_;  // without data
};

/// What a thread's sessions take buffers from. Wide ones are for long transfers: fewer system calls; wider still costs the
/// kernel more than it saves (measured).
struct BufferPools {
  static constexpr std::uint32_t kWide = 32 * 1024;
  explicit BufferPools(std::uint32_t buffer_size) : normal{buffer_size}, wide{std::max(buffer_size, kWide)} {}
  BufferPool normal;
  BufferPool wide;
};

}  // namespace proxyd::session

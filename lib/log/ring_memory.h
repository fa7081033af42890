// Where a ring's lines are: memory of the process, or a file mapped into it that survives a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/base/result.h"

namespace lib::log {

/// What stands at the beginning. In a file: numbers in the machine's own byte order, then the lines' bytes. Positions count
/// bytes ever written; a position modulo `capacity` is an offset behind the head. A line is its length (32 bits) and text.
struct RingHead {
  char magic[16];           // "triad log ring 1"
  std::uint64_t capacity;   // bytes behind the head
  std::uint64_t oldest;     // position of the oldest line
  std::uint64_t next;       // position behind the newest
  std::uint64_t reserved[4];
};

class RingMemory {
 public:
  /// `capacity` bytes for lines; pages that were never written cost nothing.
  static base::Result<RingMemory> of_process(std::size_t capacity);
  /// A file of `size` bytes, mode 0600. One that is there and not empty is kept as `path`.bak first.
  static base::Result<RingMemory> of_file(const std::string& path, std::size_t size);
  ~RingMemory();
  RingMemory(RingMemory&& other) noexcept;
  RingMemory& operator=(RingMemory&&) = delete;

  RingHead& head() const { return *static_cast<RingHead*>(begin_); }
  char* bytes() const { return static_cast<char*>(begin_) + sizeof(RingHead); }
  std::size_t capacity() const { return capacity_; }

 private:
  RingMemory(void* begin, std::size_t size);
  static base::Result<RingMemory> map(int fd, std::size_t size);

  void* begin_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace lib::log

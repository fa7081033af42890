// Kernel pipes for splice(2): bytes go from one socket to another without passing through our memory.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "lib/base/unique_fd.h"

namespace proxyd::session {

class PipePool;

struct Pipe {
  lib::base::UniqueFd read_end, write_end;
  std::size_t held = 0;  // bytes in the pipe
  PipePool* owner = nullptr;
};

struct PipeReturn {
  void operator()(Pipe* pipe) const noexcept;
};
using PipePtr = std::unique_ptr<Pipe, PipeReturn>;

/// Empty pipes of one thread.
class PipePool {
 public:
  static constexpr std::size_t kCapacity = 1U << 20;  // asked for; the kernel may give less

  PipePool() = default;
  ~PipePool();
  PipePool(const PipePool&) = delete;
  PipePool& operator=(const PipePool&) = delete;
  /// Null when the system gives none.
  PipePtr take();

 private:
  friend struct PipeReturn;
  static constexpr std::size_t kKept = 32;
  std::vector<Pipe*> free_;
};

}  // namespace proxyd::session

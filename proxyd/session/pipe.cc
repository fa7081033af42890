#include "proxyd/session/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace proxyd::session {

void PipeReturn::operator()(Pipe* pipe) const noexcept {
  auto& free = pipe->owner->free_;
  if (pipe->held == 0 && free.size() < PipePool::kKept)
    free.push_back(pipe);
  else
    delete pipe;  // what it still holds goes with it
}

PipePool::~PipePool() {
  for (Pipe* pipe : free_) delete pipe;
}

PipePtr PipePool::take() {
  if (!free_.empty()) {
    Pipe* pipe = free_.back();
    free_.pop_back();
    return PipePtr{pipe};
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  auto pipe = std::make_unique<Pipe>();
  pipe->read_end = lib::base::UniqueFd{ends[0]};
  pipe->write_end = lib::base::UniqueFd{ends[1]};
  pipe->owner = this;
  (void)::fcntl(ends[0], F_SETPIPE_SZ, static_cast<int>(kCapacity));  // smaller is fine
  free_.reserve(kKept);
  return PipePtr{pipe.release()};
}

}  // namespace proxyd::session

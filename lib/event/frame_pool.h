// Coroutine frames from per-thread free lists, so that steady traffic allocates nothing from the heap.
#pragma once

#include <cstddef>

namespace lib::event {

void* allocate_frame(std::size_t size);
void release_frame(void* frame, std::size_t size) noexcept;

/// Gives back the memory that this thread has not needed since the last call, but for a little; a bounded amount of work.
void trim_frames();

/// Frames taken from the heap by this thread since it began: constant in steady state (a test and a bench look).
std::size_t frames_from_heap();

}  // namespace lib::event

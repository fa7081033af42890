// Command tables without anything that their commands could work on: to list them.
#pragma once

#include <array>
#include <cstddef>

namespace lib::runtime {

/// Room for what a command table is bound to. The table keeps the reference for its handlers: none of them may be called.
template <class T>
T& unbound() {
  static_assert(sizeof(T) <= 16384);
  alignas(std::max_align_t) static std::array<std::byte, 16384> room{};
  return *static_cast<T*>(static_cast<void*>(room.data()));
}

}  // namespace lib::runtime

// Stores of variables that the sessions and streams of a thread borrow while they have something to keep.
#pragma once

#include <memory>
#include <vector>

#include "proxyd/samples/variables.h"

namespace proxyd::session {

class VariablePool;

struct VariableReturn {
  VariablePool* pool = nullptr;
  void operator()(samples::VariableStore* store) const noexcept;
};
/// Null until something is set.
using VariablesPtr = std::unique_ptr<samples::VariableStore, VariableReturn>;

/// Not thread-safe: belongs to one worker, and outlives every store taken from it.
class VariablePool {
 public:
  VariablesPtr take() {
    if (free_.empty()) return VariablesPtr{new samples::VariableStore, VariableReturn{this}};
    samples::VariableStore* const store = free_.back().release();
    free_.pop_back();
    return VariablesPtr{store, VariableReturn{this}};
  }

 private:
  friend struct VariableReturn;
  static constexpr std::size_t kKept = 1024;
  std::vector<std::unique_ptr<samples::VariableStore>> free_;
};

inline void VariableReturn::operator()(samples::VariableStore* store) const noexcept {
  store->clear();
  std::unique_ptr<samples::VariableStore> back{store};
  if (pool->free_.size() < VariablePool::kKept) pool->free_.push_back(std::move(back));
}

}  // namespace proxyd::session

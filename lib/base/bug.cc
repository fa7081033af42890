#include "lib/base/bug.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace lib::base {
namespace {
std::atomic<std::uint64_t> count{0};  // process-wide on purpose: a bug has no owner
}

bool bug_if(bool wrong, const char* file, unsigned line, const char* function) {
  if (!wrong) [[likely]] return false;
  if (count.fetch_add(1, std::memory_order_relaxed) < 100)
    std::fprintf(stderr, "BUG: %s:%u (%s)\n", file, line, function);
#ifdef _GLIBCXX_ASSERTIONS
  std::abort();
#endif
  return true;
}

std::uint64_t bug_count() { return count.load(std::memory_order_relaxed); }

}  // namespace lib::base

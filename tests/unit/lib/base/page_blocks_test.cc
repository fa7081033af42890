#include "lib/base/page_blocks.h"

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <vector>

using lib::base::PageBlocks;

namespace {

std::vector<void*> take_many(PageBlocks& blocks, std::size_t count) {
  std::vector<void*> taken;
  for (std::size_t i = 0; i < count; ++i) {
    taken.push_back(blocks.take());
    std::memset(taken.back(), 'x', 8192);
  }
  return taken;
}

bool has_memory(void* page) {
  unsigned char present = 0;
  return ::mincore(page, 4096, &present) == 0 && (present & 1) != 0;
}

}  // namespace

TEST_CASE("blocks of pages do not overlap and the one given back last is the next", "[base][memory]") {
  PageBlocks blocks{5000};  // rounded up to 8192
  const std::vector<void*> taken = take_many(blocks, 40);
  for (void* block : taken) {
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 4096 == 0);
    for (void* other : taken)
      if (block < other) CHECK(static_cast<char*>(other) - static_cast<char*>(block) >= 8192);
  }
  CHECK(blocks.in_use() == 40);
  blocks.give(taken[7]);
  CHECK(blocks.in_use() == 39);
  CHECK(blocks.take() == taken[7]);
}

TEST_CASE("only blocks that rested since the last trim lose their memory", "[base][memory]") {
  PageBlocks blocks{8192};
  const std::vector<void*> taken = take_many(blocks, 100);
  for (void* block : taken) blocks.give(block);
  blocks.trim();  // all were in use a moment ago
  CHECK(blocks.resident() == 100);
  for (void* block : take_many(blocks, 60)) blocks.give(block);
  blocks.trim();  // 40 were not needed: a few are spared
  CHECK(blocks.resident() == 76);
  CHECK_FALSE(has_memory(taken.front()));
  CHECK(has_memory(taken.back()));
  blocks.trim();
  CHECK(blocks.resident() == 16);
  CHECK(take_many(blocks, 100).size() == 100);  // and all can be used again
  CHECK(blocks.in_use() == 100);
}

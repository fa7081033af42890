// Which server a new connection goes to, as nftables can choose: a number modulo the number of slots, and a server for each slot.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkerd/core/table.h"

namespace checkerd::driver {

/// Where the number comes from.
enum class Draw : std::uint8_t { Turn, Random, Source, SourceAndPort, Destination };

struct Slots {
  struct Range {
    std::uint32_t first = 0, last = 0;
    std::size_t server = 0;         // into the destinations
    bool operator==(const Range&) const = default;
  };
  Draw draw = Draw::Turn;
  std::uint32_t count = 0;          // 0: no server takes new connections
  std::vector<Range> ranges;        // in order, without gaps
};

/// What becomes of IPVS's schedulers.
struct Mapping {
  enum class Kind : std::uint8_t { Turns, Highest, Random, Source, Destination } kind = Kind::Turns;
  const char* mapped_to = nullptr;  // in words, where it is another one than asked for
  bool by_weight = true;
};
/// nullopt: nothing that nftables has comes near it.
std::optional<Mapping> map_scheduler(const std::string& scheduler);

/// The slots for these servers; those of weight 0 get none.
Slots make_slots(const Service& service, const std::vector<Destination>& servers);
/// The same by a hash of the client's address and port, whatever the scheduler.
Slots make_hashed_slots(const std::vector<Destination>& servers);

}  // namespace checkerd::driver

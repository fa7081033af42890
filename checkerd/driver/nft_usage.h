// What nft(8) lists, read back: counters of sets, and what a persistence map remembers. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace checkerd::driver {

struct NftCount {
  std::uint64_t packets = 0, bytes = 0;
};

/// Of "list set": each element with its counter; keys as nft_rules.h writes them.
std::map<std::string, NftCount> parse_counters(const std::string& listing);
/// Of "list map": key and value of each element.
std::vector<std::pair<std::string, std::string>> parse_map(const std::string& listing);

}  // namespace checkerd::driver

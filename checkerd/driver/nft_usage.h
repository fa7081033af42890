// What the kernel's sets and maps hold, read back. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace checkerd::driver {

/// An element's key in a set of nft_rules.h ("in_port4"), from the kernel's bytes to the words in which it was written.
/// Empty: not such a key.
std::string key_text(const std::string& set, std::span<const std::uint8_t> key);
/// Of nft's "list map": key and value of each element.
std::vector<std::pair<std::string, std::string>> parse_map(const std::string& listing);

}  // namespace checkerd::driver

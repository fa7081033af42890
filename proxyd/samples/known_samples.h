// Fetches and converters of the original by name: what is not built is refused as known.
// The tables are written by contrib/known-keywords.
#pragma once

#include <span>
#include <string_view>

namespace proxyd::samples {

std::span<const std::string_view> known_fetches();
std::span<const std::string_view> known_converters();

}  // namespace proxyd::samples

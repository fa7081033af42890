// Did you mean: the nearest known word.
#pragma once

#include <span>
#include <string_view>

namespace parsers::common {

/// The candidate nearest to `word` if it is near enough to be a slip of the fingers, else empty.
std::string_view suggest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace parsers::common

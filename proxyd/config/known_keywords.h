// Keywords of the original that this version knows by name only: refused as such, and offered by
// did-you-mean. The table is written by contrib/known-keywords from the keyword lists.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace proxyd::config {

enum class KeywordPlace : std::uint8_t { Global, Proxy, Bind, Server, Section };

struct KnownKeyword {
  KeywordPlace place;
  std::string_view name;  // one or more words
};

/// Sorted by place and name.
std::span<const KnownKeyword> known_keywords();

/// True when some keyword of that place is `words` or begins with it.
bool is_known(KeywordPlace place, std::string_view words);

/// The word after `prefix` ("" for the first) of every known keyword of a place, for did-you-mean.
std::vector<std::string_view> known_words(KeywordPlace place, std::string_view prefix);

}  // namespace proxyd::config

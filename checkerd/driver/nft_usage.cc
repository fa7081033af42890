#include "checkerd/driver/nft_usage.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace checkerd::driver {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// The elements between the braces, one after the other.
template <class OnElement>
void each_element(std::string_view listing, OnElement on_element) {
  constexpr std::string_view kBegin = "elements = {";
  const auto begin = listing.find(kBegin);
  if (begin == std::string_view::npos) return;
  std::string_view rest = listing.substr(begin + kBegin.size());
  rest = rest.substr(0, rest.find('}'));
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (const auto element = trimmed(rest.substr(0, comma)); !element.empty()) on_element(element);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
}

std::uint64_t number_after(std::string_view text, std::string_view word) {
  std::uint64_t out = 0;
  const auto at = text.find(word);
  if (at == std::string_view::npos) return out;
  const auto digits = text.substr(at + word.size());
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), out);  // not a number: 0
  return out;
}

/// What stands before the first of these words.
std::string_view before(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) text = text.substr(0, text.find(word));
  return trimmed(text);
}

}  // namespace

std::map<std::string, NftCount> parse_counters(const std::string& listing) {
  std::map<std::string, NftCount> out;
  each_element(listing, [&out](std::string_view element) {
    const auto key = before(element, {" counter ", " timeout ", " expires "});
    out[std::string{key}] = {.packets = number_after(element, " packets "), .bytes = number_after(element, " bytes ")};
  });
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_map(const std::string& listing) {
  std::vector<std::pair<std::string, std::string>> out;
  each_element(listing, [&out](std::string_view element) {
    const auto colon = element.find(" : ");
    if (colon == std::string_view::npos) return;
    out.emplace_back(before(element.substr(0, colon), {" timeout ", " expires "}), before(element.substr(colon + 3), {" timeout ", " expires "}));
  });
  return out;
}

}  // namespace checkerd::driver

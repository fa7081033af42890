#include "checkerd/driver/nft_usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "lib/net/address.h"

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

/// The parts of a concatenation, one after the other; each fills up to 4 bytes.
class Parts {
 public:
  explicit Parts(std::span<const std::uint8_t> bytes) : left_{bytes} {}
  std::span<const std::uint8_t> take(std::size_t size) {
    const std::size_t room = (size + 3) / 4 * 4;
    if (left_.size() < room) {
      complete_ = false;
      return {};
    }
    const auto out = left_.first(size);
    left_ = left_.subspan(room);
    return out;
  }
  std::uint32_t number(std::size_t size) {  // in network order
    std::uint32_t out = 0;
    for (const std::uint8_t byte : take(size)) out = out << 8 | byte;
    return out;
  }
  std::uint32_t mark() {  // in the host's order
    std::uint32_t out = 0;
    const auto bytes = take(sizeof out);
    if (bytes.size() == sizeof out) std::memcpy(&out, bytes.data(), sizeof out);
    return out;
  }
  std::string address(bool is_v6) {
    sockaddr_storage room{};
    const auto bytes = take(is_v6 ? 16 : 4);
    if (bytes.empty()) return {};
    if (!is_v6) return lib::net::Address::ipv4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3]).host();
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    std::memcpy(&six.sin6_addr, bytes.data(), 16);
    std::memcpy(&room, &six, sizeof six);
    return lib::net::Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&room)), sizeof six).host();
  }
  bool is_complete() const { return complete_ && left_.empty(); }

 private:
  std::span<const std::uint8_t> left_;
  bool complete_ = true;
};

/// What stands before the first of these words.
std::string_view before(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) text = text.substr(0, text.find(word));
  return trimmed(text);
}

}  // namespace

std::string key_text(const std::string& set, std::span<const std::uint8_t> key) {
  Parts parts{key};
  const bool is_v6 = set.ends_with('6');
  std::string out;
  if (set.find("_mark") != std::string::npos) {
    if (!set.starts_with("out")) out = fmt::format("0x{:08x} . ", parts.mark());
    out += parts.address(is_v6);
  } else {
    out = parts.address(is_v6);
    out += fmt::format(" . {}", parts.number(1));
    if (set.find("_port") != std::string::npos) out += fmt::format(" . {}", parts.number(2));
    out += " . " + parts.address(is_v6);
    if (set.find("_port") != std::string::npos) out += fmt::format(" . {}", parts.number(2));
  }
  return parts.is_complete() ? out : std::string{};
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

#include "proxyd/balance/hash_key.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "lib/base/text.h"

namespace proxyd::balance {

namespace {

// Room for a server's points: 256 of weight in sixteenths.
constexpr std::uint32_t kPointsOfServer = 4096;

/// "none": the key is a number already. What is no digit ends it.
std::uint32_t leading_digits(std::string_view text) {
  std::uint32_t number = 0;
  for (const char c : text) {
    if (!lib::base::is_digit(c)) break;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

std::uint32_t plain_hash(std::string_view key, HashFunction function) {
  switch (function) {
    case HashFunction::Sdbm: return lib::base::hash_sdbm(key);
    case HashFunction::Djb2: return lib::base::hash_djb2(key);
    case HashFunction::Wt6: return lib::base::hash_wt6(key);
    case HashFunction::Crc32: return lib::base::hash_crc32(key);
    case HashFunction::None: return leading_digits(key);
  }
  return 0;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lib::base::to_lower(x) == lib::base::to_lower(y); });
}

}  // namespace

std::uint32_t hash_text(std::string_view key, const HashType& type) {
  const std::uint32_t hash = plain_hash(key, type.function);
  return type.avalanche ? lib::base::hash_avalanche(hash) : hash;
}

std::uint32_t fold_address(std::span<const std::uint8_t> address) {
  std::uint32_t folded = 0;
  for (std::size_t at = 0; at < address.size(); ++at) {
    folded ^= std::uint32_t{address[at]} << (24 - 8 * (at % 4));
  }
  return folded;
}

std::uint32_t hash_address(std::span<const std::uint8_t> address, const HashType& type) {
  const std::uint32_t folded = fold_address(address);
  return type.avalanche ? lib::base::hash_avalanche(folded) : folded;
}

std::uint32_t ring_base(RingKey kind, std::uint32_t id, std::string_view guid, std::span<const std::uint8_t> address, std::uint16_t port) {
  const auto spread = lib::base::hash_avalanche;
  const std::string_view bytes{reinterpret_cast<const char*>(address.data()), address.size()};
  const bool is_ipv4 = address.size() == 4;
  switch (kind) {
    case RingKey::Id: return id * kPointsOfServer;
    case RingKey::Id32: return spread(id);
    case RingKey::Guid: return lib::base::hash_xxh32(guid, 0);
    case RingKey::Address: return is_ipv4 ? spread(fold_address(address)) : lib::base::hash_xxh32(bytes, 0);
    case RingKey::AddressAndPort:
      return is_ipv4 ? spread(spread(port) + fold_address(address)) : lib::base::hash_xxh32(bytes, spread(port));
  }
  return 0;
}

std::string_view key_of_uri(std::string_view target, const UriKey& options) {
  if (options.path_only) {
    const std::size_t scheme = target.find("://");
    const std::size_t path = target.find('/', scheme == std::string_view::npos || target.starts_with('/') ? 0 : scheme + 3);
    target = path == std::string_view::npos ? std::string_view{} : target.substr(path);
  }
  if (options.length != 0) target = target.substr(0, options.length);
  std::uint32_t slashes = 0;
  for (std::size_t at = 0; at < target.size(); ++at) {
    if (target[at] == '/' && options.depth != 0 && ++slashes > options.depth) return target.substr(0, at);
    if (target[at] == '?' && !options.whole) return target.substr(0, at);
  }
  return target;
}

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

std::string_view domain_of(std::string_view host) {
  const std::size_t end = host.rfind('.');
  if (end == std::string_view::npos || end == 0) return host;
  // A dot just before the last one is taken for a part of the label, as the original does.
  std::size_t begin = end - 1;
  while (begin > 0 && host[begin - 1] != '.') --begin;
  return host.substr(begin, end - begin);
}

std::optional<std::string_view> find_rdp_cookie(std::string_view bytes, std::string_view name) {
  // TPKT (3, 0, length) and an X.224 connection request (length, 0xE0, ...), then "Cookie: name=value\r\n" [MS-RDPBCGR].
  constexpr std::size_t kHeaders = 11;
  if (bytes.size() < kHeaders || bytes[0] != '\x03' || bytes[1] != '\0' || bytes[5] != '\xe0') return std::nullopt;
  const std::size_t size = static_cast<unsigned char>(bytes[2]) * std::size_t{256} + static_cast<unsigned char>(bytes[3]);
  std::string_view rest = bytes.substr(0, size).substr(std::min(kHeaders, std::min(size, bytes.size())));
  constexpr std::string_view kCookie = "cookie:";
  if (rest.size() < kCookie.size() || !same_name(rest.substr(0, kCookie.size()), kCookie)) return std::nullopt;
  rest.remove_prefix(kCookie.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.size() <= name.size() || !same_name(rest.substr(0, name.size()), name) || rest[name.size()] != '=') {
    return std::nullopt;
  }
  rest.remove_prefix(name.size() + 1);
  const std::size_t end = rest.find_first_of("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

}  // namespace proxyd::balance

// What hashing algorithms hash: the part of a request that decides, and how it becomes a number. The same client meets the
// same server as with the original, so each step is the original's (shared/reference/haproxy/lb-algorithms.md section 2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace proxyd::balance {

enum class HashFunction : std::uint8_t { Sdbm, Djb2, Wt6, Crc32, None };

/// "hash-type".
struct HashType {
  bool consistent = false;
  HashFunction function = HashFunction::Sdbm;
  bool avalanche = false;
};

/// "hash-preserve-affinity": whether a key stays with its server when that is full (always), or goes to another one then
/// (maxconn), or when its queue is full, too (maxqueue).
enum class HashAffinity : std::uint8_t { Always, MaxConn, MaxQueue };

/// "hash-key" of a server: what places it on the ring.
enum class RingKey : std::uint8_t { Id, Id32, Guid, Address, AddressAndPort };

/// A key as text.
std::uint32_t hash_text(std::string_view key, const HashType& type);
/// A client's address: folded, and spread where "avalanche" says so. `balance source` knows no functions.
std::uint32_t hash_address(std::span<const std::uint8_t> address, const HashType& type);
/// The exclusive or of an address's 32-bit big-endian words (4 bytes of IPv4, 16 of IPv6).
std::uint32_t fold_address(std::span<const std::uint8_t> address);

/// Where a server's points on the ring begin.
std::uint32_t ring_base(RingKey kind, std::uint32_t id, std::string_view guid, std::span<const std::uint8_t> address, std::uint16_t port);

/// "balance uri" and its parameters; 0: no limit.
struct UriKey {
  std::uint32_t length = 0;
  std::uint32_t depth = 0;
  bool path_only = false;
  bool whole = false;  // with the query
};
std::string_view key_of_uri(std::string_view target, const UriKey& options);
/// The value of a parameter of a query ("a=1&b=2"); empty where it has none ("b="), nothing where it is not there.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name);
/// What stands behind the first '?' of a request target.
std::string_view query_of(std::string_view target);
/// "www.example.com" -> "example", as "use_domain_only" cuts it.
std::string_view domain_of(std::string_view host);
/// The value of the RDP cookie `name` ("mstshash") in the first bytes of a connection; nothing where there is none.
std::optional<std::string_view> find_rdp_cookie(std::string_view bytes, std::string_view name);

}  // namespace proxyd::balance

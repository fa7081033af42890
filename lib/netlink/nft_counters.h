// Counters of an nftables set's elements, read from the kernel without the library's texts: thousands in a few milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace lib::netlink {

struct NftCounter {
  std::vector<std::uint8_t> key;      // as the kernel has it: each part of a concatenation filled up to 4 bytes
  std::uint64_t packets = 0, bytes = 0;
};

class NftCounters {
 public:
  static lib::base::Result<std::unique_ptr<NftCounters>> open();
  ~NftCounters();
  NftCounters(const NftCounters&) = delete;
  NftCounters& operator=(const NftCounters&) = delete;

  enum class Family : std::uint8_t { Inet = 1, Netdev = 5 };  // NFPROTO_*
  /// The number of the last change to the ruleset of this network namespace, whoever made it.
  lib::base::Result<std::uint32_t> generation();
  /// A number for the table's rules and these maps' elements as the kernel has them: another one when somebody changed them. 0:
  /// there is no such table, or no rule in it. Milliseconds for thousands of rules, where the library's texts take hundreds.
  lib::base::Result<std::uint64_t> fingerprint(Family family, const std::string& table, const std::vector<std::string>& maps);
  /// Elements without a counter are left out.
  lib::base::Result<std::vector<NftCounter>> read(Family family, const std::string& table, const std::string& set);

 private:
  struct Internals;
  explicit NftCounters(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::netlink

// The packet filter's rules by libnftables: commands in nft(8)'s language. Only this room knows the library.
#pragma once

#include <memory>
#include <string>

#include "lib/base/result.h"

namespace lib::netlink {

class Nftables {
 public:
  static lib::base::Result<std::unique_ptr<Nftables>> open();
  ~Nftables();
  Nftables(const Nftables&) = delete;
  Nftables& operator=(const Nftables&) = delete;

  /// All of it or, when one command fails, nothing of it. The error is nft's first line.
  lib::base::Status run(const std::string& commands);
  /// What a "list ..." command prints; protocols and marks as numbers.
  lib::base::Result<std::string> list(const std::string& command);

 private:
  struct Internals;
  explicit Nftables(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::netlink

// Certificates made on the spot, for names that nobody has one for: signed by an authority whose key we hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/result.h"
#include "lib/tls/certificate.h"

namespace lib::tls {

class Forger {
 public:
  /// `authority` with its key; what stands behind it is its own chain. `cached`: how many certificates are kept, those asked for
  /// last; 0: none.
  Forger(std::shared_ptr<const Certificate> authority, std::size_t cached);
  ~Forger();
  Forger(const Forger&) = delete;
  Forger& operator=(const Forger&) = delete;

  /// Good for `name` (lower case), with the key of `base` and our authority's signature. Null: the name is no host's, or too long
  /// for a certificate. `now`: seconds of the wall clock. Of any thread.
  std::shared_ptr<const Certificate> forge(const std::string& name, const std::shared_ptr<const Certificate>& base, std::int64_t now) const;

 private:
  struct Cache;
  std::shared_ptr<const Certificate> make(const std::string& name, const Certificate& base) const;
  std::shared_ptr<const Certificate> authority_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace lib::tls

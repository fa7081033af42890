// What authorities are made of, for the contexts that trust them. Only this folder includes it.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "lib/tls/authorities.h"
#include "lib/tls/openssl.h"

namespace lib::tls {

using CrlPtr = std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>>;

struct Authorities::Internals {
  using Key = std::pair<unsigned long, X509*>;  // by the subject's hash
  struct Less {
    bool operator()(const Key& a, const Key& b) const;
  };
  std::vector<X509Ptr> certificates;  // in their order
  std::vector<CrlPtr> revocations;
  std::set<Key, Less> known;  // of certificates
};

/// False: memory is short.
bool add_to(X509_STORE* store, const Authorities& authorities);
/// Subjects, for a server that tells its clients whose certificates it wants. The caller owns them.
STACK_OF(X509_NAME)* names_of(const Authorities& authorities);

}  // namespace lib::tls

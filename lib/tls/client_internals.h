// What a client's context is made of. Only this folder includes it.
#pragma once

#include <cstdint>
#include <mutex>

#include "lib/tls/client_context.h"
#include "lib/tls/openssl.h"

namespace lib::tls {

struct ClientContext::Internals {
  /// What a connection is opened with. `generation` counts the changes.
  struct Current {
    ContextPtr context;
    std::uint64_t generation = 0;
  };
  std::mutex mutex;
  Current current;  // under the mutex

  Current share();
};

/// The name that a server's certificate must be good for. Looked at when the chain has been found good, as the original does:
/// what else is wrong counts first.
struct NameCheck {
  std::string name;
  bool has_failed = false;
};

/// `check` outlives the session. False: memory is short.
bool prepare_session(SSL* ssl, const ServerWish& wish, NameCheck& check);

}  // namespace lib::tls

// What a listener's context is made of. Only this folder includes it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tls/openssl.h"
#include "lib/tls/server_context.h"

namespace lib::tls {

struct SettingsGroup {
  ServerSettings settings;
  ContextPtr context;
};

struct ServerContext::Internals {
  ServerSettings settings;
  FindAuthorities find;
  ContextPtr initial;  // where handshakes begin, and whose tickets and sessions are known
  mutable std::mutex mutex;
  std::shared_ptr<const ServerTable> table;  // under the mutex
  mutable std::atomic<bool> takes_early = false;  // some of its settings allow early data
};

/// What a client may say before the end of the handshake. Gone when that is over.
struct EarlyData {
  bool is_reading = true;  // the client has not ended it yet
  std::string words;       // read and not yet asked for
};

/// What belongs to one client's handshake: OpenSSL's callbacks find it at the session.
struct HandshakeState {
  std::shared_ptr<const ServerContext> context;
  // When the client had said whom it wants. Not the table: an old one would live as long as its last connection.
  std::shared_ptr<const Certificate> certificate;
  std::shared_ptr<const SettingsGroup> group;  // null: the listener's own settings
  std::unique_ptr<EarlyData> early;  // null: nothing is said early
};

inline HandshakeState& state_of(const SSL* ssl) { return *static_cast<HandshakeState*>(SSL_get_app_data(ssl)); }

}  // namespace lib::tls

// What a TLS session knows of its own numbers and keys, in the forms that haproxy shows: for fetches of either side.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct ssl_st;

namespace lib::tls {

enum class ConnectionPart : std::uint8_t {
  ClientRandom,
  ServerRandom,
  SessionKey,  // what everything else is derived from; nothing before it is agreed on
  UniqueId,    // RFC 5929 section 3: the first Finished message
  UniqueIdAsRead,  // the same as haproxy reads it towards servers: of whole handshakes the peer's Finished, of others ours
  Group,       // of the key exchange, "X25519"
};

/// Appends to `out`. False: there is no such thing (yet).
bool read_connection(const ssl_st& session, ConnectionPart part, std::string& out);

/// Whether anything was sent on it.
bool has_spoken(const ssl_st& session);
/// Whether the handshake is over.
bool is_complete(const ssl_st& session);
/// What a client sends before the handshake is over: whether it did, and whether it is not yet.
bool received_early(const ssl_st& session);

/// "error:0A0000C1:SSL routines::no shared cipher".
std::string fault_text(unsigned long code);

/// The ciphers of a hello's list by name, with commas; UNKNOWN(0a0a) where OpenSSL has none.
std::string cipher_names(ssl_st& session, std::string_view list);

}  // namespace lib::tls

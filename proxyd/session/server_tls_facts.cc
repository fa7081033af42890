// What expressions see of the TLS of the connection to the server.
#include "lib/tls/connection_facts.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

using lib::tls::ConnectionPart;
using samples::Fact;
using samples::Sample;

/// The present connection's, or that of the last attempt.
const lib::tls::SecureLayer* Stream::server_tls() const {
  return back != nullptr ? static_cast<const lib::tls::SecureLayer*>(back->tls) : tried_tls.get();
}

/// bc_err, bc_err_str, as the original numbers and words them. What failed without TLS is no connection any more.
bool Stream::failed_shake_fact(Fact which, Sample& out) const {
  if (tried_tls == nullptr || !(tls_failed || tried_tls->error_code() != 0)) return false;
  struct Words {
    int number;
    std::string_view text;
  };
  Words words{34, "SSL handshake failure"};
  if (tried_tls->is_established()) words = {43, "SSL fatal error"};
  else if (tried_tls->is_other_name())
    words = !tried_tls->server_name().empty() ? Words{33, "Server presented an SSL certificate different from the expected one"}
                                                  : Words{32, "Server presented an SSL certificate different from the configured one"};
  return which == Fact::BackError ? out.set_number(words.number) : out.set_text(words.text);
}

bool Stream::server_tls_fact(Fact which, Sample& out, samples::Arena& arena) const {
  const lib::tls::SecureLayer* const tls = server_tls();
  if (which == Fact::ServerTls) return out.set(tls != nullptr);
  if (which == Fact::ServerTlsResumed) return out.set(tls != nullptr && tls->is_resumed());
  if (tls == nullptr) return false;
  const auto bytes = [&](ConnectionPart part) {
    std::string made;
    return lib::tls::read_connection(*tls->native(), part, made) && out.set_text(arena.keep(made), samples::Type::Binary);
  };
  const bool has_shaken = back != nullptr || tls_failed || tls->is_established();
  switch (which) {
    case Fact::ServerTlsAlgorithmBits: return tls->algorithm_bits() != 0 && out.set_number(tls->algorithm_bits());
    case Fact::ServerTlsUsedBits: return tls->used_bits() != 0 && out.set_number(tls->used_bits());
    case Fact::ServerTlsProtocol: return out.set_text(tls->protocol());
    case Fact::ServerTlsCipher: return out.set_text(tls->cipher().empty() ? "(NONE)" : tls->cipher());
    case Fact::ServerTlsVersion: return out.set_text(tls->version());
    case Fact::ServerTlsServerName: return !tls->server_name().empty() && out.set_text(tls->server_name());
    case Fact::ServerTlsSessionId: return !tls->session_id().empty() && out.set_text(tls->session_id(), samples::Type::Binary);
    case Fact::ServerTlsClientRandom: return bytes(ConnectionPart::ClientRandom);
    case Fact::ServerTlsServerRandom: return bytes(ConnectionPart::ServerRandom);
    case Fact::ServerTlsSessionKey: return bytes(ConnectionPart::SessionKey);
    case Fact::ServerTlsUniqueId: return bytes(ConnectionPart::UniqueIdAsRead);
    case Fact::ServerTlsError: return has_shaken && out.set_number(static_cast<std::int64_t>(tls->error_code()));
    case Fact::ServerTlsErrorText: return tls->error_code() != 0 && out.set_text(arena.keep(lib::tls::fault_text(tls->error_code())));
    default: return false;
  }
}

}  // namespace proxyd::session

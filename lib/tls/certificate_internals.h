// What a certificate is made of, for the contexts that present it. Only this folder includes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tls/certificate.h"
#include "lib/tls/issuer_chains.h"
#include "lib/tls/openssl.h"

namespace lib::tls {

struct Certificate::Internals {
  X509Ptr leaf;     // null: only other parts have come yet
  KeyPtr key;       // null: the same
  KeyPtr dh;        // Diffie-Hellman parameters of its own; null: none
  ChainPtr chain;   // empty rather than null
  ChainPtr borrowed;          // where it is empty: of the issuers that are known; null: none
  std::string borrowed_from;  // that file
  ChainPtr sent;              // null: known_chain() as it is
  X509Ptr issuer;   // of ".issuer"; null: none
  std::string ocsp;               // a response to staple, DER; empty: none
  std::int64_t ocsp_expires = 0;  // seconds of the wall clock
  std::string sctl;               // signed timestamps (RFC 6962 section 3.3); empty: none
  std::string password;           // of keys, while files are read

  /// Shares what OpenSSL counts.
  Internals copy() const;
  /// Its own or a borrowed one; empty: neither.
  const STACK_OF(X509)* known_chain() const { return borrowed ? borrowed.get() : chain.get(); }
  STACK_OF(X509)* sent_chain() const { return sent ? sent.get() : borrowed ? borrowed.get() : chain.get(); }
  /// Who signed it, as far as we know: ".issuer" or one of the chain. Null: unknown.
  const X509* find_issuer() const;
};

struct IssuerChains::Chain {
  std::string file;
  ChainPtr certificates;
};

/// All that a text in PEM has, in its order.
std::vector<X509Ptr> read_certificates(std::string_view text);
/// Certificate, key and chain into a context; false: OpenSSL's queue says why not.
bool present(SSL_CTX* context, const Certificate& certificate);

}  // namespace lib::tls

// What a client's first message says, as far as the choice of a certificate goes. Only this folder includes it.
#pragma once

#include <string>

#include "lib/tls/openssl.h"

namespace lib::tls {

/// In lower case; empty: none was sent.
std::string name_in_hello(SSL* ssl);
/// Whether the client verifies ECDSA signatures and offers a cipher that ends in one.
bool knows_ecdsa(SSL* ssl);

}  // namespace lib::tls

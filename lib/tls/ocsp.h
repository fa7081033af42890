// Responses about a certificate's status that are sent with it (RFC 6960, RFC 6066 section 8). Only this folder includes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/tls/openssl.h"

namespace lib::tls {

struct OcspFacts {
  std::string id;            // DER of the certificate's number as the response names it
  std::int64_t since = 0;    // seconds of the wall clock
  std::int64_t expires = 0;  // the same; 0: never
};

/// The DER of the number under which `issuer` answers for `leaf`; empty: it cannot be made.
std::string ocsp_id(const X509* leaf, const X509* issuer);
/// What a response says of whom. `now`: seconds of the wall clock. Errors as haproxy words them.
base::Result<OcspFacts> read_ocsp(std::string_view der, std::int64_t now);
/// OpenSSL's text of a response; empty: it is none.
std::string ocsp_text(std::string_view der);

}  // namespace lib::tls

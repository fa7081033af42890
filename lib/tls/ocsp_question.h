// Asking for a certificate's status (RFC 6960): the request, whom it goes to, and whether the answer can be believed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/tls/certificate.h"

namespace lib::tls {

struct OcspQuestion {
  std::string uri;      // of the responder: the first one that the certificate names
  std::string request;  // DER, without a nonce: responders sign their answers in advance (RFC 5019 section 4)
  std::string base64;   // the same
};

/// The error says why nobody can be asked: no issuer, no responder.
base::Result<OcspQuestion> ocsp_question(const Certificate& certificate);

/// Whether the certificate knows who signed it.
bool has_issuer(const Certificate& certificate);

/// The end of the answer's validity, in seconds of the wall clock as `now` is. Beside what a response that is put in place by
/// hand must fulfil: it is signed by the issuer or for it, is about this certificate, and its time has begun.
base::Result<std::int64_t> check_ocsp_answer(const Certificate& certificate, std::string_view der, std::int64_t now);

/// The same of the response that the certificate has; 0: it has none.
std::int64_t ocsp_expiry(const Certificate& certificate);

}  // namespace lib::tls

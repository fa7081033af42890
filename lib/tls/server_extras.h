// What a listener's contexts say beside certificates: the status of ours, signed timestamps, what clients' faults are let pass.
// Only this folder includes it.
#pragma once

#include "lib/tls/openssl.h"

namespace lib::tls {

/// Answers clients that ask for the certificate's status or its timestamps with what the certificate has.
void answer_questions(SSL_CTX* context);
/// For SSL_set_verify(): faults are noted; those that the listener ignores do not count.
int judge_client(int is_fine, X509_STORE_CTX* store) noexcept;

}  // namespace lib::tls

#include "lib/tls/server_extras.h"

#include <openssl/ocsp.h>

#include <cstring>
#include <ctime>

#include "lib/tls/certificate_internals.h"
#include "lib/tls/notes.h"
#include "lib/tls/server_internals.h"

namespace lib::tls {
namespace {

const Certificate::Internals* presented(const SSL* ssl) {
  const HandshakeState& state = state_of(ssl);
  return state.certificate == nullptr ? nullptr : &state.certificate->internals();
}

int staple(SSL* ssl, void*) noexcept {
  const Certificate::Internals* const parts = presented(ssl);
  // A response that is too old helps nobody: the client would have to refuse it.
  if (parts == nullptr || parts->ocsp.empty() || parts->ocsp_expires < std::time(nullptr)) return SSL_TLSEXT_ERR_NOACK;
  auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(parts->ocsp.data(), parts->ocsp.size()));
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  (void)SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(parts->ocsp.size()));  // owns it
  return SSL_TLSEXT_ERR_OK;
}

int add_timestamps(SSL* ssl, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t chain_index, int*,
                   void*) noexcept {
  const Certificate::Internals* const parts = presented(ssl);
  if (chain_index != 0 || parts == nullptr || parts->sctl.empty()) return 0;
  *out = reinterpret_cast<const unsigned char*>(parts->sctl.data());
  *size = parts->sctl.size();
  return 1;
}

/// A client's extension is empty; what else it may be does not matter.
int take_question(SSL*, unsigned, unsigned, const unsigned char*, std::size_t, X509*, std::size_t, int*, void*) noexcept { return 1; }

}  // namespace

void answer_questions(SSL_CTX* context) {
  (void)SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, reinterpret_cast<void (*)()>(&staple));
  (void)SSL_CTX_add_custom_ext(context, TLSEXT_TYPE_signed_certificate_timestamp,
                               SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE, &add_timestamps, nullptr,
                               nullptr, &take_question, nullptr);
}

int judge_client(int is_fine, X509_STORE_CTX* store) noexcept {
  if (note_verdict(is_fine, store) == 1) return 1;
  const auto* const ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const ServerSettings& settings = state_of(ssl).context->internals().settings;
  const bool is_authority = X509_STORE_CTX_get_error_depth(store) > 0;
  const VerifyFaults& ignored = is_authority ? settings.ignored_authority_faults : settings.ignored_certificate_faults;
  return ignored.contain(X509_STORE_CTX_get_error(store)) ? 1 : 0;
}

}  // namespace lib::tls

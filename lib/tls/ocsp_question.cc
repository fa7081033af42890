#include "lib/tls/ocsp_question.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>

#include "lib/tls/certificate_internals.h"
#include "lib/tls/ocsp.h"

namespace lib::tls {
namespace {

using RequestPtr = std::unique_ptr<OCSP_REQUEST, Deleter<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using UrisPtr = std::unique_ptr<STACK_OF(OPENSSL_STRING), Deleter<X509_email_free>>;

/// Clocks differ: what begins a little later has begun.
constexpr std::int64_t kSkew = 300;

std::string first_responder(X509* leaf) {
  const UrisPtr uris{X509_get1_ocsp(leaf)};
  return uris != nullptr && sk_OPENSSL_STRING_num(uris.get()) > 0 ? sk_OPENSSL_STRING_value(uris.get(), 0) : std::string{};
}

std::string request_der(X509* leaf, const X509* issuer) {
  const RequestPtr request{OCSP_REQUEST_new()};
  OCSP_CERTID* const id = OCSP_cert_to_id(nullptr, leaf, issuer);
  if (id == nullptr || request == nullptr || OCSP_request_add0_id(request.get(), id) == nullptr) {
    OCSP_CERTID_free(id);
    return {};
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_REQUEST(request.get(), &bytes);
  if (size < 0) return {};
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  OPENSSL_free(bytes);
  return der;
}

std::string base64_of(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// By the issuer itself, or by whom it let speak for it: then the response has that certificate.
bool is_signed_for(std::string_view der, const X509* issuer) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const ResponsePtr response{d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size()))};
  const BasicPtr basic{response == nullptr ? nullptr : OCSP_response_get1_basic(response.get())};
  const StorePtr trusted{X509_STORE_new()};
  const ChainPtr known{sk_X509_new_null()};
  auto* const shared = const_cast<X509*>(issuer);  // only counted
  if (basic == nullptr || trusted == nullptr || known == nullptr || X509_up_ref(shared) != 1) return false;
  if (sk_X509_push(known.get(), shared) == 0) {
    X509_free(shared);
    return false;
  }
  // An issuer that another one signed is trusted here as it is.
  X509_STORE_set_flags(trusted.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return X509_STORE_add_cert(trusted.get(), shared) == 1 && OCSP_basic_verify(basic.get(), known.get(), trusted.get(), OCSP_TRUSTOTHER) == 1;
}

}  // namespace

bool has_issuer(const Certificate& certificate) { return certificate.internals().find_issuer() != nullptr; }

base::Result<OcspQuestion> ocsp_question(const Certificate& certificate) {
  const Certificate::Internals& own = certificate.internals();
  if (own.leaf == nullptr) return base::failure("there is no certificate");
  OcspQuestion question{first_responder(own.leaf.get()), {}, {}};
  if (question.uri.empty()) return base::failure("the certificate names no OCSP responder");
  const X509* const issuer = own.find_issuer();
  if (issuer == nullptr) return base::failure("the certificate's issuer is not known");
  question.request = request_der(own.leaf.get(), issuer);
  question.base64 = base64_of(question.request);
  ERR_clear_error();
  if (question.request.empty()) return base::failure("no OCSP request can be made");
  return question;
}

base::Result<std::int64_t> check_ocsp_answer(const Certificate& certificate, std::string_view der, std::int64_t now) {
  const Certificate::Internals& own = certificate.internals();
  const X509* const issuer = own.leaf == nullptr ? nullptr : own.find_issuer();
  if (issuer == nullptr) return base::failure("the certificate's issuer is not known");
  const auto facts = read_ocsp(der, now);
  if (!facts) return tl::unexpected{facts.error()};
  if (facts->id != ocsp_id(own.leaf.get(), issuer)) return base::failure("OCSP single response: Certificate ID does not match any certificate or issuer");
  if (facts->since > now + kSkew) return base::failure("OCSP single response: not yet valid.");
  const bool is_good = is_signed_for(der, issuer);
  ERR_clear_error();
  if (!is_good) return base::failure("OCSP response signature verification failed");
  return facts->expires;
}

std::int64_t ocsp_expiry(const Certificate& certificate) {
  return certificate.internals().ocsp.empty() ? 0 : certificate.internals().ocsp_expires;
}

}  // namespace lib::tls

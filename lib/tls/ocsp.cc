#include "lib/tls/ocsp.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <ctime>

namespace lib::tls {
namespace {

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>>;

ResponsePtr parse(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return ResponsePtr{d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size()))};
}

std::string der_of(const OCSP_CERTID* id) {
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_CERTID(id, &bytes);
  if (size < 0) return {};
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  OPENSSL_free(bytes);
  return der;
}

std::int64_t seconds_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

}  // namespace

std::string ocsp_id(const X509* leaf, const X509* issuer) {
  const IdPtr id{OCSP_cert_to_id(nullptr, leaf, issuer)};
  ERR_clear_error();
  return id ? der_of(id.get()) : std::string{};
}

base::Result<OcspFacts> read_ocsp(std::string_view der, std::int64_t now) {
  const ResponsePtr response = parse(der);
  ERR_clear_error();
  if (!response) return base::failure("Unable to parse OCSP response");
  if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return base::failure("OCSP response status not successful");
  const BasicPtr basic{OCSP_response_get1_basic(response.get())};
  if (!basic) return base::failure("Failed to get basic response from OCSP Response");
  if (OCSP_resp_count(basic.get()) > 1) return base::failure("OCSP response ignored because contains multiple single responses (" +
                                                             std::to_string(OCSP_resp_count(basic.get())) + ")");
  OCSP_SINGLERESP* const single = OCSP_resp_get0(basic.get(), 0);
  if (single == nullptr) return base::failure("Failed to get OCSP single response");
  ASN1_GENERALIZEDTIME *since = nullptr, *next = nullptr;
  int reason = 0;
  const int status = OCSP_single_get0_status(single, &reason, nullptr, &since, &next);
  if (status != V_OCSP_CERTSTATUS_GOOD && status != V_OCSP_CERTSTATUS_REVOKED)
    return base::failure("OCSP single response: certificate status is unknown");
  if (next == nullptr) return base::failure("OCSP single response: missing nextupdate");
  OcspFacts facts{der_of(OCSP_SINGLERESP_get0_id(single)), since == nullptr ? 0 : seconds_of(since), seconds_of(next)};
  if (facts.expires <= now) return base::failure("OCSP single response: no longer valid.");
  return facts;
}

std::string ocsp_text(std::string_view der) {
  const ResponsePtr response = parse(der);
  const BioPtr out{BIO_new(BIO_s_mem())};
  if (!response || !out || OCSP_RESPONSE_print(out.get(), response.get(), 0) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace lib::tls

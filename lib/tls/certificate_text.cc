#include "lib/tls/certificate_text.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include <ctime>
#include <memory>
#include <string_view>

#include "lib/tls/certificate_facts.h"
#include "lib/tls/certificate_internals.h"
#include "lib/tls/ocsp.h"

namespace lib::tls {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

std::string part(X509& certificate, CertificatePart which) {
  std::string text;
  (void)read_certificate(certificate, which, {}, text);  // what is not there is shown as nothing
  return text;
}

struct OpensslFree {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};

template <class Write>
std::string written(Write&& write) {
  const BioPtr out{BIO_new(BIO_s_mem())};
  if (!out) return {};
  (void)write(out.get());  // what could be written
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  ERR_clear_error();
  return {text, static_cast<std::size_t>(size)};
}

std::string date(const ASN1_TIME* time) {
  return written([&](BIO* out) { return ASN1_TIME_print(out, time); });
}

std::string algorithm(const X509& certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  if (key == nullptr) return {};
  const std::string bits = std::to_string(EVP_PKEY_get_bits(key));
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "RSA" + bits;
    case EVP_PKEY_EC: return "EC" + bits;
    case EVP_PKEY_DSA: return "DSA" + bits;
    default: return {};
  }
}

}  // namespace

std::string describe(X509& certificate) {
  return "Serial: " + hex(part(certificate, CertificatePart::Serial)) + "\nnotBefore: " + date(X509_get0_notBefore(&certificate)) +
         "\nnotAfter: " + date(X509_get0_notAfter(&certificate)) + "\nSubject Alternative Name: " +
         part(certificate, CertificatePart::AlternativeNames) + "\nAlgorithm: " + algorithm(certificate) + "\nSHA1 FingerPrint: " +
         hex(part(certificate, CertificatePart::Sha1)) + "\nSubject: " + part(certificate, CertificatePart::Subject) +
         "\nIssuer: " + part(certificate, CertificatePart::Issuer) + "\n";
}

Validity validity_of(const Certificate& certificate) {
  X509* const leaf = certificate.internals().leaf.get();
  if (leaf == nullptr) return {};
  const ASN1_TIME* const end = X509_get0_notAfter(leaf);
  std::tm parts{};
  // "timegm" takes what OpenSSL gives: the time in UTC.
  const bool is_date = ASN1_TIME_to_tm(end, &parts) == 1;
  ERR_clear_error();
  return {date(X509_get0_notBefore(leaf)), date(end), is_date ? static_cast<std::int64_t>(::timegm(&parts)) : 0};
}

std::string describe(X509_CRL& list) {
  return written([&](BIO* out) {
    BIO_printf(out, "Version %ld\n", X509_CRL_get_version(&list) + 1);
    BIO_printf(out, "Signature Algorithm: %s\n", OBJ_nid2ln(X509_CRL_get_signature_nid(&list)));
    const std::unique_ptr<char, OpensslFree> issuer{X509_NAME_oneline(X509_CRL_get_issuer(&list), nullptr, 0)};
    BIO_printf(out, "Issuer: %s\nLast Update: %s\nNext Update: ", issuer.get(), date(X509_CRL_get0_lastUpdate(&list)).c_str());
    const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(&list);
    BIO_printf(out, "%s\n", next == nullptr ? "NONE" : date(next).c_str());
    STACK_OF(X509_REVOKED)* const revoked = X509_CRL_get_REVOKED(&list);
    BIO_puts(out, sk_X509_REVOKED_num(revoked) > 0 ? "Revoked Certificates:\n" : "No Revoked Certificates.\n");
    for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
      const X509_REVOKED* const each = sk_X509_REVOKED_value(revoked, i);
      BIO_puts(out, "    Serial Number: ");
      i2a_ASN1_INTEGER(out, X509_REVOKED_get0_serialNumber(each));
      BIO_printf(out, "\n        Revocation Date: %s\n", date(X509_REVOKED_get0_revocationDate(each)).c_str());
    }
    return 1;
  });
}

std::string describe(const Certificate& certificate) {
  const Certificate::Internals& parts = certificate.internals();
  if (parts.leaf == nullptr) return {};
  std::string text = parts.borrowed_from.empty() ? std::string{} : "Chain Filename: " + parts.borrowed_from + "\n";
  text += describe(*parts.leaf);
  for (int i = 0; i < sk_X509_num(parts.known_chain()); ++i) {
    X509& each = *sk_X509_value(parts.known_chain(), i);
    text += "Chain Subject: " + part(each, CertificatePart::Subject) + "\nChain Issuer: " + part(each, CertificatePart::Issuer) + "\n";
  }
  return text;
}

std::string public_pem(const Certificate& certificate) {
  const Certificate::Internals& parts = certificate.internals();
  if (parts.leaf == nullptr) return {};
  return written([&](BIO* out) {
    int done = PEM_write_bio_X509(out, parts.leaf.get());
    for (int i = 0; i < sk_X509_num(parts.chain.get()); ++i) done &= PEM_write_bio_X509(out, sk_X509_value(parts.chain.get(), i));
    return done;
  });
}

std::string ocsp_key(const Certificate& certificate) {
  return certificate.internals().ocsp.empty() ? std::string{} : ocsp_number(certificate);
}

std::string ocsp_number(const Certificate& certificate) {
  const Certificate::Internals& parts = certificate.internals();
  const X509* const issuer = parts.find_issuer();
  if (issuer == nullptr) return {};
  std::string key = hex(ocsp_id(parts.leaf.get(), issuer));
  for (char& each : key)
    if (each >= 'A') each = static_cast<char>(each - 'A' + 'a');
  return key;
}

std::string ocsp_description(const Certificate& certificate) { return ocsp_text(certificate.internals().ocsp); }

std::string ocsp_id_description(const Certificate& certificate) {
  const Certificate::Internals& parts = certificate.internals();
  const X509* const issuer = parts.find_issuer();
  const std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>> id{issuer == nullptr ? nullptr : OCSP_cert_to_id(nullptr, parts.leaf.get(), issuer)};
  if (!id) return {};
  ASN1_OCTET_STRING *name = nullptr, *key = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&name, nullptr, &key, &serial, id.get());
  const auto bytes = [](const ASN1_STRING* each) {
    return std::string_view{reinterpret_cast<const char*>(ASN1_STRING_get0_data(each)), static_cast<std::size_t>(ASN1_STRING_length(each))};
  };
  return " Certificate ID:\n   Issuer Name Hash: " + hex(bytes(name)) + "\n   Issuer Key Hash: " + hex(bytes(key)) +
         "\n   Serial Number: " + hex(bytes(serial)) + "\n";
}

std::optional<std::string> ocsp_problem(std::string_view der, std::int64_t now) {
  const auto read = read_ocsp(der, now);
  return read ? std::nullopt : std::optional<std::string>{read.error().message};
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string plain;
  for (const char each : text)
    if (std::string_view{" \t\r\n"}.find(each) == std::string_view::npos) plain += each;
  if (plain.empty() || plain.size() % 4 != 0) return std::nullopt;
  std::string out(plain.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - (plain.ends_with("==") ? 2U : plain.ends_with('=') ? 1U : 0U));
  return out;
}

}  // namespace lib::tls

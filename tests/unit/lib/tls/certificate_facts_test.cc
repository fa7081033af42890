#include "lib/tls/certificate_facts.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace lib::tls;

namespace {

struct FreeCertificate {
  void operator()(X509* each) const { X509_free(each); }
};
using Owned = std::unique_ptr<X509, FreeCertificate>;

void add(X509_NAME* name, const char* field, const std::string& value, int set = 0) {
  REQUIRE(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, set) == 1);
}

Owned make(const std::string& not_after = "20541231235959Z", long serial = 128) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  Owned made{X509_new()};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  REQUIRE(ASN1_TIME_set_string_X509(X509_getm_notBefore(made.get()), "20201231235959Z") == 1);
  REQUIRE(ASN1_TIME_set_string_X509(X509_getm_notAfter(made.get()), not_after.c_str()) == 1);
  X509_NAME* const subject = X509_get_subject_name(made.get());
  add(subject, "C", "DE");
  add(subject, "OU", "one, \"two\"");
  add(subject, "OU", "M\xc3\xbcnchen");
  add(subject, "CN", "a/b", -1);  // in one set with the OU before it
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), key);
  X509_sign(made.get(), key, EVP_sha256());
  EVP_PKEY_free(key);
  return made;
}

std::string read(X509* certificate, CertificatePart part, const NameQuestion& question = {}) {
  std::string out;
  return read_certificate(*certificate, part, question, out) ? out : std::string{"none"};
}

std::string name(X509* certificate, std::string_view entry, std::int64_t occurrence = 1) {
  NameQuestion question;
  question.entry = entry;
  question.occurrence = occurrence;
  return read(certificate, CertificatePart::Subject, question);
}

}  // namespace

TEST_CASE("a certificate's name is shown whole, as it is stored", "[tls]") {
  const Owned certificate = make();
  CHECK(read(certificate.get(), CertificatePart::Subject) == "/C=DE/OU=one, \"two\"/OU=M\xc3\xbcnchen/CN=a/b");
  CHECK(read(certificate.get(), CertificatePart::Issuer) == "/C=DE/OU=one, \"two\"/CN=a/b/OU=M\xc3\xbcnchen");  // a copy, sorted
  NameQuestion question;
  question.as_rfc2253 = true;
  CHECK(read(certificate.get(), CertificatePart::Subject, question) == "CN=a/b+OU=M\\C3\\BCnchen,OU=one\\, \\\"two\\\",C=DE");
}

TEST_CASE("entries of a name are counted from either end", "[tls]") {
  const Owned certificate = make();
  CHECK(name(certificate.get(), "OU") == "one, \"two\"");
  CHECK(name(certificate.get(), "ou") == "one, \"two\"");
  CHECK(name(certificate.get(), "OU", 2) == "M\xc3\xbcnchen");
  CHECK(name(certificate.get(), "OU", -1) == "M\xc3\xbcnchen");
  CHECK(name(certificate.get(), "OU", -2) == "one, \"two\"");
  CHECK(name(certificate.get(), "OU", 3) == "none");
  CHECK(name(certificate.get(), "OU", -3) == "none");
  CHECK(name(certificate.get(), "OU", 0) == "none");
  CHECK(name(certificate.get(), "O") == "none");
}

TEST_CASE("dates lose their century, and beyond this one there are none", "[tls][rfc5280]") {
  const Owned certificate = make();
  CHECK(read(certificate.get(), CertificatePart::NotBefore) == "201231235959Z");
  CHECK(read(certificate.get(), CertificatePart::NotAfter) == "541231235959Z");
  CHECK(read(make("21260101000000Z").get(), CertificatePart::NotAfter) == "none");
}

TEST_CASE("serial, fingerprint and algorithms of a certificate are shown", "[tls]") {
  const Owned certificate = make();
  CHECK(read(certificate.get(), CertificatePart::Serial) == "\x80");
  CHECK(read(certificate.get(), CertificatePart::Sha1).size() == 20);
  CHECK(read(certificate.get(), CertificatePart::KeyAlgorithm) == "id-ecPublicKey");
  CHECK(read(certificate.get(), CertificatePart::SignatureAlgorithm) == "ecdsa-with-SHA256");
  CHECK(certificate_version(*certificate) == 3);
  CHECK(read(certificate.get(), CertificatePart::AlternativeNames) == "none");
  const std::string der = read(certificate.get(), CertificatePart::Der);
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const Owned again{d2i_X509(nullptr, &bytes, static_cast<long>(der.size()))};
  REQUIRE(again);
  CHECK(X509_cmp(again.get(), certificate.get()) == 0);
}

#include "lib/tls/certificate_facts.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "lib/base/text.h"
#include "lib/tls/notes.h"
#include "lib/tls/openssl.h"

namespace lib::tls {
namespace {

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool append_der(X509* certificate, std::string& out) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return false;
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return true;
}

/// "OU"; digits with dots for what OpenSSL has no name for.
std::string entry_name(const X509_NAME_ENTRY* entry) {
  const ASN1_OBJECT* const object = X509_NAME_ENTRY_get_object(entry);
  const int id = OBJ_obj2nid(object);
  if (id != NID_undef) return OBJ_nid2sn(id);
  std::array<char, 80> digits{};
  (void)OBJ_obj2txt(digits.data(), digits.size(), object, 1);
  return digits.data();
}

bool append_whole(const X509_NAME* name, std::string& out) {
  const int count = X509_NAME_entry_count(name);
  for (int i = 0; i < count; ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    out += '/';
    out += entry_name(entry);
    out += '=';
    out += bytes_of(X509_NAME_ENTRY_get_data(entry));
  }
  return count != 0;
}

bool append_entry(const X509_NAME* name, const NameQuestion& question, std::string& out) {
  const int count = X509_NAME_entry_count(name);
  const bool from_end = question.occurrence < 0;
  std::int64_t left = from_end ? -question.occurrence : question.occurrence;
  if (left == 0) return false;
  for (int i = 0; i < count; ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, from_end ? count - 1 - i : i);
    if (!base::equal_ignoring_case(entry_name(entry), question.entry) || --left != 0) continue;
    out += bytes_of(X509_NAME_ENTRY_get_data(entry));
    return true;
  }
  return false;
}

/// What `print` writes. False: nothing.
template <class Print>
bool append_printed(std::string& out, Print print) {
  const BioPtr text{BIO_new(BIO_s_mem())};
  if (!text || print(text.get()) < 0) return false;
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  out.append(bytes, static_cast<std::size_t>(size));
  return size > 0;
}

bool append_name(const X509_NAME* name, const NameQuestion& question, std::string& out) {
  if (!question.entry.empty()) return append_entry(name, question, out);
  if (!question.as_rfc2253) return append_whole(name, out);
  return append_printed(out, [&](BIO* text) { return X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253); });
}

bool append_alternatives(const X509* certificate, std::string& out) {
  const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (at < 0) return false;
  X509_EXTENSION* const extension = X509_get_ext(certificate, at);
  return append_printed(out, [&](BIO* text) { return X509V3_EXT_print(text, extension, 0, 0); });
}

/// Two digits of the year come first. A date with four of them (RFC 5280 section 4.1.2.5.2) loses "20"; without that it has no
/// form.
bool append_date(const ASN1_TIME* date, std::string& out) {
  std::string_view text = bytes_of(date);
  if (ASN1_STRING_type(date) == V_ASN1_GENERALIZEDTIME) {
    if (!text.starts_with("20")) return false;
    text.remove_prefix(2);
  }
  out += text;
  return !text.empty();
}

bool append_sha1(const X509* certificate, std::string& out) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha1(), digest.data(), &size) != 1) return false;
  out.append(reinterpret_cast<const char*>(digest.data()), size);
  return true;
}

bool append_key_algorithm(const X509* certificate, std::string& out) {
  ASN1_OBJECT* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(certificate)) != 1) return false;
  out += OBJ_nid2sn(OBJ_obj2nid(algorithm));
  return true;
}

bool append_part(X509& certificate, CertificatePart part, const NameQuestion& question, std::string& out) {
  switch (part) {
    case CertificatePart::Der: return append_der(&certificate, out);
    case CertificatePart::Subject: return append_name(X509_get_subject_name(&certificate), question, out);
    case CertificatePart::Issuer: return append_name(X509_get_issuer_name(&certificate), question, out);
    case CertificatePart::AlternativeNames: return append_alternatives(&certificate, out);
    case CertificatePart::KeyAlgorithm: return append_key_algorithm(&certificate, out);
    case CertificatePart::SignatureAlgorithm: out += OBJ_nid2sn(X509_get_signature_nid(&certificate)); return true;
    case CertificatePart::NotBefore: return append_date(X509_get0_notBefore(&certificate), out);
    case CertificatePart::NotAfter: return append_date(X509_get0_notAfter(&certificate), out);
    case CertificatePart::Serial: out += bytes_of(X509_get0_serialNumber(&certificate)); return true;
    case CertificatePart::Sha1: return append_sha1(&certificate, out);
    case CertificatePart::Chain:
    case CertificatePart::Root: return false;
  }
  return false;
}

bool append_chain(const SSL& connection, std::string& out) {
  STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(&connection);
  const int count = chain == nullptr ? 0 : sk_X509_num(chain);
  for (int i = 0; i < count; ++i)
    if (!append_der(sk_X509_value(chain, i), out)) return false;
  return count != 0;
}

bool append_root(const SSL& connection, const NameQuestion& question, std::string& out) {
  STACK_OF(X509)* const chain = SSL_get0_verified_chain(&connection);
  const int count = chain == nullptr ? 0 : sk_X509_num(chain);
  return count != 0 && append_name(X509_get_subject_name(sk_X509_value(chain, count - 1)), question, out);
}

}  // namespace

bool read_certificate(x509_st& certificate, CertificatePart part, const NameQuestion& question, std::string& out) {
  const bool there = append_part(certificate, part, question, out);
  ERR_clear_error();
  return there;
}

long certificate_version(const x509_st& certificate) { return X509_get_version(&certificate) + 1; }

std::string key_in_short(x509_st& certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(&certificate);
  if (key == nullptr) return {};
  const auto named = [&](const char* kind) { return kind + std::to_string(EVP_PKEY_get_bits(key)); };
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return named("RSA");
    case EVP_PKEY_EC: return named("EC");
    case EVP_PKEY_DSA: return named("DSA");
    default: return {};
  }
}

x509_st* find_certificate(const ssl_st& connection, CertificateOf whose) {
  if (whose == CertificateOf::Ours) return SSL_get_certificate(&connection);
  if (x509_st* const shown = SSL_get0_peer_certificate(&connection); shown != nullptr) return shown;
  const Notes* const notes = Notes::find(connection);
  return notes == nullptr ? nullptr : notes->refused;
}

bool read_certificate(const ssl_st& connection, CertificateOf whose, CertificatePart part, const NameQuestion& question,
                      std::string& out) {
  x509_st* const certificate = find_certificate(connection, whose);
  if (certificate == nullptr) return false;
  if (part == CertificatePart::Chain) return append_chain(connection, out);
  if (part == CertificatePart::Root) return append_root(connection, question, out);
  return read_certificate(*certificate, part, question, out);
}

}  // namespace lib::tls

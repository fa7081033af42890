// What a certificate says of itself, in the forms that haproxy shows: for the fetches about clients', our own and servers'
// certificates.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct ssl_st;
struct x509_st;

namespace lib::tls {

/// Whose: the other end's, or the one that we present.
enum class CertificateOf : std::uint8_t { Peer, Ours };

enum class CertificatePart : std::uint8_t {
  Der,
  Chain,               // DER of what the other end sent; a client's own certificate is not part of it
  Subject,
  Issuer,
  Root,                // subject of the last certificate of the chain that was verified
  AlternativeNames,    // "DNS:a.test, IP Address:10.0.0.1"
  KeyAlgorithm,        // "rsaEncryption"
  SignatureAlgorithm,  // "RSA-SHA256"
  NotBefore,           // "261121201557Z"; nothing outside of the years 1950 to 2099
  NotAfter,
  Serial,              // the number's bytes
  Sha1,                // of its DER
};

/// Which piece of a name: the whole name, or one entry's value as it is stored.
struct NameQuestion {
  std::string_view entry{};     // "OU", in any case; empty: the whole name, "/C=DE/OU=a/OU=b"
  std::int64_t occurrence = 1;  // of the entry, from the end where it is negative; 0: none
  bool as_rfc2253 = false;      // the whole name as "OU=b,OU=a,C=DE"
};

/// Appends to `out`. False: there is no such thing. Chain and Root are a connection's: ask read_certificate().
bool read_certificate(x509_st& certificate, CertificatePart part, const NameQuestion& question, std::string& out);
/// From 1 on.
long certificate_version(const x509_st& certificate);

/// A certificate's key in a few letters: "RSA2048", "EC256"; empty: another kind.
std::string key_in_short(x509_st& certificate);

/// The certificate of a connection's end; null where it has shown none. One that was refused counts. It lives as long as the session.
x509_st* find_certificate(const ssl_st& connection, CertificateOf whose);
/// The same as read_certificate() about a connection's end.
bool read_certificate(const ssl_st& connection, CertificateOf whose, CertificatePart part, const NameQuestion& question,
                      std::string& out);

}  // namespace lib::tls

#include "lib/tls/server_hello.h"

#include <algorithm>
#include <span>

#include "lib/base/text.h"

namespace lib::tls {
namespace {

/// The bytes of one extension of a client's hello; empty where it is not there.
std::span<const unsigned char> extension(SSL* ssl, unsigned type) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1) return {};
  return {bytes, size};
}

std::size_t two_bytes(std::span<const unsigned char> bytes) { return std::size_t{bytes[0]} << 8 | bytes[1]; }

/// By its signature algorithms, RFC 8446 section 4.2.3.
bool verifies_ecdsa(SSL* ssl) {
  const auto bytes = extension(ssl, TLSEXT_TYPE_signature_algorithms);
  if (bytes.size() < 2) return false;
  for (std::size_t at = 2; at + 1 < bytes.size(); at += 2) {
    const std::size_t scheme = two_bytes(bytes.subspan(at));
    if ((scheme & 0xff) == 0x03 && scheme != 0x0203) return true;  // the low byte says ECDSA; with SHA-1 nobody wants it
  }
  return false;
}

/// TLS 1.3's ciphers (0x13xx) go with every kind of key. What is no cipher but a signal looks as if it did, too.
bool offers_ecdsa(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  const std::size_t size = SSL_client_hello_get0_ciphers(ssl, &bytes);
  for (std::size_t at = 0; at + 1 < size; at += 2) {
    const SSL_CIPHER* const cipher = SSL_CIPHER_find(ssl, bytes + at);
    const int kind = cipher == nullptr ? NID_undef : SSL_CIPHER_get_auth_nid(cipher);
    if (kind == NID_auth_ecdsa || (kind == NID_auth_any && bytes[at] == 0x13)) return true;
  }
  return false;
}

}  // namespace

/// RFC 6066 section 3: a list with one name of type 0.
std::string name_in_hello(SSL* ssl) {
  const auto bytes = extension(ssl, TLSEXT_TYPE_server_name);
  if (bytes.size() < 5 || bytes[2] != TLSEXT_NAMETYPE_host_name) return {};
  const std::size_t size = two_bytes(bytes.subspan(3));
  if (size == 0 || bytes.size() < 5 + size) return {};
  std::string name{reinterpret_cast<const char*>(bytes.data()) + 5, size};
  std::transform(name.begin(), name.end(), name.begin(), base::to_lower);
  return name;
}

bool knows_ecdsa(SSL* ssl) { return verifies_ecdsa(ssl) && offers_ecdsa(ssl); }

}  // namespace lib::tls

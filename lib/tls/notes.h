// What a handshake leaves for logs and expressions beside what OpenSSL keeps of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;
struct x509_st;
struct x509_store_ctx_st;

namespace lib::tls {

/// What is to be kept: it costs memory for each connection.
struct NoteSettings {
  std::uint32_t hello_bytes = 0;  // so much of the client's hello
  bool secrets = false;           // the keys, for whoever is to decrypt a recording
  bool operator==(const NoteSettings&) const = default;
};

/// The lists of a client's hello, as they came; what had no room any more is cut off, in this order.
struct HelloNotes {
  std::uint16_t version = 0;
  std::uint64_t cipher_hash = 0;  // XXH64 of the whole list
  std::string ciphers, extensions, groups, point_formats, signature_algorithms, supported_versions;
};

/// The keys of TLS 1.3 that a key log has.
enum class Secret : std::uint8_t {
  ClientEarlyTraffic,
  ClientHandshakeTraffic,
  ServerHandshakeTraffic,
  ClientTraffic,
  ServerTraffic,
  Exporter,
  EarlyExporter,
};
inline constexpr std::size_t kSecrets = 7;

struct Notes {
  Notes() = default;
  ~Notes();
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  // The first faults that verifying found, as OpenSSL numbers them (0: none): in the other end's certificate, and in what
  // vouches for it, so many steps above.
  int certificate_fault = 0, authority_fault = 0, authority_depth = 0;
  x509_st* refused = nullptr;  // the certificate with the fault: OpenSSL forgets it
  std::unique_ptr<HelloNotes> hello;                         // null: not to be kept, or there was none
  std::unique_ptr<std::array<std::string, kSecrets>> secrets;  // in hexadecimal

  /// Those of a session; null where nobody attached any.
  static Notes* find(const ssl_st& session);
  /// They must outlive what the session still does.
  void attach(ssl_st& session);
};

/// Sessions of this context keep them.
void keep_notes(ssl_ctx_st& context, const NoteSettings& settings);

/// For SSL_CTX_set_verify(): notes the faults, and changes nothing.
int note_verdict(int is_good, x509_store_ctx_st* verifying) noexcept;

}  // namespace lib::tls

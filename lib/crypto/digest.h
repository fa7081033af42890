// Digests by the names that OpenSSL gives them, keyed and not; AES. Pure but for the library behind it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lib::crypto {

inline constexpr std::size_t kMostDigest = 64;

/// A digest algorithm, found by name once ("sha-256", "MD5").
class DigestKind {
 public:
  static std::optional<DigestKind> find(const std::string& name);
  /// The digest of `bytes` at the front of `out`; 0 when the library fails.
  std::size_t digest(std::string_view bytes, std::span<char, kMostDigest> out) const;
  std::size_t hmac(std::string_view key, std::string_view bytes, std::span<char, kMostDigest> out) const;

 private:
  explicit DigestKind(const void* kind) : kind_{kind} {}
  const void* kind_;  // the library's, static
};

/// The same bytes, compared in a time that tells nothing of where they differ.
bool equal_secretly(std::string_view a, std::string_view b);

/// AES-GCM with a key of 16, 24 or 32 bytes. Encryption writes the 16 bytes of `tag`, decryption checks them.
bool aes_gcm(bool encrypts, std::string_view nonce, std::string_view key, std::string_view text, std::string& out,
             std::string& tag);
/// AES-CBC with padding (PKCS #7), a key of 16, 24 or 32 bytes and a nonce of 16.
bool aes_cbc(bool encrypts, std::string_view nonce, std::string_view key, std::string_view text, std::string& out);

/// Whether `signature` (raw for ECDSA: both numbers after each other) signs `text` under the PEM public key. `digest` is
/// "SHA256" and its kin; `is_ec` and `is_pss` tell the scheme. Nothing: the key cannot be used.
enum class SignatureScheme : std::uint8_t { Rsa, RsaPss, Ec };
std::optional<bool> verify_signature(SignatureScheme scheme, const std::string& digest, std::string_view pem,
                                     std::string_view text, std::string_view signature);

}  // namespace lib::crypto

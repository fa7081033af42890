#include "lib/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <memory>

namespace lib::crypto {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>>;
using MdPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}
unsigned char* room_of(char* room) { return static_cast<unsigned char*>(static_cast<void*>(room)); }
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

/// An ECDSA signature as a JWT has it, in the form that OpenSSL reads.
std::string to_der(std::string_view raw) {
  if (raw.size() % 2 != 0) return {};
  const std::string_view r = raw.substr(0, raw.size() / 2), s = raw.substr(raw.size() / 2);
  const SignaturePtr signature{ECDSA_SIG_new()};
  BIGNUM* const first = BN_bin2bn(bytes_of(r), size_of(r), nullptr);
  BIGNUM* const second = BN_bin2bn(bytes_of(s), size_of(s), nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), first, second) != 1) {
    BN_free(first);
    BN_free(second);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string out;
  if (size > 0) out.assign(static_cast<const char*>(static_cast<const void*>(der)), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

KeyPtr read_key(std::string_view pem) {
  const BioPtr file{BIO_new_mem_buf(pem.data(), size_of(pem))};
  KeyPtr key{PEM_read_bio_PUBKEY(file.get(), nullptr, nullptr, nullptr)};
  if (key) return key;
  const BioPtr again{BIO_new_mem_buf(pem.data(), size_of(pem))};
  X509* const certificate = PEM_read_bio_X509(again.get(), nullptr, nullptr, nullptr);
  if (certificate == nullptr) return nullptr;
  key.reset(X509_get_pubkey(certificate));
  X509_free(certificate);
  return key;
}

}  // namespace

std::optional<DigestKind> DigestKind::find(const std::string& name) {
  const EVP_MD* const kind = EVP_get_digestbyname(name.c_str());
  if (kind == nullptr) return std::nullopt;
  return DigestKind{kind};
}

std::size_t DigestKind::digest(std::string_view bytes, std::span<char, kMostDigest> out) const {
  unsigned size = 0;
  const auto* const kind = static_cast<const EVP_MD*>(kind_);
  return EVP_Digest(bytes.data(), bytes.size(), room_of(out.data()), &size, kind, nullptr) == 1 ? size : 0;
}

std::size_t DigestKind::hmac(std::string_view key, std::string_view bytes, std::span<char, kMostDigest> out) const {
  unsigned size = 0;
  const auto* const kind = static_cast<const EVP_MD*>(kind_);
  static constexpr char kNoKey = 0;
  const void* const given = key.empty() ? &kNoKey : key.data();
  return HMAC(kind, given, size_of(key), bytes_of(bytes), bytes.size(), room_of(out.data()), &size) != nullptr ? size : 0;
}

bool equal_secretly(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool aes_gcm(bool encrypts, std::string_view nonce, std::string_view key, std::string_view text, std::string& out,
             std::string& tag) {
  const EVP_CIPHER* const cipher = key.size() == 16   ? EVP_aes_128_gcm()
                                   : key.size() == 24 ? EVP_aes_192_gcm()
                                   : key.size() == 32 ? EVP_aes_256_gcm()
                                                      : nullptr;
  const CipherPtr context{EVP_CIPHER_CTX_new()};
  if (cipher == nullptr || !context || nonce.empty()) return false;
  EVP_CIPHER_CTX* const at = context.get();
  const int direction = encrypts ? 1 : 0;
  if (EVP_CipherInit_ex(at, cipher, nullptr, nullptr, nullptr, direction) != 1) return false;
  if (EVP_CIPHER_CTX_ctrl(at, EVP_CTRL_GCM_SET_IVLEN, size_of(nonce), nullptr) != 1) return false;
  if (EVP_CipherInit_ex(at, nullptr, nullptr, bytes_of(key), bytes_of(nonce), direction) != 1) return false;
  out.resize(text.size() + 16);
  int size = 0, last = 0;
  if (EVP_CipherUpdate(at, room_of(out.data()), &size, bytes_of(text), size_of(text)) != 1) return false;
  if (!encrypts && EVP_CIPHER_CTX_ctrl(at, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) != 1) return false;
  if (EVP_CipherFinal_ex(at, room_of(out.data() + size), &last) != 1) return false;
  out.resize(static_cast<std::size_t>(size + last));
  if (!encrypts) return true;
  tag.resize(16);
  return EVP_CIPHER_CTX_ctrl(at, EVP_CTRL_GCM_GET_TAG, 16, tag.data()) == 1;
}

bool aes_cbc(bool encrypts, std::string_view nonce, std::string_view key, std::string_view text, std::string& out) {
  constexpr std::size_t kBlock = 16;
  const EVP_CIPHER* const cipher = key.size() == 16   ? EVP_aes_128_cbc()
                                   : key.size() == 24 ? EVP_aes_192_cbc()
                                   : key.size() == 32 ? EVP_aes_256_cbc()
                                                      : nullptr;
  const CipherPtr context{EVP_CIPHER_CTX_new()};
  if (cipher == nullptr || !context || nonce.size() != kBlock) return false;
  EVP_CIPHER_CTX* const at = context.get();
  if (EVP_CipherInit_ex(at, cipher, nullptr, bytes_of(key), bytes_of(nonce), encrypts ? 1 : 0) != 1) return false;
  out.resize(text.size() + kBlock);
  int size = 0, last = 0;
  if (EVP_CipherUpdate(at, room_of(out.data()), &size, bytes_of(text), size_of(text)) != 1) return false;
  if (EVP_CipherFinal_ex(at, room_of(out.data() + size), &last) != 1) return false;
  out.resize(static_cast<std::size_t>(size + last));
  return true;
}

std::optional<bool> verify_signature(SignatureScheme scheme, const std::string& digest, std::string_view pem,
                                     std::string_view text, std::string_view signature) {
  const KeyPtr key = read_key(pem);
  const EVP_MD* const kind = EVP_get_digestbyname(digest.c_str());
  if (!key || kind == nullptr) return std::nullopt;
  const MdPtr context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;  // of the context
  if (EVP_DigestVerifyInit(context.get(), &options, kind, nullptr, key.get()) != 1) return std::nullopt;
  if (scheme == SignatureScheme::RsaPss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                                            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return std::nullopt;
  const std::string der = scheme == SignatureScheme::Ec ? to_der(signature) : std::string{signature};
  if (der.empty()) return false;
  return EVP_DigestVerify(context.get(), bytes_of(der), der.size(), bytes_of(text), text.size()) == 1;
}

}  // namespace lib::crypto

#include "lib/crypto/md5.h"

#include <openssl/evp.h>

namespace lib::crypto {

struct Md5::Internals {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Internals() = default;
  Internals(const Internals&) = delete;
  Internals& operator=(const Internals&) = delete;
  ~Internals() { EVP_MD_CTX_free(context); }
};

Md5::Md5() : internals_{std::make_unique<Internals>()} {
  // Where the system forbids MD5 the digest stays all zeros, and no page has that one.
  (void)EVP_DigestInit_ex(internals_->context, EVP_md5(), nullptr);
}

Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;

void Md5::add(std::string_view bytes) { (void)EVP_DigestUpdate(internals_->context, bytes.data(), bytes.size()); }  // as above

Md5Digest Md5::finish() {
  Md5Digest digest{};
  (void)EVP_DigestFinal_ex(internals_->context, digest.data(), nullptr);  // as above
  return digest;
}

std::string hex(const Md5Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : digest) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

}  // namespace lib::crypto

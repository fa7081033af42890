#include "lib/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace lib::crypto {

std::array<std::uint8_t, 12> hmac_md5_96(std::span<const std::uint8_t> key, std::span<const std::uint8_t> text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Fails only where OpenSSL may not use MD5 at all; nobody's digest is all zeros then, so that nothing passes.
  (void)::HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), digest.data(), &size);
  std::array<std::uint8_t, 12> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

}  // namespace lib::crypto

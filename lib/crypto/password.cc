#include "lib/crypto/password.h"

#include <crypt.h>

#include <memory>

#include "lib/crypto/digest.h"

namespace lib::crypto {

bool matches_password(const std::string& encrypted, std::string_view given) {
  const auto room = std::make_unique<crypt_data>();
  const char* const found = ::crypt_r(std::string{given}.c_str(), encrypted.c_str(), room.get());
  return found != nullptr && equal_secretly(found, encrypted);
}

}  // namespace lib::crypto

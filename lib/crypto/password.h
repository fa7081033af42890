// Passwords as crypt(3) keeps them.
#pragma once

#include <string>
#include <string_view>

namespace lib::crypto {

/// Whether `given` is the password that was encrypted ("$5$...", "$6$...", ...). Slow on purpose.
bool matches_password(const std::string& encrypted, std::string_view given);

}  // namespace lib::crypto

// What OpenSSL's verification of a certificate ended with, by name: the numbers differ between its versions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lib::crypto {

/// "X509_V_ERR_CERT_HAS_EXPIRED"; empty: no such number.
std::string verdict_name(std::int64_t number);
/// The number of such a name.
std::optional<int> find_verdict(std::string_view name);

}  // namespace lib::crypto

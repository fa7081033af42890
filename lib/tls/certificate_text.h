// A certificate in words, as the runtime API shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/tls/certificate.h"

struct x509_st;
struct X509_crl_st;

namespace lib::tls {

/// Lines from "Serial: " to "Issuer: ", then those about the chain; empty: there is no certificate yet.
std::string describe(const Certificate& certificate);
/// Without a chain; a list of revoked certificates.
std::string describe(x509_st& certificate);
std::string describe(X509_crl_st& list);
/// When it begins and ends to be good, as dates and in seconds of the wall clock. Zeros: there is no certificate yet.
struct Validity {
  std::string not_before{}, not_after{};
  std::int64_t ends_s = 0;
};
Validity validity_of(const Certificate& certificate);
/// The same in PEM: certificate and chain, without the key.
std::string public_pem(const Certificate& certificate);
/// The number under which its status is asked for, in hexadecimal; empty: its issuer is not known.
std::string ocsp_number(const Certificate& certificate);
/// The same; empty: it has no response either.
std::string ocsp_key(const Certificate& certificate);
/// OpenSSL's text of its response; empty: it has none.
std::string ocsp_description(const Certificate& certificate);

/// Who is meant by ocsp_key(), in lines.
std::string ocsp_id_description(const Certificate& certificate);
/// What is wrong with a response, whoever it is about; nothing: it could be used.
std::optional<std::string> ocsp_problem(std::string_view der, std::int64_t now);

/// Blanks and line ends may stand anywhere. Nothing: it is no base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace lib::tls

// What an end of TLS is willing to agree on: versions, ciphers, groups, signatures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/tls/authorities.h"

struct ssl_ctx_st;
struct ssl_st;

namespace lib::tls {

enum class Version : std::uint16_t { Tls10 = 0x0301, Tls11 = 0x0302, Tls12 = 0x0303, Tls13 = 0x0304 };

/// Which of an end's settings could not be used.
enum class Setting : std::uint8_t { Ciphers, Ciphersuites, Curves, Signatures, ClientSignatures, CaFile, CrlFile, Certificate, Alpn, NamedCurve, DhFile, Library };
struct SettingFault {
  Setting setting = Setting::Library;
  std::string reason;   // OpenSSL's
  std::string value{};  // what was refused, as it was said
};

/// Texts are OpenSSL's lists; empty: the library's.
struct Agreement {
  std::string ciphers{};       // up to TLS 1.2
  std::string ciphersuites{};  // TLS 1.3
  std::string curves{};
  std::string signatures{}, client_signatures{};
  Version min_version = Version::Tls12, max_version = Version::Tls13;
  std::vector<Version> disabled{};  // between the two
};

tl::expected<void, SettingFault> agree(ssl_ctx_st* context, const Agreement& agreement);
/// For a session whose context was changed on the way: versions and groups do not come with it.
void agree_late(ssl_st* session, const Agreement& agreement);
/// Whose signatures on peers' certificates count, and which certificates do not count any more (empty: no such list).
/// "@system-ca": what the system trusts. Without `find` names are files to read.
tl::expected<void, SettingFault> trust_authorities(ssl_ctx_st* context, const std::string& ca_file, const std::string& crl_file,
                                                   const FindAuthorities& find = {});

/// Why a file holds no certificates and lists of revoked ones that could be read; empty: it does.
std::string fault_of_authorities(const std::string& path);
/// Whether a file has Diffie-Hellman parameters.
bool has_dh_parameters(const std::string& path);

/// The fault of a setting with OpenSSL's reason, whose queue is emptied.
tl::unexpected<SettingFault> setting_fault(Setting setting, std::string value = {});

}  // namespace lib::tls

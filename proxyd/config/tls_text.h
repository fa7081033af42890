// What "bind" and "server" lines say of TLS in the same words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/tls/certificate.h"

namespace lib::tls {
enum class Version : std::uint16_t;
struct SettingFault;
}

namespace proxyd::config {

/// Versions that a line names, in their order; SSLv3 is known and never spoken.
enum class TlsVersion : std::uint8_t { Ssl3, Tls10, Tls11, Tls12, Tls13 };

/// "ssl-min-ver", "ssl-max-ver", "no-tlsv12", "force-tlsv13" and their kin.
struct TlsVersions {
  TlsVersion min_version = TlsVersion::Tls12, max_version = TlsVersion::Tls13;
  bool has_min = false, has_max = false;
  std::vector<TlsVersion> disabled{};

  bool allows(TlsVersion version) const;
  /// What is wrong, or an empty text.
  std::string limit(std::string_view option, std::string_view value);
  void exclude(std::string_view option);   // "no-tlsv12"
  void restrict_to(std::string_view option);  // "force-tlsv12"
  /// One of global's defaults ("ssl-min-ver TLSv1.2", "no-tlsv13"), for what the line itself does not say. False: it is about
  /// something else.
  bool take_default(std::string_view option);
  /// As OpenSSL counts them; `holes`: what is left out between the two. False: none is left.
  bool settle(lib::tls::Version& lowest, lib::tls::Version& highest, std::vector<lib::tls::Version>& holes) const;
};
/// "TLSv1.2"
std::string_view name_of(TlsVersion version);

/// Beside a base directory, unless the name stands for itself.
std::string path_in(const std::string& base, std::string_view name);

}  // namespace proxyd::config

// TLS towards clients: what one listener presents and accepts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/tls/certificate.h"
#include "lib/tls/server_settings.h"
#include "lib/tls/server_table.h"

namespace lib::tls {

/// What a listener's certificate is presented with. Made once for all lines that say the same.
struct SettingsGroup;

/// One line's certificate with what it allows, where that is not what its listener does.
struct CertificateLine {
  std::shared_ptr<const Certificate> certificate;
  std::vector<std::string> filters{};  // see PresentedCertificate
  bool is_default = false;
  std::shared_ptr<const ServerSettings> settings{};  // null: the listener's
};

/// One listener's settings, ticket keys and sessions, and the table of its certificates, which can be changed while clients
/// shake hands.
class ServerContext {
 public:
  /// Without certificates every handshake fails, which "strict-sni" allows. `find` is asked for the authorities that settings
  /// name, now and for each table; without it they are files.
  static tl::expected<std::shared_ptr<const ServerContext>, SettingFault> make(const ServerSettings& settings,
                                                                               const std::vector<CertificateLine>& lines,
                                                                               FindAuthorities find = {});
  /// The same for certificates that are all presented as the listener says; the first is the default.
  static tl::expected<std::shared_ptr<const ServerContext>, SettingFault> make(
      const ServerSettings& settings, const std::vector<std::shared_ptr<const Certificate>>& certificates);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  enum class Trust : std::uint8_t { AsBefore, Renewed };
  /// The table for these lines, which use() puts in place. Renewed: what its settings call authorities has changed.
  tl::expected<std::shared_ptr<const ServerTable>, SettingFault> make_table(const std::vector<CertificateLine>& lines,
                                                                            Trust trust = Trust::AsBefore) const;
  /// Handshakes that have chosen go on with what they chose.
  void use(std::shared_ptr<const ServerTable> table) const;
  std::shared_ptr<const ServerTable> table() const;
  const ServerSettings& settings() const;

  /// The certificate for a name (lower case; empty: none was sent) and a client that can (or not) verify ECDSA. Null: the
  /// name is nobody's and only names count.
  const Certificate* choose(std::string_view name, bool knows_ecdsa) const;

  struct Internals;
  const Internals& internals() const { return *internals_; }

 private:
  ServerContext();
  void note_early(const ServerTable& table) const;
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::tls

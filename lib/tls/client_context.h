// TLS towards servers: what we show, accept and verify.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/tls/agreement.h"
#include "lib/tls/authorities.h"
#include "lib/tls/certificate.h"

namespace lib::tls {

/// What a client shows and knows. All may be empty.
struct ClientSettings {
  std::string ca_file;           // loaded, for servers that want the chain of our certificate
  std::string certificate_file;  // PEM, ours
  std::string key_file;          // PEM
  std::string key_password;
  bool operator==(const ClientSettings&) const = default;
};

/// What a proxy's connections to a server are like.
struct BackSettings {
  Agreement agreement{};
  bool verifies = false;         // the server's certificate, by the authorities
  std::string ca_file{}, crl_file{};
  std::shared_ptr<const Certificate> certificate{};  // ours, for servers that ask; null: none
  std::vector<std::string> alpn{};
  bool no_tickets = false;
};

/// What is asked of one server.
struct ServerWish {
  std::string name{};           // sent; empty: none
  std::string verified_name{};  // that its certificate must be good for, where it is verified; empty: any
  std::string alpn{};           // in place of the context's, as the extension has it; empty: the context's
};

/// Settings ready for use by any number of sessions, of all threads.
class ClientContext {
 public:
  /// Servers' certificates are not verified: a health check asks whether a service answers, and keepalived's never did.
  /// Errors name the file and OpenSSL's reason.
  static base::Result<std::shared_ptr<const ClientContext>> make(const ClientSettings& settings);
  /// `find` is asked for the authorities that settings name; without it they are files.
  static tl::expected<std::shared_ptr<const ClientContext>, SettingFault> make(const BackSettings& settings, const FindAuthorities& find = {});
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  /// Connections that are opened from now on are as the other context says. Those that are open go on, and no session from
  /// before is resumed.
  void change_to(const ClientContext& other) const;

  struct Internals;
  Internals& internals() const { return *internals_; }

 private:
  explicit ClientContext(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::tls

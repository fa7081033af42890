// TLS towards servers: a context from the configuration, and sessions on non-blocking sockets. The caller waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lib/base/result.h"

namespace lib::tls {

/// What a client shows and knows. All may be empty.
struct ClientSettings {
  std::string ca_file;           // loaded, for servers that want the chain of our certificate
  std::string certificate_file;  // PEM, ours
  std::string key_file;          // PEM
  std::string key_password;
  bool operator==(const ClientSettings&) const = default;
};

/// Settings ready for use by any number of sessions. Servers' certificates are not verified: a health check asks whether
/// a service answers, and keepalived's never did.
class ClientContext {
 public:
  /// Errors name the file and OpenSSL's reason.
  static base::Result<std::shared_ptr<const ClientContext>> make(const ClientSettings& settings);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

 private:
  friend class ClientSession;
  struct Internals;
  explicit ClientContext(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

/// How an operation on a session ended. WantsRead, WantsWrite: wait for the socket, then call the same again.
enum class Progress : std::uint8_t {
  Done,
  WantsRead,
  WantsWrite,
  Closed,     // the peer ended the session (close_notify)
  CutOff,     // the connection ended without close_notify
  Failed,     // error() says why
};

class ClientSession {
 public:
  /// On a connected socket that the caller owns and keeps. `sni`: sent in the handshake unless empty. Also keeps the
  /// context alive.
  ClientSession(std::shared_ptr<const ClientContext> context, int socket, const std::string& sni);
  ~ClientSession();
  ClientSession(ClientSession&&) noexcept;
  ClientSession& operator=(ClientSession&&) noexcept;

  struct Transfer {
    Progress progress{};
    std::size_t count = 0;  // bytes moved when Done
  };
  Progress handshake();
  Transfer read(std::span<char> into);
  Transfer write(std::span<const char> bytes);
  /// Says goodbye, if the socket takes it at once.
  void close();
  /// Why the last operation Failed: OpenSSL's reason ("wrong version number"), or the system's.
  const std::string& error() const { return error_; }

 private:
  struct Internals;
  Progress judge(int outcome);
  std::unique_ptr<Internals> internals_;
  std::string error_;
};

}  // namespace lib::tls

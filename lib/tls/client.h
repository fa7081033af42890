// TLS towards servers for health checks: sessions on non-blocking sockets. The caller waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lib/tls/client_context.h"

namespace lib::tls {

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
  /// On a connected socket that the caller owns and keeps. Also keeps the context alive.
  ClientSession(std::shared_ptr<const ClientContext> context, int socket, const ServerWish& wish);
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
  /// The handshake failed for a certificate that is good for others than whom we wished.
  bool is_other_name() const;
  /// What ALPN chose; empty: nothing.
  std::string_view protocol() const;
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

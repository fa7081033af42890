// A client's TLS over its connection.
#pragma once

#include "lib/tls/layer.h"
#include "lib/tls/server_context.h"

namespace lib::tls {

struct HandshakeState;

class ServerLayer final : public SecureLayer {
 public:
  /// `early`: what of the client's words was read already. Null when memory is short.
  static std::unique_ptr<ServerLayer> make(std::shared_ptr<const ServerContext> context, event::Channel& channel,
                                           std::string early);
  ~ServerLayer() override;
  /// Whether the client showed a certificate, now or when the session that is resumed began.
  bool has_client_certificate() const;

 private:
  ServerLayer(std::shared_ptr<const ServerContext> context, event::Channel& channel);
  std::unique_ptr<HandshakeState> state_;  // OpenSSL's callbacks use it during the handshake only
};

}  // namespace lib::tls

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
  /// Done also when the client's first words came before the end of the handshake, where they may (RFC 8446 section 2.3):
  /// see is_early().
  Handshake shake_hands() override;
  /// Goes on to the end of the handshake; what the client says before it is kept for receive().
  Handshake finish();
  /// Whether the conversation has begun while the handshake is not over: what the client says could be a repetition of what it,
  /// or somebody who listened, has said before.
  bool is_early() const;
  /// Whether the client showed a certificate, now or when the session that is resumed began.
  bool has_client_certificate() const;

  // event::Layer
  ssize_t receive(char* room, std::size_t size) override;
  ssize_t peek() override;
  bool end_sending() override;

 private:
  int put(std::string_view bytes, std::size_t& sent) override;
  Handshake read_early(bool all);
  ssize_t receive_early(char* room, std::size_t size);
  void stand();
  ServerLayer(std::shared_ptr<const ServerContext> context, event::Channel& channel);
  std::unique_ptr<HandshakeState> state_;  // OpenSSL's callbacks use it during the handshake only
};

}  // namespace lib::tls

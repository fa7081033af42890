// TLS's handshake with a server, as a step of reaching it.
#pragma once

#include <memory>
#include <string>

#include "lib/tls/client_layer.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

class ServerShake {
 public:
  /// On the stream's new connection, where its server speaks TLS. False: memory is short.
  bool begin(Stream& stream, std::string server_name);
  /// It has begun and is not over.
  bool is_open() const { return layer_ != nullptr; }
  /// Done: the connection speaks TLS now. Blocked: until `events`. Failed: see below.
  SendState go_on(Stream& stream, unsigned& events);
  /// The attempt has come to nothing: what is known of it stays for the log.
  void give_up(Stream& stream) {
    if (layer_ != nullptr) stream.tried_tls = std::move(layer_);
  }
  bool has_failed() const { return has_failed_; }
  /// The connection stands: bytes of the handshake went out on it. Why it ends then is TLS's matter: an alert may wait before the reset.
  bool has_spoken() const;
  /// Its certificate is good for others than the name that was sent.
  bool is_misnamed() const { return is_misnamed_; }

 private:
  void fail(Stream& stream);
  bool may_speak_early(const Stream& stream) const;
  SendState speak_early(Stream& stream);
  std::unique_ptr<lib::tls::ClientLayer> layer_;
  bool is_early_ = false;  // the opening goes out first, as much of it as the server takes
  bool has_failed_ = false, is_misnamed_ = false;
};

}  // namespace proxyd::session

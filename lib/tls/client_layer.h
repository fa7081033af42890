// Our TLS over a connection to a server, and the session that the next connection resumes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/tls/client_context.h"
#include "lib/tls/layer.h"

struct ssl_session_st;

namespace lib::tls {

struct NameCheck;

/// The last session with one server, of one thread. It is resumed under the name and with the context that it was made with
/// only: what was verified then is not verified again.
class KeptSession {
 public:
  KeptSession() = default;
  ~KeptSession();
  KeptSession(KeptSession&&) noexcept;
  KeptSession& operator=(KeptSession&&) noexcept;
  /// Takes over the session. `generation`: of the context, which changes.
  void keep(ssl_session_st* session, std::string_view server_name, std::uint64_t generation);
  void forget();
  /// Null: there is none for that name.
  ssl_session_st* find(std::string_view server_name, std::uint64_t generation) const;

 private:
  ssl_session_st* session_ = nullptr;
  std::string server_name_;
  std::uint64_t generation_ = 0;
};

class ClientLayer final : public SecureLayer {
 public:
  /// `kept` outlives the layer; null: nothing is resumed or kept. Null when memory is short.
  static std::unique_ptr<ClientLayer> make(const ClientContext& context, event::Channel& channel, const ServerWish& wish,
                                           KeptSession* kept);
  ~ClientLayer() override;

  /// The certificate is good for other names only.
  bool is_other_name() const;
  /// The handshake failed: its session must not be tried again.
  void forget_session();

  /// How many bytes may be sent before the handshake: the server has said so when the session that is resumed began.
  std::size_t early_room() const { return early_room_; }
  /// send() is for early data from now on, before the handshake (RFC 8446 section 2.3), until that has begun.
  void speak_early();
  /// After the handshake: whether the server took what was sent early. Else it has to be sent again.
  bool took_early() const;

  // event::Layer
  ssize_t send(std::span<const iovec> pieces, bool more_follows) override;
  Handshake shake_hands() override;

  /// For contexts: OpenSSL tells of a session that may be resumed.
  static int on_new_session(ssl_st* ssl, ssl_session_st* session) noexcept;

 private:
  ClientLayer(event::Channel& channel, std::string server_name, std::uint64_t generation, KeptSession* kept);
  int put(std::string_view bytes, std::size_t& sent) override;
  std::string server_name_;
  std::uint64_t generation_;
  KeptSession* kept_;
  std::uint32_t early_room_ = 0;
  bool is_early_ = false;
  std::unique_ptr<NameCheck> check_;
};

/// Names with their lengths in front, as the extension wants them (RFC 7301 section 3.1).
std::string alpn_list(const std::vector<std::string>& names);

}  // namespace lib::tls

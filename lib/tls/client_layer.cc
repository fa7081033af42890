#include "lib/tls/client_layer.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lib/tls/client_internals.h"

namespace lib::tls {

KeptSession::~KeptSession() { forget(); }

KeptSession::KeptSession(KeptSession&& other) noexcept
    : session_{std::exchange(other.session_, nullptr)}, server_name_{std::move(other.server_name_)}, generation_{other.generation_} {}

KeptSession& KeptSession::operator=(KeptSession&& other) noexcept {
  std::swap(session_, other.session_);
  std::swap(server_name_, other.server_name_);
  std::swap(generation_, other.generation_);
  return *this;
}

void KeptSession::keep(ssl_session_st* session, std::string_view server_name, std::uint64_t generation) {
  forget();
  session_ = session;
  server_name_ = server_name;
  generation_ = generation;
}

void KeptSession::forget() { SSL_SESSION_free(std::exchange(session_, nullptr)); }

ssl_session_st* KeptSession::find(std::string_view server_name, std::uint64_t generation) const {
  if (session_ == nullptr || server_name_ != server_name || generation_ != generation) return nullptr;
  return SSL_SESSION_is_resumable(session_) == 1 ? session_ : nullptr;
}

ClientLayer::ClientLayer(event::Channel& channel, std::string server_name, std::uint64_t generation, KeptSession* kept)
    : SecureLayer{channel}, server_name_{std::move(server_name)}, generation_{generation}, kept_{kept}, check_{std::make_unique<NameCheck>()} {}

ClientLayer::~ClientLayer() = default;

std::unique_ptr<ClientLayer> ClientLayer::make(const ClientContext& context, event::Channel& channel, const ServerWish& wish,
                                               KeptSession* kept) {
  const ClientContext::Internals::Current shared = context.internals().share();
  std::unique_ptr<ClientLayer> made{new ClientLayer{channel, wish.name, shared.generation, kept}};  // its constructor is private
  if (!made->open(shared.context.get(), {})) return nullptr;
  SSL* const ssl = made->native();
  SSL_set_app_data(ssl, made.get());
  if (!prepare_session(ssl, wish, *made->check_)) return nullptr;
  SSL_SESSION* const session = kept == nullptr ? nullptr : kept->find(wish.name, shared.generation);
  if (session != nullptr && SSL_set_session(ssl, session) == 1)  // else a whole handshake
    made->early_room_ = SSL_SESSION_get_max_early_data(session);
  return made;
}

bool ClientLayer::is_other_name() const { return check_->has_failed; }

void ClientLayer::speak_early() { is_early_ = early_room_ != 0; }

bool ClientLayer::took_early() const { return SSL_get_early_data_status(native()) == SSL_EARLY_DATA_ACCEPTED; }

int ClientLayer::put(std::string_view bytes, std::size_t& sent) {
  if (!is_early_) return SecureLayer::put(bytes, sent);
  const int outcome = SSL_write_early_data(native(), bytes.data(), bytes.size(), &sent);
  if (outcome == 1) early_room_ -= static_cast<std::uint32_t>(sent);
  return outcome;
}

/// More than the server takes would end the handshake.
ssize_t ClientLayer::send(std::span<const iovec> pieces, bool more_follows) {
  if (!is_early_) return SecureLayer::send(pieces, more_follows);
  for (const iovec& piece : pieces) {
    if (piece.iov_len == 0) continue;
    const iovec first{.iov_base = piece.iov_base, .iov_len = std::min<std::size_t>(piece.iov_len, early_room_)};
    if (first.iov_len != 0) return SecureLayer::send({&first, 1}, more_follows);
    break;
  }
  errno = EAGAIN;
  return -1;
}

Handshake ClientLayer::shake_hands() {
  is_early_ = false;
  return SecureLayer::shake_hands();
}

void ClientLayer::forget_session() {
  if (kept_ != nullptr) kept_->forget();
}

int ClientLayer::on_new_session(ssl_st* ssl, ssl_session_st* session) noexcept {
  const auto* const layer = static_cast<const ClientLayer*>(SSL_get_app_data(ssl));
  if (layer == nullptr || layer->kept_ == nullptr) return 0;
  layer->kept_->keep(session, layer->server_name_, layer->generation_);
  return 1;  // it is ours now
}

}  // namespace lib::tls

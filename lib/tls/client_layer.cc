#include "lib/tls/client_layer.h"

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
  if (session != nullptr) (void)SSL_set_session(ssl, session);  // else a whole handshake
  return made;
}

bool ClientLayer::is_other_name() const { return check_->has_failed; }

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

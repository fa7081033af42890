#include "lib/tls/server_layer.h"

#include <utility>

#include "lib/tls/server_internals.h"

namespace lib::tls {

ServerLayer::ServerLayer(std::shared_ptr<const ServerContext> context, event::Channel& channel)
    : SecureLayer{channel}, state_{std::make_unique<HandshakeState>()} {
  state_->context = std::move(context);
}

ServerLayer::~ServerLayer() = default;

std::unique_ptr<ServerLayer> ServerLayer::make(std::shared_ptr<const ServerContext> context, event::Channel& channel,
                                               std::string early) {
  SSL_CTX* const initial = context->internals().initial.get();
  std::unique_ptr<ServerLayer> made{new ServerLayer{std::move(context), channel}};  // its constructor is private
  if (!made->open(initial, std::move(early))) return nullptr;
  SSL_set_app_data(made->native(), made->state_.get());
  SSL_set_accept_state(made->native());
  return made;
}

bool ServerLayer::has_client_certificate() const { return SSL_get0_peer_certificate(native()) != nullptr; }

}  // namespace lib::tls

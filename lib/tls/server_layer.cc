#include "lib/tls/server_layer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "lib/tls/server_internals.h"

namespace lib::tls {

ServerLayer::ServerLayer(std::shared_ptr<const ServerContext> context, event::Channel& channel)
    : SecureLayer{channel}, state_{std::make_unique<HandshakeState>()} {
  if (context->internals().takes_early.load(std::memory_order_relaxed)) state_->early = std::make_unique<EarlyData>();
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

bool ServerLayer::is_early() const { return state_->early != nullptr && is_established() && SSL_is_init_finished(native()) == 0; }

/// What lies here is not told of by the kernel.
void ServerLayer::stand() {
  const bool has_words = state_->early != nullptr && !state_->early->words.empty();
  channel().set_standing(has_words || SSL_has_pending(native()) != 0 ? event::kRead : 0);
}

/// `all`: up to the end of the handshake; else up to the client's first words.
Handshake ServerLayer::read_early(bool all) {
  EarlyData& early = *state_->early;
  while (early.is_reading) {
    std::array<char, 4096> room;
    std::size_t got = 0;
    begin_call();
    switch (SSL_read_early_data(native(), room.data(), room.size(), &got)) {
      case SSL_READ_EARLY_DATA_SUCCESS:
        early.words.append(room.data(), got);
        establish();
        stand();
        if (!all) return Handshake::Done;
        break;
      case SSL_READ_EARLY_DATA_FINISH: early.is_reading = false; break;
      default: return judge(0);
    }
  }
  const Handshake result = SecureLayer::shake_hands();
  if (result != Handshake::Done) return result;
  if (early.words.empty()) state_->early.reset();
  stand();
  return result;
}

Handshake ServerLayer::shake_hands() { return state_->early == nullptr ? SecureLayer::shake_hands() : read_early(false); }

Handshake ServerLayer::finish() { return state_->early == nullptr ? SecureLayer::shake_hands() : read_early(true); }

ssize_t ServerLayer::receive_early(char* room, std::size_t size) {
  EarlyData& early = *state_->early;
  if (!early.words.empty()) {
    const std::size_t taken = std::min(size, early.words.size());
    std::memcpy(room, early.words.data(), taken);
    early.words.erase(0, taken);
    stand();
    return static_cast<ssize_t>(taken);
  }
  if (early.is_reading) {
    std::size_t got = 0;
    begin_call();
    const int outcome = SSL_read_early_data(native(), room, size, &got);
    stand();
    if (outcome == SSL_READ_EARLY_DATA_SUCCESS) return static_cast<ssize_t>(got);
    if (outcome != SSL_READ_EARLY_DATA_FINISH) return fail(0);
    early.is_reading = false;
  }
  const ssize_t got = SecureLayer::receive(room, size);  // ends the handshake on its way
  if (SSL_is_init_finished(native()) == 1) state_->early.reset();
  return got;
}

ssize_t ServerLayer::receive(char* room, std::size_t size) {
  return state_->early == nullptr ? SecureLayer::receive(room, size) : receive_early(room, size);
}

ssize_t ServerLayer::peek() {
  if (state_->early == nullptr) return SecureLayer::peek();
  std::string& words = state_->early->words;
  if (words.empty() && state_->early->is_reading) {
    std::array<char, 4096> room;
    const ssize_t got = receive_early(room.data(), room.size());
    if (got <= 0) return got;
    // Either early words, or the first of those behind the handshake: they are given out in the same order.
    if (state_->early == nullptr) state_->early = std::make_unique<EarlyData>(EarlyData{.is_reading = false, .words = {}});
    state_->early->words.assign(room.data(), static_cast<std::size_t>(got));
    stand();
  }
  return state_->early == nullptr || state_->early->words.empty() ? SecureLayer::peek() : 1;
}

bool ServerLayer::end_sending() {
  if (is_early()) (void)finish();  // a goodbye can only be said behind the handshake
  return SecureLayer::end_sending();
}

int ServerLayer::put(std::string_view bytes, std::size_t& sent) {
  return is_early() ? SSL_write_early_data(native(), bytes.data(), bytes.size(), &sent) : SecureLayer::put(bytes, sent);
}

}  // namespace lib::tls

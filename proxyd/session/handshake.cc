#include "proxyd/session/handshake.h"

#include "lib/tls/notes.h"
#include "lib/tls/server_layer.h"
#include "proxyd/config/bind_tls.h"

namespace proxyd::session {
namespace {

using lib::event::Task;
using lib::event::Wake;
using lib::tls::Handshake;
using lib::tls::ServerLayer;

/// What of the client's words was read behind a PROXY header.
std::string take_early(Front& front) {
  if (!front.input) return {};
  std::string early{front.input->head(), front.input->size()};
  front.input.reset();
  return early;
}

/// Why it failed. A certificate is to blame where verifying it ended the handshake.
FrontError error_of(const ServerLayer& layer) {
  if (layer.notes().authority_fault != 0) return FrontError::AuthorityRefused;
  return layer.notes().certificate_fault != 0 ? FrontError::CertificateRefused : FrontError::TlsFailed;
}

using Step = Handshake (ServerLayer::*)();

/// What went wrong; None: nothing, or the session was killed.
Task<FrontError> shake(Front& front, ServerLayer& layer, Step step, bool& done) {
  const Instant deadline = lib::base::deadline_after(front.now(), front.conf().timeouts.handshake_or_client());
  while (true) {
    const Handshake state = (layer.*step)();
    done = state == Handshake::Done;
    if (done) co_return FrontError::None;
    if (state == Handshake::Closed) co_return FrontError::TlsClosed;
    if (state == Handshake::Failed) co_return error_of(layer);
    const unsigned events = state == Handshake::WantsRead ? lib::event::kRead : lib::event::kWrite;
    const Wake wake = co_await front.waiter.ready(front.descriptor, events, deadline);
    if (wake.timed_out()) co_return FrontError::TlsTimeout;
    if (wake.notified && front.info.take_kill()) co_return FrontError::None;
  }
}

}  // namespace

Task<bool> shake_hands(Front& front) {
  std::unique_ptr<ServerLayer> layer = ServerLayer::make(front.listener->conf->tls->context, front.descriptor, take_early(front));
  if (layer == nullptr) co_return false;
  bool done = false;
  front.tls = layer.get();
  // Relays forward what cannot be told from a repetition by anybody behind us: they wait.
  const Step step = front.conf().mode == config::Mode::Http ? &ServerLayer::shake_hands : &ServerLayer::finish;
  const FrontError error = co_await shake(front, *layer, step, done);
  if (error != FrontError::None) log_connection_error(front, error, true);
  if (!done) {
    front.tls = nullptr;
    co_return false;
  }
  front.descriptor.put_layer(std::move(layer));
  front.ready = front.idle_since = front.now();
  co_return true;
}

Task<FrontError> finish_handshake(Front& front) {
  if (front.tls == nullptr || !front.tls->is_early()) co_return FrontError::None;
  bool done = false;
  co_return co_await shake(front, *front.tls, &ServerLayer::finish, done);
}

}  // namespace proxyd::session

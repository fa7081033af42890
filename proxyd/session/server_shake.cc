#include "proxyd/session/server_shake.h"

#include "lib/tls/connection_facts.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/session/back_plan.h"

namespace proxyd::session {

using lib::tls::ClientLayer;
using lib::tls::Handshake;
using servers::Count;

bool ServerShake::begin(Stream& stream, std::string server_name) {
  stream.tried_tls.reset();
  stream.tls_failed = stream.spoke_early = false;
  if (!stream.server->speaks_tls()) return true;
  const config::ServerTls& tls = *stream.server->conf.tls;
  lib::tls::ServerWish wish;
  wish.verified_name = server_name.empty() ? tls.verify_host : server_name;  // the name sent counts before "verifyhost"
  wish.name = std::move(server_name);
  const config::ServerProtocol other = websocket_protocol(stream);
  if (other != config::ServerProtocol::Any && !tls.settings.alpn.empty())
    wish.alpn = lib::tls::alpn_list({other == config::ServerProtocol::Http1 ? "http/1.1" : "h2"});
  lib::tls::KeptSession* const kept = tls.resumes ? &stream.front.worker.kept_sessions[stream.server->number] : nullptr;
  layer_ = ClientLayer::make(*tls.context, stream.back->descriptor, wish, kept);
  is_early_ = layer_ != nullptr && tls.sends_early && may_speak_early(stream);
  return layer_ != nullptr;
}

/// What may be a repetition may be one behind us, too; other requests only where they are asked again if the server does not
/// like it. The text of HTTP/1 alone: what is agreed on is known later.
bool ServerShake::may_speak_early(const Stream& stream) const {
  const config::ServerTls& tls = *stream.server->conf.tls;
  const bool may_be_http2 = !tls.settings.alpn.empty() || stream.server->conf.protocol == config::ServerProtocol::Http2;
  const bool is_wanted = stream.told_early || stream.back_conf().retry_on.early_rejected;
  return is_wanted && !may_be_http2 && stream.has_opening() && stream.retries == 0 && layer_->early_room() != 0;
}

/// Done: as much is out as may be before the handshake.
SendState ServerShake::speak_early(Stream& stream) {
  lib::event::Channel& channel = stream.back->descriptor;
  ClientLayer& layer = *layer_;
  layer.speak_early();
  channel.put_layer(std::move(layer_));
  const SendState spoken = stream.send_opening();
  layer_.reset(static_cast<ClientLayer*>(channel.take_layer().release()));  // that very one
  stream.spoke_early = stream.spoke_early || has_spoken();
  return spoken == SendState::Blocked && layer.early_room() == 0 ? SendState::Done : spoken;
}

SendState ServerShake::go_on(Stream& stream, unsigned& events) {
  if (is_early_) {
    const SendState spoken = speak_early(stream);
    if (spoken == SendState::Blocked) {
      events = lib::event::kWrite;
      return SendState::Blocked;
    }
    is_early_ = false;
  }
  const Handshake state = layer_->shake_hands();
  switch (state) {
    case Handshake::WantsRead: events = lib::event::kRead; return SendState::Blocked;
    case Handshake::WantsWrite: events = lib::event::kWrite; return SendState::Blocked;
    case Handshake::Done:
      if (stream.spoke_early && !layer_->took_early()) stream.rewind_opening();
      stream.server_cell()[layer_->is_resumed() ? Count::TlsResumed : Count::TlsSessions].add();
      stream.back_cell()[layer_->is_resumed() ? Count::TlsResumed : Count::TlsSessions].add();
      stream.back->tls = layer_.get();
      stream.back->descriptor.put_layer(std::move(layer_));
      return SendState::Done;
    case Handshake::Closed:
      if (has_spoken()) fail(stream);
      return SendState::Failed;
    case Handshake::Failed: fail(stream); return SendState::Failed;
  }
  return SendState::Failed;
}

bool ServerShake::has_spoken() const { return layer_ != nullptr && lib::tls::has_spoken(*layer_->native()); }

void ServerShake::fail(Stream& stream) {
  has_failed_ = true;
  is_misnamed_ = layer_->is_other_name() && !layer_->server_name().empty();
  layer_->forget_session();
  stream.server_cell()[Count::TlsFailed].add();
  stream.back_cell()[Count::TlsFailed].add();
  give_up(stream);
  stream.tls_failed = true;
}

}  // namespace proxyd::session

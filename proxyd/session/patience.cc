#include "proxyd/session/patience.h"

namespace proxyd::session {
namespace {

Duration limit(Flow flow, Duration usual, Duration tunnel, Duration closing) {
  if (flow == Flow::HalfClosed && closing.count() > 0) return closing;
  return flow != Flow::Message && tunnel.count() > 0 ? tunnel : usual;
}

}  // namespace

Patience patience_for(const Stream& stream, const Needs& needs, Flow flow, const Heard& heard) {
  const config::Timeouts& front = stream.front.conf().timeouts;
  const config::Timeouts& back = stream.back_conf().timeouts;
  using rules::Handling;
  const Duration tunnel = stream.timeout_or(&Handling::tunnel_us, back.tunnel.count() > 0 ? back.tunnel : front.tunnel);
  const Duration usual_front = stream.timeout_or(&Handling::client_us, front.client);
  const Duration usual_back = stream.timeout_or(&Handling::server_us, back.server);
  Instant client = lib::base::kNever, server = lib::base::kNever;
  if (needs.front != 0) client = lib::base::deadline_after(heard.front, limit(flow, usual_front, tunnel, front.client_fin));
  if (needs.back != 0) server = lib::base::deadline_after(heard.back, limit(flow, usual_back, tunnel, back.server_fin));
  if (needs.pause < client && needs.pause < server) return {needs.pause, Late::None};
  return client <= server ? Patience{client, Late::Client} : Patience{server, Late::Server};
}

Patience patience_for(const Stream& stream, const Needs& needs, Flow flow) {
  return patience_for(stream, needs, flow, Heard{.front = stream.now(), .back = stream.now()});
}

}  // namespace proxyd::session

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
  const Duration tunnel = back.tunnel.count() > 0 ? back.tunnel : front.tunnel;
  Instant client = lib::base::kNever, server = lib::base::kNever;
  if (needs.front != 0) client = lib::base::deadline_after(heard.front, limit(flow, front.client, tunnel, front.client_fin));
  if (needs.back != 0) server = lib::base::deadline_after(heard.back, limit(flow, back.server, tunnel, back.server_fin));
  return client <= server ? Patience{client, Late::Client} : Patience{server, Late::Server};
}

Patience patience_for(const Stream& stream, const Needs& needs, Flow flow) {
  return patience_for(stream, needs, flow, Heard{.front = stream.now(), .back = stream.now()});
}

}  // namespace proxyd::session

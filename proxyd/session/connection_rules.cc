#include "proxyd/session/connection_rules.h"

#include "lib/net/socket.h"
#include "proxyd/session/foreword.h"
#include "proxyd/session/handshake.h"
#include "proxyd/session/tcp_stream.h"

namespace proxyd::session {
namespace {

using rules::Flow;
using samples::Place;
using servers::Count;

/// What stands for a stream while there is none. False: refused.
bool run_early_rules(Front& front, const rules::RuleList& list, Place place, Count denied) {
  TcpStream stream{front};
  samples::Context context{stream, *front.worker.scratch, place};
  const Flow flow = rules::run_rules(list, 0, stream, context).flow;
  if (flow == Flow::Next || flow == Flow::Allow || flow == Flow::Missing) return true;
  if (flow == Flow::Drop) {
    denied = Count::DeniedReq;  // as haproxy counts it
    front.vanish(stream.reset_ttl);
  } else if (place == Place::FrontConnection) {
    lib::net::set_reset_on_close(front.descriptor.fd());
  }
  front.counters()[denied].add();
  if (front.listener->counters) front.listener->counters->of(front.worker.index)[denied].add();
  return false;
}

}  // namespace

lib::event::Task<bool> admit(Front& front) {
  const config::ProxyRules& rules = front.conf().rules;
  front.count_connection();
  if (!rules.tcp_connection.empty() &&
      !run_early_rules(front, rules.tcp_connection, Place::FrontConnection, Count::DeniedConn))
    co_return false;
  if (front.expects_foreword()) {
    const bool came = co_await receive_forewords(front);
    if (!came) co_return false;
  }
  if (front.expects_tls()) {
    const bool secured = co_await shake_hands(front);
    if (!secured) co_return false;
  }
  if (!rules.tcp_session.empty() && !run_early_rules(front, rules.tcp_session, Place::FrontSession, Count::DeniedSess)) {
    if (front.expects_tls()) log_connection_error(front, FrontError::None, true);  // the original's word: the handshake went well
    co_return false;
  }
  front.count_session();
  co_return true;
}

}  // namespace proxyd::session

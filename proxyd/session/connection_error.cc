// What is logged of a connection that did not become a session.
#include <cstring>

#include "lib/tls/server_layer.h"
#include "proxyd/formats/format.h"
#include "proxyd/session/tcp_stream.h"

namespace proxyd::session {
namespace {

bool shows_destination(const Front& front) {
  const auto& form = front.conf().error_log_format.form;
  return form != nullptr && form->shows_destination;
}

}  // namespace

void log_connection_error(Front& front, FrontError error, bool said_something) {
  front.error = error;
  const logs::ProxyLogger& logger = *front.frontend->logger;
  if (!logger.is_on() || (!said_something && front.conf().dontlog_null)) return;
  TcpStream stream{front};  // what stands for a stream while there is none
  samples::Context context{stream, *front.worker.scratch, samples::Place::Log};
  logs::LogRecord record;
  record.client = front.client();
  record.destination = logger.shows_destination() || shows_destination(front) ? front.destination() : lib::net::Address{};
  record.listener_id = front.listener->conf->id;
  record.accepted = front.accepted_wall;
  record.front_is_tls = front.expects_tls();
  if (front.tls != nullptr) {
    record.tls_version = front.tls->version();
    record.tls_cipher = front.tls->cipher();
  }
  record.process_connections = front.worker.process.counters.connections.value();
  record.frontend_connections = front.frontend->sessions.value();
  record.status = 0;
  record.bad_request = true;
  std::memcpy(record.termination, "PR", 2);  // the proxy ended it, before a request
  logger.write_connection_error(*front.worker.log, record, *front.listener->conf, words_of(error), &context);
}

}  // namespace proxyd::session

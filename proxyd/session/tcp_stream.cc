#include "proxyd/session/tcp_stream.h"

#include <sys/socket.h>

#include <cerrno>

#include "proxyd/session/persistence.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {

std::optional<std::string_view> TcpStream::balance_text(std::string&) {
  if (back_conf().algorithm != config::Algorithm::RdpCookie) return std::nullopt;
  (void)look_at_client();  // what is there already; an end shows again when the relay begins
  return balance::find_rdp_cookie({early->head(), early->size()}, back_conf().balance_key.name);
}

std::string_view TcpStream::buffer(bool of_response, bool& whole) const {
  const Buffer* const held = of_response ? answer.get() : early.get();
  whole = of_response ? answer_ended : heard_end;
  return held == nullptr ? std::string_view{} : std::string_view{held->data + held->begin, held->size()};
}

void TcpStream::find_persistence() {
  begin_persistence(*this);
  if (back_conf().persist_rdp_cookie.empty()) return;
  (void)look_at_client();
  take_rdp_cookie(*this, {early->head(), early->size()});
}

SendState TcpStream::send_opening() {
  if (back->descriptor.layer() != nullptr || ::send(back->descriptor.fd(), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) == 0) return SendState::Done;
  return errno == EAGAIN || errno == EINPROGRESS ? SendState::Blocked : SendState::Failed;
}

ClientState TcpStream::read_more(std::uint32_t limit) {
  if (!early) early = front.worker.buffers->normal.take();
  return read_early(front, *early, limit);
}

ClientState TcpStream::look_at_client() {
  if (!early) early = front.worker.buffers->normal.take();
  const ClientState state = read_early(front, *early, early->capacity);
  return state == ClientState::Closed && !back_conf().abort_on_close ? ClientState::Unknown : state;
}

/// False: the line is not worth it (so far).
bool TcpStream::write_log(const logs::LogRecord& record) {
  samples::Context context{*this, *front.worker.scratch, samples::Place::Log};
  return front.frontend->logger->write(*front.worker.log, record, &context);
}

void TcpStream::log_early() {
  if (!front.frontend->logger->logs_early() || handling.log_level == rules::Handling::kSilent) return;
  logs::LogRecord record;
  fill_record(record);
  record.status = 0;
  fill_early(record);
  record.data = 0;
  is_logged = write_log(record);
}

void TcpStream::finish() {
  const logs::ProxyLogger& logger = *front.frontend->logger;
  release_backend();
  if (early) bytes_from_client += early->size();  // what nobody was there to receive counts as well
  if (answer) bytes_to_client += answer->size();
  if (logger.logs_streams() && !is_logged && handling.log_level != rules::Handling::kSilent) {
    logs::LogRecord record;
    fill_record(record);
    record.status = 0;
    (void)write_log(record);  // dontlognull may keep it out
  }
  if (front.worker.process.tracing) trace_close(*this);
  count_end();
}

}  // namespace proxyd::session

#include "proxyd/explain/explain.h"

#include <fmt/format.h>

#include <cstring>

#include "proxyd/explain/walk.h"
#include "proxyd/session/tcp_stream.h"

namespace proxyd::explain {
namespace {

using lib::base::failure;
using session::Front;
using session::HttpStream;

bool listens_at(const listen::Frontend& frontend, const lib::net::Address& address) {
  for (const auto& listener : frontend.listeners) {
    const lib::net::Address& own = listener->conf->where.ip;
    if (listener->conf->where.kind != lib::net::Endpoint::Kind::Ip || own.port() != address.port()) continue;
    if (own.is_any() || own.same_host(address)) return true;
  }
  return false;
}

/// Whom the question is for: by name, by the address that the client went to, or the first that speaks HTTP.
listen::Frontend* find_frontend(session::Process& process, const Question& question) {
  for (const auto& each : process.site->frontends) {
    const bool meant = !question.frontend.empty()        ? each->conf.name == question.frontend
                       : question.destination.is_ip()    ? listens_at(*each, question.destination)
                                                         : each->conf.mode == config::Mode::Http;
    if (meant && !each->listeners.empty()) return each.get();
  }
  const bool any = question.frontend.empty() && !question.destination.is_ip() && !process.site->frontends.empty();
  return any && !process.site->frontends.front()->listeners.empty() ? process.site->frontends.front().get() : nullptr;
}

/// Gives the stream what the client sends.
lib::base::Status receive(HttpStream& stream, const Question& question) {
  const std::string head = question.head();
  session::BufferPtr buffer = stream.front.worker.buffers->normal.take();
  if (head.size() > stream.head_limit()) return failure("the request is longer than tune.bufsize allows");
  std::memcpy(buffer->data, head.data(), head.size());
  buffer->end = static_cast<std::uint32_t>(head.size());
  stream.front.input = std::move(buffer);
  if (stream.read_request() == session::HeadRead::Complete) return {};
  return failure(fmt::format("400 Bad Request: {}", lib::http::text(stream.request_state.fault())));
}

/// The same for the server's answer.
lib::base::Status receive_answer(HttpStream& stream, const Question& question) {
  const std::string head = question.response + "\r\nContent-Length: 0\r\n" + question.response_headers + "\r\n";
  stream.response_bytes = stream.front.worker.buffers->normal.take();
  if (head.size() > stream.response_bytes->capacity) return failure("the answer is longer than tune.bufsize allows");
  std::memcpy(stream.response_bytes->data, head.data(), head.size());
  stream.response_bytes->end = static_cast<std::uint32_t>(head.size());
  if (stream.parse_response() == lib::http::HeadStatus::Complete) return {};
  return failure(fmt::format("the assumed answer: {}", lib::http::text(stream.response_state.fault())));
}

lib::net::Address source_of(const Question& question) {
  if (question.source.is_ip()) return question.source;
  return lib::net::Address::ipv4(0x7f000001);
}

/// The first words of a relay's client.
lib::base::Status receive_words(session::TcpStream& stream, const Question& question) {
  stream.early = stream.front.worker.buffers->normal.take();
  if (question.body.size() > stream.early->capacity) return failure("the body is longer than tune.bufsize allows");
  std::memcpy(stream.early->data, question.body.data(), question.body.size());
  stream.early->end = static_cast<std::uint32_t>(question.body.size());
  stream.began = stream.head_done = stream.front.now();
  return {};
}

std::string introduction(const Front& front) {
  return fmt::format("from {} to {}\nfrontend {} ({})\n", front.client().text(), front.destination().text(),
                     front.conf().name, front.conf().place.text());
}

lib::base::Result<std::string> explain_request(Front& front, const Question& question) {
  HttpStream stream{front};
  stream.is_dry = true;
  if (auto done = receive(stream, question); !done) return tl::unexpected{done.error()};
  std::string out = fmt::format("request {} {} {}\n", stream.method(), stream.uri(), question.version) + introduction(front);
  Walk walk{stream, &stream, out};
  const bool is_sent = walk.pass_connection() && walk.pass_front() && walk.choose_backend() && walk.pass_back() &&
                       walk.prepare_request() && walk.choose_server();
  if (is_sent) {
    if (auto done = receive_answer(stream, question); !done) return tl::unexpected{done.error()};
    walk.pass_response();
  }
  walk.show_timers();
  walk.show_log_line();
  return out;
}

lib::base::Result<std::string> explain_relay(Front& front, const Question& question) {
  session::TcpStream stream{front};
  stream.is_dry = true;
  if (auto done = receive_words(stream, question); !done) return tl::unexpected{done.error()};
  std::string out = introduction(front);
  Walk walk{stream, nullptr, out};
  (void)(walk.pass_connection() && walk.pass_front() && walk.choose_backend() && walk.pass_back() && walk.prepare_request() &&
         walk.choose_server());
  walk.show_timers();
  walk.show_log_line();
  return out;
}

}  // namespace

lib::base::Result<std::string> explain(session::Worker& worker, const Question& question) {
  listen::Frontend* const frontend = find_frontend(worker.process, question);
  if (frontend == nullptr) return failure("no frontend listens there; --frontend NAME names one");
  listen::Listener* listener = frontend->listeners.front().get();
  for (const auto& each : frontend->listeners)
    if (question.destination.is_ip() && each->conf->where.ip.port() == question.destination.port()) listener = each.get();
  Front front{worker, *frontend, *listener, lib::base::UniqueFd{}, source_of(question)};
  front.is_dry = true;
  if (question.destination.is_ip() || listener->conf->where.kind == lib::net::Endpoint::Kind::Ip)
    front.set_destination(question.destination.is_ip() ? question.destination : listener->conf->where.ip);
  return frontend->conf.mode == config::Mode::Http ? explain_request(front, question) : explain_relay(front, question);
}

}  // namespace proxyd::explain

#include "proxyd/explain/walk.h"

#include <fmt/format.h>

#include "lib/http/status.h"
#include "proxyd/explain/words.h"
#include "proxyd/session/back_plan.h"
#include "proxyd/session/balance_key.h"
#include "proxyd/session/choose_backend.h"
#include "proxyd/session/header_names.h"
#include "proxyd/session/keepsakes.h"
#include "proxyd/session/monitoring.h"
#include "proxyd/session/tcp_stream.h"

namespace proxyd::explain {
namespace {

using rules::Flow;
using samples::Place;
using session::Side;
using session::Station;

constexpr std::size_t kPlaceWidth = 24, kTextWidth = 64;

}  // namespace

Walk::Walk(session::Stream& stream, session::HttpStream* http, std::string& out) : stream_{stream}, http_{http}, out_{out} {
  stream.observer = this;
}

Walk::~Walk() { stream_.observer = nullptr; }

// ---- what is told

void Walk::line(std::string_view place, std::string_view text, std::string_view result) {
  out_ += fmt::format("  {:<{}} {:<{}} {}\n", place, kPlaceWidth, text, kTextWidth, result);
}

void Walk::saw(const rules::Rule& rule, bool held, Flow flow, samples::Context& context) {
  const std::string_view result = held || flow != Flow::Next ? words_for(flow) : "no";
  line(rule.place, rule.text, fmt::format("{}{}", result, words_for(rule.condition.get(), context)));
}

void Walk::saw_choice(const rules::Choice& choice, std::string_view result, samples::Context& context) {
  line(choice.place, choice.text, fmt::format("{}{}", result, words_for(choice.condition, context)));
}

void Walk::show_answer(std::string_view raw, std::string_view why) {
  const session::LocalAnswer& answer = answer_.emplace(*http_, raw);
  out_ += why.empty() ? "answer\n" : fmt::format("answer ({})\n", why);
  out_ += indented_head(answer.bytes());
  if (answer.bytes().empty()) out_ += "    none: the connection ends\n";
}

bool Walk::answer(int status, std::string_view why) {
  if (http_ == nullptr) {
    out_ += fmt::format("answer\n    none: the connection ends ({})\n", why);
    return false;
  }
  show_answer(session::page_text(*http_, status), why);
  return false;
}

// ---- rules

bool Walk::run(const rules::RuleList& list, Place place) {
  const bool of_response = samples::sees_response(place);
  if (http_ != nullptr) session::prepare_for_rules(*http_, of_response);
  for (std::size_t from = 0; from < list.size();) {
    rules::End end;
    {
      samples::Context context{stream_, *stream_.front.worker.scratch, place};
      end = rules::run_rules(list, from, stream_, context);
    }
    if (end.flow == Flow::Next || end.flow == Flow::Allow) return true;
    if (end.flow == Flow::Wait || end.flow == Flow::Missing) {
      from = end.at + 1;
      continue;
    }
    if (http_ != nullptr) session::note_end(*http_, place, end.flow);
    else stream_.end_as('P', 'R');
    const int status = session::status_after(end.flow, of_response);
    if (end.flow == Flow::Close) return answer(status, "the server's connection is closed by then");
    if (end.flow == Flow::Failed) return answer(status, "a rule could not change the message");
    if (http_ == nullptr || end.flow == Flow::Reject || end.flow == Flow::Drop)
      out_ += "answer\n    none: the connection ends\n";
    else
      show_answer(session::answer_of(*http_, *list[end.at], place, status), {});
    return false;
  }
  return true;
}

bool Walk::pass_connection() {
  const config::ProxyRules& rules = stream_.front.conf().rules;
  const auto pass = [&](const rules::RuleList& list, Place place) {
    session::TcpStream early{stream_.front};  // there is no stream yet: what these rules note of one is lost with it
    early.is_dry = true;
    early.observer = this;
    samples::Context context{early, *stream_.front.worker.scratch, place};
    const Flow flow = rules::run_rules(list, 0, early, context).flow;
    if (flow == Flow::Next || flow == Flow::Allow || flow == Flow::Missing) return true;
    out_ += "answer\n    none: the connection ends\n";
    return false;
  };
  return pass(rules.tcp_connection, Place::FrontConnection) && pass(rules.tcp_session, Place::FrontSession);
}

bool Walk::pass_station(const config::Proxy& conf, Side side, Station station) {
  const Place place = side == Side::Front ? Place::FrontRequest : Place::BackRequest;
  switch (station) {
    case Station::Content: return run(conf.rules.tcp_content, side == Side::Front ? Place::FrontContent : Place::BackContent);
    case Station::Arrival:
      ++stream_.front.requests;
      if (session::captures_anything(conf)) session::capture_request(*http_);
      session::make_unique_id(stream_);
      return true;
    case Station::Monitoring:
      if (!session::is_monitoring(*http_)) return true;
      http_->is_silent = true;
      stream_.end_as('L', 'R');
      return answer(session::is_fit(stream_) ? 200 : 503, conf.answers_health ? "mode health" : "monitor-uri");
    case Station::Request: return run(conf.rules.http_request, place);
    case Station::FieldNames:
      if (session::apply_name_policy(*http_, conf.name_policy)) return true;
      stream_.end_as('P', 'R');
      return answer(403, "option http-restrict-req-hdr-names reject");
    case Station::Statistics:
      if (!session::is_for_stats(*http_, conf)) return true;
      http_->is_stats = true;
      if (!run(conf.stats.http_request, place)) return false;
      stream_.end_as('L', 'R');
      http_->status = 200;
      out_ += "answer\n    HTTP/1.1 200: the statistics page (stats uri)\n";
      return false;
    case Station::Redirects: return run(conf.rules.redirects, place);
  }
  return true;
}

bool Walk::pass_way(const config::Proxy& conf, Side side) {
  for (const Station station : session::kRequestWay) {
    if (http_ == nullptr && station != Station::Content) continue;
    if (session::has_station(conf, side, station) && !pass_station(conf, side, station)) return false;
  }
  return true;
}

bool Walk::pass_front() {
  const config::Proxy& conf = stream_.front.conf();
  if (http_ != nullptr) return pass_way(conf, Side::Front);
  if (conf.answers_health) {
    out_ += fmt::format("answer\n    {} (mode health)\n", session::is_fit(stream_) ? "OK" : "none: the connection ends");
    return false;
  }
  session::make_unique_id(stream_);
  return pass_way(conf, Side::Front);
}

bool Walk::choose_backend() {
  servers::Backend* const chosen = session::choose_backend_for(stream_);
  if (chosen == nullptr) {
    stream_.end_as('S', 'C');
    return answer(503, "no rule chose a backend, and there is no default_backend");
  }
  stream_.backend = chosen;
  out_ += fmt::format("backend {} ({})\n", chosen->conf.name, chosen->conf.place.text());
  return true;
}

bool Walk::pass_back() {
  const config::Proxy& conf = stream_.back_conf();
  return &conf == &stream_.front.conf() || pass_way(conf, Side::Back);
}

// ---- the server

bool Walk::prepare_request() {
  if (http_ == nullptr) {
    static_cast<session::TcpStream&>(stream_).find_persistence();
    return true;
  }
  if (!http_->prepare_request()) {
    stream_.end_as('P', 'R');
    return answer(500, "the headers to be added find no room: tune.maxrewrite");
  }
  out_ += "request as the server gets it\n" + indented_head(http_->request_out.text());
  return true;
}

std::string Walk::reason_for(const servers::PickKey& key) const {
  const config::Proxy& conf = stream_.back_conf();
  switch (stream_.affinity.bound == nullptr ? session::BoundBy::Nothing : stream_.affinity.bound_by) {
    case session::BoundBy::Rule: return "use-server";
    case session::BoundBy::Cookie: return "cookie " + conf.cookie.name;
    case session::BoundBy::RdpCookie: return fmt::format("persist rdp-cookie({})", conf.persist_rdp_cookie);
    case session::BoundBy::Nothing: break;
  }
  std::string why = fmt::format("balance {}", words_for(conf.algorithm));
  if (conf.hashes()) why += key.has_hash ? fmt::format(", hash {:#010x}", key.hash) : ", without a key: round robin";
  return why;
}

bool Walk::choose_server() {
  servers::Backend& backend = *stream_.backend;
  if (backend.direct) {
    stream_.server = backend.direct.get();
    const lib::net::Endpoint& where = backend.direct->where;
    const bool transparent = where.kind == lib::net::Endpoint::Kind::Ip && where.ip.is_any();
    out_ += fmt::format("server none\n    {}\n", transparent ? "option transparent: where the client wanted to go"
                                                            : "dispatch " + where.text());
    return true;
  }
  session::Affinity& known = stream_.affinity;
  if (known.bound != nullptr && !known.even_down && !known.bound->accepts_persistent()) known.bound = nullptr;
  const servers::PickKey key = session::pick_key_of(stream_);
  bool must_queue = known.bound != nullptr && known.bound->is_full();
  servers::Server* const server = known.bound != nullptr ? known.bound : backend.peek(key, stream_.now(), must_queue);
  const std::string why = reason_for(key);
  if (must_queue) {
    out_ += fmt::format("server {}\n    waits in the queue: {} full ({})\n", server != nullptr ? server->conf.name : "",
                        server != nullptr ? "it is" : "every server is", why);
    return false;
  }
  if (server == nullptr) {
    stream_.end_as('S', 'C');
    return answer(503, "no server is available");
  }
  stream_.server = server;
  session::BackPlan plan;
  if (!session::plan_connection(stream_, plan)) {
    stream_.end_as('I', 'C');
    return answer(500, "source ... usesrc hdr_ip: the request has no such header");
  }
  out_ += fmt::format("server {} {} ({})\n    {}; weight {} of {}\n", server->conf.name, plan.where.text(), server->conf.place.text(),
                      why, server->weight.load(), backend.total_weight(stream_.now()));
  return true;
}

void Walk::pass_response() {
  if (http_ == nullptr) return;
  const lib::http::ResponseHead& head = http_->response;
  http_->status = head.status;
  http_->count_response_head();
  if (session::captures_anything(stream_.front.conf())) session::capture_response(*http_);
  out_ += fmt::format("taken to be answered by {} {}\n", head.status, lib::http::reason_phrase(head.status));
  for (const session::ResponseStop& stop : session::response_way(stream_.front.conf(), stream_.back_conf()))
    if (!stop.list->empty() && !run(*stop.list, stop.place)) return;
  if (!http_->prepare_response()) return void(answer(500, "the answer's headers find no room: tune.maxrewrite"));
  out_ += "answer as the client gets it\n" + indented_head(http_->response_out.text());
}

// ---- the end

void Walk::show_timers() {
  using rules::Handling;
  const auto show = [this](std::string_view name, lib::base::Duration configured, std::int64_t Handling::*ruled) {
    const lib::base::Duration value = ruled != nullptr ? stream_.timeout_or(ruled, configured) : configured;
    const bool by_rule = ruled != nullptr && stream_.handling.*ruled != 0;
    if (value.count() != 0) out_ += fmt::format(" {} {} ms{}", name, lib::base::to_ms(value), by_rule ? " (by a rule)" : "");
  };
  const config::Timeouts& front = stream_.front.conf().timeouts;
  out_ += "timers\n   ";
  show("http-request", front.http_request, nullptr);
  show("client", front.client, &Handling::client_us);
  show("http-keep-alive", front.http_keep_alive, nullptr);
  show("tarpit", front.tarpit, &Handling::tarpit_us);
  if (stream_.backend != nullptr) {
    const config::Timeouts& back = stream_.back_conf().timeouts;
    show("queue", back.queue, &Handling::queue_us);
    show("connect", back.connect, &Handling::connect_us);
    show("server", back.server, &Handling::server_us);
    show("tunnel", back.tunnel.count() != 0 ? back.tunnel : front.tunnel, &Handling::tunnel_us);
  }
  out_ += "\n";
}

void Walk::show_log_line() {
  const logs::ProxyLogger& logger = *stream_.front.frontend->logger;
  const bool is_kept_out = (http_ != nullptr && http_->is_silent) || stream_.handling.log_level == rules::Handling::kSilent;
  if (!logger.logs_streams() || is_kept_out) {
    out_ += fmt::format("log\n    none: {}\n", is_kept_out ? "neither monitoring nor \"set-log-level silent\" is logged"
                                                           : "no target, or no format");
    return;
  }
  logs::LogRecord record;
  session::Captures captures;
  if (http_ != nullptr) {
    http_->fill_http_record(record, nullptr);
    if (session::captures_anything(stream_.front.conf())) captures.show(*http_, record);
  } else {
    stream_.fill_record(record);
  }
  samples::Context context{stream_, *stream_.front.worker.scratch, Place::Log};
  out_ += fmt::format("log\n    {}\n", logger.text(*stream_.front.worker.log, record, &context));
}

}  // namespace proxyd::explain

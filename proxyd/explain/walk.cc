#include "proxyd/explain/walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/http/status.h"
#include "proxyd/session/monitoring.h"
#include "proxyd/session/balance_key.h"
#include "proxyd/session/format_text.h"

namespace proxyd::explain {
namespace {

using rules::Flow;
using samples::Place;

constexpr std::size_t kPlaceWidth = 24, kTextWidth = 64;

std::string_view result_of(Flow flow) {
  switch (flow) {
    case Flow::Next: return "done";
    case Flow::Allow: return "yes: no further rule of this list";
    case Flow::Missing: return "waits for more data";
    case Flow::Wait: return "waits";
    case Flow::Deny: return "denied";
    case Flow::Tarpit: return "held, then denied";
    case Flow::Answer: return "answered here";
    case Flow::Reject: return "the connection is closed";
    case Flow::Drop: return "the connection is dropped silently";
    case Flow::Failed: return "failed: no room for the change";
  }
  return "";
}

std::string_view text_of(rules::Verdict verdict) {
  return verdict == rules::Verdict::Yes ? "yes" : verdict == rules::Verdict::No ? "no" : "not known yet";
}

/// Its lines but for the empty one, each indented.
std::string indented_head(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    const std::size_t end = message.find("\r\n");
    const std::string_view each = message.substr(0, end);
    if (each.empty() || end == std::string_view::npos) break;
    out += fmt::format("    {}\n", each);
    message.remove_prefix(end + 2);
  }
  return out;
}

std::string_view algorithm_text(config::Algorithm algorithm) {
  switch (algorithm) {
    case config::Algorithm::RoundRobin: return "roundrobin";
    case config::Algorithm::StaticRr: return "static-rr";
    case config::Algorithm::LeastConn: return "leastconn";
    case config::Algorithm::First: return "first";
    case config::Algorithm::Random: return "random";
    case config::Algorithm::Source: return "source";
    case config::Algorithm::Uri: return "uri";
    case config::Algorithm::UrlParam: return "url_param";
    case config::Algorithm::Header: return "hdr";
    case config::Algorithm::RdpCookie: return "rdp-cookie";
    case config::Algorithm::Hash: return "hash";
  }
  return "";
}

}  // namespace

void Walk::line(std::string_view place, std::string_view text, std::string_view result) {
  out_ += fmt::format("  {:<{}} {:<{}} {}\n", place, kPlaceWidth, text, kTextWidth, result);
}

std::string Walk::operands_text(const rules::Condition& condition, samples::Context& context) const {
  std::string text;
  for (const auto& conjunction : condition.alternatives) {
    for (const rules::Condition::Operand& each : conjunction) {
      if (each.acl->name.empty()) continue;  // anonymous: the rule's text shows it
      const rules::Verdict verdict = each.acl->test(context);
      text += fmt::format("{}{} is {}", text.empty() ? "" : ", ", each.acl->name, text_of(verdict));
    }
  }
  return text.empty() ? text : " (" + text + ")";
}

void Walk::saw(const rules::Rule& rule, bool held, Flow flow, samples::Context& context) {
  const std::string why = rule.condition ? operands_text(*rule.condition, context) : std::string{};
  const std::string_view result = held || flow != Flow::Next ? result_of(flow) : "no";
  line(rule.place, rule.text, fmt::format("{}{}", result, why));
}

void Walk::end_with(int status, std::string_view why) {
  stream_.status = status;
  out_ += fmt::format("answer\n    {}: {}\n", status, why);
}

void Walk::show_answer(const rules::Rule& rule, Place place) {
  samples::Context context{stream_, *stream_.front.worker.scratch, place};
  std::string text;
  if (!rule.action->write_answer(stream_, context, text)) {
    out_ += "answer\n    none: the connection ends\n";
    return;
  }
  if (text.size() > 12) stream_.status = std::atoi(text.c_str() + 9);
  out_ += "answer\n" + indented_head(text);
}

bool Walk::run(const rules::RuleList& list, Place place) {
  std::size_t from = 0;
  while (from < list.size()) {
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
    const bool of_response = samples::sees_response(place);
    stream_.end_as(end.flow == Flow::Answer ? 'L' : 'P', of_response ? 'H' : end.flow == Flow::Tarpit ? 'T' : 'R');
    if (end.flow == Flow::Failed)
      end_with(of_response ? 502 : 500, "a rule could not change the message");
    else
      show_answer(*list[end.at], place);
    return false;
  }
  return true;
}

bool Walk::pass_connection() {
  const config::ProxyRules& rules = stream_.front.conf().rules;
  return run(rules.tcp_connection, Place::FrontConnection) && run(rules.tcp_session, Place::FrontSession);
}

bool Walk::pass_front() {
  const config::Proxy& conf = stream_.front.conf();
  if (conf.mode == config::Mode::Http && session::is_monitoring(stream_)) {
    end_with(session::is_fit(stream_) ? 200 : 503, conf.answers_health ? "mode health" : "monitor-uri");
    return false;
  }
  if (!run(conf.rules.tcp_content, Place::FrontContent)) return false;
  if (conf.mode != config::Mode::Http) return true;
  if (!run(conf.rules.http_request, Place::FrontRequest)) return false;
  if (session::is_for_stats(stream_, conf)) {
    end_with(200, "the statistics page (stats uri)");
    return false;
  }
  return run(conf.rules.redirects, Place::FrontRequest);
}

bool Walk::choose_backend() {
  const listen::Frontend& frontend = stream_.front.frontend;
  servers::Backend* chosen = nullptr;
  bool is_over = false;
  for (std::size_t i = 0; i < frontend.conf.use_backend.size() && !is_over; ++i) {
    const config::UseBackendRule& rule = frontend.conf.use_backend[i];
    samples::Context context{stream_, *stream_.front.worker.scratch, Place::FrontSwitch};
    is_over = !rule.condition || rule.condition->holds(context);
    const std::string why = rule.condition ? operands_text(*rule.condition, context) : std::string{};
    std::string name = rule.backend;
    if (is_over) {
      chosen = i < frontend.use_backends.size() ? frontend.use_backends[i] : nullptr;
      if (rule.name_format != nullptr) {
        name = session::text_of(stream_, *rule.name_format, context);
        const auto& names = stream_.front.worker.process.backend_by_name;
        const auto found = names.find(name);
        chosen = found == names.end() ? nullptr : found->second;
      }
    }
    const std::string result = !is_over ? "no" : chosen != nullptr ? "yes: " + name : fmt::format("yes, but there is no '{}'", name);
    line(rule.place.text(), rule.text, result + why);
  }
  if (chosen == nullptr) chosen = frontend.default_backend != nullptr ? frontend.default_backend : frontend.own_backend;
  if (chosen == nullptr) {
    stream_.end_as('S', 'C');
    end_with(503, "no rule chose a backend, and there is no default_backend");
    return false;
  }
  stream_.backend = chosen;
  out_ += fmt::format("backend {} ({})\n", chosen->conf.name, chosen->conf.place.text());
  return true;
}

bool Walk::pass_back() {
  const config::Proxy& conf = stream_.back_conf();
  if (&conf == &stream_.front.conf()) return true;
  if (!run(conf.rules.tcp_content, Place::BackContent)) return false;
  if (stream_.front.conf().mode != config::Mode::Http) return true;
  if (!run(conf.rules.http_request, Place::BackRequest)) return false;
  if (session::is_for_stats(stream_, conf)) {
    end_with(200, "the statistics page (stats uri)");
    return false;
  }
  return run(conf.rules.redirects, Place::BackRequest);
}

void Walk::show_request() {
  if (stream_.front.conf().mode != config::Mode::Http) return;
  if (!stream_.prepare_request()) {
    stream_.end_as('P', 'R');
    return end_with(500, "the headers to be added find no room (tune.maxrewrite)");
  }
  out_ += "request as the server gets it\n" + indented_head(stream_.request_out.text());
}

void Walk::choose_server() {
  servers::Backend& backend = *stream_.backend;
  const session::Affinity& known = stream_.affinity;
  std::string why;
  servers::Server* server = nullptr;
  bool must_queue = false;
  if (backend.direct) {
    stream_.server = backend.direct.get();
    const lib::net::Endpoint& where = backend.direct->where;
    const bool transparent = where.kind == lib::net::Endpoint::Kind::Ip && where.ip.is_any();
    out_ += fmt::format("server none\n    {}\n", transparent ? "option transparent: where the client wanted to go"
                                                            : "dispatch " + where.text());
    return;
  }
  if (known.bound != nullptr && (known.even_down || known.bound->accepts_persistent())) {
    server = known.bound;
    why = "persistence: the request names it";
  } else {
    const servers::PickKey& key = session::pick_key_of(stream_);
    server = backend.peek(key, stream_.now(), must_queue);
    why = fmt::format("balance {}", algorithm_text(backend.conf.algorithm));
    if (backend.conf.hashes()) why += key.has_hash ? fmt::format(", hash {:#010x}", key.hash) : ", without a key: round robin";
  }
  if (server == nullptr) {
    if (must_queue) {
      out_ += fmt::format("server\n    waits in the queue: every server is full ({})\n", why);
      return;
    }
    stream_.end_as('S', 'C');
    return end_with(503, "no server is available");
  }
  stream_.server = server;
  out_ += fmt::format("server {} {} ({})\n    {}; weight {} of {}\n", server->conf.name,
                      server->where.kind == lib::net::Endpoint::Kind::Ip ? server->where.ip.text() : server->where.path,
                      server->conf.place.text(), why, server->weight.load(), backend.total_weight(stream_.now()));
}

void Walk::pass_response() {
  if (stream_.front.conf().mode != config::Mode::Http || stream_.status >= 0) return;
  stream_.status = stream_.response.status;
  stream_.count_response_head();
  const config::Proxy& back = stream_.back_conf();
  const config::Proxy& front = stream_.front.conf();
  const bool apart = &back != &front;
  out_ += fmt::format("taken to be answered by {} {}\n", stream_.response.status, lib::http::reason_phrase(stream_.response.status));
  bool goes_on = run(back.rules.tcp_response, Place::ResponseContent) && run(back.rules.http_response, Place::ResponseHead);
  if (goes_on && apart) goes_on = run(front.rules.http_response, Place::FrontResponseHead);
  if (!goes_on) return;
  if (!stream_.prepare_response()) return end_with(502, "the answer's headers find no room (tune.maxrewrite)");
  out_ += "answer as the client gets it\n" + indented_head(stream_.response_out.text());
}

void Walk::show_timers() {
  struct Timer {
    std::string_view name;
    lib::base::Duration value;
  };
  const config::Timeouts& front = stream_.front.conf().timeouts;
  std::vector<Timer> timers{{"http-request", front.http_request}, {"client", front.client}, {"http-keep-alive", front.http_keep_alive}};
  if (stream_.backend != nullptr) {
    const config::Timeouts& back = stream_.back_conf().timeouts;
    timers.insert(timers.end(), {{"queue", back.queue}, {"connect", back.connect}, {"server", back.server}, {"tunnel", back.tunnel}});
  }
  out_ += "timers\n   ";
  for (const Timer& each : timers)
    if (each.value.count() != 0) out_ += fmt::format(" {} {} ms", each.name, lib::base::to_ms(each.value));
  out_ += "\n";
}

void Walk::show_log_line() {
  const logs::ProxyLogger& logger = *stream_.front.frontend.logger;
  if (!logger.logs_streams()) {
    out_ += "log\n    none: no target, or no format\n";
    return;
  }
  logs::LogRecord record;
  stream_.fill_http_record(record, nullptr);
  samples::Context context{stream_, *stream_.front.worker.scratch, Place::Log};
  out_ += fmt::format("log\n    {}\n", logger.text(*stream_.front.worker.log, record, &context));
}

}  // namespace proxyd::explain

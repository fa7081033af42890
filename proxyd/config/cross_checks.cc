#include "proxyd/config/cross_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "proxyd/config/bandwidth_keywords.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/format_checks.h"
#include "proxyd/config/guids.h"
#include "proxyd/config/log_target.h"
#include "proxyd/config/ocsp_options.h"
#include "proxyd/config/references.h"
#include "proxyd/config/ring_section.h"
#include "proxyd/config/server_line.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/config/state_files.h"

namespace proxyd::config {

namespace {

/// Numbers those that have none as the original does: each object moves the counter on by one,
/// custom ids are stepped over.
template <class Objects, class Get>
void number(Objects& objects, std::uint32_t first, Get get) {
  std::unordered_set<std::uint32_t> custom;
  for (auto& each : objects)
    if (get(each) != 0) custom.insert(get(each));
  std::uint32_t next = first;
  for (auto& each : objects) {
    if (get(each) == 0) {
      while (custom.contains(next)) ++next;
      get(each) = next;
    }
    ++next;
  }
}

void number_all(Config& config) {
  // The runtime socket's own proxy (GLOBAL) is the first, where there is one.
  const std::uint32_t first = config.global.stats_sockets.empty() ? 1 : 2;
  number(config.proxies, first,
         [](std::unique_ptr<Proxy>& each) -> std::uint32_t& { return each->id; });
  for (const auto& proxy : config.proxies) {
    number(proxy->servers, 1, [](Server& each) -> std::uint32_t& { return each.id; });
    number(proxy->binds, 1, [](Bind& each) -> std::uint32_t& { return each.id; });
  }
}

void check_binds(Draft& draft, const ProxyDraft& about) {
  if (!about.is_front() || !about.proxy->binds.empty()) return;
  draft.warning(
      about.place,
      fmt::format("config : {} has no 'bind' directive. Please declare it as a backend if this was "
                  "intended.",
                  about.title()));
}

/// The backend that a rule names, checked for what the original checks; nothing after an alert.
std::optional<std::size_t> find_target(Draft& draft, const ProxyDraft& about, std::string_view name,
                                       const Place& place, bool is_default) {
  const std::string_view keyword = is_default ? "default_backend" : "use_backend";
  const auto found = draft.backends.find(name);
  if (found == draft.backends.end()) {
    draft.alert(place, fmt::format("config : Proxy '{}': unable to find required {}: '{}'.",
                                   about.proxy->name, keyword, name));
    return std::nullopt;
  }
  const ProxyDraft& target = draft.proxies[found->second];
  if (target.proxy == about.proxy) {
    draft.alert(place, fmt::format("config : Proxy '{}': loop detected for {}: '{}'.",
                                   about.proxy->name, keyword, name));
    return std::nullopt;
  }
  if (!about.proxy->answers_health && about.proxy->mode == Mode::Http && target.proxy->mode == Mode::Tcp) {
    draft.alert(
        place,
        fmt::format("config : http {} ({}) tries to use incompatible tcp {} ({}) {} (see 'mode').",
                    about.title(), Draft::at(about.place), target.title(), Draft::at(target.place),
                    is_default ? "as its default backend" : "in a 'use_backend' rule"));
    return std::nullopt;
  }
  return found->second;
}

void check_references(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  // A backend's lines were warned about and are ignored, but the names must exist.
  if (!proxy.default_backend_name.empty())
    proxy.default_backend =
        find_target(draft, about, proxy.default_backend_name, about.default_backend_place, true);
  for (std::size_t i = 0; i < proxy.use_backend.size(); ++i) {
    if (proxy.use_backend[i].backend.find('%') != std::string::npos) {
      compile_backend_name(draft, about, proxy.use_backend[i]);
      continue;
    }
    if (const auto found = find_target(draft, about, proxy.use_backend[i].backend,
                                       about.use_backend_places[i], false))
      proxy.use_backend[i].backend_index = *found;
  }
}

/// An HTTP log line needs an HTTP proxy.
void check_log_mode(Draft& draft, const ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (!about.is_front()) return;
  const bool needs_http =
      proxy.log_line == LogLine::HttpLog || proxy.log_line == LogLine::HttpLogClf || proxy.log_line == LogLine::HttpsLog;
  if (proxy.mode != Mode::Http && needs_http) {
    draft.warning(about.log_format_place,
                  fmt::format("config : parsing [{}] : 'option {}' not usable with {} (needs "
                              "'mode http'). Falling back "
                              "to 'option tcplog'.",
                              Draft::at(about.log_format_place), proxy.log_line == LogLine::HttpsLog ? "httpslog" : "httplog",
                              about.title()));
    proxy.log_line = proxy.log_line == LogLine::HttpLogClf ? LogLine::TcpLogClf : LogLine::TcpLog;
  }
}

void check_log_targets(Draft& draft, const ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (about.log_global)
    proxy.logs.insert(proxy.logs.begin(), draft.config->global.logs.begin(),
                      draft.config->global.logs.end());
  if (!about.is_front()) return;
  if (proxy.log_line != LogLine::None && proxy.logs.empty())
    draft.warning(about.log_format_place,
                  fmt::format("config : log format ignored for {} since it has no log address.",
                              about.title()));
  if (proxy.log_line == LogLine::None) proxy.log_line = LogLine::Connect;
}

void check_stats_page(Draft& draft, const ProxyDraft& about) {
  const StatsPage& stats = about.proxy->stats;
  if (stats.http_request.empty() || (stats.users.empty() && stats.realm == StatsPage{}.realm)) return;
  draft.alert(about.place, fmt::format("config : proxy '{}': stats 'auth'/'realm' and 'http-request' can't be used at the same time.",
                                       about.proxy->name));
}

void check_timeouts(Draft& draft, const ProxyDraft& about) {
  const Proxy& proxy = *about.proxy;
  const bool front = about.is_front() && proxy.timeouts.client.count() == 0;
  const bool back = about.is_back() && !proxy.servers.empty() &&
                    (proxy.timeouts.connect.count() == 0 || proxy.timeouts.server.count() == 0);
  if (!front && !back) return;
  draft.warning(
      about.place,
      fmt::format("config : missing timeouts for {}.\n"
                  "   | While not properly invalid, you will certainly encounter various problems\n"
                  "   | with such a configuration. To fix this, please ensure that all following\n"
                  "   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.",
                  about.title()));
}

void check_http_only(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (proxy.mode == Mode::Http) return;
  const auto ignored = [&](std::string_view what) {
    draft.warning(about.place, fmt::format("config : {} ignored for {} as it requires HTTP mode.",
                                           what, about.title()));
  };
  if (proxy.stats.enabled) {
    ignored("'stats' statement");
    proxy.stats = StatsPage{};
  }
  const auto ignore_rules = [&](rules::RuleList ProxyRules::*list, std::string_view keyword) {
    rules::RuleList& rules = proxy.rules.*list;
    const std::size_t inherited = about.inherited_rules == nullptr ? 0 : (about.inherited_rules->*list).size();
    if (rules.size() > inherited)
      draft.warning(about.place, fmt::format("config : '{}' rules ignored for {} as they require HTTP mode.", keyword, about.title()));
    if (!about.is_front() || about.is_back()) rules.clear();  // as the original: those of a frontend hold once a backend makes it HTTP
  };
  ignore_rules(&ProxyRules::http_request, "http-request");
  ignore_rules(&ProxyRules::http_response, "http-response");
  ignore_rules(&ProxyRules::http_after_response, "http-after-response");
  ignore_rules(&ProxyRules::redirects, "redirect");
  if (proxy.forward_for.enabled) {
    ignored("'option forwardfor'");
    proxy.forward_for = HeaderOption{};
  }
  if (proxy.original_to.enabled) {
    ignored("'option originalto'");
    proxy.original_to = HeaderOption{};
  }
  proxy.forwarded.enabled = false;
  if (proxy.check_cache) ignored("'option checkcache'");
}

/// The servers that "use-server" lines name.
void check_use_server(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  for (std::size_t i = 0; i < proxy.use_server.size(); ++i) {
    UseServerRule& rule = proxy.use_server[i];
    if (rule.name_format != nullptr) continue;
    const auto found = std::find_if(proxy.servers.begin(), proxy.servers.end(),
                                    [&](const Server& each) { return each.name == rule.server; });
    if (!about.is_back())
      draft.warning(about.use_server_places[i], fmt::format("config : parsing [{}] : 'use-server' ignored because {} has no "
                                                            "backend capability.", rule.place.text(), about.title()));
    if (found == proxy.servers.end())
      draft.alert(about.use_server_places[i], fmt::format("config : {} : unable to find server '{}' referenced in a 'use-server' "
                                                          "rule.", about.title(), rule.server));
    else
      rule.index = static_cast<std::size_t>(found - proxy.servers.begin());
  }
}

/// Backends may be used by frontends that have the slot.
void check_captures(Draft& draft) {
  for (const Draft::CaptureReference& each : draft.capture_references) {
    const Proxy& proxy = *each.proxy->proxy;
    const auto& slots = each.of_response ? proxy.response_captures : proxy.request_captures;
    if (each.proxy->kind == ProxyKind::Backend || static_cast<std::size_t>(each.slot) < slots.size()) continue;
    draft.alert(each.place, fmt::format("config : Proxy '{}': unable to find capture id '{}' referenced by {} capture rule.",
                                        proxy.name, each.slot, each.of_response ? "http-response" : "http-request"));
  }
  for (const ProxyDraft* const each : draft.content_captures) {
    if (each->proxy->rules.request_inspect_delay.count() != 0) continue;
    draft.warning(each->place, fmt::format("config : {} : a 'tcp-request capture' rule explicitly depending on request contents without "
                                           "any 'tcp-request inspect-delay' setting. This means that this rule will randomly find its "
                                           "contents. This can be fixed by setting the tcp-request inspect-delay.", each->title()));
  }
}

void check_cookie(Draft& draft, const ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (proxy.mode == Mode::Http || !about.is_back()) return;
  if (proxy.cookie.is_set())
    draft.warning(about.place,
                  fmt::format("config : cookie will be ignored for {} (needs 'mode http').", about.title()));
  proxy.cookie = CookiePersistence{};
}

void check_server_cookies(Draft& draft, const ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (proxy.mode == Mode::Http || !about.is_back()) return;
  for (Server& server : proxy.servers) {
    if (server.cookie.empty()) continue;
    draft.warning(about.place, fmt::format("config : {} : ignoring cookie for server '{}' as HTTP mode is disabled.",
                                           about.title(), server.name));
    server.cookie.clear();
  }
}

bool needs_http(Algorithm algorithm) {
  return algorithm == Algorithm::Uri || algorithm == Algorithm::UrlParam || algorithm == Algorithm::Header;
}

void check_balance(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (!about.is_back() || proxy.mode == Mode::Http || !needs_http(proxy.algorithm)) return;
  draft.warning(about.place, fmt::format("config : Layer 7 hash not possible for {} (needs 'mode http'). Falling back to round "
                                         "robin.",
                                         about.title()));
  proxy.algorithm = Algorithm::RoundRobin;
}

/// "mode health" speaks HTTP where "option httpchk" stands beside it or in its default backend.
void check_health_mode(Draft& draft) {
  for (ProxyDraft& each : draft.proxies) {
    Proxy& proxy = *each.proxy;
    if (!proxy.answers_health) continue;
    const auto target = draft.backends.find(proxy.default_backend_name);
    const Proxy& checked = target == draft.backends.end() ? proxy : *draft.proxies[target->second].proxy;
    if (proxy.check_type == CheckType::Http || checked.check_type == CheckType::Http) proxy.mode = Mode::Http;
  }
}

/// What "dispatch" and "option transparent" make: one nameless server, which comes before all that are declared.
void check_direct(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (!about.is_back()) return;
  if (proxy.dispatch.has_value() && proxy.balance_given) {
    draft.warning(about.place,
                  fmt::format("config : dispatch address of {} will be ignored in balance mode.", about.title()));
    proxy.dispatch.reset();
  } else if (proxy.transparent && proxy.balance_given && !proxy.dispatch.has_value()) {
    draft.alert(about.place, fmt::format("config : {} cannot use both transparent and balance mode.", about.title()));
  }
  if (!proxy.dispatch.has_value() && !proxy.transparent) return;
  Server& direct = proxy.direct.emplace();
  direct.place = proxy.place;
  direct.name = "<NOSRV>";
  if (proxy.dispatch.has_value()) {
    direct.where = *proxy.dispatch;
  } else {
    direct.where.ip = lib::net::Address::any(AF_INET);
    direct.port_is_mapped = true;
  }
}

void check_fast_open(Draft& draft, const ProxyDraft& about) {
  const RetryOn& retry = about.proxy->retry_on;
  if (retry.connection_failure && retry.empty_response && retry.response_timeout) return;
  for (std::size_t i = 0; i < about.proxy->servers.size(); ++i) {
    const Server& server = about.proxy->servers[i];
    if (!server.fast_open) continue;
    draft.warning(about.server_places[i],
                  fmt::format("config : [{}] : 'server {}/{}' : server has tfo activated, the backend should be configured with "
                              "at least 'conn-failure', 'empty-response' and 'response-timeout' or we wouldn't be able to "
                              "retry the connection on failure.",
                              server.place.text(), about.proxy->name, server.name));
  }
}

void check_bind_protocols(Draft& draft, const ProxyDraft& about) {
  const Proxy& proxy = *about.proxy;
  for (std::size_t i = 0; i < proxy.binds.size(); ++i) {
    const Bind& bind = proxy.binds[i];
    const bool fits = bind.protocol == BindProtocol::Any || (proxy.mode == Mode::Http && bind.protocol != BindProtocol::Unusable);
    if (fits) continue;
    draft.alert(about.place, fmt::format("config : {} : MUX protocol '{}' is not usable for 'bind {}' at [{}].",
                                         about.title(), bind.protocol_name, about.bind_texts[i], bind.place.text()));
  }
}

void check_monitor(Draft& draft, ProxyDraft& about) {
  Proxy& proxy = *about.proxy;
  if (proxy.monitor_uri.empty() || proxy.mode == Mode::Http) return;
  draft.warning(about.place,
                fmt::format("config : monitor-uri will be ignored for {} (needs 'mode http').",
                            about.title()));
  proxy.monitor_uri.clear();
}

void check_servers(Draft& draft, const ProxyDraft& about) {
  const Proxy& proxy = *about.proxy;
  if (proxy.servers.size() < 2) return;
  std::unordered_map<std::string_view, const Server*> seen;
  for (std::size_t i = 0; i < proxy.servers.size(); ++i) {
    const Server& server = proxy.servers[i];
    const auto [other, fresh] = seen.emplace(server.name, &server);
    if (!fresh)
      draft.alert(
          about.server_places[i],
          fmt::format("config : parsing [{}] : {}, another server named '{}' was already "
                      "defined at line {}, "
                      "please use distinct names.",
                      server.place.text(), about.title(), server.name, other->second->place.line));
  }
}

void check_check_ports(Draft& draft, const ProxyDraft& about) {
  for (std::size_t i = 0; i < about.proxy->servers.size(); ++i) {
    const Server& server = about.proxy->servers[i];
    if (!server.check || server.check_port != 0) continue;
    const bool has_port = server.where.kind != lib::net::Endpoint::Kind::Ip ||
                          (!server.port_is_mapped && server.where.ip.port() != 0);
    if (has_port) continue;
    draft.alert(
        about.server_places[i],
        fmt::format("config : config: {}: server '{}' has neither service port nor check port{}.", about.title(), server.name,
                    about.proxy->check_type == CheckType::Http ? " nor tcp_check rule 'connect' with port information" : ""),
        "add 'port <n>' to the server's line");
  }
}

/// gRPC has no other protocol than HTTP/2.
void check_grpc_protocols(Draft& draft, const ProxyDraft& about) {
  if (about.proxy->check_type != CheckType::Grpc) return;
  for (std::size_t i = 0; i < about.proxy->servers.size(); ++i) {
    const Server& server = about.proxy->servers[i];
    if (server.check && server.check_protocol == ServerProtocol::Http1)
      draft.alert(about.server_places[i],
                  fmt::format("config : {}: server '{}': 'check-proto h1' cannot be used with 'option grpc-check', which needs HTTP/2.", about.title(), server.name),
                  "remove 'check-proto h1'");
  }
}

/// What comes to each backend: "fullconn" is made of it where it is not set.
void sum_up_reach(Draft& draft) {
  const std::vector<std::unique_ptr<Proxy>>& proxies = draft.config->proxies;
  std::vector<std::size_t> targets;
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    const Proxy& front = *proxies[i];
    if (!front.is_frontend || front.disabled) continue;
    targets.clear();
    if (front.is_backend) targets.push_back(i);
    if (front.default_backend.has_value()) targets.push_back(*front.default_backend);
    for (const UseBackendRule& rule : front.use_backend)
      if (rule.name_format == nullptr) targets.push_back(rule.backend_index);
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    const std::uint32_t own = front.maxconn != 0 || draft.config->global.maxconn != 0 ? front.maxconn : draft.options.default_maxconn;
    for (const std::size_t target : targets) {
      proxies[target]->reach += own;
      proxies[target]->unlimited_fronts += own == 0 ? 1 : 0;
    }
  }
}

}  // namespace

void check_server_section(Draft& draft, const ProxyDraft& about) {
  check_timeouts(draft, about);
  check_servers(draft, about);
}

void finish(Draft& draft) {
  Global& global = draft.config->global;
  check_rings(draft);
  check_log_rings(draft);
  global.maxrewrite = std::min(global.maxrewrite, global.bufsize / 2);
  check_health_mode(draft);
  read_header_cases(draft);
  // In haproxy's order, so that the first message of a file is the same.
  for (ProxyDraft& each : draft.proxies) {
    if (!each.is_front()) each.proxy->binds.clear();  // warned about when they were read
    if (each.proxy->disabled) continue;
    check_binds(draft, each);
    check_monitor(draft, each);
    check_cookie(draft, each);
    check_balance(draft, each);
    check_log_mode(draft, each);
    check_references(draft, each);
    check_use_server(draft, each);
    check_timeouts(draft, each);
    check_servers(draft, each);
    check_log_targets(draft, each);
    compile_formats(draft, each);
    check_stats_page(draft, each);
    check_http_only(draft, each);
    check_direct(draft, each);
    check_fast_open(draft, each);
    check_bind_protocols(draft, each);
    compile_server_formats(draft, each);
    check_server_cookies(draft, each);
    check_filters(draft, each);
    check_grpc_protocols(draft, each);
    make_tls_contexts(draft, each);
    make_server_contexts(draft, each);
  }
  for (const ProxyDraft& each : draft.proxies)
    if (!each.proxy->disabled) check_check_ports(draft, each);
  check_ocsp_updates(draft);
  resolve_references(draft);
  load_server_states(draft);
  load_stats_file(draft);
  resolve_servers(draft);
  check_captures(draft);
  add_debug_ring(draft);
  if (draft.failed) return;
  number_all(*draft.config);
  sum_up_reach(draft);
  draft.environment.library->number();
  for (const std::string& name : draft.changed_lists)
    if (patterns::List* const list = draft.environment.library->find(name); list != nullptr) list->guard();
}

}  // namespace proxyd::config

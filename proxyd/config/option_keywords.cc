// "option ..." of proxies.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/retired_keywords.h"

namespace proxyd::config {

namespace {

constexpr Scope kAll = kDefaults | kAnyProxy;

void parse_flag(Line& line) {
  const Keyword* row = line.draft.option_index.find(line.word(1));
  static const Proxy kUnset;
  line.proxy().*(row->flag) = line.defaulted ? kUnset.*(row->flag) : !line.negated;
}

/// The three ways in which connections live on exclude each other; "no" brings back the default.
template <ConnectionMode Mode>
void parse_connection_mode(Line& line) {
  ConnectionMode& mode = line.proxy().connection_mode;
  if (!line.negated && !line.defaulted)
    mode = Mode;
  else if (mode == Mode)
    mode = ConnectionMode::KeepAlive;
}

void parse_redispatch(Line& line) {
  if (line.negated || line.defaulted) {
    line.proxy().redispatch = 0;
    return;
  }
  const std::int64_t interval = line.has(2) ? leading_number(line.word(2)) : -1;
  line.proxy().redispatch = interval == 0 ? Proxy::kRedispatchUnbound
                                          : static_cast<std::int32_t>(std::clamp<std::int64_t>(interval, -INT32_MAX, INT32_MAX));
}

void parse_log_line(Line& line, LogLine plain, LogLine clf) {
  const std::string_view option = line.word(1);
  const bool is_clf = line.word(2) == "clf";
  if (line.has(2) && !is_clf) {
    if (option == "httplog")
      return line.alert(2, fmt::format("keyword '{}' only supports option 'clf'.", option));
    return (void)line.too_many(1, fmt::format("option {}", option));
  }
  if (line.too_many(2, fmt::format("option {}", option))) return;
  if (line.target->kind == ProxyKind::Backend)
    return line.warning(0, fmt::format("{} : 'option {}' directive is ignored in backends.",
                                       line.target->title(), option));
  line.proxy().log_line = is_clf ? clf : plain;
  line.proxy().log_format.clear();
  line.target->log_format_place = line.place(0);
}

void parse_httplog(Line& line) { parse_log_line(line, LogLine::HttpLog, LogLine::HttpLogClf); }
/// haproxy takes any words behind it.
void parse_httpslog(Line& line) {
  if (line.target->kind == ProxyKind::Backend)
    return line.warning(0, fmt::format("{} : 'option httpslog' directive is ignored in backends.", line.target->title()));
  line.proxy().log_line = LogLine::HttpsLog;
  line.proxy().log_format.clear();
  line.target->log_format_place = line.place(0);
}
void parse_tcplog(Line& line) { parse_log_line(line, LogLine::TcpLog, LogLine::TcpLogClf); }

/// "except <net>", "header <name>" and, for forwardfor, "if-none".
void parse_header_option(Line& line, HeaderOption& option, std::string_view header,
                         bool has_if_none) {
  const std::string_view name = line.word(1);
  option =
      HeaderOption{.enabled = true, .header = std::string{header}, .except = {}, .if_none = false};
  for (std::size_t i = 2; i < line.size(); ++i) {
    const std::string_view word = line.word(i);
    if (word == "except") {
      ++i;
      auto except = lib::net::Prefix::parse(line.word(i));
      if (!except.has_value())
        return line.alert(
            i, fmt::format("'option {} except' expects <address>[/mask] as argument.", name));
      option.except = *except;
    } else if (word == "header") {
      ++i;
      if (!line.has(i))
        return line.alert(
            i, fmt::format("'option {} header' expects <header_name> as argument.", name));
      option.header = line.word(i);
      for (char& c : option.header) c = lib::base::to_lower(c);
    } else if (word == "if-none" && has_if_none) {
      option.if_none = true;
    } else {
      return line.alert(i, fmt::format("'option {}' only supports optional values: {}.", name,
                                       has_if_none ? "'except', 'header' and 'if-none'"
                                                   : "'except' and 'header'"));
    }
  }
}

void parse_forwardfor(Line& line) {
  parse_header_option(line, line.proxy().forward_for, "x-forwarded-for", true);
}
void parse_originalto(Line& line) {
  parse_header_option(line, line.proxy().original_to, "x-original-to", false);
}

void parse_forwarded(Line& line) {
  ForwardedOption& option = line.proxy().forwarded;
  option = ForwardedOption{.enabled = !line.negated && !line.defaulted};
  if (!option.enabled || !line.has(2)) return;
  option.proto = option.for_ = false;
  for (std::size_t i = 2; i < line.size(); ++i) {
    const std::string_view word = line.word(i);
    if (word == "proto")
      option.proto = true;
    else if (word == "host")
      option.host = true;
    else if (word == "by")
      option.by = true;
    else if (word == "by_port")
      option.by_port = true;
    else if (word == "for")
      option.for_ = true;
    else if (word == "for_port")
      option.for_port = true;
    else if (word.ends_with("-expr"))
      return line.not_built(i, fmt::format("option forwarded {}", word));
    else
      return line.alert(
          i, fmt::format(
                 "'option forwarded' : unexpected argument '{}', expects 'proto', 'host', 'by', "
                 "'by_port', 'for' and 'for_port'.",
                 word));
  }
  if (option.by_port) option.by = true;
  if (option.for_port) option.for_ = true;
}

void add_check_header(HttpCheck& check, std::string_view name, std::string_view value) {
  std::string lower{name};
  for (char& c : lower) c = lib::base::to_lower(c);
  check.headers.emplace_back(std::move(lower), std::string{lib::base::trim(value)});
}

/// Headers and a body hidden behind the version ("HTTP/1.1\r\nHost: x"), which the original still
/// takes.
void read_hidden_headers(std::string_view hidden, HttpCheck& check) {
  while (hidden.starts_with("\r\n")) {
    hidden.remove_prefix(2);
    if (hidden.starts_with("\r\n")) {
      check.body = hidden.substr(2);
      return;
    }
    const std::string_view header = hidden.substr(0, hidden.find("\r\n"));
    hidden.remove_prefix(header.size());
    const std::size_t colon = header.find(':');
    if (colon != std::string_view::npos)
      add_check_header(check, header.substr(0, colon), header.substr(colon + 1));
  }
}

void parse_httpchk(Line& line) {
  HttpCheck check;
  if (line.has(2) && !line.has(3)) {
    check.uri = line.word(2);
  } else if (line.has(3)) {
    check.method = line.word(2);
    check.uri = line.word(3);
  }
  if (line.has(4)) {
    const std::string_view version = line.word(4);
    const std::size_t end = version.find('\r');
    check.version = version.substr(0, end);
    if (end != std::string_view::npos) {
      line.warning_tight(4,
                         "'option httpchk' : hiding headers or body at the end of the version "
                         "string is deprecated. "
                         "Please, consider to use 'http-check send' directive instead.");
      read_hidden_headers(version.substr(end), check);
    }
  }
  if (line.has(5)) add_check_header(check, "host", line.word(5));
  line.proxy().check_type = CheckType::Http;
  line.proxy().http_check = std::move(check);
}

void parse_grpc_check(Line& line) {
  line.proxy().check_type = CheckType::Grpc;
  line.proxy().grpc_service = line.word(2);
}

void parse_hello_check(Line& line) { line.proxy().check_type = CheckType::TlsHello; }

constexpr Keyword flag(std::string_view name, Scope scope, bool Proxy::*field,
                       std::string_view doc) {
  return {.name = name,
          .scope = static_cast<Scope>(kDefaults | scope),
          .max_args = 0,
          .parse = parse_flag,
          .flag = field,
          .negatable = true,
          .usage = {},
          .doc = doc,
          .misplaced_hint = {}};
}

constexpr auto kNamePolicies = std::to_array<std::pair<std::string_view, NamePolicy>>(
    {{"preserve", NamePolicy::Preserve}, {"delete", NamePolicy::Delete}, {"reject", NamePolicy::Reject}});

void parse_restrict_names(Line& line) {
  for (const auto& [name, policy] : kNamePolicies) {
    if (line.word(2) != name) continue;
    if (line.too_many(2, "option")) return;
    line.proxy().name_policy = policy;
    return;
  }
  if (!line.has(2))
    return line.alert(1, "missing parameter. option 'http-restrict-req-hdr-names' expects 'preserve', 'reject' or 'delete' option.");
  line.alert(2, fmt::format("invalid parameter '{}'. option 'http-restrict-req-hdr-names' expects 'preserve', 'reject' or "
                            "'delete' option.",
                            line.word(2)));
}

void parse_tcpka(Line& line) {
  line.proxy().tcp_keepalive_client = line.proxy().tcp_keepalive_server = true;
}

constexpr auto kRows = std::to_array<Keyword>({
    flag("abortonclose", kBack, &Proxy::abort_on_close,
         "Drop queued requests of clients that left."),
    flag("accept-invalid-http-request", kFront, &Proxy::accept_invalid_request,
         "Tolerate some invalid requests."),
    flag("accept-invalid-http-response", kBack, &Proxy::accept_invalid_response,
         "Tolerate some invalid responses."),
    flag("accept-unsafe-violations-in-http-request", kFront, &Proxy::accept_invalid_request,
         "Tolerate some invalid requests."),
    flag("accept-unsafe-violations-in-http-response", kBack, &Proxy::accept_invalid_response,
         "Tolerate some invalid responses."),
    flag("allbackups", kBack, &Proxy::all_backups, "Use all backup servers at once."),
    flag("checkcache", kBack, &Proxy::check_cache, "Refuse responses that caches could keep with their cookies."),
    flag("clitcpka", kFront, &Proxy::tcp_keepalive_client, "TCP keep-alive towards clients."),
    flag("contstats", kFront, &Proxy::contstats, "Count bytes while they pass, not at the end."),
    flag("disable-h2-upgrade", kFront, &Proxy::disable_h2_upgrade, "No HTTP/2 on connections that begin as HTTP/1."),
    flag("dontlog-normal", kFront, &Proxy::dontlog_normal, "Log only what went wrong."),
    flag("dontlognull", kFront, &Proxy::dontlog_null, "Do not log connections without data."),
    {.name = "forwarded",
     .scope = kDefaults | kBack,
     .parse = parse_forwarded,
     .negatable = true,
     .usage = "[proto] [host] [by] [by_port] [for] [for_port]",
     .doc = "Add a Forwarded header (RFC 7239)."},
    {.name = "forwardfor",
     .scope = kAll,
     .parse = parse_forwardfor,
     .usage = "[except <net>] [header <name>] [if-none]",
     .doc = "Add X-Forwarded-For."},
    {.name = "grpc-check",
     .scope = kDefaults | kBack,
     .max_args = 1,
     .parse = parse_grpc_check,
     .usage = "[<service>]",
     .doc = "Check servers by gRPC's health service."},
    flag("h1-case-adjust-bogus-client", kFront, &Proxy::adjust_client_case,
         "Spell headers for clients as h1-case-adjust says."),
    flag("h1-case-adjust-bogus-server", kBack, &Proxy::adjust_server_case,
         "Spell headers for servers as h1-case-adjust says."),
    flag("http-buffer-request", kAnyProxy, &Proxy::http_buffer_request,
         "Wait for the request's body."),
    flag("http-drop-request-trailers", kBack, &Proxy::drop_request_trailers, "Servers get no trailers."),
    flag("http-drop-response-trailers", kFront, &Proxy::drop_response_trailers, "Clients get no trailers."),
    flag("http-ignore-probes", kFront, &Proxy::http_ignore_probes,
         "Say nothing to connections without a request."),
    {.name = "http-keep-alive",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_connection_mode<ConnectionMode::KeepAlive>,
     .negatable = true,
     .doc = "Keep connections on both sides."},
    flag("http-no-delay", kAnyProxy, &Proxy::http_no_delay, "Send small pieces at once."),
    flag("http-pretend-keepalive", kBack, &Proxy::http_pretend_keepalive,
         "Do not tell servers that we will close."),
    {.name = "http-restrict-req-hdr-names",
     .scope = kAll,
     .parse = parse_restrict_names,
     .usage = "preserve|delete|reject",
     .doc = "Request headers with unusual names."},
    {.name = "http-server-close",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_connection_mode<ConnectionMode::ServerClose>,
     .negatable = true,
     .doc = "Close the server's side after each response."},
    flag("http-use-proxy-header", kFront, &Proxy::use_proxy_header,
         "Ask for passwords as proxies do, where the target is one for proxies."),
    {.name = "httpchk",
     .scope = kDefaults | kBack,
     .max_args = 4,
     .parse = parse_httpchk,
     .usage = "[<uri> | <method> <uri> [<version> [<host>]]]",
     .doc = "Check servers by an HTTP request."},
    {.name = "httpclose",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_connection_mode<ConnectionMode::Close>,
     .negatable = true,
     .doc = "Close both sides after each response."},
    {.name = "httplog",
     .scope = kAll,
     .parse = parse_httplog,
     .usage = "[clf]",
     .doc = "Log lines with HTTP's details."},
    {.name = "httpslog",
     .scope = kAll,
     .parse = parse_httpslog,
     .doc = "Log lines with HTTP's details and TLS's."},
    flag("idle-close-on-response", kFront, &Proxy::idle_close_on_response,
         "When stopping, let idle clients ask once more."),
    flag("independent-streams", kAnyProxy, &Proxy::independent_streams,
         "Writing does not prolong reading's timeout."),
    flag("log-health-checks", kBack, &Proxy::log_health_checks,
         "Log each change of a check's result."),
    flag("log-separate-errors", kFront, &Proxy::log_separate_errors,
         "Log what went wrong at level err."),
    flag("logasap", kFront, &Proxy::log_asap, "Log as soon as the response begins."),
    flag("nolinger", kAnyProxy, &Proxy::nolinger, "Close with a reset."),
    {.name = "originalto",
     .scope = kAll,
     .parse = parse_originalto,
     .usage = "[except <net>] [header <name>]",
     .doc = "Add X-Original-To."},
    flag("persist", kBack, &Proxy::persist_to_down, "Follow persistence to servers that are down, too."),
    flag("prefer-last-server", kBack, &Proxy::prefer_last_server,
         "Stay with the connection's last server."),
    {.name = "redispatch",
     .scope = kDefaults | kBack,
     .parse = parse_redispatch,
     .negatable = true,
     .usage = "[<interval>]",
     .doc = "Let retries go to another server."},
    flag("socket-stats", kFront, &Proxy::socket_stats, "Count per listening socket."),
    flag("splice-auto", kAnyProxy, &Proxy::splice_auto, "Let the kernel move data where it helps."),
    flag("splice-request", kAnyProxy, &Proxy::splice_request, "Let the kernel move requests."),
    flag("splice-response", kAnyProxy, &Proxy::splice_response, "Let the kernel move responses."),
    flag("srvtcpka", kBack, &Proxy::tcp_keepalive_server, "TCP keep-alive towards servers."),
    {.name = "ssl-hello-chk",
     .scope = kDefaults | kBack,
     .max_args = 0,
     .parse = parse_hello_check,
     .doc = "Check servers by a hello of SSL 3.0."},
    flag("tcp-smart-accept", kFront, &Proxy::tcp_smart_accept,
         "Spare an acknowledgement after accept."),
    flag("tcp-smart-connect", kBack, &Proxy::tcp_smart_connect,
         "Spare an acknowledgement after connect."),
    flag("transparent", kBack, &Proxy::transparent, "Everything goes where the client wanted to go."),
    {.name = "tcpka",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_tcpka,
     .doc = "TCP keep-alive on both sides."},
    {.name = "tcplog",
     .scope = kAll,
     .parse = parse_tcplog,
     .usage = "[clf]",
     .doc = "Log lines with TCP's details."},
});

void refuse_option(Line& line) {
  const std::string_view name = line.word(1);
  const std::string full = fmt::format("option {}", name);
  if (line.negated || line.defaulted) {
    if (is_known(KeywordPlace::Proxy, full)) return line.not_built(1, full);
    return line.alert_tight(
        1, fmt::format("negation/default is not supported for option '{}'.", name));
  }
  if (const RetiredKeyword* retired = find_retired(kAnyProxy, full))
    return line.alert_tight(1, retired->message);
  if (is_known(KeywordPlace::Proxy, full)) return line.not_built(1, full);
  std::vector<std::string_view> candidates = line.draft.option_index.names();
  for (const std::string_view each : known_words(KeywordPlace::Proxy, "option"))
    candidates.push_back(each);
  line.alert(1, fmt::format("unknown option '{}'{}", name, maybe(name, candidates)));
}

}  // namespace

void parse_option_line(Line& line) {
  if (!line.has(1)) return line.alert_tight(1, "'option' expects an option name.");
  const Keyword* row = line.draft.option_index.find(line.word(1));
  if (row == nullptr) return refuse_option(line);
  if ((line.negated || line.defaulted) && !row->negatable)
    return line.alert_tight(
        1, fmt::format("negation/default is not supported for option '{}'.", row->name));
  if (check_row(line, *row, fmt::format("option {}", row->name), 2)) row->parse(line);
}

const KeywordTable& option_keywords() {
  static constexpr KeywordTable kTable{"option", kRows};
  return kTable;
}

}  // namespace proxyd::config

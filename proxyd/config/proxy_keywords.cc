// Keywords of defaults, frontend, backend and listen that have a room of their own nowhere else.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/bind_line.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/guids.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/config/server_line.h"
#include "proxyd/config/source_text.h"

namespace proxyd::config {

namespace {

constexpr Scope kAll = kDefaults | kAnyProxy;

void parse_mode(Line& line) {
  const std::string_view mode = line.word(1);
  line.proxy().answers_health = mode == "health";
  if (mode == "http")
    line.proxy().mode = Mode::Http;
  else if (mode == "tcp")
    line.proxy().mode = Mode::Tcp;
  else if (mode == "health")
    line.proxy().mode = Mode::Tcp;
  else if (mode == "log" || mode == "spop")
    line.not_built(1, fmt::format("mode {}", mode));
  else
    line.alert(1, fmt::format("unknown proxy mode '{}'.", mode));
}

template <bool Value>
void parse_disabled(Line& line) {
  line.proxy().disabled = Value;
}

void parse_id(Line& line) {
  if (!line.has(1)) return line.alert_tight(1, "'id' expects an integer argument.");
  const std::int64_t id = leading_number(line.word(1));
  if (id <= 0 || id > INT32_MAX) return line.alert_tight(1, "custom id has to be > 0.");
  const auto& proxies = line.draft.config->proxies;
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    const ProxyDraft& other = line.draft.proxies[i];
    if (&other == line.target || !other.explicit_id ||
        proxies[i]->id != static_cast<std::uint32_t>(id))
      continue;
    return line.alert_tight(
        1,
        fmt::format("{} {} reuses same custom id as {} {} (declared at {}).",
                    line.target->kind == ProxyKind::Listen ? "proxy" : line.target->section(),
                    line.proxy().name, other.kind == ProxyKind::Listen ? "proxy" : other.section(),
                    other.proxy->name, Draft::at(other.place)));
  }
  line.proxy().id = static_cast<std::uint32_t>(id);
  line.target->explicit_id = true;
}

void parse_guid(Line& line) {
  if (!line.has(1)) return line.alert(1, "'guid' expects a globally unique ID as argument.");
  if (const std::string fault = claim_guid(line.draft, line.word(1), line.target->title(), line.at()); !fault.empty())
    return line.alert(1, fmt::format("'guid' : {}.", fault));
  line.proxy().guid = line.word(1);
}

void parse_description(Line& line) {
  if (!line.has(1)) return line.alert_tight(1, "'description' expects a string argument.");
  line.proxy().description = line.joined(1);
}

template <std::uint32_t Proxy::*Field>
void parse_count(Line& line) {
  if (!line.has(1))
    return line.alert(1, fmt::format("'{}' expects an integer argument.", line.word(0)));
  warn_unless_number(line, 1);
  line.proxy().*Field = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(leading_number(line.word(1)), 0, INT32_MAX));
}

void parse_backlog(Line& line) {
  if (!line.has(1)) return line.alert(1, "'backlog' expects an integer argument.");
  warn_unless_number(line, 1);
  line.proxy().backlog =
      static_cast<int>(std::clamp<std::int64_t>(leading_number(line.word(1)), 0, INT32_MAX));
}

void parse_retries(Line& line) {
  if (!line.has(1))
    return line.alert(1, "'retries' expects an integer argument (dispatch counts for one).");
  warn_unless_number(line, 1);
  line.proxy().retries = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(leading_number(line.word(1)), 0, INT32_MAX));
}

void parse_rate_limit(Line& line) {
  const std::string_view what = line.word(1), value = line.word(2);
  if (what != "sessions")
    return line.alert(1, fmt::format("'rate-limit' only supports 'sessions' (got '{}')", what));
  if (value.empty())
    return line.alert(
        2, "'rate-limit sessions' expects expects an integer value (in sessions/second)");
  const auto rate = lib::base::parse_number<std::int64_t>(value);
  if (!rate.has_value()) {
    const std::size_t bad = std::min(value.find_first_not_of("0123456789"), value.size() - 1);
    return line.alert(
        2, fmt::format("'rate-limit sessions' : unexpected character '{}' in integer value '{}'",
                       value[bad], value));
  }
  if (line.target->kind == ProxyKind::Backend)
    return line.warning(
        0, fmt::format("rate-limit sessions will be ignored because {} has no frontend capability",
                       line.target->title()));
  // The original reads it unsigned: what is negative never limits.
  line.proxy().rate_limit_sessions =
      *rate < 0 ? 0 : static_cast<std::uint32_t>(std::min<std::int64_t>(*rate, INT32_MAX));
}

void parse_monitor_uri(Line& line) {
  if (!line.has(1)) return line.alert(1, "'monitor-uri' expects an URI.");
  line.proxy().monitor_uri = line.word(1);
}

void parse_monitor(Line& line) {
  if (line.word(1) != "fail") return line.alert(1, "'monitor' only supports 'fail'.");
  if (line.word(2) != "if" && line.word(2) != "unless")
    return line.alert(2, "'monitor fail' requires either 'if' or 'unless' followed by a condition.");
  auto condition = read_condition(line, 2, "error detected while parsing a 'monitor fail' condition", samples::Place::FrontRequest);
  if (!condition.has_value()) return;
  warn_of_order(line, Station::Monitor, "monitor fail");
  line.proxy().monitor_fail.push_back(std::move(*condition));
}

constexpr auto kReuse = std::to_array<std::pair<std::string_view, ReusePolicy>>(
    {{"never", ReusePolicy::Never},
     {"safe", ReusePolicy::Safe},
     {"aggressive", ReusePolicy::Aggressive},
     {"always", ReusePolicy::Always}});

void parse_http_reuse(Line& line) {
  for (const auto& [name, policy] : kReuse) {
    if (line.word(1) != name) continue;
    if (line.too_many(1, fmt::format("http-reuse {}", name))) return;
    line.proxy().reuse = policy;
    return;
  }
  line.alert(1, "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.");
}

void parse_source(Line& line) {
  if (!line.has(1))
    return line.alert(1,
                      "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and "
                      "'interface' <name>.");
  std::size_t at = 1;
  if (const std::string fault = read_source(line, at, SourceOf::Proxy, line.proxy().source); !fault.empty())
    line.alert(at, fault.ends_with("'") ? fault : fault + ".");
}

void parse_usesrc(Line& line) { line.alert(0, "'usesrc' only allowed after a 'source' statement."); }

void parse_dispatch(Line& line) {
  AddressRules rules;
  rules.port_required = true;
  rules.zero_port_allowed = false;
  auto address = parse_address(line.word(1), rules);
  if (!address.has_value()) return line.alert(1, fmt::format("'dispatch' : {}", address.error().message));
  line.proxy().dispatch = std::move(address->where);
}

void parse_transparent(Line& line) { line.proxy().transparent = true; }

void parse_server_states(Line& line) {
  const std::string_view word = line.word(1);
  if (word != "global" && word != "local" && word != "none")
    return line.alert(1, fmt::format("'load-server-state-from-file' expects 'global', 'local' or 'none'. Got '{}'", word));
  if (line.has(2)) line.warning(2, fmt::format("'load-server-state-from-file' takes one argument: '{}' is ignored.", line.word(2)));
  line.proxy().server_states = word == "global" ? ServerStates::Global : word == "local" ? ServerStates::Local : ServerStates::None;
}

void parse_state_name(Line& line) {
  line.proxy().server_state_name = line.word(1) == "use-backend-name" ? std::string_view{} : line.word(1);
}

void parse_keep_alive_queue(Line& line) {
  const std::string_view word = line.word(1);
  if (word.empty()) return line.alert(1, "'max-keep-alive-queue' expects expects an integer value (or -1 to disable)");  // sic
  std::int64_t most = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), most);
  if (end != word.data() + word.size())
    return line.alert(1, fmt::format("'max-keep-alive-queue' : unexpected character '{}' in integer value '{}'", *end, word));
  line.proxy().max_keep_alive_queue = fault == std::errc{} ? most : -1;
}

void parse_session_connections(Line& line) {
  if (!line.has(1)) return line.alert(1, "'max-session-srv-conns' expects a number. Got no argument");
  warn_unless_number(line, 1);
  line.proxy().max_session_connections = leading_count(line.word(1));
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "option",
     .scope = kAll,
     .parse = parse_option_line,
     .negatable = true,
     .usage = "<name> ...",
     .doc = "See the options."},
    {.name = "timeout",
     .scope = kAll,
     .parse = parse_timeout_line,
     .usage = "<which> <time>",
     .doc = "See the timeouts."},
    {.name = "stats",
     .scope = kAll,
     .parse = parse_stats_line,
     .usage = "<what> ...",
     .doc = "The statistics page."},
    {.name = "mode",
     .scope = kAll,
     .max_args = 1,
     .parse = parse_mode,
     .usage = "tcp|http|health",
     .doc = "What is understood of the traffic. Default: tcp."},
    {.name = "disabled",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_disabled<true>,
     .doc = "Not started."},
    {.name = "enabled",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_disabled<false>,
     .doc = "Undo \"disabled\"."},
    {.name = "id",
     .scope = kAnyProxy,
     .parse = parse_id,
     .usage = "<number>",
     .doc = "Number in statistics.",
     .style = Style::Tight},
    {.name = "description",
     .scope = kAnyProxy,
     .parse = parse_description,
     .usage = "<text>",
     .doc = "Text on the statistics page.",
     .style = Style::Tight},
    {.name = "guid",
     .scope = kAnyProxy,
     .max_args = 1,
     .parse = parse_guid,
     .usage = "<id>",
     .doc = "A name that nothing else has; the stats file counts by it. Up to 127 letters, digits and \".:_-\"."},
    {.name = "maxconn",
     .scope = kDefaults | kFront,
     .max_args = 1,
     .parse = parse_count<&Proxy::maxconn>,
     .usage = "<number>",
     .doc = "Connections of clients at once. Default: the process's.",
     .misplaced_hint = " Maybe you want 'fullconn' instead ?"},
    {.name = "load-server-state-from-file",
     .scope = kDefaults | kBack,
     .parse = parse_server_states,
     .usage = "global|local|none",
     .doc = "Servers start in the state that a file remembers of them."},
    {.name = "server-state-file-name",
     .scope = kDefaults | kBack,
     .max_args = 1,
     .parse = parse_state_name,
     .usage = "[<file>|use-backend-name]",
     .doc = "The file of load-server-state-from-file local; the backend's name without it."},
    {.name = "fullconn",
     .scope = kDefaults | kBack,
     .max_args = 1,
     .parse = parse_count<&Proxy::fullconn>,
     .usage = "<number>",
     .doc = "Load at which servers get their full maxconn. Default: a tenth of the connections that may come.",
     .misplaced_hint = " Maybe you want 'maxconn' instead ?"},
    {.name = "backlog",
     .scope = kDefaults | kFront,
     .max_args = 1,
     .parse = parse_backlog,
     .usage = "<number>",
     .doc = "Connections waiting to be accepted. Default: maxconn."},
    {.name = "max-keep-alive-queue",
     .scope = kDefaults | kBack,
     .parse = parse_keep_alive_queue,
     .usage = "<number>",
     .doc = "Waiting streams from which on a connection's last server is not preferred."},
    {.name = "max-session-srv-conns",
     .scope = kDefaults | kFront,
     .parse = parse_session_connections,
     .usage = "<number>",
     .doc = "Idle connections to servers that a client's session keeps for itself."},
    {.name = "rate-limit",
     .scope = kAll,
     .parse = parse_rate_limit,
     .usage = "sessions <number>",
     .doc = "New sessions a second."},
    {.name = "monitor",
     .scope = kFront,
     .parse = parse_monitor,
     .usage = "fail {if|unless} <condition>",
     .doc = "When monitor-uri answers 503."},
    {.name = "monitor-uri",
     .scope = kDefaults | kFront,
     .max_args = 1,
     .parse = parse_monitor_uri,
     .usage = "<uri>",
     .doc = "Answered by the proxy itself."},
    {.name = "retries",
     .scope = kDefaults | kBack,
     .max_args = 1,
     .parse = parse_retries,
     .usage = "<number>",
     .doc = "Further attempts to connect to a server. Default: 3."},
    {.name = "http-reuse",
     .scope = kDefaults | kBack,
     .parse = parse_http_reuse,
     .usage = "never|safe|aggressive|always",
     .doc = "Whose requests may share a server connection. Default: safe."},
    {.name = "source",
     .scope = kDefaults | kBack,
     .parse = parse_source,
     .usage = "<address>[:<port>] [usesrc {<address>|client|clientip|hdr_ip(<name>[,<number>])}] [interface <name>]",
     .doc = "Where connections to servers come from."},
    {.name = "usesrc",
     .scope = kAll,
     .parse = parse_usesrc,
     .doc = "Only after \"source\"."},
    {.name = "dispatch",
     .scope = kBack,
     .max_args = 1,
     .parse = parse_dispatch,
     .usage = "<address>:<port>",
     .doc = "Everything goes there, whatever servers there are."},
    {.name = "transparent",
     .scope = kAll,
     .max_args = 0,
     .parse = parse_transparent,
     .doc = "Everything goes where the client wanted to go."},
});

constexpr auto kLineRows = std::to_array<Keyword>({
    {.name = "bind",
     .scope = kFront,
     .parse = read_bind,
     .usage = "<address>[,...] [options]",
     .doc = "Listen there."},
    {.name = "server",
     .scope = kAll,
     .parse = read_server,
     .usage = "<name> <address>[:<port>] [options]",
     .doc = "A server."},
    {.name = "default-server",
     .scope = kAll,
     .parse = read_default_server,
     .usage = "[options]",
     .doc = "Options of the servers below."},
});

}  // namespace

const KeywordTable& proxy_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

const KeywordTable& line_keywords() {
  static constexpr KeywordTable kTable{"", kLineRows};
  return kTable;
}

}  // namespace proxyd::config

// "stats ..." of proxies: the statistics page; and of global: the runtime socket.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxyd/config/bind_line.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"

namespace proxyd::config {

namespace {

constexpr Scope kAll = kDefaults | kAnyProxy;
constexpr std::string_view kParameters =
    "'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', 'show-desc' "
    "or 'show-legends'";

/// Any of these lines turns the page on.
StatsPage& page(Line& line) {
  StatsPage& stats = line.proxy().stats;
  stats.enabled = true;
  return stats;
}

void parse_enable(Line& line) { (void)page(line); }

void parse_uri(Line& line) {
  if (!line.has(2)) return line.alert(2, "'uri' needs an URI prefix.");
  page(line).uri = line.word(2);
}

void parse_realm(Line& line) {
  if (!line.has(2)) return line.alert(2, "'realm' needs an realm name.");
  page(line).realm = line.word(2);
}

void parse_auth(Line& line) {
  if (!line.has(2)) return line.alert(2, "'auth' needs a user:password account.");
  StatsPage& stats = page(line);
  const std::string_view account = line.word(2);
  const std::string_view user = account.substr(0, account.find(':'));
  for (const std::string& each : stats.users)
    if (std::string_view{each}.substr(0, each.find(':')) == user) {
      line.draft.warning(line.place(2),
                         fmt::format("config : uri auth: ignoring duplicated user '{}'.", user));
      return;
    }
  stats.users.emplace_back(account);
}

void parse_scope(Line& line) {
  if (!line.has(2)) return line.alert(2, "'scope' needs a proxy name.");
  page(line).scope.emplace_back(line.word(2));
}

void parse_refresh(Line& line) {
  const Delay delay = read_delay(line.word(2), std::chrono::seconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter && delay.character != '\0')
    return line.alert_tight(
        2, fmt::format("unexpected character '{}' in argument to stats refresh interval.",
                       delay.character));
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert_tight(2, "'stats refresh' expects an interval.");
  if (delay.fault == DelayFault::Overflow)
    return line.alert_tight(
        2,
        fmt::format("timer overflow in argument '{}' to stats refresh interval (maximum value is "
                    "2147483647 s or ~68 years).",
                    line.word(2)));
  warn_trailing(line, 2, delay);
  page(line).refresh_s = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(delay.value).count());
}

void parse_hide_version(Line& line) { page(line).hide_version = true; }
void parse_show_version(Line& line) { page(line).hide_version = false; }
void parse_show_legends(Line& line) { page(line).show_legends = true; }

void parse_show_node(Line& line) {
  StatsPage& stats = page(line);
  stats.show_node = true;
  if (line.has(2)) stats.node = line.word(2);
}

void parse_show_desc(Line& line) {
  StatsPage& stats = page(line);
  if (!line.has(2) && line.global().description.empty())
    return line.warning_tight(
        1, "'show-desc' requires a parameter or 'desc' to be set in the global section.");
  stats.show_description = true;
  stats.description = line.has(2) ? line.joined(2) : line.global().description;
}

void parse_admin(Line& line) {
  if (line.word(2) != "if" && line.word(2) != "unless")
    return line.alert(2, "'stats admin' requires either 'if' or 'unless' followed by a condition.");
  auto condition = read_condition(line, 2, "error detected while parsing a 'stats admin' rule",
                                  samples::Place::FrontRequest);
  if (condition.has_value()) page(line).admin.push_back({std::move(*condition)});
}

void parse_http_request(Line& line) {
  (void)page(line);
  read_stats_rule(line);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "http-request",
     .scope = kNamedDefaults | kAnyProxy,
     .parse = parse_http_request,
     .usage = "{ allow | deny | auth [realm <text>] } [{ if | unless } <condition>]",
     .doc = "Who may see the page."},
    {.name = "enable", .scope = kAll, .parse = parse_enable, .doc = "The page, with its defaults."},
    {.name = "uri",
     .scope = kAll,
     .parse = parse_uri,
     .usage = "<prefix>",
     .doc = "Where the page is. Default: /haproxy?stats."},
    {.name = "realm",
     .scope = kAll,
     .parse = parse_realm,
     .usage = "<text>",
     .doc = "What the browser asks a password for. Default: HAProxy Statistics."},
    {.name = "auth",
     .scope = kAll,
     .parse = parse_auth,
     .usage = "<user>:<password>",
     .doc = "An account."},
    {.name = "scope",
     .scope = kAll,
     .parse = parse_scope,
     .usage = "<name> | .",
     .doc = "Show this proxy."},
    {.name = "refresh",
     .scope = kAll,
     .parse = parse_refresh,
     .usage = "<time>",
     .doc = "Reload the page so often."},
    {.name = "hide-version",
     .scope = kAll,
     .parse = parse_hide_version,
     .doc = "Do not show the version."},
    {.name = "show-version",
     .scope = kAll,
     .parse = parse_show_version,
     .doc = "Show the version."},
    {.name = "show-legends",
     .scope = kAll,
     .parse = parse_show_legends,
     .doc = "Show more in tooltips."},
    {.name = "show-node",
     .scope = kAll,
     .parse = parse_show_node,
     .usage = "[<name>]",
     .doc = "Show the machine's name."},
    {.name = "show-desc",
     .scope = kAll,
     .parse = parse_show_desc,
     .usage = "[<text>]",
     .doc = "Show a description."},
    {.name = "admin",
     .scope = kAnyProxy,
     .parse = parse_admin,
     .usage = "{ if | unless } <condition>",
     .doc = "Let these visitors change servers' states.",
     .style = Style::Tight},
});

void parse_socket(Line& line) {
  if (!line.has(2))
    return line.alert(
        2, "'stats socket' in global section expects an address or a path to a UNIX socket");
  read_stats_socket(line);
}

void parse_stats_timeout(Line& line) {
  const Delay delay = read_delay(line.word(2), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter && !line.has(2))
    return line.alert(2, "'stats timeout' expects a positive value");
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert(2,
                      fmt::format("'stats timeout' : unexpected character '{}'", delay.character));
  if (delay.fault == DelayFault::Overflow)
    return line.alert(
        2, fmt::format(
               "timer overflow in argument '{}' to 'stats timeout' (maximum value is 2147483647 ms "
               "or ~24.8 days)",
               line.word(2)));
  if (delay.value.count() == 0) return line.alert(2, "'stats timeout' expects a positive value");
  warn_trailing(line, 2, delay);
  line.global().stats_timeout = delay.value;
}

void parse_stats_maxconn(Line& line) {
  const std::int64_t count = leading_number(line.word(2));
  if (count <= 0) return line.alert(2, "'stats maxconn' expects a positive value");
  line.global().stats_maxconn =
      static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
}

/// Nothing to bind since there is one process; 3.4 refuses it, 2.6 does not.
void parse_bind_process(Line&) {}

constexpr auto kGlobalRows = std::to_array<Keyword>({
    {.name = "socket",
     .scope = kGlobal,
     .parse = parse_socket,
     .usage = "<address|path> [level <level>] [mode <octal>] [user <name>] [group <name>] ...",
     .doc = "The runtime socket."},
    {.name = "timeout",
     .scope = kGlobal,
     .parse = parse_stats_timeout,
     .usage = "<time>",
     .doc = "Silence on the runtime socket. Default: 10s."},
    {.name = "maxconn",
     .scope = kGlobal,
     .parse = parse_stats_maxconn,
     .usage = "<number>",
     .doc = "Connections to the runtime socket. Default: 10."},
    {.name = "bind-process",
     .scope = kGlobal,
     .parse = parse_bind_process,
     .usage = "<set>",
     .doc = "No effect with one process, in the original as well."},
});

}  // namespace

void parse_stats_line(Line& line) {
  if (!line.has(1))
    return line.alert_tight(0, fmt::format("missing keyword in 'stats', expects {}.", kParameters));
  const std::string_view name = line.word(1);
  const Keyword* row = line.draft.stats_index.find(name);
  const std::string full = fmt::format("stats {}", name);
  if (row == nullptr && is_known(KeywordPlace::Proxy, full)) return line.not_built(1, full);
  if (row == nullptr)
    return line.alert_tight(
        1, fmt::format("unknown stats parameter '{}', expects {}.", name, kParameters));
  if (check_row(line, *row, full, 2)) row->parse(line);
}

const KeywordTable& stats_keywords() {
  static constexpr KeywordTable kTable{"stats", kRows};
  return kTable;
}

const KeywordTable& global_stats_keywords() {
  static constexpr KeywordTable kTable{"stats", kGlobalRows};
  return kTable;
}

}  // namespace proxyd::config

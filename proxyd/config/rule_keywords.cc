// The lines that add rules: "tcp-request", "tcp-response", "http-request", "http-response", "http-after-response".
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "parsers/common/suggest.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/rule_line.h"

namespace proxyd::config {

namespace {

using samples::Place;

constexpr RuleSet kSets[] = {
    {kTcpConnection, "tcp-request connection", &ProxyRules::tcp_connection, Place::FrontConnection, Place::FrontConnection, Station::TcpConnection},
    {kTcpSession, "tcp-request session", &ProxyRules::tcp_session, Place::FrontSession, Place::FrontSession, Station::TcpSession},
    {kTcpContent, "tcp-request content", &ProxyRules::tcp_content, Place::FrontContent, Place::BackContent, Station::TcpContent},
    {kTcpResponse, "tcp-response content", &ProxyRules::tcp_response, Place::ResponseContent, Place::ResponseContent, Station::Response},
    {kHttpRequest, "http-request", &ProxyRules::http_request, Place::FrontRequest, Place::BackRequest, Station::HttpRequest},
    {kHttpResponse, "http-response", &ProxyRules::http_response, Place::FrontResponseHead, Place::ResponseHead, Station::Response},
    {kHttpAfterResponse, "http-after-response", &ProxyRules::http_after_response, Place::FrontResponseHead, Place::ResponseHead, Station::Response},
};

const RuleSet& set_of(RuleSets bit) {
  return *std::find_if(std::begin(kSets), std::end(kSets), [bit](const RuleSet& each) { return each.bit == bit; });
}

std::array<std::span<const ActionRow>, 10> all_actions() {
  return {flow_actions(), header_actions(), start_line_actions(), list_actions(), variable_actions(), stream_actions(), answer_actions(), redirect_actions(), waiting_actions(), bandwidth_actions()};
}

const ActionRow* find_action(RuleSets set, std::string_view name) {
  for (const auto& table : all_actions())
    for (const ActionRow& each : table)
      if (each.name == name && (each.sets & set) != 0) return &each;
  return nullptr;
}

/// Actions of the original that are not there yet, by list.
struct LaterAction {
  std::string_view name;
  RuleSets sets;
};
constexpr auto kLater = std::to_array<LaterAction>({
    {"attach-srv", kTcpSession},
    {"cache-store", kHttpResponse}, {"cache-use", kHttpRequest},
    {"do-log", kTcpRules | kHttpRules}, {"do-resolve", kTcpContent | kHttpRequest},
    {"sc-add-gpc", kTcpRules | kHttpRules}, {"sc-inc-gpc", kTcpRules | kHttpRules}, {"sc-inc-gpc0", kTcpRules | kHttpRules},
    {"sc-inc-gpc1", kTcpRules | kHttpRules}, {"sc-set-gpt", kTcpRules | kHttpRules}, {"sc-set-gpt0", kTcpRules | kHttpRules},
    {"send-spoe-group", kTcpContent | kTcpResponse | kHttpRules},
    {"switch-mode", kTcpContent}, {"track-sc", kTcpRules | kHttpRules}, {"use-service", kTcpContent | kHttpRequest},
});

bool is_later(RuleSets set, std::string_view name) {
  if (name.starts_with("track-sc")) name = "track-sc";
  if (name.starts_with("lua.")) return true;
  return std::any_of(kLater.begin(), kLater.end(), [&](const LaterAction& each) {
    return each.name == name && (each.sets & set) != 0;
  });
}

void refuse_action(RuleLine& rule) {
  const std::string_view name = rule.word.substr(0, rule.word.find('('));
  if (name == "capture" && (rule.set.bit & (kTcpConnection | kTcpSession)) != 0)  // there is no request yet
    return rule.line.alert(rule.at - 1, fmt::format("'capture {}' is not allowed in '{}' rules in {}", rule.line.word(rule.at),
                                                    rule.set.keyword, rule.line.target->title()));
  if (is_later(rule.set.bit, name)) return rule.line.not_built(rule.at - 1, rule.title());
  std::string expected;
  std::vector<std::string_view> names;
  for (const auto& table : all_actions()) {
    for (const ActionRow& each : table) {
      if ((each.sets & rule.set.bit) == 0) continue;
      names.push_back(each.name);
      expected += fmt::format("'{}{}', ", each.name, each.usage.starts_with('(') ? "(*)" : "");
    }
  }
  for (const LaterAction& each : kLater)
    if ((each.sets & rule.set.bit) != 0) names.push_back(each.name);
  if (!rule.set.is_http()) {
    if (!expected.empty()) expected.resize(expected.size() - 2);
    return rule.line.alert(rule.at - 1, fmt::format("'{}' expects {} in {} (got '{}')", rule.set.keyword, expected,
                                                    rule.line.target->title(), rule.word) + maybe(rule.word, names));
  }
  if (rule.word.empty())
    return rule.line.alert_tight(rule.at - 1, fmt::format("'{}' expects {}but got '' (missing argument).", rule.set.keyword, expected));
  const std::string_view near = parsers::common::suggest(name, names);
  rule.line.alert_tight(rule.at - 1, fmt::format("'{}' expects {}but got '{}'.{}", rule.set.keyword, expected, rule.word,
                                                 near.empty() ? "" : fmt::format(" Did you mean '{}' maybe ?", near)));
}

/// "if", "unless" or the end; false after an alert.
bool read_condition_of(RuleLine& rule, rules::Rule& made) {
  Line& line = rule.line;
  if (!line.has(rule.at)) return true;
  if (rule.has_more()) {
    if (rule.set.is_http())
      line.alert_tight(rule.at, fmt::format("'{}' expects either 'if' or 'unless' followed by a condition but found '{}'.",
                                            rule.title(), line.word(rule.at)));
    else
      line.alert(rule.at, fmt::format("'{}' only accepts 'if' or 'unless', in {} (got '{}')", rule.title(),
                                      line.target->title(), line.word(rule.at)));
    return false;
  }
  const std::string context =
      rule.condition_is_argument ? rule.fault_title() + " : error in condition:"
      : rule.set.is_http() ? fmt::format("error detected while parsing an '{}' condition", rule.title())
                         : fmt::format("'{}' : error detected in {} while parsing '{}' condition", rule.title(), line.target->title(), line.word(rule.at));
  auto condition = read_condition(line, rule.at, context, rule.place());
  if (!condition) return false;
  made.condition = std::move(*condition);
  return true;
}

}  // namespace

void warn_of_order(Line& line, Station own, std::string_view title) {
  static const ProxyRules kNone;
  const ProxyRules& all = line.proxy().rules;
  const ProxyRules& above = line.target->inherited_rules == nullptr ? kNone : *line.target->inherited_rules;
  const auto has = [&](rules::RuleList ProxyRules::*list) { return (all.*list).size() > (above.*list).size(); };
  const struct {
    Station station;
    bool is_there;
    std::string_view title;
  } others[] = {
      {Station::TcpSession, has(&ProxyRules::tcp_session), "a 'tcp-request session'"},
      {Station::TcpContent, has(&ProxyRules::tcp_content), "a 'tcp-request content'"},
      {Station::Monitor, !line.proxy().monitor_fail.empty(), "a 'monitor fail'"},
      {Station::HttpRequest, has(&ProxyRules::http_request), "an 'http-request'"},
      {Station::Redirect, has(&ProxyRules::redirects), "a 'redirect'"},
      {Station::UseBackend, !line.proxy().use_backend.empty(), "a 'use_backend'"},
      {Station::UseServer, !line.proxy().use_server.empty(), "a 'use-server'"},
  };
  for (const auto& each : others)
    if (each.station > own && each.is_there && own != Station::Response)
      return line.warning(0, fmt::format("a '{}' rule placed after {} rule will still be processed before.", title.empty() ? line.word(0) : title,
                                          each.title));
}

namespace {

/// A rule whose action is word `index`.
void read_rule(Line& line, const RuleSet& set, std::size_t index, rules::RuleList& list) {
  RuleLine rule{line, set, index};
  const ActionRow* const row = find_action(set.bit, rule.word.substr(0, rule.word.find('(')));
  if (row == nullptr) return refuse_action(rule);
  auto made = std::make_shared<rules::Rule>();
  made->action = row->read(rule);
  if (made->action == nullptr || !read_condition_of(rule, *made)) return;
  made->place = line.at();
  made->text = line.joined(0);
  made->is_last = rule.is_final && made->condition == nullptr;
  if (&list == &(line.proxy().rules.*set.list)) warn_of_order(line, set.station);
  if (set.is_http() && !list.empty() && list.back()->is_last)
    line.warning_tight(index, fmt::format("previous '{}' action is final and has no condition attached, further entries are NOOP.",
                                          set.keyword));
  list.push_back(std::move(made));
}

void read_rule(Line& line, const RuleSet& set, std::size_t index) {
  read_rule(line, set, index, line.proxy().rules.*set.list);
}

template <RuleSets bit>
void parse_http_rule(Line& line) {
  read_rule(line, set_of(bit), 1);
}

/// A line that is a rule by itself.
void parse_redirect(Line& line) {
  RuleLine rule{line, set_of(kHttpRequest), 0};
  rule.is_line = true;
  auto made = std::make_shared<rules::Rule>();
  made->action = redirect_line().read(rule);
  if (made->action == nullptr || !read_condition_of(rule, *made)) return;
  made->place = line.at();
  made->text = line.joined(0);
  made->is_line = true;
  warn_of_order(line, Station::Redirect);
  line.proxy().rules.redirects.push_back(std::move(made));
}

void read_inspect_delay(Line& line, Duration& into) {
  const std::string start = fmt::format("'{} inspect-delay' expects a positive delay in milliseconds, in {}", line.word(0),
                                        line.target->title());
  if (!line.has(2)) return line.alert(2, start);
  const Delay delay = read_delay(line.word(2), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert(2, fmt::format("{} (unexpected character '{}')", start, delay.character));
  if (delay.fault != DelayFault::None) return line.alert(2, fmt::format("{} (timer overflow in '{}')", start, line.word(2)));
  into = delay.value;
}

bool is_anonymous(const Line& line) { return line.in_defaults() && line.target->proxy->name.empty(); }

void parse_tcp_request(Line& line) {
  const std::string_view kind = line.word(1);
  if (kind.empty()) return line.alert(1, fmt::format("missing argument for 'tcp-request' in {}", line.target->title()));
  if (is_anonymous(line))
    return line.alert(1, fmt::format("tcp-request {} is not allowed in anonymous 'defaults' sections", kind));
  if (kind == "inspect-delay") return read_inspect_delay(line, line.proxy().rules.request_inspect_delay);
  if (kind == "content") return read_rule(line, set_of(kTcpContent), 2);
  if (kind != "connection" && kind != "session")
    return line.alert(1, fmt::format("'tcp-request' expects 'inspect-delay', 'connection', or 'content' in {} (got '{}')",
                                     line.target->title(), kind));
  if (!line.target->is_front() && !line.in_defaults())
    return line.alert(1, fmt::format("{} is not allowed because {} is not a frontend", line.joined(0).substr(0, 12 + kind.size()),
                                     line.target->title()));
  read_rule(line, set_of(kind == "connection" ? kTcpConnection : kTcpSession), 2);
}

void parse_tcp_response(Line& line) {
  const std::string_view kind = line.word(1);
  if (kind.empty()) return line.alert(1, fmt::format("missing argument for 'tcp-response' in {}", line.target->title()));
  if (is_anonymous(line) || (!line.in_defaults() && !line.target->is_back()))
    return line.alert(1, fmt::format("tcp-response {} is only allowed in 'backend' sections or 'defaults' section with a name", kind));
  if (kind == "inspect-delay") return read_inspect_delay(line, line.proxy().rules.response_inspect_delay);
  if (kind == "content") return read_rule(line, set_of(kTcpResponse), 2);
  line.alert(1, fmt::format("'tcp-response' expects 'inspect-delay' or 'content' in {} (got '{}')", line.target->title(), kind));
}

void parse_use_server(Line& line) {
  if (!line.has(1)) return line.alert(1, "'use-server' expects a server name.");
  if (line.word(2) != "if" && line.word(2) != "unless")
    return line.alert(2, "'use-server' requires either 'if' or 'unless' followed by a condition.");
  UseServerRule rule;
  rule.place = line.draft.keep(line.statement.whole());
  rule.server = line.word(1);
  rule.text = line.joined(0);
  if (rule.server.find('%') != std::string::npos) {
    formats::FormatUse use;
    use.place = Place::BackSet;
    use.environment = &environment_of(line);
    auto format = formats::compile_format(rule.server, use);
    if (!format)
      return line.draft.alert(line.place(1), fmt::format("config : Parsing [{}]; use-server rule failed to parse log-format '{}' : {}",
                                                         line.at(), rule.server, format.error().message));
    rule.name_format = std::make_shared<const formats::Format>(std::move(*format));
  }
  auto condition = read_condition(line, 2, "error detected while parsing switching rule", Place::BackSet);
  if (!condition.has_value()) return;
  rule.condition = std::move(*condition);
  line.target->use_server_places.push_back(line.place(1));
  line.proxy().use_server.push_back(std::move(rule));
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "tcp-request", .scope = kDefaults | kAnyProxy, .parse = parse_tcp_request,
     .usage = "{ connection | session | content } <action> | inspect-delay <time>", .doc = "A rule for connections, or for what comes first on them."},
    {.name = "tcp-response", .scope = kDefaults | kAnyProxy, .parse = parse_tcp_response,
     .usage = "content <action> | inspect-delay <time>", .doc = "A rule for what a server says first."},
    {.name = "http-request", .scope = kNamedDefaults | kAnyProxy, .parse = parse_http_rule<kHttpRequest>,
     .usage = "<action> [{ if | unless } <condition>]", .doc = "A rule for requests."},
    {.name = "http-response", .scope = kNamedDefaults | kAnyProxy, .parse = parse_http_rule<kHttpResponse>,
     .usage = "<action> [{ if | unless } <condition>]", .doc = "A rule for responses of servers."},
    {.name = "redirect", .scope = kAnyProxy, .parse = parse_redirect,
     .usage = "{ location | prefix | scheme } <text> [code <code>] [<option>...] [{ if | unless } <condition>]", .doc = "Send clients elsewhere, after \"http-request\"."},
    {.name = "http-after-response", .scope = kNamedDefaults | kAnyProxy, .parse = parse_http_rule<kHttpAfterResponse>,
     .usage = "<action> [{ if | unless } <condition>]", .doc = "A rule for all responses, also our own."},
    {.name = "use-server", .scope = kAnyProxy, .parse = parse_use_server, .usage = "<server> { if | unless } <condition>",
     .doc = "The server to use, whatever the algorithm says."},
});

}  // namespace

const RuleSet& rule_set(RuleSets bit) { return set_of(bit); }

void read_stats_rule(Line& line) { read_rule(line, set_of(kHttpRequest), 2, line.proxy().stats.http_request); }

const KeywordTable& rule_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config

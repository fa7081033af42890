#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/server_line.h"

namespace proxyd::config {

namespace {

/// One line being read.
struct ServerContext {
  Line& line;
  Server& server;
  ServerDraft& wish;
  std::string_view name;  // empty: default-server
  std::size_t at = 0;     // the option's word

  std::string_view option() const { return line.word(at); }
  std::string_view value() const { return line.word(at + 1); }
  bool has_value() const { return line.has(at + 1); }
};

/// An option; returns what is wrong, as the original words it before its final full stop, or an empty text.
struct ServerOption {
  std::string_view name{};
  bool takes_value = false;
  std::string (*parse)(ServerContext& context) = nullptr;
  std::string_view usage{};
  std::string_view doc{};
  bool server_line_only = false;
};

std::string beginning(const ServerContext& context) {
  if (context.name.empty()) return fmt::format("config : [{}] : ", context.line.at());
  return fmt::format("config : [{}] : 'server {}/{}' : ", context.line.at(), context.line.proxy().name, context.name);
}

/// A time without a unit below this is very likely meant in seconds.
constexpr auto kSuspiciousTime = std::chrono::milliseconds{10};

std::string parse_interval(ServerContext& context, Duration& field) {
  const std::string_view option = context.option(), value = context.value();
  if (!context.has_value()) return fmt::format("'{}' expects a delay as argument.", option);
  const Delay delay = read_delay(value, std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return fmt::format("unexpected character '{}' in '{}' argument of server {}.", delay.character, "agent-inter", context.name);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format("timer overflow in argument <{}> to <{}> of server {}, maximum value is 2147483647 ms (~24.8 days).",
                       value, option, context.name);
  if (delay.value.count() == 0)
    return fmt::format("invalid value 0 for argument '{}' of server {}.", option, context.name);
  if (delay.trailing != '\0')
    context.line.draft.warning(context.line.place(context.at + 1), beginning(context) + trailing_text(delay.trailing, value));
  if (delay.bare && delay.value < kSuspiciousTime)
    context.line.draft.warning(
        context.line.place(context.at + 1),
        fmt::format("{}'{} {}' means {} milliseconds and is run so; '{} {}s' was very likely meant.", beginning(context),
                    option, value, value, option, value),
        fmt::format("write '{} {}s' for seconds, or '{} {}ms' to keep it without this warning", option, value, option, value));
  field = delay.value;
  return {};
}

template <Duration Server::* Field>
std::string parse_interval_field(ServerContext& context) {
  return parse_interval(context, context.server.*Field);
}

template <std::uint32_t Server::* Field>
std::string parse_threshold(ServerContext& context) {
  if (!context.has_value()) return fmt::format("'{}' expects an integer argument.", context.option());
  const std::int64_t count = leading_number(context.value());
  if (count <= 0) return fmt::format("'{}' has to be > 0.", context.option());
  context.server.*Field = static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

template <std::uint32_t Server::* Field>
std::string parse_count(ServerContext& context) {
  // The original reads an unsigned 32-bit number; what is negative would be huge, which is no limit either.
  const std::int64_t count = leading_number(context.value());
  context.server.*Field = count < 0 ? 0 : static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

std::string parse_weight(ServerContext& context) {
  const std::int64_t weight = leading_number(context.value());
  if (weight < 0 || weight > 256)
    return fmt::format("weight of server {} is not within 0 and 256 ({}).", context.name, weight);
  context.server.weight = static_cast<std::uint16_t>(weight);
  return {};
}

std::string parse_port(ServerContext& context) {
  if (!context.has_value()) return "'port' expects a port number as argument.";
  context.server.check_port = static_cast<std::uint16_t>(leading_count(context.value()));
  return {};
}

std::string parse_addr(ServerContext& context) {
  if (!context.has_value()) return "'addr' expects <ipv4|ipv6> as argument.";
  auto address = parse_address(context.value(), AddressRules{});
  if (!address.has_value()) return fmt::format("'addr' : {}", address.error().message);
  if (address->where.kind != lib::net::Endpoint::Kind::Ip)
    return fmt::format("'addr' : '{}' is not an address", context.value());
  if (address->has_port) context.server.check_port = address->where.ip.port();
  address->where.ip.set_port(0);
  context.server.check_address = address->where.ip;
  return {};
}

std::string parse_id(ServerContext& context) {
  if (!context.has_value()) return "'id' : expects an integer argument";
  const std::int64_t id = leading_number(context.value());
  if (id <= 0 || id > INT32_MAX) return "'id' : custom id has to be > 0";
  for (const Server& each : context.line.proxy().servers)
    if (each.id == static_cast<std::uint32_t>(id))
      return fmt::format("'id' : custom id {} already used at {} ('server {}')", id, each.place.text(), each.name);
  context.server.id = static_cast<std::uint32_t>(id);
  return {};
}

std::string parse_source(ServerContext& context) {
  if (!context.has_value())
    return "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and 'interface' <name> as argument.";
  AddressRules rules;
  rules.range_allowed = true;
  auto address = parse_address(context.value(), rules);
  if (!address.has_value()) return fmt::format("'source {}' : {}", context.value(), address.error().message);
  if (address->high_port != address->where.ip.port()) return not_built_text("source with a range of ports");
  const std::string_view next = context.line.word(context.at + 2);
  if (next == "usesrc" || next == "interface") return not_built_text(fmt::format("source ... {}", next));
  if (address->where.kind != lib::net::Endpoint::Kind::Ip)
    return fmt::format("'source {}' : not an address", context.value());
  context.server.source = address->where.ip;
  return {};
}

std::string parse_usesrc(ServerContext& context) {
  return fmt::format("'{}' only allowed after a 'source' statement.", context.option());
}

std::string parse_slowstart(ServerContext& context) {
  const Delay delay = read_delay(context.value(), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter && !context.has_value())
    return "'slowstart' expects a delay as argument.";
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return fmt::format("unexpected character '{}' in 'slowstart' argument of server {}.", delay.character, context.name);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format("timer overflow in argument <{}> to <slowstart> of server {}, maximum value is 2147483647 ms (~24.8 "
                       "days).",
                       context.value(), context.name);
  if (delay.trailing != '\0')
    context.line.draft.warning(context.line.place(context.at + 1),
                               beginning(context) + trailing_text(delay.trailing, context.value()));
  context.server.slow_start = delay.value;
  return {};
}

std::string parse_pool_max(ServerContext& context) {
  if (!context.has_value()) return "'pool-max-conn' expects <value> as argument.";
  const std::int64_t count = leading_number(context.value());
  if (count < -1) return "'pool-max-conn' must be >= -1";
  context.server.pool_max_conn = static_cast<std::int32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

std::string parse_pool_low(ServerContext& context) {
  if (!context.has_value()) return "'pool-low-conn' expects <value> as argument.";
  return parse_count<&Server::pool_low_conn>(context);
}

std::string parse_pool_purge(ServerContext& context) {
  if (!context.has_value()) return "'pool-purge-delay' expects <value> as argument.";
  const Delay delay = read_delay(context.value(), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return fmt::format("unexpected character '{}' in argument to <pool-purge-delay>.", delay.character);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format("timer overflow in argument '{}' to 'pool-purge-delay' (maximum value is 2147483647 ms or ~24.8 days)",
                       context.value());
  context.server.pool_purge_delay = delay.value;
  return {};
}

std::string parse_max_reuse(ServerContext& context) {
  if (!context.has_value()) return "'max-reuse' expects <value> as argument.";
  context.server.max_reuse =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(leading_number(context.value()), -1, INT32_MAX));
  return {};
}

std::string parse_init_addr(ServerContext& context) {
  context.wish.init_address.clear();
  if (!context.has_value()) return {};
  for (const std::string_view method : lib::base::split(context.value(), ',')) {
    if (method == "last") {
      context.wish.init_address.push_back(InitAddress::Last);
    } else if (method == "libc") {
      context.wish.init_address.push_back(InitAddress::Libc);
    } else if (method == "none") {
      context.wish.init_address.push_back(InitAddress::None);
    } else if (const auto address = lib::net::Address::parse(method)) {
      context.wish.init_address.push_back(InitAddress::Ip);
      context.wish.init_ip = *address;
    } else {
      return fmt::format("'init-addr' : unknown init-addr method '{}', supported methods are 'libc', 'last', 'none'.", method);
    }
  }
  return {};
}

template <bool Server::* Flag, bool Value>
std::string set_flag(ServerContext& context) {
  context.server.*Flag = Value;
  return {};
}

constexpr auto kOptions = std::to_array<ServerOption>({
    {"addr", true, parse_addr, "<address>", "Where health checks connect."},
    {"backup", false, set_flag<&Server::backup, true>, "", "Used when no other server is usable."},
    {"check", false, set_flag<&Server::check, true>, "", "Check this server's health."},
    {"disabled", false, set_flag<&Server::disabled, true>, "", "Start in maintenance."},
    {"downinter", true, parse_interval_field<&Server::down_inter>, "<time>", "Between checks of a server that is down."},
    {"enabled", false, set_flag<&Server::disabled, false>, "", "Undo an inherited \"disabled\"."},
    {"fall", true, parse_threshold<&Server::fall>, "<number>", "Failed checks before it is down."},
    {"fastinter", true, parse_interval_field<&Server::fast_inter>, "<time>", "Between checks while it changes."},
    {"id", true, parse_id, "<number>", "Number in statistics.", true},
    {"init-addr", true, parse_init_addr, "{last|libc|none|<ip>},...", "How its name becomes an address at start."},
    {"inter", true, parse_interval_field<&Server::inter>, "<time>", "Between checks."},
    {"max-reuse", true, parse_max_reuse, "<number>", "Requests on a connection to it; -1 for no limit."},
    {"maxconn", true, parse_count<&Server::maxconn>, "<number>", "Requests it serves at once."},
    {"maxqueue", true, parse_count<&Server::maxqueue>, "<number>", "Requests that wait for it."},
    {"minconn", true, parse_count<&Server::minconn>, "<number>", "Its maxconn under low load."},
    {"no-backup", false, set_flag<&Server::backup, false>, "", "Undo an inherited \"backup\"."},
    {"no-check", false, set_flag<&Server::check, false>, "", "Undo an inherited \"check\"."},
    {"pool-low-conn", true, parse_pool_low, "<number>", "Idle connections below which others' are not used."},
    {"pool-max-conn", true, parse_pool_max, "<number>", "Idle connections kept; -1 for no limit."},
    {"pool-purge-delay", true, parse_pool_purge, "<time>", "Between closings of idle connections."},
    {"port", true, parse_port, "<port>", "Port that health checks connect to."},
    {"rise", true, parse_threshold<&Server::rise>, "<number>", "Good checks before it is up."},
    {"slowstart", true, parse_slowstart, "<time>", "Reach full weight within this time after coming up."},
    {"source", true, parse_source, "<address>[:<port>]", "Where connections to it come from."},
    {"usesrc", true, parse_usesrc, "", "Only after \"source\"; not built."},
    {"weight", true, parse_weight, "<0-256>", "Its share."},
});

/// By name; built once, when a line is first read.
const ServerOption* find_option(std::string_view name) {
  static const auto kIndex = [] {
    std::unordered_map<std::string_view, const ServerOption*> index;
    for (const ServerOption& each : kOptions) index.emplace(each.name, &each);
    return index;
  }();
  const auto found = kIndex.find(name);
  return found == kIndex.end() ? nullptr : found->second;
}

void complain(const ServerContext& context, std::size_t word, std::string_view message) {
  context.line.draft.alert(context.line.place(word), beginning(context) + std::string{message});
}

void complain_unknown(const ServerContext& context) {
  const std::string_view option = context.option();
  if (is_known(KeywordPlace::Server, option)) return complain(context, context.at, not_built_text(option));
  std::vector<std::string_view> candidates = known_words(KeywordPlace::Server, "");
  for (const ServerOption& each : kOptions) candidates.push_back(each.name);
  std::string text = fmt::format("unknown keyword '{}'{}", option, maybe(option, candidates));
  if (!text.ends_with('?')) text += '.';
  if (context.name.empty()) text += " Hint: no address was expected for this server.";
  complain(context, context.at, text);
}

/// Options from context.at on; false after an alert.
bool read_options(ServerContext& context) {
  for (; context.at < context.line.size(); ++context.at) {
    const ServerOption* option = find_option(context.option());
    if (option == nullptr) {
      complain_unknown(context);
      return false;
    }
    if (option->server_line_only && context.name.empty()) {
      complain(context, context.at, fmt::format("'{}' option is not accepted in default-server sections", option->name));
      return false;
    }
    const std::string fault = option->parse(context);
    if (!fault.empty()) {
      complain(context, context.at + (option->takes_value ? 1 : 0), fault + ".");
      return false;
    }
    if (option->takes_value) ++context.at;
  }
  return true;
}

/// False after an alert: the section has no servers.
bool servers_allowed(Line& line, bool in_defaults_allowed) {
  if (line.target->is_back() || (in_defaults_allowed && line.in_defaults())) return true;
  if (line.in_defaults())
    line.draft.alert(line.place(0), fmt::format("config : [{}] : '{}' not allowed in 'defaults' section.", line.at(), line.word(0)));
  else
    line.draft.alert(line.place(0),
                     fmt::format("config : [{}] : parsing [{}] : '{}' not allowed because {} has no backend capability.",
                                 line.at(), line.at(), line.word(0), line.target->title()));
  return false;
}

char bad_character(std::string_view name) {
  for (const char c : name) {
    const char low = lib::base::to_lower(c);
    if (!((low >= 'a' && low <= 'z') || lib::base::is_digit(c) || std::string_view{"-_.:"}.find(c) != std::string_view::npos))
      return c;
  }
  return '\0';
}

/// The address of the line's third word; false after an alert.
bool read_server_address(ServerContext& context, std::size_t word, UnresolvedServer& unresolved) {
  AddressRules rules;
  rules.offset_allowed = true;
  rules.resolve = false;
  auto address = parse_address(context.line.word(word), rules);
  if (!address.has_value()) {
    complain(context, word, address.error().message);
    return false;
  }
  Server& server = context.server;
  server.where = std::move(address->where);
  if (server.where.kind != lib::net::Endpoint::Kind::Ip) return true;
  server.port_is_mapped = !address->has_port || address->is_offset;
  server.port_offset = address->offset;
  server.hostname = address->hostname;
  if (server.hostname.empty()) return true;
  // The port waits in a wildcard address until the name is known.
  server.where.ip = lib::net::Address::any(AF_INET, address->high_port);
  unresolved.family = address->family;
  return true;
}

}  // namespace

void read_server(Line& line) {
  if (!servers_allowed(line, false)) return;
  if (!line.has(2))
    return line.draft.alert(line.place(line.size()),
                            fmt::format("config : [{}] : 'server' expects <name> and <addr>[:<port>] as arguments.", line.at()));
  const std::string_view name = line.word(1);
  if (const char bad = bad_character(name); bad != '\0')
    return line.draft.alert(line.place(1), fmt::format("config : [{}] : character '{}' is not permitted in server name '{}'.",
                                                       line.at(), bad, name));
  Proxy& proxy = line.proxy();
  Server server = line.target->default_server;
  ServerDraft wish = line.target->default_wish;
  server.place = line.draft.keep(line.statement.whole());
  server.name = name;
  UnresolvedServer unresolved{};
  ServerContext context{line, server, wish, name, 3};
  if (!read_server_address(context, 2, unresolved)) return;
  if (!read_options(context)) return;
  if (!server.hostname.empty()) {
    unresolved.proxy = line.draft.config->proxies.size() - 1;
    unresolved.server = proxy.servers.size();
    unresolved.place = line.place(2);
    unresolved.wish = std::move(wish);
    line.draft.unresolved.push_back(std::move(unresolved));
  }
  proxy.servers.push_back(std::move(server));
  line.target->server_places.push_back(line.place(1));
}

void read_default_server(Line& line) {
  if (!servers_allowed(line, true)) return;
  ServerContext context{line, line.target->default_server, line.target->default_wish, {}, 1};
  (void)read_options(context);  // it has complained
}

void resolve_servers(Draft& draft) {
  bool missed = false;
  for (const UnresolvedServer& each : draft.unresolved) {
    Proxy& proxy = *draft.config->proxies[each.proxy];
    Server& server = proxy.servers[each.server];
    constexpr auto kUsual = std::to_array<InitAddress>({InitAddress::Last, InitAddress::Libc});
    const std::span<const InitAddress> methods =
        each.wish.init_address.empty() ? std::span<const InitAddress>{kUsual} : std::span{each.wish.init_address};
    const std::uint16_t port = server.where.ip.port();
    const std::string where = fmt::format("config : [{}] : 'server {}/{}' : could not resolve address '{}'",
                                          server.place.text(), proxy.name, server.name, server.hostname);
    bool settled = false;
    for (const InitAddress method : methods) {
      if (settled) break;
      if (method == InitAddress::Libc) {
        if (const auto address = resolve_host(server.hostname, each.family)) {
          server.where.ip = *address;
          settled = true;
        }
      } else if (method == InitAddress::Ip) {
        server.where.ip = each.wish.init_ip;
        draft.warning(each.place, where + ", falling back to configured address.");
        settled = true;
      } else if (method == InitAddress::None) {
        server.where.ip = lib::net::Address::any(AF_INET);
        server.disabled = true;
        settled = true;
      }
    }
    server.where.ip.set_port(port);
    if (settled) continue;
    draft.alert(each.place, where + ".", "use 'init-addr none' to start without it");
    missed = true;
  }
  if (missed) draft.alert(Place{}, "config : Failed to initialize server(s) addr.");
}

std::vector<std::string> server_option_lines() {
  std::vector<std::string> lines;
  for (const ServerOption& each : kOptions)
    lines.push_back(fmt::format("server <name> <address> {}{}{} [listen,backend] # {}", each.name,
                                each.usage.empty() ? "" : " ", each.usage, each.doc));
  return lines;
}

}  // namespace proxyd::config

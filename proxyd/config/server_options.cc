#include "proxyd/config/server_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/connect_options.h"
#include "proxyd/config/guids.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/server_tls.h"

namespace proxyd::config {

namespace {

/// A time without a unit below this is very likely meant in seconds.
constexpr auto kSuspiciousTime = std::chrono::milliseconds{10};

std::string parse_interval(ServerContext& context, Duration& field) {
  const std::string_view option = context.option(), value = context.value();
  if (!context.has_value()) return fmt::format("'{}' expects a delay as argument.", option);
  const Delay delay = read_delay(value, std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return fmt::format("unexpected character '{}' in '{}' argument of server {}.", delay.character,
                       "agent-inter", context.name);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format(
        "timer overflow in argument <{}> to <{}> of server {}, maximum value is 2147483647 ms "
        "(~24.8 days).",
        value, option, context.name);
  if (delay.value.count() == 0)
    return fmt::format("invalid value 0 for argument '{}' of server {}.", option, context.name);
  if (delay.trailing != '\0')
    context.line.draft.warning(
        context.line.place(context.at + 1),
        server_message_beginning(context) + trailing_text(delay.trailing, value));
  if (delay.bare && delay.value < kSuspiciousTime)
    context.line.draft.warning(
        context.line.place(context.at + 1),
        fmt::format(
            "{}'{} {}' means {} milliseconds and is run so; '{} {}s' was very likely meant.",
            server_message_beginning(context), option, value, value, option, value),
        fmt::format("write '{} {}s' for seconds, or '{} {}ms' to keep it without this warning",
                    option, value, option, value));
  field = delay.value;
  return {};
}

template <Duration Server::*Field>
std::string parse_interval_field(ServerContext& context) {
  return parse_interval(context, context.server.*Field);
}

template <std::uint32_t Server::*Field>
std::string parse_threshold(ServerContext& context) {
  if (!context.has_value())
    return fmt::format("'{}' expects an integer argument.", context.option());
  const std::int64_t count = leading_number(context.value());
  if (count <= 0) return fmt::format("'{}' has to be > 0.", context.option());
  context.server.*Field = static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

template <std::uint32_t Server::*Field>
std::string parse_count(ServerContext& context) {
  // The original reads an unsigned 32-bit number; what is negative would be huge, which is no limit
  // either.
  const std::int64_t count = leading_number(context.value());
  context.server.*Field =
      count < 0 ? 0 : static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
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
      return fmt::format("'id' : custom id {} already used at {} ('server {}')", id,
                         each.place.text(), each.name);
  context.server.id = static_cast<std::uint32_t>(id);
  return {};
}

std::string parse_slowstart(ServerContext& context) {
  const Delay delay = read_delay(context.value(), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter && !context.has_value())
    return "'slowstart' expects a delay as argument.";
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return fmt::format("unexpected character '{}' in 'slowstart' argument of server {}.",
                       delay.character, context.name);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format(
        "timer overflow in argument <{}> to <slowstart> of server {}, maximum value is 2147483647 "
        "ms (~24.8 "
        "days).",
        context.value(), context.name);
  if (delay.trailing != '\0')
    context.line.draft.warning(
        context.line.place(context.at + 1),
        server_message_beginning(context) + trailing_text(delay.trailing, context.value()));
  context.server.slow_start = delay.value;
  return {};
}

std::string parse_pool_max(ServerContext& context) {
  if (!context.has_value()) return "'pool-max-conn' expects <value> as argument.";
  const std::int64_t count = leading_number(context.value());
  if (count < -1) return "'pool-max-conn' must be >= -1";
  context.server.pool_max_conn =
      static_cast<std::int32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

std::string parse_server_proto(ServerContext& context) {
  if (!context.has_value()) return "'proto' : missing value";
  const std::string_view name = context.value();
  if (name == "h1") context.server.protocol = ServerProtocol::Http1;
  else if (name == "h2") context.server.protocol = ServerProtocol::Http2;
  else if (name == "fcgi" || name == "none") return fmt::format("'proto' : '{}' is known but not built yet in this version of proxyd", name);
  else return fmt::format("'proto' :  unknown MUX protocol '{}'", name);
  return {};
}

std::string parse_check_proto(ServerContext& context) {
  if (!context.has_value()) return "'check-proto' : missing value";
  const std::string_view name = context.value();
  if (name == "h1") context.server.check_protocol = ServerProtocol::Http1;
  else if (name == "h2") context.server.check_protocol = ServerProtocol::Http2;
  else if (name == "fcgi" || name == "none") return fmt::format("'check-proto' : '{}' is known but not built yet in this version of proxyd", name);
  else return fmt::format("'check-proto' :  unknown MUX protocol '{}'", name);
  return {};
}

std::string parse_websockets(ServerContext& context) {
  const std::string_view name = context.has_value() ? context.value() : std::string_view{};
  if (name == "auto") context.server.websockets = ServerProtocol::Any;
  else if (name == "h1") context.server.websockets = ServerProtocol::Http1;
  else if (name == "h2") context.server.websockets = ServerProtocol::Http2;
  else return "'ws' has to be 'auto', 'h1' or 'h2'";
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
    return fmt::format("unexpected character '{}' in argument to <pool-purge-delay>.",
                       delay.character);
  if (delay.fault == DelayFault::Overflow)
    return fmt::format(
        "timer overflow in argument '{}' to 'pool-purge-delay' (maximum value is 2147483647 ms or "
        "~24.8 days)",
        context.value());
  context.server.pool_purge_delay = delay.value;
  return {};
}

std::string parse_max_reuse(ServerContext& context) {
  if (!context.has_value()) return "'max-reuse' expects <value> as argument.";
  context.server.max_reuse = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(leading_number(context.value()), -1, INT32_MAX));
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
      return fmt::format(
          "'init-addr' : unknown init-addr method '{}', supported methods are 'libc', 'last', "
          "'none'.",
          method);
    }
  }
  return {};
}

std::string parse_cookie(ServerContext& context) {
  if (!context.has_value()) return "'cookie' expects <value> as argument.";
  context.server.cookie = context.value();
  return {};
}

std::string parse_guid(ServerContext& context) {
  if (!context.has_value()) return "'guid' : expects a globally unique ID as argument";
  const std::string owner = fmt::format("server '{}/{}'", context.line.proxy().name, context.name);
  const std::string fault = claim_guid(context.line.draft, context.value(), owner, context.line.at());
  if (!fault.empty()) return fmt::format("'guid' : {}", fault);
  context.server.guid = context.value();
  return {};
}

constexpr auto kRingKeys = std::to_array<std::pair<std::string_view, balance::RingKey>>({
    {"id", balance::RingKey::Id},
    {"id32", balance::RingKey::Id32},
    {"guid", balance::RingKey::Guid},
    {"addr", balance::RingKey::Address},
    {"addr-port", balance::RingKey::AddressAndPort},
});

std::string parse_log_proto(ServerContext& context) {
  if (context.value() != "legacy" && context.value() != "octet-count")
    return fmt::format("'log-proto' expects one of 'legacy' or 'octet-count' but got '{}'", context.value());
  context.server.octet_count = context.value() == "octet-count";
  if (!context.line.target->is_ring)
    context.line.draft.diagnostics.notice(context.line.place(context.at),
                                          server_message_beginning(context) + "'log-proto' matters to servers of rings only.");
  return {};
}

std::string parse_hash_key(ServerContext& context) {
  for (const auto& [name, key] : kRingKeys) {
    if (context.value() != name) continue;
    context.server.ring_key = key;
    return {};
  }
  return fmt::format("'hash-key' expects 'id', 'id32', 'guid', 'addr' or 'addr-port' (got '{}')", context.value());
}

template <bool Server::*Flag, bool Value>
std::string set_flag(ServerContext& context) {
  context.server.*Flag = Value;
  return {};
}

constexpr auto kOptions = std::to_array<ServerOption>({
    {"addr", true, parse_addr, "<address>", "Where health checks connect."},
    {"backup", false, set_flag<&Server::backup, true>, "", "Used when no other server is usable."},
    {"check", false, set_flag<&Server::check, true>, "", "Check this server's health."},
    {"check-proto", true, parse_check_proto, "<name>", "What HTTP checks speak: h1, h2; otherwise as the traffic."},
    {"cookie", true, parse_cookie, "<value>", "Its value in the persistence cookie."},
    {"disabled", false, set_flag<&Server::disabled, true>, "", "Start in maintenance."},
    {"downinter", true, parse_interval_field<&Server::down_inter>, "<time>",
     "Between checks of a server that is down. Default: inter."},
    {"enabled", false, set_flag<&Server::disabled, false>, "", "Undo an inherited \"disabled\"."},
    {"fall", true, parse_threshold<&Server::fall>, "<number>", "Failed checks before it is down. Default: 3."},
    {"fastinter", true, parse_interval_field<&Server::fast_inter>, "<time>",
     "Between checks while it changes. Default: inter."},
    {"guid", true, parse_guid, "<id>", "A name that nothing else has; the stats file counts by it.", true},
    {"hash-key", true, parse_hash_key, "id|id32|guid|addr|addr-port", "What places it on the ring of consistent hashing."},
    {"id", true, parse_id, "<number>", "Number in statistics.", true},
    {"init-addr", true, parse_init_addr, "{last|libc|none|<ip>},...",
     "How its name becomes an address at start."},
    {"inter", true, parse_interval_field<&Server::inter>, "<time>", "Between checks. Default: 2s."},
    {"log-proto", true, parse_log_proto, "legacy|octet-count", "How a ring's server tells lines apart: by line feeds or sizes."},
    {"max-reuse", true, parse_max_reuse, "<number>",
     "Requests on a connection to it; -1 for no limit. Default: -1."},
    {"maxconn", true, parse_count<&Server::maxconn>, "<number>", "Requests it serves at once. 0: no limit. Default: 0."},
    {"maxqueue", true, parse_count<&Server::maxqueue>, "<number>", "Requests that wait for it. 0: no limit. Default: 0."},
    {"minconn", true, parse_count<&Server::minconn>, "<number>", "Its maxconn under low load. Default: maxconn."},
    {"no-backup", false, set_flag<&Server::backup, false>, "", "Undo an inherited \"backup\"."},
    {"no-check", false, set_flag<&Server::check, false>, "", "Undo an inherited \"check\"."},
    {"proto", true, parse_server_proto, "<name>", "What the server speaks: h1, h2; otherwise HTTP/1 unless ALPN agrees on h2."},
    {"pool-low-conn", true, parse_pool_low, "<number>",
     "Idle connections below which others' are not used. Default: 0."},
    {"pool-max-conn", true, parse_pool_max, "<number>", "Idle connections kept; -1 for no limit. Default: -1."},
    {"pool-purge-delay", true, parse_pool_purge, "<time>", "Between closings of idle connections. Default: 5s."},
    {"port", true, parse_port, "<port>", "Port that health checks connect to."},
    {"rise", true, parse_threshold<&Server::rise>, "<number>", "Good checks before it is up. Default: 2."},
    {"slowstart", true, parse_slowstart, "<time>",
     "Reach full weight within this time after coming up."},
    {"weight", true, parse_weight, "<0-256>", "Its share. Default: 1."},
    {"ws", true, parse_websockets, "auto|h1|h2", "What WebSockets speak to it."},
});

}  // namespace

std::string server_message_beginning(const ServerContext& context) {
  if (context.name.empty()) return fmt::format("config : [{}] : ", context.line.at());
  return fmt::format("config : [{}] : 'server {}/{}' : ", context.line.at(),
                     context.line.proxy().name, context.name);
}

std::span<const ServerOption> server_options() {
  static const auto kAll = [] {
    std::vector<ServerOption> all{kOptions.begin(), kOptions.end()};
    all.insert(all.end(), connect_options().begin(), connect_options().end());
    all.insert(all.end(), server_tls_options().begin(), server_tls_options().end());
    return all;
  }();
  return kAll;
}

/// By name; built once, when a line is first read.
const ServerOption* find_server_option(std::string_view name) {
  static const auto kIndex = [] {
    std::unordered_map<std::string_view, const ServerOption*> index;
    for (const ServerOption& each : server_options()) index.emplace(each.name, &each);
    return index;
  }();
  name = name.substr(0, name.find('('));  // an option may have a number of its own
  const auto found = kIndex.find(name);
  return found == kIndex.end() ? nullptr : found->second;
}

}  // namespace proxyd::config

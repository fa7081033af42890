// set server, set weight, enable/disable server, health and agent.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <mutex>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/config/server_tls.h"

namespace proxyd::cli {

using servers::Operation;
using servers::Server;

namespace {

constexpr std::uint32_t kMaxWeight = 256;
constexpr std::string_view kWhy = "changed from CLI";

/// "5", "50%" of the configured weight. Answers and returns nothing when it cannot be.
std::optional<std::uint32_t> read_weight(Call& call, const Server& server, std::string_view words) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(words.data(), words.data() + words.size(), number);
  const std::string_view rest = words.substr(static_cast<std::size_t>(end - words.data()));
  std::string_view wrong;
  if (fault == std::errc::invalid_argument) {
    wrong = "Empty weight string empty or preceded by garbage";
  } else if (rest != "" && rest != "%") {
    wrong = "Trailing garbage in weight string";
  } else if (rest == "%" && number < 0) {
    wrong = "Relative weight must be positive.";
  } else if (fault != std::errc{} || (rest.empty() && (number < 0 || number > kMaxWeight))) {
    wrong = "Absolute weight can only be between 0 and 256 inclusive.";
  }
  if (wrong.empty() && rest == "%")
    number = std::min<std::int64_t>(std::min<std::int64_t>(number, 1'000'000) * server.conf.weight / 100, kMaxWeight);
  const bool fits = number == 0 || number == server.conf.weight || !server.backend.conf.is_static();
  if (wrong.empty() && !fits)
    wrong = "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.";
  if (wrong.empty()) return static_cast<std::uint32_t>(number);
  call.error(wrong);
  return std::nullopt;
}

void change_weight(Call& call, Server& server, std::string_view words) {
  if (words.empty()) return call.error("Require <weight> or <weight%>.");
  const std::optional<std::uint32_t> weight = read_weight(call, server, words);
  if (weight) server.backend.set_weight(server, *weight, call.waiter.now());
}

void change_state(Call& call, Server& server, std::string_view word) {
  servers::Backend& backend = server.backend;
  const auto now = call.waiter.now();
  if (word == "ready") return backend.set_admin(server, 0, servers::kForcedMaint | servers::kForcedDrain, now);
  if (word == "drain") return backend.set_admin(server, servers::kForcedDrain, servers::kForcedMaint, now);
  if (word == "maint") return backend.set_admin(server, servers::kForcedMaint, 0, now);
  call.error("'set server <srv> state' expects 'ready', 'drain' and 'maint'.");
}

void change_health(Call& call, Server& server, std::string_view word) {
  servers::Backend& backend = server.backend;
  const auto now = call.waiter.now();
  if (word == "up") return backend.set_operation(server, Operation::Running, kWhy, now);
  if (word == "stopping") return backend.set_operation(server, Operation::Stopping, kWhy, now);
  if (word == "down") return backend.set_operation(server, Operation::Stopped, kWhy, now);
  call.error("'set server <srv> health' expects 'up', 'stopping', or 'down'.");
}

/// addr <ip> [port <p>]: what is wrong or stays as it is is said as well, in one message.
void change_address(Call& call, Server& server) {
  constexpr std::string_view kBy = " by 'stats socket command'";
  const std::string_view host = call.arg(2);
  if (host.empty()) return call.error("set server <b>/<s> addr requires an address and optionally a port.");
  std::optional<lib::net::Address> address = lib::net::Address::parse(host);
  if (!address) return call.error(fmt::format("Invalid addr '{}'{}", host, kBy));
  lib::net::Endpoint before;
  {
    const std::lock_guard lock{server.backend.mutex};
    before = server.where;
  }
  const bool was_ip = before.kind == lib::net::Endpoint::Kind::Ip;
  const std::uint16_t old_port = was_ip ? before.ip.port() : std::uint16_t{0};
  address->set_port(old_port);
  const bool moves = !was_ip || !address->same_host(before.ip);
  std::string told = moves ? fmt::format("IP changed from '{}' to '{}'", was_ip ? before.ip.host() : before.text(), host)
                           : "no need to change the addr";
  bool valid = true;
  if (call.arg(3) == "port") {
    const std::string_view words = call.arg(4);
    const std::optional<std::uint16_t> port = lib::base::parse_number<std::uint16_t>(words);
    valid = port.has_value() && *port != 0;
    if (words.starts_with('+') || words.starts_with('-'))
      return call.error("'set server addr' with a port relative to the client's is known but not built yet.");
    if (!valid) {
      told += fmt::format(", problem converting port '{}' to an int", words);
    } else if (*port == old_port) {
      told += ", no need to change the port";
    } else {
      told += fmt::format(", port changed from '{}' to '{}'", old_port, *port);
    }
    if (valid) address->set_port(*port);
  }
  if (valid && (moves || address->port() != old_port)) {
    lib::net::Endpoint where;
    where.ip = *address;
    server.backend.set_address(server, where, call.waiter.now());
  }
  call.message(Severity::Warning, told + std::string{kBy});
}

/// Answers and returns nothing when it is not a port; 0 takes the server's own.
std::optional<std::uint16_t> read_check_port(Call& call, std::string_view words) {
  const std::optional<std::int64_t> number = lib::base::parse_number<std::int64_t>(words);
  if (!number) {
    call.error("provided port is not an integer");
    return std::nullopt;
  }
  if (*number < 0 || *number > std::numeric_limits<std::uint16_t>::max()) {
    call.error("provided port is invalid");
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(*number);
}

constexpr std::string_view kNoCheck = "health checks are not enabled on this server";

/// check-addr <ip> [port <p>]: nothing changes unless all of it is right.
void change_check_address(Call& call, Server& server) {
  const std::string_view host = call.arg(2);
  if (host.empty()) return call.error("set server <b>/<s> check-addr requires an address and optionally a port.");
  if (!server.conf.check) return call.error(kNoCheck);
  const std::optional<lib::net::Address> address = lib::net::Address::parse(host);
  if (!address) return call.error(fmt::format("invalid addr '{}'", host));
  std::optional<std::uint16_t> port;
  if (call.arg(3) == "port") {
    port = read_check_port(call, call.arg(4));
    if (!port) return;
  }
  server.backend.set_check_target(server, address, port);
}

void change_check_port(Call& call, Server& server) {
  if (call.arg(2).empty()) return call.error("set server <b>/<s> check-port requires a port.");
  if (!server.conf.check) return call.error(kNoCheck);
  const std::optional<std::uint16_t> port = read_check_port(call, call.arg(2));
  if (port) server.backend.set_check_target(server, std::nullopt, port);
}

void change_tls(Call& call, Server& server, std::string_view word) {
  if (server.conf.tls == nullptr || server.conf.tls->context == nullptr)
    return call.error("'set server <srv> ssl' cannot be set.  default-server should define ssl settings");
  if (word != "on" && word != "off") return call.error("'set server <srv> ssl' expects 'on' or 'off'.");
  server.backend.set_tls(server, word == "on");
  call.message(Severity::Notice, "server ssl setting updated.");
}

void set_server(Call& call, Server& server) {
  const std::string_view what = call.arg(1);
  if (what == "weight") return change_weight(call, server, call.arg(2));
  if (what == "state") return change_state(call, server, call.arg(2));
  if (what == "health") return change_health(call, server, call.arg(2));
  if (what == "addr") return change_address(call, server);
  if (what == "check-addr") return change_check_address(call, server);
  if (what == "check-port") return change_check_port(call, server);
  if (what == "agent" || what == "agent-addr" || what == "agent-port" || what == "agent-send")
    return call.error("agent checks are not enabled on this server.");
  if (what == "fqdn") return call.error("set server <b>/<s> fqdn failed because no resolution is configured.");
  if (what == "ssl") return change_tls(call, server, call.arg(2));
  call.error(
      "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | "
      "check-port | fqdn | health | ssl | state | weight");
}

void set_weight(Call& call, Server& server) { change_weight(call, server, call.arg(1)); }

void disable_server(Call& call, Server& server) {
  server.backend.set_admin(server, servers::kForcedMaint, 0, call.waiter.now());
}

void enable_server(Call& call, Server& server) {
  server.backend.set_admin(server, 0, servers::kForcedMaint, call.waiter.now());
}

void disable_health(Call&, Server& server) { server.backend.set_check_enabled(server, false); }

void enable_health(Call& call, Server& server) {
  if (!server.conf.check) return call.error("Health check was not configured on this server, cannot enable.");
  server.backend.set_check_enabled(server, true);
}

/// No server has an agent: switching it off is done already.
void disable_agent(Call&, Server&) {}

void enable_agent(Call& call, Server&) { call.error("Agent was not configured on this server, cannot enable."); }

}  // namespace

std::vector<Command> set_server_commands(Context& context) {
  return {
      bind(context,
           {"set server", Level::Admin, "set server <bk>/<srv> [opts]", "change a server's state, weight or address"},
           set_server),
      bind(context,
           {"set weight", Level::Admin, "set weight <bk>/<srv> <weight>", "change a server's weight (see 'set server')"},
           set_weight),
      bind(context,
           {"disable server", Level::Admin, "disable server <bk>/<srv>",
            "put a server into maintenance (see 'set server')"},
           disable_server),
      bind(context,
           {"enable server", Level::Admin, "enable server <bk>/<srv>",
            "take a server out of maintenance (see 'set server')"},
           enable_server),
      bind(context, {"disable health", Level::Admin, "disable health <bk>/<srv>", "stop a server's health checks"},
           disable_health),
      bind(context, {"enable health", Level::Admin, "enable health <bk>/<srv>", "go on with a server's health checks"},
           enable_health),
      bind(context, {"disable agent", Level::Admin, "disable agent <bk>/<srv>", "stop a server's agent checks"},
           disable_agent),
      bind(context, {"enable agent", Level::Admin, "enable agent <bk>/<srv>", "go on with a server's agent checks"},
           enable_agent),
  };
}

}  // namespace proxyd::cli

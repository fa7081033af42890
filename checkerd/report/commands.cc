#include "checkerd/report/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <iterator>

#include "checkerd/report/dumps.h"
#include "checkerd/report/ipvs_text.h"
#include "checkerd/report/json.h"
#include "checkerd/report/names.h"
#include "checkerd/report/statistics.h"
#include "lib/base/text.h"
#include "lib/base/version.h"

namespace checkerd::report {

using checkers::CheckStatus;
using lib::runtime::Call;
using lib::runtime::Command;
using lib::runtime::Level;

namespace {

constexpr std::uint32_t kMostWeight = 65535;  // the kernel's

struct Chosen {
  std::size_t virtual_server = 0;
  std::optional<std::size_t> server;  // none: all of them
};

bool is_json(std::string_view word) { return word == "json"; }

/// Whether this argument, the last one, asks for JSON; complains of any other word.
std::optional<bool> form_of(Call& call, std::size_t at, const char* usage) {
  if (call.arg(at).empty()) return false;
  if (is_json(call.arg(at)) && call.arg(at + 1).empty()) return true;
  call.error(fmt::format("'{}' expects nothing or 'json', not '{}'.", usage, call.arg(at)));
  return std::nullopt;
}

/// "VS" or "VS RS" from argument `at` on; complains.
std::optional<Chosen> choose(const Desk& desk, Call& call, std::size_t at, bool with_server) {
  const auto& lvs = desk.config().lvs;
  const auto virtual_server = find_virtual_server(lvs, call.arg(at));
  if (!virtual_server) {
    call.error(fmt::format("No such virtual server: {} ('show servers' has the names).", call.arg(at)));
    return std::nullopt;
  }
  if (!with_server) return Chosen{*virtual_server, std::nullopt};
  const auto server = find_real_server(lvs.servers[*virtual_server], call.arg(at + 1));
  if (server) return Chosen{*virtual_server, server};
  call.error(fmt::format("No such real server of {}: {}.", call.arg(at), call.arg(at + 1)));
  return std::nullopt;
}

void show_info(const Desk& desk, Call& call) {
  const auto& lvs = desk.config().lvs;
  std::size_t servers = 0, up = 0, quorum = 0;
  for (std::size_t i = 0; i < lvs.servers.size(); ++i) {
    quorum += desk.pool(i).has_quorum() ? 1u : 0u;
    servers += lvs.servers[i].real_servers.size();
    for (std::size_t k = 0; k < lvs.servers[i].real_servers.size(); ++k) up += desk.pool(i).server(k).is_alive ? 1u : 0u;
  }
  const checkers::Load load = desk.load();
  fmt::format_to(std::back_inserter(call.out),
                 "Name: checkerd\nVersion: {}\nPid: {}\nUptime_sec: {}\nDriver: {}\nVirtual_servers: {}\nVirtual_servers_up: {}\nReal_servers: {}\nReal_servers_up: {}\nChecks: {}\n"
                 "Checks_running: {}\nCheck_runs: {}\nCheck_worst_delay_ms: {:.1f}\n",
                 lib::base::version(), ::getpid(), desk.uptime().count() / 1'000'000, desk.driver_name(), lvs.servers.size(), quorum, servers, up, load.checks, load.running, load.runs,
                 static_cast<double>(load.worst_delay.count()) / 1000);
}

void show_servers(const Desk& desk, Call& call) {
  const auto json = form_of(call, 0, "show servers");
  if (!json) return;
  if (*json) {
    call.out += servers_json(desk);
    return;
  }
  const auto out = std::back_inserter(call.out);
  const auto& lvs = desk.config().lvs;
  fmt::format_to(out, "{:<28} {:<24} {:<6} {:>6} {:>7} {:<8} {}\n", "# virtual server", "server", "state", "weight", "checks", "table", "by hand");
  for (std::size_t i = 0; i < lvs.servers.size(); ++i) {
    const Pool& pool = desk.pool(i);
    const std::string name = short_name(lvs, i);
    fmt::format_to(out, "{:<28} {:<24} {:<6} {:>6} {:>7} {:<8} -\n", name, "VIRTUAL", pool.has_quorum() ? "up" : pool.is_sorry() ? "sorry" : "down", pool.live_weight(), "-", "-");
    for (std::size_t k = 0; k < lvs.servers[i].real_servers.size(); ++k) {
      const ServerState& state = pool.server(k);
      std::size_t passed = 0;
      for (const CheckerState& each : state.checkers) passed += each.up ? 1u : 0u;
      std::string by_hand;
      if (state.override_state != Override::None) by_hand = state_word(state);
      if (state.override_weight) by_hand += fmt::format("{}weight {}", by_hand.empty() ? "" : ", ", *state.override_weight);
      fmt::format_to(out, "{:<28} {:<24} {:<6} {:>6} {:>7} {:<8} {}\n", name, short_name(lvs.servers[i].real_servers[k]), state_word(state), state.weight,
                     fmt::format("{}/{}", passed, state.checkers.size()), state.is_in_table ? "in" : "out", by_hand.empty() ? "-" : by_hand);
    }
  }
}

std::string clock_text(lib::base::WallTime when) {
  const std::int64_t micros = when.time_since_epoch().count();
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return fmt::format("{}.{:03}", text, micros / 1000 % 1000);
}

void show_one_check(const CheckStatus& status, const std::string& name, const char* kind, bool with_history, Call& call) {
  const auto out = std::back_inserter(call.out);
  const char* const state = !status.is_enabled ? "off" : !status.has_run ? "new" : status.up ? "up" : "down";
  fmt::format_to(out, "{:<54} {:<10} {:<5} {:>8} {:>6}", name, kind, state, status.failures, status.shared_with);
  if (status.history.empty()) {
    fmt::format_to(out, " -\n");
    return;
  }
  const auto write = [&](const checkers::RunRecord& run) {
    fmt::format_to(out, " {} {:.1f}ms {}{}\n", clock_text(run.when), static_cast<double>(run.took.count()) / 1000, run.passed ? "passed" : "failed: ", run.passed ? "" : run.detail.empty() ? "no reason known" : run.detail);
  };
  write(status.history.back());
  if (with_history)
    for (auto run = status.history.rbegin() + 1; run != status.history.rend(); ++run) {
      fmt::format_to(out, "{:>87}", "");
      write(*run);
    }
}

void show_checks(const Desk& desk, Call& call) {
  std::optional<Chosen> only;
  const bool json = call.args.size() <= 3 && !call.args.empty() && is_json(call.args.back());
  const std::size_t names = call.args.size() - (json ? 1 : 0);
  if (names > 2) return call.error("'show checks' expects at most a virtual server, a real server and 'json'.");
  if (names != 0 && !(only = choose(desk, call, 0, names == 2))) return;
  if (json) {
    call.out += checks_json(desk, only ? std::optional{only->virtual_server} : std::nullopt, only ? only->server : std::nullopt);
    return;
  }
  fmt::format_to(std::back_inserter(call.out), "{:<54} {:<10} {:<5} {:>8} {:>6} {}\n", "# server", "check", "state", "failures", "shared", "last run");
  const auto& lvs = desk.config().lvs;
  for (std::size_t i = 0; i < lvs.servers.size(); ++i)
    for (std::size_t k = 0; k < lvs.servers[i].real_servers.size(); ++k)
      for (std::size_t c = 0; c < lvs.servers[i].real_servers[k].checkers.size(); ++c) {
        if (only && (only->virtual_server != i || (only->server && *only->server != k))) continue;
        const auto& server = lvs.servers[i].real_servers[k];
        show_one_check(desk.check_status({i, k, c}), fmt::format("{} {}", short_name(lvs, i), short_name(server)), server.checkers[c].keyword(), only.has_value(), call);
      }
}

void show_ipvs(Desk& desk, Call& call) {
  auto usage = desk.usage();
  if (!usage) return call.error("The table cannot be read: " + usage.error().message);
  call.out += ipvs_text(ipvs_first_line(desk.driver_name()), std::move(*usage));
}

void show_stat(Desk& desk, Call& call) {
  const std::string_view form = call.arg(0);
  if (form.empty() || form == "csv") call.out += statistics_csv(desk);
  else if (form == "json") call.out += statistics_json(desk);
  else if (form == "prometheus") call.out += statistics_prometheus(desk);
  else call.error("'show stat' expects nothing, 'csv', 'json' or 'prometheus'.");
}

void set_server(Desk& desk, Call& call) {
  if (call.args.size() < 2) return call.error("'set server' expects a virtual server, a real server, and 'weight <n>|auto', 'up', 'down', 'drain' or 'auto'.");
  const auto chosen = choose(desk, call, 0, true);
  if (!chosen) return;
  const std::string_view what = call.arg(2);
  std::optional<Override> state;
  if (what == "up") state = Override::Up;
  else if (what == "down") state = Override::Down;
  else if (what == "drain") state = Override::Drain;
  else if (what == "auto") state = Override::None;
  else if (what != "weight") return call.error("'set server <virtual server> <server>' expects 'weight <n>|auto', 'up', 'down', 'drain' or 'auto'.");
  if (state) {
    desk.override_state(chosen->virtual_server, *chosen->server, *state);
    if (*state == Override::None) desk.override_weight(chosen->virtual_server, *chosen->server, std::nullopt);
    return;
  }
  if (call.arg(3) == "auto") return desk.override_weight(chosen->virtual_server, *chosen->server, std::nullopt);
  const auto weight = lib::base::parse_number<std::uint32_t>(call.arg(3));
  if (!weight || *weight > kMostWeight) return call.error(fmt::format("A weight is a number from 0 to {}, or 'auto'.", kMostWeight));
  desk.override_weight(chosen->virtual_server, *chosen->server, weight);
}

void enable_checks(Desk& desk, Call& call, bool enabled) {
  if (call.args.empty() || call.args.size() > 2) return call.error(fmt::format("'{} checks' expects a virtual server, and one of its real servers or none.", enabled ? "enable" : "disable"));
  const auto chosen = choose(desk, call, 0, call.args.size() == 2);
  if (!chosen) return;
  const std::size_t servers = desk.config().lvs.servers[chosen->virtual_server].real_servers.size();
  for (std::size_t i = 0; i < servers; ++i)
    if (!chosen->server || *chosen->server == i) desk.enable_checks(chosen->virtual_server, i, enabled);
}

}  // namespace

std::vector<Command> commands(Desk& desk) {
  std::vector<Command> out;
  const auto add = [&](const char* words, Level level, const char* usage, const char* help, std::function<void(Call&)> run) {
    out.push_back({.words = words, .level = level, .usage = usage, .help = help, .run = [level, run = std::move(run)](Call& call) {
      if (call.allowed(level)) run(call);
    }});
  };
  add("show info", Level::User, "show info", "the daemon itself", [&desk](Call& call) { show_info(desk, call); });
  add("show servers", Level::User, "show servers [json]", "virtual and real servers: states, weights, what is set by hand", [&desk](Call& call) { show_servers(desk, call); });
  add("show ipvs", Level::User, "show ipvs", "the kernel's table, as ipvsadm -Ln prints it", [&desk](Call& call) { show_ipvs(desk, call); });
  add("show checks", Level::User, "show checks [<virtual server> [<server>]] [json]", "health checks: the last run, or the last ten", [&desk](Call& call) { show_checks(desk, call); });
  add("show config", Level::Operator, "show config", "the configuration that runs, with its defaults", [&desk](Call& call) { call.out += data_text(desk); });
  add("show stat", Level::User, "show stat [csv|json|prometheus]", "states, connections and traffic of each server", [&desk](Call& call) { show_stat(desk, call); });
  add("show metrics", Level::User, "show metrics", "the same as Prometheus text", [&desk](Call& call) { call.out += statistics_prometheus(desk); });
  add("set server", Level::Admin, "set server <virtual server> <server> weight <n>|auto | up | down | drain | auto", "overrule what was configured or measured", [&desk](Call& call) { set_server(desk, call); });
  add("disable checks", Level::Admin, "disable checks <virtual server> [<server>]", "the state stays as it is", [&desk](Call& call) { enable_checks(desk, call, false); });
  add("enable checks", Level::Admin, "enable checks <virtual server> [<server>]", "checks run again", [&desk](Call& call) { enable_checks(desk, call, true); });
  return out;
}

}  // namespace checkerd::report

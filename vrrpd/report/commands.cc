#include "vrrpd/report/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

#include "lib/base/text.h"
#include "lib/base/version.h"
#include "vrrpd/report/dumps.h"
#include "vrrpd/report/metrics.h"

namespace vrrpd::report {

using lib::runtime::Call;
using lib::runtime::Command;
using lib::runtime::Level;

namespace {

/// The instance that the command names; complains.
std::optional<std::size_t> find_instance(Call& call, const Snapshot& snapshot, std::string_view name) {
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i)
    if (snapshot.config->instances[i].name == name) return i;
  call.error(fmt::format("No such VRRP instance: {}.", name));
  return std::nullopt;
}

void show_info(const Desk& desk, Call& call) {
  const Snapshot now = desk.snapshot();
  std::size_t masters = 0;
  for (const auto& each : now.instances) masters += each.status.state == State::Master ? 1 : 0;
  fmt::format_to(std::back_inserter(call.out), "Name: vrrpd\nVersion: {}\nPid: {}\nUptime_sec: {}\nInstances: {}\nMasters: {}\nSync_groups: {}\n", lib::base::version(), ::getpid(),
                 desk.uptime().count() / 1'000'000, now.instances.size(), masters, now.groups.size());
}

void show_vrrp(const Desk& desk, Call& call) {
  const Snapshot now = desk.snapshot();
  if (call.arg(0) == "json") {
    call.out += json_text(now);
    return;
  }
  if (!call.arg(0).empty()) {
    if (const auto index = find_instance(call, now, call.arg(0))) call.out += instance_text(now, *index);
    return;
  }
  const auto out = std::back_inserter(call.out);
  fmt::format_to(out, "{:<20} {:<16} {:>4} {:<6} {:>8} {:<16} {}\n", "# name", "interface", "vrid", "state", "priority", "master", "addresses");
  for (std::size_t i = 0; i < now.instances.size(); ++i) {
    const auto& conf = now.config->instances[i];
    const auto& status = now.instances[i].status;
    std::string addresses;
    for (const auto& each : conf.addresses) addresses += (addresses.empty() ? "" : ",") + each.address.host();
    const std::string master = status.master.is_ip() ? status.master.host() : "-";
    fmt::format_to(out, "{:<20} {:<16} {:>4} {:<6} {:>8} {:<16} {}\n", conf.name, conf.interface, conf.vrid, state_name(status.state), status.effective_priority, master, addresses);
  }
}

void show_track(const Desk& desk, Call& call) {
  const auto out = std::back_inserter(call.out);
  fmt::format_to(out, "{:<10} {:<24} {:<10} {}\n", "# kind", "name", "state", "forced");
  for (const TrackRow& row : desk.track_rows())
    fmt::format_to(out, "{:<10} {:<24} {:<10} {}\n", row.kind, row.name, row.state, row.forced ? (*row.forced ? "up" : "down") : "-");
}

void show_interfaces(const Desk& desk, Call& call) {
  const auto out = std::back_inserter(call.out);
  fmt::format_to(out, "{:<16} {:>5} {:<5} {:>6} {}\n", "# name", "index", "state", "mtu", "addresses");
  for (const InterfaceRow& row : desk.interface_rows()) fmt::format_to(out, "{:<16} {:>5} {:<5} {:>6} {}\n", row.name, row.index, row.state, row.mtu, fmt::join(row.addresses, ","));
}

void set_vrrp(Desk& desk, Call& call) {
  const auto index = find_instance(call, desk.snapshot(), call.arg(0));
  if (!index) return;
  if (call.arg(1) == "fault" || call.arg(1) == "release") return desk.hold_in_fault(*index, call.arg(1) == "fault");
  if (call.arg(1) != "priority") return call.error("'set vrrp <name>' expects 'priority <1-254>|auto', 'fault' or 'release'.");
  if (call.arg(2) == "auto") return desk.override_priority(*index, std::nullopt);
  const auto priority = lib::base::parse_number<unsigned>(call.arg(2));
  if (!priority || *priority < 1 || *priority > 254) return call.error("A priority is a number from 1 to 254, or 'auto'.");
  desk.override_priority(*index, static_cast<std::uint8_t>(*priority));
}

void set_track(Desk& desk, Call& call) {
  const std::string_view word = call.arg(1);
  std::optional<bool> up;
  if (word == "up") up = true;
  else if (word == "down") up = false;
  else if (word != "auto") return call.error("'set track <name>' expects 'up', 'down' or 'auto'.");
  if (!desk.force_track(call.arg(0), up)) call.error(fmt::format("Nothing that is tracked has the name {}.", call.arg(0)));
}

}  // namespace

std::vector<Command> commands(Desk& desk) {
  std::vector<Command> out;
  const auto add = [&](const char* words, Level level, const char* usage, const char* help, std::function<void(Call&)> run) {
    out.push_back({.words = words, .level = level, .usage = usage, .help = help, .run = std::move(run)});
  };
  add("show info", Level::User, "show info", "the daemon itself", [&desk](Call& call) { show_info(desk, call); });
  add("show vrrp", Level::User, "show vrrp [<name>|json]", "instances: states, priorities, masters", [&desk](Call& call) { show_vrrp(desk, call); });
  add("show track", Level::User, "show track", "what is tracked and how it stands", [&desk](Call& call) { show_track(desk, call); });
  add("show interfaces", Level::User, "show interfaces", "interfaces as the daemon sees them", [&desk](Call& call) { show_interfaces(desk, call); });
  add("show stat", Level::User, "show stat", "counters of each instance", [&desk](Call& call) { call.out += stats_text(desk.snapshot()); });
  add("set vrrp", Level::Admin, "set vrrp <name> priority <n>|auto | fault | release", "another priority, or out of the election", [&desk](Call& call) {
    if (call.allowed(Level::Admin)) set_vrrp(desk, call);
  });
  add("set track", Level::Admin, "set track <name> up|down|auto", "overrule what was measured", [&desk](Call& call) {
    if (call.allowed(Level::Admin)) set_track(desk, call);
  });
  add("show config", Level::Operator, "show config", "the configuration that runs, with its defaults", [&desk](Call& call) {
    if (call.allowed(Level::Operator)) call.out += data_text(desk.snapshot());
  });
  add("show metrics", Level::User, "show metrics", "numbers of each instance as Prometheus text", [&desk](Call& call) { call.out += prometheus_text(desk.snapshot()); });
  return out;
}

}  // namespace vrrpd::report

#include "vrrpd/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "keepalived/dump_file.h"
#include "vrrpd/report/dumps.h"
#include "vrrpd/report/events.h"

namespace vrrpd {

// ---- for reports

report::Snapshot Daemon::snapshot() const {
  report::Snapshot out;
  out.config = config_.get();
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    const Node& node = *nodes_[i];
    out.instances.push_back({.status = engine_->status(i),
                             .counters = node.receiver.counters(),
                             .source = node.source ? node.source->host() : std::string{},
                             .vmac_interface = node.interface == node.conf->interface ? std::string{} : node.interface,
                             .last_transition = node.last_transition,
                             .holds_addresses = addresses_->holds(node.key)});
  }
  for (std::size_t i = 0; i < config_->groups.size(); ++i) out.groups.push_back(engine_->group_state(i));
  for (std::size_t i = 0; i < config_->scripts.size(); ++i) {
    const track::ScriptStatus status = trackers_->scripts.status(i);
    out.scripts.push_back({.is_up = status.status == track::Result::Up, .is_pending = status.status == track::Result::Pending, .is_running = status.is_running, .counter = status.counter});
  }
  return out;
}

void Daemon::clear_counters() {
  for (auto& node : nodes_) node->receiver.counters() = InstanceCounters{};
}

// ---- for the runtime API

std::vector<report::TrackRow> Daemon::track_rows() const {
  std::vector<report::TrackRow> rows;
  for (const track::Item& item : trackers_->table.items()) {
    if (!item.has_users) continue;
    const char* const state = item.result == track::Result::Up ? "up" : item.result == track::Result::Down ? "down" : "pending";
    rows.push_back({.kind = track::kind_name(item.kind), .name = item.name, .state = item.kind == track::Kind::File ? std::to_string(item.value) : state, .forced = item.forced});
  }
  return rows;
}

std::vector<report::InterfaceRow> Daemon::interface_rows() const {
  std::vector<report::InterfaceRow> rows;
  for (const auto& [index, interface] : interfaces_->all()) {
    report::InterfaceRow row{.name = interface.link.name, .state = interface.is_up ? "up" : "down", .index = index, .mtu = interface.link.mtu, .addresses = {}};
    for (const auto& address : interface.addresses) row.addresses.push_back(fmt::format("{}/{}", address.address.host(), address.prefix_length));
    rows.push_back(std::move(row));
  }
  return rows;
}

void Daemon::override_priority(std::size_t instance, std::optional<std::uint8_t> priority) {
  Actions actions;
  engine_->override_priority(instance, priority, loop_.now(), actions);
  run(actions);
}

void Daemon::hold_in_fault(std::size_t instance, bool held) {
  nodes_[instance]->held_in_fault = held;
  tell_faults(instance, "held by the runtime API", Leave::Gracefully);
}

bool Daemon::force_track(std::string_view name, std::optional<bool> up) {
  bool found = false;
  for (std::size_t i = 0; i < trackers_->table.items().size(); ++i) {
    if (trackers_->table.items()[i].name != name) continue;
    found = true;
    apply_effects(trackers_->table.force(i, up), Leave::Gracefully);
  }
  return found;
}

std::string Daemon::present_states() const { return report::present_states(snapshot()); }

// ---- dumps

void Daemon::dump(keepalived::Dump what) {
  using keepalived::Dump;
  const report::Snapshot now = snapshot();
  const auto& global = config_->global;
  lib::base::Status written;
  const auto write = [&](const char* shown, const std::string& configured, const char* extension, const std::string& text) {
    logger_.write(Level::Always, fmt::format("Printing VRRP {} for process({}) on signal", shown, ::getpid()));
    written = keepalived::write_dump(keepalived::dump_path(*config_, configured, "", extension), text);
  };
  switch (what) {
    case Dump::Data: write("data", global.state_dump_file, "data", report::data_text(now)); break;
    case Dump::Stats:
    case Dump::StatsAndClear:
      write("stats", global.stats_dump_file, "stats", report::stats_text(now));
      if (what == Dump::StatsAndClear) clear_counters();
      break;
    case Dump::Json: write("as json", global.json_dump_file, "json", report::json_text(now)); break;
  }
  if (!written) logger_.write(Level::Always, written.error().message);
}

}  // namespace vrrpd

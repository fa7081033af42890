#include "vrrpd/daemon.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "keepalived/dump_file.h"
#include "vrrpd/report/dumps.h"
#include "vrrpd/report/events.h"

namespace vrrpd {

using kernel::Interface;

// ---- for reports

/// Files, processes, sessions and interfaces.
void Daemon::add_tracked(report::Snapshot& out) const {
  for (std::size_t i = 0; i < config_->track_files.size(); ++i) out.files.push_back(trackers_->table.items()[trackers_->table.file_item(i)].value);
  for (std::size_t i = 0; i < config_->track_processes.size(); ++i) {
    const auto& conf = config_->track_processes[i];
    const std::size_t count = trackers_->processes.count(i);
    const bool has_quorum = trackers_->processes.has_quorum_now(i);
    out.processes.push_back({.count = count, .has_quorum = has_quorum, .waits = (count >= conf.quorum && count <= conf.quorum_max) != has_quorum});
  }
  for (std::size_t i = 0; i < config_->bfds.size(); ++i) out.bfds.push_back(bfds_->is_up(i));
  for (const auto& [index, one] : interfaces_->all()) {
    const Interface* const parent = one.link.kind == "macvlan" || one.link.kind == "ipvlan" ? interfaces_->find(one.link.parent) : nullptr;
    report::InterfaceSnapshot row{.name = one.link.name, .ipv4 = {}, .ipv6 = {}, .mac = {}, .parent = parent != nullptr ? parent->link.name : ""};
    if (const auto source = interfaces_->source_address(index, AF_INET)) row.ipv4 = source->host();
    if (const auto source = interfaces_->source_address(index, AF_INET6)) row.ipv6 = source->host();
    if (one.link.mac) row.mac = fmt::format("{:02x}", fmt::join(*one.link.mac, ":"));
    row.index = index;
    row.mtu = one.link.mtu;
    row.flags = one.link.flags;
    row.is_up = one.is_up;
    row.hardware_type = one.link.hardware_type;
    out.interfaces.push_back(std::move(row));
  }
}

report::Snapshot Daemon::snapshot() const {
  report::Snapshot out;
  out.config = config_.get();
  const Instant now = loop_.now();
  const lib::base::WallTime wall = lib::base::wall_now();
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    const Node& node = *nodes_[i];
    const RouterStatus& status = engine_->status(i);
    const auto is_pending = [&](const auto& track) { return trackers_->scripts.status(track.index).status == track::Result::Pending; };
    out.instances.push_back({.status = status,
                             .counters = node.receiver.counters(),
                             .source = node.source ? node.source->host() : std::string{},
                             .vmac_interface = node.interface == node.conf->interface ? std::string{} : node.interface,
                             .last_transition = node.last_transition,
                             .holds_addresses = addresses_->holds(node.key),
                             .next_timer = status.deadline == lib::base::kNever ? lib::base::WallTime{} : wall + (status.deadline - now),
                             .vmac_is_up = interfaces_->is_up(node.interface),
                             .pending_scripts = static_cast<unsigned>(std::count_if(node.conf->track_scripts.begin(), node.conf->track_scripts.end(), is_pending))});
  }
  for (std::size_t i = 0; i < config_->groups.size(); ++i) out.groups.push_back(engine_->group_state(i));
  for (std::size_t i = 0; i < config_->scripts.size(); ++i) {
    const track::ScriptStatus status = trackers_->scripts.status(i);
    out.scripts.push_back({.is_up = status.status == track::Result::Up, .is_pending = status.status == track::Result::Pending, .is_running = status.is_running, .counter = status.counter});
  }
  add_tracked(out);
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

#include "checkerd/core/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkerd {
namespace {

using parsers::keepalived::Checker;
using parsers::keepalived::FileCheck;

constexpr std::int64_t kMostWeight = 2147483647;  // the kernel's

/// A file is read at the start: its check waits for nothing.
bool begins_up(const Checker& checker) { return !checker.times.alpha || std::holds_alternative<FileCheck>(checker.what); }

}  // namespace

Pool::Pool(const VirtualServer& conf, const std::vector<VirtualServerGroup>& groups, std::size_t number)
    : conf_{conf}, groups_{groups}, number_{number}, services_{services_of(conf, groups)}, servers_(conf.real_servers.size()) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    for (const Checker& each : conf_.real_servers[i].checkers) servers_[i].checkers.push_back({.up = begins_up(each)});
    judge(i);
  }
  has_quorum_ = gains_quorum();
  place_all();
}

void Pool::start(Actions& out) {
  for (std::string& line : cut_ranges(conf_, groups_)) say(std::move(line), out);
  for (std::size_t i = 0; i < servers_.size(); ++i)
    if (servers_[i].is_alive) tell_server(i, true, false, {}, out);
  begin_quorum(out);
}

void Pool::stop(Actions& out) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    say_leaving("Shutting down", i, out);
    if (conf_.omega && servers_[i].is_alive && servers_[i].is_in_table) tell_server(i, false, true, "Shutting down", out);
  }
  has_quorum_ = false;
  is_ended_ = true;
  if (conf_.omega) tell_quorum("Shutting down", out);  // also where the quorum was lost already
}

void Pool::remove(Actions& out) {
  const bool had_quorum = has_quorum_;
  say(fmt::format("Removing Virtual Server {}", conf_.name), out);
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!servers_[i].is_in_table) continue;
    say_leaving("Removing", i, out);
    if (servers_[i].is_alive) tell_server(i, false, true, "Removing", out);
  }
  has_quorum_ = false;
  is_ended_ = true;
  if (had_quorum) tell_quorum("Removing", out);
}

void Pool::leave(const std::vector<std::size_t>& servers, Actions& out) const {
  for (const std::size_t i : servers) {
    say(fmt::format("service {} no longer exist", conf_.real_servers[i].name), out);
    if (!servers_[i].is_in_table) continue;
    say_leaving("Removing", i, out);
    if (servers_[i].is_alive) tell_server(i, false, true, "Removing", out);
  }
}

// ---- events

void Pool::on_check(std::size_t server, std::size_t checker, bool up, Actions& out) {
  ServerState& state = servers_[server];
  CheckerState& its = state.checkers[checker];
  const auto failed = [](const CheckerState& each) { return each.has_reported && !each.up; };
  const bool is_news = !its.has_reported && !up && !its.up && !state.is_alive && std::none_of(state.checkers.begin(), state.checkers.end(), failed);
  its.has_reported = true;
  // An alpha checker that fails at once changes nothing, but people want to know.
  if (is_news && state.override_state == Override::None) tell_server(server, false, true, {}, out);
  if (its.up == up) return;
  its.up = up;
  const std::uint32_t weight = state.weight;
  const bool was_alive = state.is_alive;
  judge(server);
  after_change(server, was_alive, weight, out);
}

void Pool::on_weight(std::size_t server, std::size_t checker, std::int64_t addition, Actions& out) {
  const ServerState before = servers_[server];
  servers_[server].checkers[checker].addition = addition;
  judge(server);
  after_change(server, before.is_alive, before.weight, out);
}

void Pool::override_state(std::size_t server, Override state, Actions& out) {
  const ServerState before = servers_[server];
  servers_[server].override_state = state;
  judge(server);
  after_change(server, before.is_alive, before.weight, out);
}

void Pool::override_weight(std::size_t server, std::optional<std::uint32_t> weight, Actions& out) {
  const ServerState before = servers_[server];
  servers_[server].override_weight = weight;
  judge(server);
  after_change(server, before.is_alive, before.weight, out);
}

/// The new state is known in full before anything is said, so that there is one TableChanged: a server that takes the
/// quorum with it leaves after the sorry server has come.
void Pool::after_change(std::size_t index, bool was_alive, std::uint32_t old_weight, Actions& out) {
  const ServerState& state = servers_[index];
  const bool turned = state.is_alive != was_alive;
  if (turned) say_alive(index, out);
  else if (state.weight != old_weight) say_weight(index, old_weight, out);
  const std::size_t before_the_rest = out.size();
  if (turned) tell_server(index, state.is_alive, true, {}, out);
  review_quorum(out);
  if (!place_all()) return;
  Action changed;
  changed.kind = ActionKind::TableChanged;
  changed.virtual_server = number_;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(before_the_rest), std::move(changed));
}

void Pool::judge(std::size_t index) {
  ServerState& state = servers_[index];
  state.is_up = std::all_of(state.checkers.begin(), state.checkers.end(), [](const CheckerState& each) { return each.up; });
  state.is_alive = state.override_state == Override::Up || (state.is_up && state.override_state != Override::Down);
  state.weight = weight_of(index);
}

std::uint32_t Pool::weight_of(std::size_t index) const {
  const ServerState& state = servers_[index];
  if (state.override_state == Override::Drain) return 0;
  std::int64_t out = conf_.real_servers[index].weight;
  for (const CheckerState& each : state.checkers) out += each.addition;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(state.override_weight ? *state.override_weight : out, 0, kMostWeight));
}

// ---- quorum

std::uint64_t Pool::live_weight() const {
  std::uint64_t out = 0;
  for (const ServerState& each : servers_)
    if (each.is_alive) out += each.weight;
  return out;
}

bool Pool::gains_quorum() const {
  const std::uint64_t live = live_weight();
  return live != 0 && live >= std::uint64_t{conf_.quorum} + conf_.hysteresis;
}

bool Pool::loses_quorum() const {
  const std::uint64_t live = live_weight();
  return live == 0 || live + conf_.hysteresis < conf_.quorum;
}

/// At the start even a virtual server in the middle of the band is without quorum, as keepalived 2.2 has it; without a sorry
/// server nobody hears of that.
void Pool::begin_quorum(Actions& out) {
  has_quorum_ = gains_quorum();
  place_all();
  if (has_quorum_) {
    say(fmt::format("{} for VS {}", balance(true), conf_.name), out);
    tell_quorum(balance(true), out);
  } else if (conf_.sorry_server) {
    // The figure after "=" is the one that has to be reached, though a difference is shown: so the original prints it.
    const std::string text = fmt::format("Starting with quorum down {}-{}={} > {}", conf_.quorum, conf_.hysteresis,
                                         std::uint64_t{conf_.quorum} + conf_.hysteresis, live_weight());
    say(fmt::format("{} for VS {}", text, conf_.name), out);
    say_sorry_comes(out);
    tell_quorum(text, out);
  }
}

void Pool::review_quorum(Actions& out) {
  if (has_quorum_ ? !loses_quorum() : !gains_quorum()) return;
  has_quorum_ = !has_quorum_;
  const std::string text = balance(has_quorum_);
  say(fmt::format("{} for VS {}", text, conf_.name), out);
  if (conf_.sorry_server) has_quorum_ ? say_sorry_goes(out) : say_sorry_comes(out);
  tell_quorum(text, out);
}

// ---- what is in the table

/// Whether it changed.
bool Pool::place(std::size_t index) {
  ServerState& state = servers_[index];
  const bool inhibits = conf_.real_servers[index].inhibit_on_failure;
  const bool drains = state.is_alive && state.override_state == Override::Drain;
  const bool serves = state.is_alive && !is_sorry();
  const bool in_table = serves || inhibits || drains;
  const std::uint32_t weight = serves ? state.weight : 0;
  const bool changed = in_table != state.is_in_table || (in_table && weight != state.table_weight);
  state.is_in_table = in_table;
  state.table_weight = weight;
  return changed;
}

/// Whether anything changed. The sorry server comes and goes only with a weight: the sum in the table is the live weight or 0.
bool Pool::place_all() {
  bool changed = false;
  for (std::size_t i = 0; i < servers_.size(); ++i) changed |= place(i);
  return changed;
}

std::vector<TableEntry> Pool::wanted() const {
  std::vector<TableEntry> out;
  if (is_ended_) return out;
  const auto add = [](TableEntry& to, const Address& server, Destination destination) {
    const auto address = address_in(to.service.key, server, destination.forwarding);
    if (!address) return;
    destination.address = *address;
    to.destinations.push_back(std::move(destination));
  };
  out.reserve(services_.size());
  for (const Service& service : services_) {
    TableEntry& entry = out.emplace_back(TableEntry{.service = service, .destinations = {}});
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      const auto& server = conf_.real_servers[i];
      if (servers_[i].is_in_table)
        add(entry, server.address, {.address = {}, .forwarding = server.forwarding, .weight = servers_[i].table_weight, .upper_threshold = server.upper_threshold, .lower_threshold = server.lower_threshold});
    }
    const auto& sorry = conf_.sorry_server;
    if (sorry && (is_sorry() || sorry->inhibit)) add(entry, sorry->address, {.address = {}, .forwarding = sorry->forwarding, .weight = is_sorry() ? 1U : 0U});
  }
  return out;
}

// ---- words

void Pool::say(std::string text, Actions& out) const {
  Action action;
  action.kind = ActionKind::Log;
  action.virtual_server = number_;
  action.text = std::move(text);
  out.push_back(std::move(action));
}

void Pool::tell_server(std::size_t index, bool up, bool tells, std::string text, Actions& out) const {
  Action action;
  action.kind = ActionKind::ServerChanged;
  action.virtual_server = number_;
  action.server = index;
  action.up = up;
  action.tells = tells;
  action.text = std::move(text);
  out.push_back(std::move(action));
}

void Pool::tell_quorum(std::string text, Actions& out) const {
  Action action;
  action.kind = ActionKind::QuorumChanged;
  action.virtual_server = number_;
  action.up = has_quorum_;
  action.text = std::move(text);
  out.push_back(std::move(action));
}

void Pool::say_alive(std::size_t index, Actions& out) const {
  const auto& server = conf_.real_servers[index];
  const bool up = servers_[index].is_alive;
  if (server.inhibit_on_failure) say(fmt::format("{} service {} of VS {}", up ? "Enabling" : "Disabling", server.name, conf_.name), out);
  else say(fmt::format("{} service {} {} VS {}", up ? "Adding" : "Removing", server.name, up ? "to" : "from", conf_.name), out);
}

void Pool::say_weight(std::size_t index, std::uint32_t from, Actions& out) const {
  const ServerState& state = servers_[index];
  say(fmt::format("Changing weight from {} to {} for {} service {} of VS {}", from, state.weight, state.is_alive ? "active" : "inactive", conf_.real_servers[index].name, conf_.name), out);
}

void Pool::say_leaving(const char* doing, std::size_t index, Actions& out) const {
  const auto& server = conf_.real_servers[index];
  const bool inhibited = !servers_[index].is_alive && server.inhibit_on_failure;
  say(fmt::format("{} {}service {} from VS {}", doing, inhibited ? "(inhibited) " : "", server.name, conf_.name), out);
}

void Pool::say_sorry_comes(Actions& out) const {
  say(fmt::format("{} sorry server {} to VS {}", conf_.sorry_server->inhibit ? "Enabling" : "Adding", conf_.sorry_server->name, conf_.name), out);
  say(fmt::format("Removing alive servers from the pool for VS {}", conf_.name), out);
}

void Pool::say_sorry_goes(Actions& out) const {
  say(fmt::format("{} sorry server {} from VS {}", conf_.sorry_server->inhibit ? "Disabling" : "Removing", conf_.sorry_server->name, conf_.name), out);
  say(fmt::format("Adding alive servers to the pool for VS {}", conf_.name), out);
}

/// "Gained quorum 2+1=3 <= 4", "Lost quorum 2-1=1 > 0".
std::string Pool::balance(bool gained) const {
  const std::uint64_t quorum = conf_.quorum, band = conf_.hysteresis;
  if (gained) return fmt::format("Gained quorum {}+{}={} <= {}", quorum, band, quorum + band, live_weight());
  return fmt::format("Lost quorum {}-{}={} > {}", quorum, band, quorum - band, live_weight());
}

}  // namespace checkerd

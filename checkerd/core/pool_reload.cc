// What a pool keeps over a reload.
#include <fmt/format.h>

#include <algorithm>

#include "checkerd/core/pool.h"

namespace checkerd {
namespace {

using parsers::keepalived::Checker;
using parsers::keepalived::MiscCheck;
using parsers::keepalived::RealServer;
using parsers::keepalived::SorryServer;

bool is_same(const std::optional<SorryServer>& a, const std::optional<SorryServer>& b) {
  return a.has_value() == b.has_value() && (!a || a->address == b->address);
}

bool sets_weight(const Checker& checker) {
  const auto* const misc = std::get_if<MiscCheck>(&checker.what);
  return misc != nullptr && misc->dynamic;
}

/// What a known server's new checkers start with: what those that are gone said last. A server that was out stays out until
/// they have had a look, one that was in stays in.
CheckerState heir_of(const ServerState& old, const RealServer& server, const ServerMatch& match) {
  CheckerState out;
  for (std::size_t k = 0; k < old.checkers.size(); ++k) {
    if (std::find(match.checkers.begin(), match.checkers.end(), std::optional{k}) != match.checkers.end()) continue;
    const CheckerState& its = old.checkers[k];
    out.up &= its.up;
    out.has_reported |= its.has_reported && !its.up;  // it was told already that the server is down
    if (sets_weight(server.checkers[k])) out.addition = its.addition;
  }
  return out;
}

}  // namespace

void Pool::adopt(const Pool& before, const VirtualServerMatch& match, Actions& out) {
  for (std::string& line : cut_ranges(conf_, groups_)) say(std::move(line), out);
  has_quorum_ = before.has_quorum_;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const auto was = match.servers[i].was;
    if (!was) {
      if (servers_[i].is_alive) tell_server(i, true, false, {}, out);
      continue;
    }
    take_over(i, before, match.servers[i]);
    const ServerState& old = before.servers_[*was];
    if (servers_[i].weight != old.weight) say_weight(i, old.weight, out);
    if (servers_[i].is_alive == old.is_alive) continue;
    say_alive(i, out);
    tell_server(i, servers_[i].is_alive, true, {}, out);
  }
  review_quorum_after_reload(before, out);
  place_all();
}

void Pool::take_over(std::size_t index, const Pool& before, const ServerMatch& match) {
  ServerState& state = servers_[index];
  const auto &server = conf_.real_servers[index], &old_server = before.conf_.real_servers[*match.was];
  const ServerState& old = before.servers_[*match.was];
  const CheckerState heir = heir_of(old, old_server, match);
  const std::int64_t shift = std::int64_t{old_server.weight} - server.weight;
  for (std::size_t k = 0; k < state.checkers.size(); ++k) {
    CheckerState& its = state.checkers[k];
    its = match.checkers[k] ? old.checkers[*match.checkers[k]] : heir;
    // A script's weight stands until it says another one; what is kept is its distance to the configured weight.
    if (!sets_weight(server.checkers[k])) its.addition = match.checkers[k] ? its.addition : 0;
    else if (its.addition != 0) its.addition += shift;
  }
  state.override_state = old.override_state;
  state.override_weight = old.override_weight;
  judge(index);
}

void Pool::review_quorum_after_reload(const Pool& before, Actions& out) {
  const auto& old = before.conf_.sorry_server;
  const bool same_sorry = is_same(old, conf_.sorry_server), was_sorry = before.is_sorry();
  if (!same_sorry && old && (was_sorry || old->inhibit)) say(fmt::format("Removing sorry server {} from VS {}", old->name, conf_.name), out);
  if (has_quorum_ ? loses_quorum() : gains_quorum()) {
    if (has_quorum_ && conf_.sorry_server) return begin_quorum(out);
    if (same_sorry) return review_quorum(out);
    has_quorum_ = !has_quorum_;
    const std::string text = balance(has_quorum_);
    say(fmt::format("{} for VS {}", text, conf_.name), out);
    if (was_sorry) say(fmt::format("Adding alive servers to the pool for VS {}", conf_.name), out);
    return tell_quorum(text, out);
  }
  if (has_quorum_ || same_sorry) return;
  if (conf_.sorry_server) begin_quorum(out);  // scripts hear of it again, as from the original
  else if (was_sorry) say(fmt::format("Adding alive servers to the pool for VS {}", conf_.name), out);
}

}  // namespace checkerd

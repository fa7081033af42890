#include <algorithm>

#include "keepalived/plan/globals_plan.h"
#include "vrrpd/daemon.h"

namespace vrrpd {

using lib::base::Status;
using parsers::keepalived::KeepalivedConfig;

namespace {

using Blocked = std::vector<kernel::BlockedAddress>;

/// What `a` has and `b` has not.
Blocked without(const Blocked& a, const Blocked& b) {
  Blocked out;
  for (const auto& one : a) {
    const auto same = [&](const auto& other) { return other.index == one.index && other.address.same_host(one.address); };
    if (std::none_of(b.begin(), b.end(), same)) out.push_back(one);
  }
  return out;
}

}  // namespace

/// The nodes in the new file's order, then those that leave. Returns which number each had.
std::vector<std::optional<std::size_t>> Daemon::take_nodes(const ReloadPlan& plan) {
  auto before = std::exchange(nodes_, {});
  auto was = plan.was;
  for (std::size_t i = 0; i < was.size(); ++i) {
    if (was[i]) nodes_.push_back(std::move(before[*was[i]]));
    else nodes_.push_back(std::make_unique<Node>(config_, i, next_key_++));
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i] || before[i]->is_gone) continue;
    was.emplace_back(i);
    nodes_.push_back(std::move(before[i]));
  }
  return was;
}

void Daemon::use_file(Node& node, std::size_t index) {
  const auto& fresh = config_->instances[index];
  if (!has_same_path(*node.conf, fresh)) close_path(node);
  const Configuration before = std::exchange(node.config, config_);  // kept until nothing points into it
  node.conf = &fresh;
  node.receiver.expect(expectation(fresh));
  hold_settings(node);
}

/// Addresses, routes and rules of the instances that stay, all at once: what only changes hands is not removed in between.
void Daemon::hold_again(const std::vector<Node*>& kept, const std::vector<Blocked>& blocked_before) {
  std::vector<kernel::Addresses::Change> changes;
  for (const Node* node : kept) changes.push_back({.router = node->key, .holding = holding_of(*node)});
  const auto fresh = addresses_->set(std::move(changes));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Node& node = *kept[i];
    announcer_->update(node.key, node.conf->name, announced_of(node), node.conf->garp);
    if (!addresses_->holds(node.key)) continue;
    const Blocked now = blocked_by(node);
    block(node, without(now, blocked_before[i]), true);
    block(node, without(blocked_before[i], now), false);
    if (!fresh[i].empty()) announcer_->announce_more(node.key, node.conf->name, fresh[i], false);
  }
}

/// What is gone from the file and holds nothing any more gives back the rest.
void Daemon::end_leaving() {
  for (std::size_t i = config_->instances.size(); i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.is_gone || engine_->status(i).is_releasing) continue;
    announcer_->stop(node.key);
    addresses_->remove(node.key);
    close_path(node);
    hold_settings(node);
    if (node.interface != node.conf->interface) vmacs_->remove(node.interface);
    for (const auto& [parent, vmac] : node.address_vmacs)
      if (vmac != parent) vmacs_->remove(vmac);
    node.is_gone = true;
  }
  const auto all_gone = [](const auto& node) { return node->is_gone; };
  const auto first = nodes_.begin() + static_cast<std::ptrdiff_t>(config_->instances.size());
  if (std::all_of(first, nodes_.end(), all_gone)) nodes_.erase(first, nodes_.end());
}

Status Daemon::reload(std::unique_ptr<KeepalivedConfig> config) {
  const ReloadPlan plan = plan_reload(*config_, *config);
  if (plan.changes.is_refused()) return lib::base::failure(keepalived::plan::refusal(plan.changes));
  if (stopping_) return lib::base::failure("Stopping already");
  if (const Status opened = open_firewall(*config); !opened) return opened;
  vmacs_->use_firewall(firewall_.get());

  // From here on nothing fails.
  loop_.refresh_now();
  started_ = false;  // effects add up first
  const Configuration before = std::exchange(config_, Configuration{std::move(config)});
  std::vector<Blocked> blocked_before;
  for (const auto& old : plan.was) blocked_before.push_back(old ? blocked_by(*nodes_[*old]) : Blocked{});
  const auto was = take_nodes(plan);
  std::vector<Node*> kept;
  std::vector<Blocked> kept_blocked;
  Actions actions;
  std::vector<std::size_t> leaving;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (i >= config_->instances.size()) {
      if (!std::exchange(node.is_leaving, true)) leaving.push_back(i);
    } else if (was[i]) {
      use_file(node, i);
      kept.push_back(&node);
      kept_blocked.push_back(std::move(blocked_before[i]));
    }
  }
  auto engine = make_engine();
  engine->adopt(*engine_, was);
  engine_ = std::move(engine);
  notifier_->use(*config_);
  const auto trackers = std::exchange(trackers_, std::make_unique<track::Trackers>(loop_, *config_, static_cast<track::Sink&>(*this)));
  apply_globals();
  statics_->set({.addresses = config_->static_addresses, .routes = config_->static_routes, .rules = config_->static_rules});
  hold_again(kept, kept_blocked);
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    if (!was[i]) open_instance(i);
    update_source(i);
    if (!nodes_[i]->path) open_path(i);
  }
  find_one_router();
  read_interface_states();
  trackers_->start(trackers.get());
  bfds_->use(config_->bfds);
  loop_.refresh_now();
  for (const std::size_t i : leaving) engine_->stop(i, State::Deleted, loop_.now(), actions);
  tell_all_causes(actions);
  started_ = true;
  engine_->start(loop_.now(), Instant{}, actions);
  run(actions);
  end_leaving();
  leftovers_.save(belongings());
  if (config_->global.fifo_states_on_reload)
    for (std::size_t i = 0; i < config_->instances.size(); ++i) {
      const RouterStatus& status = engine_->status(i);
      notifier_->repeat_state(config_->instances[i], status.state, status.effective_priority);
    }
  return {};
}

}  // namespace vrrpd

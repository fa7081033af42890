#include "vrrpd/core/engine.h"

#include <algorithm>

#include "vrrpd/core/router.h"

namespace vrrpd {

/// A sync group: its members move together (vrrp-behaviour section 16).
struct Group {
  GroupSettings settings;
  State state = State::Init;
};

struct Engine::Internals {
  std::vector<Router> routers;
  std::vector<Group> groups;
  bool is_started = false;

  template <class Do>
  void each_member(std::size_t group, Do&& act) {
    for (const std::size_t member : groups[group].settings.members) act(routers[member]);
  }
  bool is_blocked(std::size_t group) {
    bool blocked = false;
    each_member(group, [&](const Router& member) { blocked = blocked || member.is_blocked(); });
    return blocked;
  }
  void change_group(std::size_t group, State to, Actions& out);
  void start_router(Router& router, std::string_view reason, Instant now, Actions& out);
  void settle(std::size_t index, std::string_view reason, Leave leave, Instant now, Actions& out);
  void settle_group(std::size_t group, std::string_view reason, Leave leave, Instant now, Actions& out);
  void master_down(Router& router, Instant now, Actions& out);
  void give_way(Router& router, Instant now, Actions& out);
  void align_group(std::size_t group, Instant now, Actions& out);
  void sync_line(std::size_t group, const char* state, Actions& out) const;
};

Engine::Engine(std::vector<RouterSettings> routers, std::vector<GroupSettings> groups)
    : internals_{std::make_unique<Internals>()} {
  for (std::size_t i = 0; i < routers.size(); ++i) internals_->routers.emplace_back(std::move(routers[i]), i);
  for (GroupSettings& group : groups) internals_->groups.push_back(Group{.settings = std::move(group)});
}

Engine::~Engine() = default;

void Engine::Internals::sync_line(std::size_t group, const char* state, Actions& out) const {
  Action line;
  line.kind = ActionKind::Log;
  line.group = group;
  line.text = "VRRP_Group(" + groups[group].settings.name + ") Syncing instances to " + state + " state";
  out.push_back(std::move(line));
}

void Engine::Internals::change_group(std::size_t group, State to, Actions& out) {
  if (groups[group].state == to) return;
  Action action;
  action.kind = ActionKind::GroupChanged;
  action.group = group;
  action.from = groups[group].state;
  action.to = to;
  groups[group].state = to;
  out.push_back(std::move(action));
}

void Engine::Internals::start_router(Router& router, std::string_view reason, Instant now, Actions& out) {
  (void)reason;
  router.enter_backup_first(now, out);
  const auto group = router.settings().group;
  if (group && router.settings().wants_master && groups[*group].state != State::Master) router.shorten_first_wait(now);
}

/// Brings one router, or its whole group, to where its causes of fault say.
void Engine::Internals::settle(std::size_t index, std::string_view reason, Leave leave, Instant now, Actions& out) {
  Router& router = routers[index];
  if (router.state() == State::Stop || router.state() == State::Deleted) return;
  if (router.settings().group) return settle_group(*router.settings().group, reason, leave, now, out);
  if (router.status().faults != 0) return router.enter_fault(leave, reason, now, out);
  if (router.is_blocked()) return;  // in Init until the scripts have spoken
  if (router.state() == State::Init) start_router(router, reason, now, out);
  if (router.state() == State::Fault) router.leave_fault(now, out);
}

void Engine::Internals::settle_group(std::size_t group, std::string_view reason, Leave leave, Instant now, Actions& out) {
  bool any_fault = false;
  each_member(group, [&](const Router& member) { any_fault = any_fault || member.status().faults != 0; });
  if (any_fault) {
    if (groups[group].state == State::Fault) return;
    // The member that has the cause goes first, the others follow.
    each_member(group, [&](Router& member) {
      if (member.status().faults != 0) member.enter_fault(leave, reason, now, out);
    });
    if (groups[group].settings.members.size() > 1) sync_line(group, "FAULT", out);
    each_member(group, [&](Router& member) { member.enter_fault(leave, "", now, out); });
    return change_group(group, State::Fault, out);
  }
  if (is_blocked(group)) return;
  const bool was_fault = groups[group].state == State::Fault;
  if (was_fault) sync_line(group, "BACKUP", out);
  each_member(group, [&](Router& member) {
    if (member.state() == State::Init) start_router(member, reason, now, out);
    if (member.state() == State::Fault) member.leave_fault(now, out);
  });
  if (was_fault || groups[group].state == State::Init) change_group(group, State::Backup, out);
}

/// After a reload: a group that is new has the state of its members, and who is Master alone there begins again with them.
void Engine::Internals::align_group(std::size_t group, Instant now, Actions& out) {
  if (groups[group].state == State::Master || groups[group].settings.members.empty()) return;
  bool all = true;
  each_member(group, [&](const Router& member) { all = all && member.state() == State::Master; });
  if (all) return change_group(group, State::Master, out);
  each_member(group, [&](Router& member) {
    if (member.state() == State::Master) member.resign(State::Backup, Leave::Gracefully, now, out);
  });
}

/// Its timer ran out. In a group only when every other member wants Master, too.
void Engine::Internals::master_down(Router& router, Instant now, Actions& out) {
  const auto group = router.settings().group;
  if (!group) return router.become_master(now, out);
  router.restart_master_down(now);  // wants Master from here on
  bool all_want = true;
  each_member(*group, [&](const Router& member) {
    all_want = all_want && (member.state() == State::Master ||
                            (member.state() == State::Backup && member.status().wanted == State::Master));
  });
  if (!all_want) return;
  router.become_master(now, out);
  if (groups[*group].settings.members.size() > 1) sync_line(*group, "MASTER", out);
  each_member(*group, [&](Router& member) {
    if (member.state() == State::Backup) member.become_master(now, out);
  });
  change_group(*group, State::Master, out);
}

/// Somebody better is there. A group goes back as one.
void Engine::Internals::give_way(Router& router, Instant now, Actions& out) {
  router.become_backup(now, out);
  const auto group = router.settings().group;
  if (!group) return;
  if (groups[*group].settings.members.size() > 1) sync_line(*group, "BACKUP", out);
  each_member(*group, [&](Router& member) { member.become_backup(now, out); });
  change_group(*group, State::Backup, out);
}

// ---- events

void Engine::adopt(const Engine& before, const std::vector<std::optional<std::size_t>>& was) {
  auto& routers = internals_->routers;
  for (std::size_t i = 0; i < routers.size(); ++i)
    if (was[i]) routers[i].adopt(before.internals_->routers[*was[i]]);
  for (Group& group : internals_->groups)
    for (const Group& old : before.internals_->groups)
      if (old.settings.name == group.settings.name) group.state = old.state;
}

void Engine::start(Instant now, Instant held_until, Actions& out) {
  internals_->is_started = true;
  for (std::size_t i = 0; i < internals_->routers.size(); ++i) {
    Router& router = internals_->routers[i];
    if (router.is_started()) router.resume(now, out);
    else router.hold_until(held_until);
    internals_->settle(i, "", Leave::AtOnce, now, out);
  }
  for (std::size_t i = 0; i < internals_->groups.size(); ++i) internals_->align_group(i, now, out);
  on_time(now, out);  // owners
}

void Engine::on_advert(std::size_t index, const HeardAdvert& advert, Instant now, Actions& out) {
  Router& router = internals_->routers[index];
  const State before = router.state();
  const Router::Verdict verdict = router.on_advert(advert, now, out);
  if (verdict == Router::Verdict::GiveWay) internals_->give_way(router, now, out);
  // A master that speaks takes a waiting member's wish away.
  const bool heard_better = before == State::Backup && advert.priority >= router.status().effective_priority;
  if (heard_better && router.settings().group) router.become_backup(now, out);
}

void Engine::on_time(Instant now, Actions& out) {
  for (Router& router : internals_->routers) {
    if (now < router.deadline()) continue;
    switch (router.on_time(now, out)) {
      case Router::Due::Nothing: break;
      case Router::Due::MasterDown: internals_->master_down(router, now, out); break;
      case Router::Due::LateMaster: internals_->give_way(router, now, out); break;
    }
  }
}

Instant Engine::next_deadline() const {
  Instant next = lib::base::kNever;
  for (const Router& router : internals_->routers) next = std::min(next, router.deadline());
  return next;
}

void Engine::set_faults(std::size_t index, unsigned faults, unsigned pending, std::string_view reason, Leave leave,
                        Instant now, Actions& out) {
  internals_->routers[index].set_causes(faults, pending);
  if (internals_->is_started) internals_->settle(index, reason, leave, now, out);
}

void Engine::set_weight_sum(std::size_t index, int sum, Instant now, Actions& out) {
  internals_->routers[index].set_weight_sum(sum, now, out);
}

void Engine::override_priority(std::size_t index, std::optional<std::uint8_t> priority, Instant now, Actions& out) {
  internals_->routers[index].override_priority(priority, now, out);
}

void Engine::set_source(std::size_t index, const Address& source) { internals_->routers[index].set_source(source); }

void Engine::on_address_lost(std::size_t index, Instant now, Actions& out) {
  Router& router = internals_->routers[index];
  if (router.state() != State::Master) return;
  router.resign(State::Backup, Leave::AtOnce, now, out);
  internals_->give_way(router, now, out);
  on_time(now, out);  // an owner is Master again at once
}

void Engine::stop(std::size_t index, State to, Instant now, Actions& out) {
  internals_->routers[index].stop(to, now, out);
}

void Engine::stop_all(Instant now, Actions& out) {
  for (Router& router : internals_->routers) router.stop(State::Stop, now, out);
  for (std::size_t i = 0; i < internals_->groups.size(); ++i) internals_->change_group(i, State::Stop, out);
}

bool Engine::is_released() const {
  return std::none_of(internals_->routers.begin(), internals_->routers.end(), [](const Router& router) {
    return router.is_releasing() || router.state() == State::Master;
  });
}

const RouterStatus& Engine::status(std::size_t router) const { return internals_->routers[router].status(); }

State Engine::group_state(std::size_t group) const { return internals_->groups[group].state; }

}  // namespace vrrpd

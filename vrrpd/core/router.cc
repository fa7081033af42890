#include "vrrpd/core/router.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vrrpd {

using lib::base::kNever;

namespace {

constexpr std::uint8_t kOwner = 255;
constexpr int kLeastPriority = 1, kMostPriority = 254;

std::string number(std::uint8_t value) { return std::to_string(static_cast<unsigned>(value)); }

/// "3.500000", as preempt delays are logged.
std::string seconds_text(Duration span) {
  std::string micros = std::to_string(span.count() % 1'000'000);
  micros.insert(0, 6 - micros.size(), '0');
  return std::to_string(span.count() / 1'000'000) + '.' + micros;
}

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::Init: return "INIT";
    case State::Backup: return "BACKUP";
    case State::Master: return "MASTER";
    case State::Fault: return "FAULT";
    case State::Deleted: return "DELETED";
    case State::Stop: return "STOP";
  }
  return "";
}

int compare_addresses(const Address& a, const Address& b) {
  if (a.is_ipv6() && b.is_ipv6()) {
    const int order = std::memcmp(&a.ipv6_bits(), &b.ipv6_bits(), sizeof(in6_addr));
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  const std::uint32_t left = a.ipv4_bits(), right = b.ipv4_bits();
  return left < right ? -1 : left > right ? 1 : 0;
}

Duration skew_time(std::uint8_t version, std::uint8_t priority, Duration master_interval) {
  const std::int64_t steps = 256 - priority;
  // RFC 3768 section 6.1: (256 - priority) / 256 seconds; RFC 9568 section 6.1: of the master's interval.
  const std::int64_t unit = version == 2 ? 1'000'000 : master_interval.count();
  return Duration{steps * unit / 256};
}

Duration master_down_interval(std::uint8_t version, std::uint8_t priority, Duration master_interval, unsigned adverts) {
  return master_interval * static_cast<std::int64_t>(adverts) + skew_time(version, priority, master_interval);
}

Router::Router(RouterSettings settings, std::size_t index) : settings_{std::move(settings)}, index_{index} {
  status_.base_priority = status_.effective_priority = settings_.priority;
  status_.wanted = settings_.wants_master ? State::Master : State::Backup;
  status_.master_interval = settings_.advert_interval;
  status_.master_down = master_down_interval(settings_.version, settings_.priority, settings_.advert_interval,
                                             settings_.down_timer_adverts);
}

// ---- small things

void Router::log(Actions& out, Level level, std::string text) const {
  Action& action = act(out, ActionKind::Log);
  action.level = level;
  action.text = '(' + settings_.name + ") " + std::move(text);
}

Action& Router::act(Actions& out, ActionKind kind) const {
  Action action;
  action.kind = kind;
  action.router = index_;
  action.priority = status_.effective_priority;
  out.push_back(std::move(action));
  return out.back();
}

void Router::send_advert(std::uint8_t priority, Actions& out) const { act(out, ActionKind::SendAdvert).priority = priority; }

void Router::change_state(State to, std::string_view reason, Actions& out) {
  Action& action = act(out, ActionKind::StateChanged);
  action.from = std::exchange(status_.state, to);
  action.to = to;
  action.text = reason;
}

void Router::update_deadline() {
  const bool runs = status_.state == State::Backup || status_.state == State::Master;
  status_.deadline = std::min(runs ? timer_ : kNever, release_at_);
}

void Router::set_causes(unsigned faults, unsigned pending) {
  status_.faults = faults;
  pending_ = pending;
}

void Router::start_master_down(Instant now) {
  status_.master_down = master_down_interval(settings_.version, status_.effective_priority, status_.master_interval,
                                             settings_.down_timer_adverts);
  timer_ = std::max(now, held_until_) + status_.master_down;
  if (is_owner()) timer_ = std::max(now, held_until_);  // the owner does not wait: RFC 9568 section 6.4.1
  update_deadline();
}

void Router::restart_master_down(Instant now) {
  status_.wanted = State::Master;
  timer_ = std::max(now, held_until_) + status_.master_down;
  update_deadline();
}

void Router::shorten_first_wait(Instant now) {
  const Duration skew = skew_time(settings_.version, 255, settings_.advert_interval);
  timer_ = std::max(now, held_until_) + settings_.advert_interval + skew;
  update_deadline();
}

// ---- giving addresses up

void Router::drop_addresses(Leave leave, Instant now, Actions& out) {
  act(out, ActionKind::StopAnnouncing);
  if (leave == Leave::Gracefully && settings_.make_before_break) {
    // The others wait their skew after priority 0; by then one of them has spoken, or nobody is there.
    const Duration longest = skew_time(settings_.version, 1, settings_.advert_interval) + settings_.advert_interval;
    release_at_ = now + longest;
    status_.is_releasing = true;
    return;
  }
  act(out, ActionKind::RemoveAddresses);
}

void Router::end_release(Actions& out) {
  if (!status_.is_releasing) return;
  status_.is_releasing = false;
  release_at_ = kNever;
  act(out, ActionKind::RemoveAddresses);
  update_deadline();
}

// ---- transitions

void Router::enter_backup_first(Instant now, Actions& out) {
  is_started_ = true;
  if (is_owner()) {
    // Neither line nor notify: it is Master in a moment.
    status_.state = State::Backup;
  } else {
    log(out, Level::Always, "Entering BACKUP STATE (init)");
    change_state(State::Backup, "start", out);
  }
  start_master_down(now);
}

void Router::enter_fault(Leave leave, std::string_view reason, Instant now, Actions& out) {
  const State before = status_.state;
  if (before == State::Fault) return;
  is_started_ = true;
  if (before == State::Master) {
    resign(State::Fault, leave, now, out);
    return;
  }
  if (leave == Leave::AtOnce) end_release(out);
  if (before == State::Init && !reason.empty()) {
    Action& line = act(out, ActionKind::Log);
    line.text = '(' + settings_.name + "): entering FAULT state (" + std::string{reason} + ')';
  }
  log(out, Level::Always, before == State::Init ? "entering FAULT state" : "Entering FAULT STATE");
  change_state(State::Fault, reason, out);
  preempt_at_ = kNever;
  update_deadline();
}

void Router::leave_fault(Instant now, Actions& out) {
  if (status_.state != State::Fault) return;
  if (is_owner()) {
    status_.state = State::Backup;
  } else {
    log(out, Level::Always, "Entering BACKUP STATE");
    change_state(State::Backup, "fault is over", out);
  }
  status_.master_interval = settings_.advert_interval;
  start_master_down(now);
}

void Router::become_master(Instant now, Actions& out) {
  send_advert(status_.effective_priority, out);
  log(out, Level::Always, "Entering MASTER STATE");
  // Still answering since we resigned: nothing to add, but the switches must learn anew.
  status_.is_releasing = false;
  release_at_ = kNever;
  act(out, ActionKind::AddAddresses);
  act(out, ActionKind::Announce);
  preempt_at_ = kNever;
  status_.wanted = State::Master;
  status_.master = settings_.source;
  status_.master_interval = settings_.advert_interval;
  change_state(State::Master, "", out);
  timer_ = now + settings_.advert_interval;
  update_deadline();
}

void Router::become_backup(Instant now, Actions& out) {
  if (status_.state != State::Master) {
    status_.wanted = State::Backup;
    return;
  }
  log(out, Level::Always, "Entering BACKUP STATE");
  drop_addresses(Leave::AtOnce, now, out);
  status_.wanted = State::Backup;
  change_state(State::Backup, "", out);
  start_master_down(now);
}

void Router::resign(State to, Leave leave, Instant now, Actions& out) {
  send_advert(0, out);
  log(out, Level::Detail, "sent 0 priority");
  if (to == State::Fault) log(out, Level::Always, "Entering FAULT STATE");
  if (to == State::Backup) log(out, Level::Always, "Entering BACKUP STATE");
  drop_addresses(leave, now, out);
  status_.wanted = State::Backup;
  preempt_at_ = kNever;
  change_state(to, "", out);
  if (to == State::Backup) start_master_down(now);
  update_deadline();
}

void Router::stop(State to, Instant now, Actions& out) {
  if (status_.state == State::Stop || status_.state == State::Deleted) return;
  if (status_.state == State::Master) {
    resign(to, Leave::Gracefully, now, out);
    return;
  }
  change_state(to, "", out);
  update_deadline();
}

// ---- adverts (vrrp-behaviour sections 5 and 6)

void Router::accept_master(const HeardAdvert& advert, Instant now, Actions& out) {
  if (settings_.version == 3) status_.master_interval = advert.interval;  // RFC 9568 section 6.4.2
  followed_priority_ = advert.priority;
  if (!status_.master.same_host(advert.sender)) {
    status_.master = advert.sender;
    act(out, ActionKind::MasterSet).sender = advert.sender;
    log(out, Level::Detail, "master set to " + advert.sender.host());
  }
  start_master_down(now);
}

void Router::on_advert_as_backup(const HeardAdvert& advert, Instant now, Actions& out) {
  if (advert.priority == 0) {
    // RFC 9568 section 6.4.2: the master resigned; only the skew is left.
    log(out, Level::Detail, "Backup received priority 0 advertisement");
    timer_ = now + skew_time(settings_.version, status_.effective_priority, status_.master_interval);
    update_deadline();
    return;
  }
  const bool lower = advert.priority < status_.effective_priority;
  if (!lower && preempt_at_ != kNever) {
    log(out, Level::Detail, "stop preempt delay");
    preempt_at_ = kNever;
  }
  if (lower && settings_.preempt && settings_.preempt_delay.count() > 0 && preempt_at_ == kNever) {
    preempt_at_ = now + settings_.preempt_delay;
    log(out, Level::Detail, "start preempt delay (" + seconds_text(settings_.preempt_delay) + ')');
  }
  const bool delayed = preempt_at_ != kNever && now < preempt_at_;
  if (!lower || !settings_.preempt || delayed) {
    accept_master(advert, now, out);
    return;
  }
  // The master that we followed fell below us: it says so itself, so that only the order among the backups is left to wait
  // for. The original waits for the rest of its master-down time.
  const bool fell = status_.master.same_host(advert.sender) && followed_priority_ >= status_.effective_priority;
  if (settings_.advertise_priority_change && fell) {
    timer_ = std::min(timer_, now + skew_time(settings_.version, status_.effective_priority, status_.master_interval));
    update_deadline();
  }
  log(out, Level::Always,
      "received lower priority (" + number(advert.priority) + ") advert from " + advert.sender.host() + " - discarding");
}

/// The best of the others has waited long enough since our last advert, and will have taken over.
bool Router::is_too_late(Instant now) const {
  if (!settings_.timer_expired_backup || now <= timer_) return false;
  const Duration others = master_down_interval(settings_.version, *settings_.timer_expired_backup, settings_.advert_interval, settings_.down_timer_adverts);
  return now - timer_ + settings_.advert_interval > others;
}

Router::Verdict Router::on_advert_as_master(const HeardAdvert& advert, Instant now, Actions& out) {
  const std::uint8_t mine = status_.effective_priority;
  if (is_owner() && settings_.owner_ignore_adverts) return Verdict::Stay;
  if (advert.priority == 0) {  // RFC 9568 section 6.4.3: somebody left; say who is here
    send_advert(mine, out);
    timer_ = now + settings_.advert_interval;
    update_deadline();
    return Verdict::Stay;
  }
  if (is_too_late(now)) return Verdict::GiveWay;  // heard before our own timer was looked at
  const int order = compare_addresses(advert.sender, settings_.source);
  const bool equal = advert.priority == mine;
  const std::string sender = advert.sender.host();
  if (equal && order == 0) {
    log(out, Level::Always, "WARNING - equal priority advert received from remote host with our IP address.");
    return Verdict::Stay;
  }
  if (advert.priority > mine || (equal && order > 0)) {
    if (settings_.higher_prio_send_advert) send_advert(mine, out);
    log(out, Level::Always,
        "Master received advert from " + sender +
            (equal ? " with same priority " + number(mine) + " but higher IP address than ours"
                   : " with higher priority " + number(advert.priority) + ", ours " + number(mine)));
    return Verdict::GiveWay;
  }
  log(out, Level::Always,
      "Received advert from " + sender + " with lower priority " + number(advert.priority) + ", ours " + number(mine) +
          (settings_.lower_prio_no_advert ? "" : ", forcing new election"));
  if (!settings_.lower_prio_no_advert) {
    send_advert(mine, out);
    timer_ = now + settings_.advert_interval;
    update_deadline();
  }
  act(out, ActionKind::AnnounceLower);
  Action& told = act(out, ActionKind::LowerPriority);
  told.sender = advert.sender;
  told.previous = advert.priority;
  return Verdict::Stay;
}

Router::Verdict Router::on_advert(const HeardAdvert& advert, Instant now, Actions& out) {
  if (advert.priority != 0) end_release(out);  // the new master speaks: nothing is lost any more
  if (is_held(now)) return Verdict::Stay;
  if (status_.state == State::Backup) on_advert_as_backup(advert, now, out);
  if (status_.state != State::Master) return Verdict::Stay;  // in Init and Fault they are not even counted
  const Verdict verdict = on_advert_as_master(advert, now, out);
  if (verdict == Verdict::GiveWay) {
    if (settings_.version == 3) status_.master_interval = advert.interval;
    status_.master = advert.sender;
    act(out, ActionKind::MasterSet).sender = advert.sender;
  }
  return verdict;
}

// ---- time

Router::Due Router::on_time(Instant now, Actions& out) {
  if (now >= release_at_) end_release(out);
  if (status_.state == State::Backup && now >= timer_) {
    if (!is_owner()) log(out, Level::Detail, "Receive advertisement timeout");
    return Due::MasterDown;
  }
  if (status_.state != State::Master || now < timer_) return Due::Nothing;
  const Duration late = now - timer_;
  if (is_too_late(now)) return Due::LateMaster;
  send_advert(status_.effective_priority, out);
  // No drift, and no burst after a pause.
  timer_ = late < settings_.advert_interval ? timer_ + settings_.advert_interval : now + settings_.advert_interval;
  update_deadline();
  return Due::Nothing;
}

// ---- priority

void Router::update_priority(Instant now, Actions& out) {
  status_.base_priority = override_.value_or(settings_.priority);
  const std::uint8_t before = status_.effective_priority;
  const int sum = status_.base_priority + weight_sum_;
  status_.effective_priority = status_.base_priority == kOwner
                                   ? kOwner
                                   : static_cast<std::uint8_t>(std::clamp(sum, kLeastPriority, kMostPriority));
  const std::uint8_t after = status_.effective_priority;
  if (after == before) return;
  const Duration down_before = status_.master_down;
  status_.master_down =
      master_down_interval(settings_.version, after, status_.master_interval, settings_.down_timer_adverts);
  if (!is_started_) return;
  log(out, Level::Always, "Changing effective priority from " + number(before) + " to " + number(after));
  Action& action = act(out, ActionKind::PriorityChanged);
  action.previous = before;
  action.priority = after;
  if (status_.state == State::Backup) timer_ += status_.master_down - down_before;
  if (status_.state == State::Master && settings_.advertise_priority_change) {
    send_advert(after, out);
    timer_ = now + settings_.advert_interval;
  }
  update_deadline();
}

void Router::set_weight_sum(int sum, Instant now, Actions& out) {
  if (settings_.priority == kOwner && !override_) return;
  weight_sum_ = sum;
  update_priority(now, out);
}

void Router::override_priority(std::optional<std::uint8_t> priority, Instant now, Actions& out) {
  override_ = priority;
  update_priority(now, out);
}

// ---- reload

void Router::adopt(const Router& before) {
  settings_.source = before.settings_.source;
  status_ = before.status_;
  pending_ = before.pending_;
  weight_sum_ = before.weight_sum_;
  override_ = before.override_;
  is_started_ = before.is_started_;
  followed_priority_ = before.followed_priority_;
  timer_ = before.timer_;
  preempt_at_ = settings_.preempt_delay == before.settings_.preempt_delay ? before.preempt_at_ : kNever;
  release_at_ = before.release_at_;
  held_until_ = before.held_until_;
  has_new_times_ = settings_.version != before.settings_.version || settings_.advert_interval != before.settings_.advert_interval ||
                   settings_.down_timer_adverts != before.settings_.down_timer_adverts;
}

void Router::resume(Instant now, Actions& out) {
  const bool was_owner = is_owner();
  update_priority(now, out);
  const bool is_new_owner = is_owner() && !was_owner;
  if (std::exchange(has_new_times_, false) || is_new_owner) {
    // In version 3 a backup lives by its master's interval.
    if (settings_.version == 2 || status_.state == State::Master) status_.master_interval = settings_.advert_interval;
    if (status_.state == State::Backup) start_master_down(now);
    if (status_.state == State::Master) timer_ = std::min(timer_, now + settings_.advert_interval);
  }
  update_deadline();
}

}  // namespace vrrpd

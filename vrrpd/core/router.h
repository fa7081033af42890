// One virtual router's state machine (RFC 9568 section 6.4, RFC 3768 section 6.4), apart from its sync group: who calls it
// is the engine, which owns the group's will. Pure.
#pragma once

#include "vrrpd/core/engine.h"

namespace vrrpd {

class Router {
 public:
  Router(RouterSettings settings, std::size_t index);

  const RouterSettings& settings() const { return settings_; }
  const RouterStatus& status() const { return status_; }
  State state() const { return status_.state; }
  Instant deadline() const { return status_.deadline; }
  bool is_owner() const { return status_.effective_priority == 255; }
  bool is_blocked() const { return status_.faults != 0 || pending_ != 0; }
  bool is_held(Instant now) const { return now < held_until_; }

  /// Reload: goes on where the same router stood with its former settings; resume() is what the new ones ask for.
  void adopt(const Router& before);
  void resume(Instant now, Actions& out);
  bool is_started() const { return is_started_; }
  void hold_until(Instant moment) { held_until_ = moment; }
  void set_source(const Address& source) { settings_.source = source; }
  /// Both say whether the verdict "blocked" may have changed.
  void set_causes(unsigned faults, unsigned pending);

  // ---- transitions, each with its log lines and actions
  void enter_backup_first(Instant now, Actions& out);            // Init -> Backup
  void enter_fault(Leave leave, std::string_view reason, Instant now, Actions& out);
  void leave_fault(Instant now, Actions& out);                   // Fault -> Backup
  void become_master(Instant now, Actions& out);
  void become_backup(Instant now, Actions& out);                 // from Master; no resignation is sent
  void resign(State to, Leave leave, Instant now, Actions& out); // from Master: priority 0 first
  void stop(State to, Instant now, Actions& out);

  /// What an advert asks for beyond this router: Backup when it must give way.
  enum class Verdict : std::uint8_t { Stay, GiveWay };
  Verdict on_advert(const HeardAdvert& advert, Instant now, Actions& out);
  enum class Due : std::uint8_t { Nothing, MasterDown, LateMaster };
  Due on_time(Instant now, Actions& out);
  /// Backup again, from now: its group is not ready for Master.
  void restart_master_down(Instant now);
  /// A member of a group that is not yet Master and wants it waits one interval only.
  void shorten_first_wait(Instant now);

  void set_weight_sum(int sum, Instant now, Actions& out);
  void override_priority(std::optional<std::uint8_t> priority, Instant now, Actions& out);
  bool is_releasing() const { return status_.is_releasing; }

 private:
  void log(Actions& out, Level level, std::string text) const;
  Action& act(Actions& out, ActionKind kind) const;
  void change_state(State to, std::string_view reason, Actions& out);
  void drop_addresses(Leave leave, Instant now, Actions& out);
  void end_release(Actions& out);
  void start_master_down(Instant now);
  void update_deadline();
  void update_priority(Instant now, Actions& out);
  void on_advert_as_backup(const HeardAdvert& advert, Instant now, Actions& out);
  Verdict on_advert_as_master(const HeardAdvert& advert, Instant now, Actions& out);
  void accept_master(const HeardAdvert& advert, Instant now, Actions& out);
  bool is_too_late(Instant now) const;
  void send_advert(std::uint8_t priority, Actions& out) const;

  RouterSettings settings_;
  std::size_t index_;
  RouterStatus status_;
  unsigned pending_ = 0;
  int weight_sum_ = 0;
  std::optional<std::uint8_t> override_;
  bool is_started_ = false;
  bool has_new_times_ = false;              // by a reload
  std::uint8_t followed_priority_ = 0;      // of the master's last advert that we accepted
  Instant timer_ = lib::base::kNever;       // Backup: master down; Master: the next advert
  Instant preempt_at_ = lib::base::kNever;  // preempt_delay runs, or ran out
  Instant release_at_ = lib::base::kNever;  // the end of answering after a resignation
  Instant held_until_{};
};

/// -1, 0 or 1, as addresses are compared for equal priorities: numerically in network order.
int compare_addresses(const Address& a, const Address& b);

}  // namespace vrrpd

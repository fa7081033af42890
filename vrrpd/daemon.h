// The running daemon: events from the network, the kernel, trackers and people go into the engine; what it says is carried
// out, in order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/event/loop.h"
#include "parsers/keepalived/config.h"
#include "keepalived/bfd/sessions.h"
#include "vrrpd/core/engine.h"
#include "vrrpd/core/receive.h"
#include "vrrpd/kernel/addresses.h"
#include "vrrpd/kernel/announcer.h"
#include "vrrpd/kernel/duplicate_watch.h"
#include "vrrpd/kernel/firewall.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/leftovers.h"
#include "vrrpd/kernel/statics.h"
#include "vrrpd/kernel/sysctls.h"
#include "vrrpd/kernel/transport.h"
#include "vrrpd/kernel/vmac.h"
#include "keepalived/logger.h"
#include "keepalived/process.h"
#include "keepalived/program.h"
#include "vrrpd/node.h"
#include "vrrpd/notify/notifier.h"
#include "vrrpd/reload_plan.h"
#include "vrrpd/report/commands.h"
#include "vrrpd/track/trackers.h"

namespace vrrpd {

using keepalived::Logger;

class Daemon final : private kernel::PacketSink,
                     private kernel::InterfaceListener,
                     private kernel::LossListener,
                     private kernel::TrackGroupListener,
                     private kernel::ClaimListener,
                     private track::Sink,
                     private keepalived::bfd::Listener,
                     public report::Desk,
                     public keepalived::Daemon {
 public:
  /// `config` is kept. `state_file` remembers for the next start what a crash would leave changed. Opens what the instances need; errors name it.
  static lib::base::Result<std::unique_ptr<Daemon>> start(lib::event::Loop& loop, Logger& logger,
                                                          std::unique_ptr<parsers::keepalived::KeepalivedConfig> config, std::string state_file);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Begins to leave: priority 0 for every master; with keep_addresses() leaves at once.
  void stop() override;
  bool is_gone() const override;
  /// Goes over to a new file in place: what it does not change is not touched (vrrp-behaviour section 17). On an error
  /// nothing has changed.
  lib::base::Status reload(std::unique_ptr<parsers::keepalived::KeepalivedConfig> config) override;
  void dump(keepalived::Dump what) override;
  std::string present_states() const override;
  std::vector<lib::runtime::Command> commands() override { return report::commands(*this); }
  /// The kernel keeps what it has at the stop (-V).
  void keep_addresses() { keeps_kernel_ = true; }
  /// Ours, too (-a); the others' are part of the detailed log.
  void log_every_address() { logs_all_addresses_ = true; }

  const parsers::keepalived::KeepalivedConfig& config() const override { return *config_; }
  void clear_counters();

  // ---- for the runtime API
  report::Snapshot snapshot() const override;
  std::vector<report::TrackRow> track_rows() const override;
  std::vector<report::InterfaceRow> interface_rows() const override;
  lib::runtime::Feed& events() override { return events_; }
  lib::base::Duration uptime() const override { return loop_.now() - began_; }
  void override_priority(std::size_t instance, std::optional<std::uint8_t> priority) override;
  void hold_in_fault(std::size_t instance, bool held) override;
  bool force_track(std::string_view name, std::optional<bool> up) override;

 private:
  Daemon(lib::event::Loop& loop, Logger& logger, std::unique_ptr<parsers::keepalived::KeepalivedConfig> config);
  lib::base::Status open(std::string state_file);
  lib::base::Status open_firewall(const parsers::keepalived::KeepalivedConfig& config);
  std::unique_ptr<Engine> make_engine() const;
  void watch_duplicates();
  void apply_globals();
  void read_interface_states();
  std::string make_vmac(const Node& node, const std::string& parent, const std::string& name, const std::string& prefix);
  void hold_settings(Node& node);
  void add_tracked(report::Snapshot& out) const;
  kernel::Belongings belongings() const;
  void find_one_router();
  kernel::Holding holding_of(const Node& node) const;
  std::vector<kernel::Announced> announced_of(const Node& node) const;
  std::vector<kernel::BlockedAddress> blocked_by(const Node& node) const;
  void block(const Node& node, const std::vector<kernel::BlockedAddress>& addresses, bool closed);
  void tell_all_causes(Actions& actions);
  void open_instance(std::size_t index);
  void open_path(std::size_t index);
  void close_path(Node& node);
  std::vector<std::optional<std::size_t>> take_nodes(const ReloadPlan& plan);
  void use_file(Node& node, std::size_t index);
  void hold_again(const std::vector<Node*>& kept, const std::vector<std::vector<kernel::BlockedAddress>>& blocked_before);
  void end_leaving();
  void begin();
  Instant held_until() const;
  void tell_faults(std::size_t index, std::string_view reason, Leave leave);

  // ---- from below
  void on_packet(std::size_t path, const kernel::Received& received) override;
  void on_interface(const kernel::Interface& interface, kernel::InterfaceChange change, const std::string& previous) override;
  void on_address(const kernel::InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route&, bool) override {}
  void on_rule(const lib::netlink::Rule&, bool) override {}
  void on_lost_events() override {}
  void on_lost(std::size_t key, const std::string& what) override;
  void on_claim(const Address& address, const lib::netlink::MacAddress& mac, unsigned index) override;
  void on_track_group(const std::string& group, unsigned missing) override;
  void on_effect(const track::Effect& effect) override;
  void on_log(Level level, std::string_view line) override { logger_.write(level, line); }
  void on_bfd(std::size_t index, bool is_up) override;
  void on_bfd_log(Level level, std::string_view line) override { logger_.write(level, line); }

  // ---- to the engine and from it
  void apply_effects(const std::vector<track::Effect>& effects, Leave leave);
  void update_source(std::size_t index);
  void run(const Actions& actions);
  void run_one(const Action& action);
  void send_advert(std::size_t index, std::uint8_t priority);
  void add_addresses(std::size_t index);
  void remove_addresses(std::size_t index);
  void on_state(const Action& action);
  void arm();
  lib::event::Task<void> keep_time();

  lib::event::Loop& loop_;
  Logger& logger_;
  Configuration config_;
  std::unique_ptr<lib::netlink::Netlink> kernel_;
  std::unique_ptr<kernel::Interfaces> interfaces_;
  std::unique_ptr<kernel::Sysctls> sysctls_;
  kernel::Leftovers leftovers_;
  std::unique_ptr<kernel::Firewall> firewall_;
  std::unique_ptr<kernel::VirtualMacs> vmacs_;
  std::unique_ptr<kernel::Statics> statics_;
  std::unique_ptr<kernel::Addresses> addresses_;
  std::unique_ptr<kernel::Announcer> announcer_;
  std::unique_ptr<kernel::DuplicateWatch> duplicates_;
  std::unique_ptr<kernel::Transport> transport_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<notify::Notifier> notifier_;
  std::map<std::string, unsigned> missing_statics_;  // by track_group
  bool holds_igmp_ = false, logs_all_addresses_ = false;
  keepalived::AutoPriority auto_priority_;
  std::unique_ptr<track::Trackers> trackers_;
  std::unique_ptr<keepalived::bfd::Sessions> bfds_;
  std::vector<std::unique_ptr<Node>> nodes_;   // parallel to the instances; then those that leave
  std::size_t next_key_ = 0;
  lib::runtime::Feed events_;
  bool started_ = false, stopping_ = false, keeps_kernel_ = false;
  Instant began_{};
  Instant stop_by_ = lib::base::kNever, gone_by_ = lib::base::kNever;  // stop scripts; all of us (child_wait_time)
  lib::event::Descriptor timer_;               // microseconds exact, where the loop's own timers have milliseconds
  Instant armed_for_ = lib::base::kNever;
  lib::event::TaskGroup tasks_;                // last: it uses the rest
};

}  // namespace vrrpd

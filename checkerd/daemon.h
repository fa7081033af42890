// The running daemon: verdicts of checks go into the pools; what these want is brought into the kernel's table, and told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checkerd/bfd_states.h"
#include "checkerd/checkers/checkers.h"
#include "checkerd/core/pool.h"
#include "checkerd/core/reload_plan.h"
#include "checkerd/driver/driver.h"
#include "checkerd/report/commands.h"
#include "checkerd/sync_daemons.h"
#include "checkerd/table_keeper.h"
#include "keepalived/logger.h"
#include "keepalived/messenger.h"
#include "keepalived/program.h"
#include "lib/event/loop.h"
#include "lib/netlink/netlink.h"
#include "lib/runtime/feed.h"
#include "parsers/keepalived/config.h"

namespace checkerd {

using Configuration = std::shared_ptr<const parsers::keepalived::KeepalivedConfig>;

class Daemon final : private checkers::Listener, private lib::netlink::Listener,
                     public report::Desk, public keepalived::Daemon {
 public:
  /// `owned_path`: a file that remembers for the next start what a crash would leave. Errors: no driver for the table can be had.
  static lib::base::Result<std::unique_ptr<Daemon>> start(lib::event::Loop& loop, keepalived::Logger& logger,
                                                          std::unique_ptr<parsers::keepalived::KeepalivedConfig> config, std::string owned_path);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Goes over to a new file in place: what it does not change is not touched.
  lib::base::Status reload(std::unique_ptr<parsers::keepalived::KeepalivedConfig> config) override;
  void dump(keepalived::Dump what) override;
  std::string present_states() const override;
  std::vector<lib::runtime::Command> commands() override { return report::commands(*this); }
  /// The table stays at the stop (-I).
  void keep_table() { keeps_table_ = true; }
  /// Logs addresses that come and go (-a).
  void log_addresses() {
    logs_addresses_ = true;
    watch_addresses();
  }
  /// Takes what is ours out of the table.
  void stop() override;
  bool is_gone() const override { return is_stopped_ && (messenger_->is_idle() || loop_.now() >= stop_by_); }

  const parsers::keepalived::KeepalivedConfig& config() const override { return *config_; }
  const Pool& pool(std::size_t virtual_server) const override { return *pools_[virtual_server]; }
  checkers::Load load() const override { return checkers_->load(); }
  checkers::CheckStatus check_status(const checkers::CheckerId& id) const override { return checkers_->status(id); }
  lib::base::Result<std::vector<driver::ServiceUse>> usage() const override { return driver_->usage(); }
  const char* driver_name() const override { return driver_->name(); }
  lib::runtime::Feed& events() override { return events_; }
  lib::base::Duration uptime() const override { return loop_.now() - began_; }
  void override_state(std::size_t virtual_server, std::size_t server, Override state) override;
  void override_weight(std::size_t virtual_server, std::size_t server, std::optional<std::uint32_t> weight) override;
  void enable_checks(std::size_t virtual_server, std::size_t server, bool enabled) override;

 private:
  /// An action of a pool's, or a mail of a checker's own.
  struct Pending {
    Action action;
    keepalived::MailText mail;
    bool is_mail = false;
  };
  Daemon(lib::event::Loop& loop, keepalived::Logger& logger, std::unique_ptr<parsers::keepalived::KeepalivedConfig> config, std::string owned_path);
  lib::base::Status open();
  lib::base::Status open_driver();
  void begin();
  std::vector<std::unique_ptr<Pool>> make_pools() const;
  std::vector<std::string> remarks_on(const parsers::keepalived::VirtualServer& conf, const Pool& pool) const;
  Table owned_of(const std::vector<std::unique_ptr<Pool>>& pools) const;
  void remember_owned(const Table& table);
  keepalived::Messenger::Fifos fifos() const { return {config_->global.fifo, config_->global.lvs_fifo}; }
  void say(std::string_view line) { logger_.write(keepalived::Level::Always, line); }

  // ---- from below
  void on_verdict(const checkers::CheckerId& id, bool up) override;
  void on_weight(const checkers::CheckerId& id, std::int64_t addition) override;
  void on_mail(const checkers::CheckerId& id, bool up, std::string_view body) override;
  void on_log(keepalived::Level level, std::string_view line) override;
  void on_link(const lib::netlink::Link&, bool) override {}
  void on_address(const lib::netlink::InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route&, bool) override {}
  void on_rule(const lib::netlink::Rule&, bool) override {}
  void on_overrun() override { suspend_or_resume(); }

  /// What follows from verdicts waits for the end of the loop's round, so that one change of the table serves many of them:
  /// when thousands of servers fail at once, a change for each would make the checks late.
  void run_later(Actions actions);
  void run_pending();
  void run(const Actions& actions, keepalived::Messenger::When when);
  void run(const Action& action, keepalived::Messenger::When when);
  std::vector<std::size_t> all_pools() const;
  void find_sharing();
  void allow_descriptors();
  void reconcile_pools(const std::vector<std::size_t>& numbers);
  Table wanted_of(std::span<const std::size_t> pools) const;
  void tell_server(const Action& action, keepalived::Messenger::When when);
  void tell_quorum(const Action& action, keepalived::Messenger::When when);
  void suspend_or_resume();
  void watch_addresses();

  lib::event::Loop& loop_;
  keepalived::Logger& logger_;
  const std::string owned_path_;
  Configuration config_;
  std::unique_ptr<lib::netlink::Netlink> kernel_;
  std::unique_ptr<driver::Driver> driver_;
  std::optional<driver::Timeouts> timeouts_before_;
  std::unique_ptr<TableKeeper> keeper_;
  std::unique_ptr<SyncDaemons> sync_;
  std::vector<std::unique_ptr<Pool>> pools_;      // parallel to the virtual servers
  std::vector<Pending> pending_;                  // in the order in which they are told
  std::vector<std::vector<std::size_t>> sharing_;  // of each: it, and those with a service in common
  std::unique_ptr<keepalived::Messenger> messenger_;
  std::unique_ptr<checkers::Checkers> checkers_;
  std::unique_ptr<BfdStates> bfds_;
  std::unique_ptr<lib::netlink::Monitor> monitor_;
  std::vector<bool> suspended_;
  lib::runtime::Feed events_;
  lib::base::Instant began_{}, stop_by_ = lib::base::kNever;
  bool is_stopped_ = false, keeps_table_ = false, logs_addresses_ = false;
};

}  // namespace checkerd

// lvs_sync_daemon: the kernel's threads that tell connections to the other directors, or hear of theirs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "checkerd/driver/driver.h"
#include "keepalived/event_follower.h"
#include "parsers/keepalived/config.h"

namespace checkerd {

/// Where vrrpd answers when it runs with the same file.
std::string socket_of_vrrpd(const parsers::keepalived::KeepalivedConfig& config);

/// What an event of vrrpd's says of this instance; nothing: it is about something else. Pure.
std::optional<bool> is_master_by(const keepalived::EventFollower::Event& event, std::string_view instance);

class SyncDaemons {
 public:
  using Log = std::function<void(std::string_view)>;
  /// `driver` outlives it.
  SyncDaemons(lib::event::Loop& loop, driver::Driver& driver, Log log) : loop_{loop}, driver_{driver}, log_{std::move(log)} {}
  SyncDaemons(const SyncDaemons&) = delete;
  SyncDaemons& operator=(const SyncDaemons&) = delete;

  /// Start and reload. Without a VRRP instance both run; with one master or backup, as the instance is.
  void use(const parsers::keepalived::KeepalivedConfig& config);
  void stop();

 private:
  driver::SyncDaemon daemon_as(bool is_master) const;
  void start(bool is_master);
  void stop(const driver::SyncDaemon& daemon);
  void follow();
  void change_to(bool is_master);

  lib::event::Loop& loop_;
  driver::Driver& driver_;
  const Log log_;
  std::optional<parsers::keepalived::LvsSyncDaemon> conf_;
  std::string socket_path_;
  std::uint8_t default_id_ = 0;                 // the instance's
  std::vector<driver::SyncDaemon> running_;
  bool is_master_ = false;
  std::unique_ptr<keepalived::EventFollower> follower_;  // with an instance
};

}  // namespace checkerd

#include "checkerd/sync_daemons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace checkerd {

using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::LvsSyncDaemon;

namespace {

bool are_equal(const std::optional<LvsSyncDaemon>& one, const std::optional<LvsSyncDaemon>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->interface == other->interface && one->instance == other->instance && one->id == other->id && one->max_length == other->max_length &&
         one->port == other->port && one->ttl == other->ttl && one->group == other->group;
}

}  // namespace

std::string socket_of_vrrpd(const KeepalivedConfig& config) {
  return config.global.runtime_socket.empty() ? "/run/triad/vrrpd.sock" : config.global.runtime_socket;
}

std::optional<bool> is_master_by(const keepalived::EventFollower::Event& event, std::string_view instance) {
  if (event.text("instance") != instance) return std::nullopt;
  const std::string type = event.text("type");
  if (type == "present") return event.text("state") == "MASTER";
  if (type == "state") return event.text("to") == "MASTER";
  return std::nullopt;
}

void SyncDaemons::use(const KeepalivedConfig& config) {
  const auto& wanted = config.global.lvs_sync_daemon;
  const std::string path = socket_of_vrrpd(config);
  const auto instance = std::find_if(config.instances.begin(), config.instances.end(), [&](const auto& each) { return wanted && each.name == wanted->instance; });
  const std::uint8_t id = instance == config.instances.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(instance->vrid);
  if (are_equal(wanted, conf_) && path == socket_path_ && id == default_id_) return;
  stop();
  conf_ = wanted;
  socket_path_ = path;
  default_id_ = id;
  if (!conf_) return;
  if (conf_->instance.empty()) {
    for (const bool is_master : {true, false}) start(is_master);
    return;
  }
  (void)driver_.stop_sync(daemon_as(true));  // one that a killed daemon left; mostly there is none
  start(false);
  follow();
}

/// Not master while vrrpd is not there: then its addresses are not here either.
void SyncDaemons::follow() {
  is_master_ = false;
  const auto on_event = [this](const keepalived::EventFollower::Event& event) {
    if (const auto is_master = is_master_by(event, conf_->instance)) change_to(*is_master);
  };
  const auto on_presence = [this](bool is_there, std::string_view why) {
    if (is_there) return log_(fmt::format("lvs_sync_daemon: vrrpd answers at {}", socket_path_));
    log_(fmt::format("lvs_sync_daemon: vrrpd does not answer at {} ({}): {} counts as backup until it does", socket_path_, why, conf_->instance));
    change_to(false);
  };
  follower_ = std::make_unique<keepalived::EventFollower>(loop_, socket_path_, on_event, on_presence);
}

void SyncDaemons::stop() {
  follower_.reset();
  for (const driver::SyncDaemon& each : std::exchange(running_, {})) stop(each);
}

driver::SyncDaemon SyncDaemons::daemon_as(bool is_master) const {
  return {.is_master = is_master, .interface = conf_->interface, .id = conf_->id.value_or(default_id_), .max_length = conf_->max_length,
          .port = conf_->port, .ttl = conf_->ttl, .group = conf_->group};
}

void SyncDaemons::start(bool is_master) {
  const driver::SyncDaemon daemon = daemon_as(is_master);
  lib::base::Status started = driver_.start_sync(daemon);
  if (!started && started.error().code == EEXIST) {  // a killed daemon's, perhaps with other values
    (void)driver_.stop_sync(daemon);                 // then the next line says what is wrong
    started = driver_.start_sync(daemon);
  }
  if (started) running_.push_back(daemon);
  else log_(started.error().message);
}

void SyncDaemons::stop(const driver::SyncDaemon& daemon) {
  if (const lib::base::Status stopped = driver_.stop_sync(daemon); !stopped) log_(stopped.error().message);
}

void SyncDaemons::change_to(bool is_master) {
  if (is_master == std::exchange(is_master_, is_master)) return;
  for (const driver::SyncDaemon& each : std::exchange(running_, {})) stop(each);
  start(is_master);
}

}  // namespace checkerd

#include "checkerd/bfd_states.h"

#include <fmt/format.h>

#include <utility>

#include "checkerd/sync_daemons.h"

namespace checkerd {

using keepalived::EventFollower;
using keepalived::Level;
using parsers::keepalived::KeepalivedConfig;

namespace {

/// Both daemons may start at the same time, and vrrpd may be started anew.
constexpr lib::base::Duration kPatience{5'000'000};

}  // namespace

BfdStates::BfdStates(lib::event::Loop& loop, OnState on_state, Log log) : loop_{loop}, on_state_{std::move(on_state)}, log_{std::move(log)} {}

void BfdStates::use(const KeepalivedConfig& config) {
  const bool is_reload = std::exchange(config_, &config) != nullptr;
  const std::string path = config.instances.empty() || config.bfds.empty() ? std::string{} : socket_of_vrrpd(config);
  follower_.reset();  // a new one hears all states again
  if (path != std::exchange(socket_path_, path)) {
    waiting_.cancel_all();
    sessions_.reset();
  }
  if (path.empty() || sessions_) run_here();
  if (is_reload) tell_all();
  if (path.empty()) return;
  follower_ = std::make_unique<EventFollower>(loop_, path, [this](const EventFollower::Event& event) { on_event(event); },
                                              [this](bool is_there, std::string_view why) { on_presence(is_there, why); });
}

void BfdStates::run_here() {
  if (!sessions_) sessions_ = std::make_unique<keepalived::bfd::Sessions>(loop_, static_cast<keepalived::bfd::Listener&>(*this));
  sessions_->use(config_->bfds);
}

void BfdStates::tell_all() {
  for (std::size_t i = 0; sessions_ && i < config_->bfds.size(); ++i)
    if (config_->bfds[i].is_for_checker()) on_state_(i, sessions_->is_up(i));
}

void BfdStates::on_event(const EventFollower::Event& event) {
  if (event.text("type") != "bfd") return;
  const std::string name = event.text("bfd");
  for (std::size_t i = 0; i < config_->bfds.size(); ++i)
    if (config_->bfds[i].name == name && config_->bfds[i].is_for_checker()) on_state_(i, event.text("state") == "UP");
}

void BfdStates::on_presence(bool is_there, std::string_view why) {
  waiting_.cancel_all();
  if (is_there) {
    log_(Level::Always, fmt::format("BFD: vrrpd answers at {} and runs the sessions", socket_path_));
    sessions_.reset();
    return;
  }
  log_(Level::Always, fmt::format("BFD: vrrpd does not answer at {} ({})", socket_path_, why));
  if (!sessions_) waiting_.spawn(run_here_later());
}

lib::event::Task<void> BfdStates::run_here_later() {
  lib::event::Waiter waiter{loop_};
  const lib::base::Instant then = waiter.now() + kPatience;
  co_await waiter.until(then);
  log_(Level::Always, "BFD: vrrpd is not there: its sessions are run here");
  run_here();
  tell_all();  // what vrrpd said last counts no longer
}

}  // namespace checkerd

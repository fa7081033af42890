// How the file's BFD sessions stand, for BFD_CHECKs. Two daemons cannot share BFD's port: where the file has VRRP instances, too,
// vrrpd runs the sessions, and tells their states on its runtime socket. While it is not there, they are run here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepalived/bfd/sessions.h"
#include "keepalived/event_follower.h"
#include "parsers/keepalived/config.h"

namespace checkerd {

class BfdStates final : private keepalived::bfd::Listener {
 public:
  using OnState = std::function<void(std::size_t bfd, bool is_up)>;
  using Log = std::function<void(keepalived::Level, std::string_view)>;
  BfdStates(lib::event::Loop& loop, OnState on_state, Log log);
  BfdStates(const BfdStates&) = delete;
  BfdStates& operator=(const BfdStates&) = delete;

  /// Start and reload; `config` is kept by the owner until the next call. A reload tells every state that is known.
  void use(const parsers::keepalived::KeepalivedConfig& config);

 private:
  void on_bfd(std::size_t index, bool is_up) override { on_state_(index, is_up); }
  void on_bfd_log(keepalived::Level level, std::string_view line) override { log_(level, line); }
  void on_event(const keepalived::EventFollower::Event& event);
  void on_presence(bool is_there, std::string_view why);
  lib::event::Task<void> run_here_later();
  void run_here();
  void tell_all();

  lib::event::Loop& loop_;
  const OnState on_state_;
  const Log log_;
  const parsers::keepalived::KeepalivedConfig* config_ = nullptr;
  std::string socket_path_;              // of vrrpd; empty: it has no instances
  std::unique_ptr<keepalived::bfd::Sessions> sessions_;  // while they are run here
  std::unique_ptr<keepalived::EventFollower> follower_;
  lib::event::TaskGroup waiting_;
};

}  // namespace checkerd

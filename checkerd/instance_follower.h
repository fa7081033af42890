// Follows the state of one VRRP instance, as vrrpd tells it on its runtime socket.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/event/loop.h"
#include "lib/event/task.h"

namespace checkerd {

class InstanceFollower {
 public:
  using OnState = std::function<void(bool is_master)>;
  using Log = std::function<void(std::string_view)>;
  /// Connects to `socket_path`, again each second while nobody answers. `on_state`: at each change; not master while vrrpd is
  /// not there, for then its addresses are not here either. `log`: once when it is not there, once when it is again.
  InstanceFollower(lib::event::Loop& loop, std::string socket_path, std::string instance, OnState on_state, Log log);
  InstanceFollower(const InstanceFollower&) = delete;
  InstanceFollower& operator=(const InstanceFollower&) = delete;

 private:
  lib::event::Task<void> follow();
  /// Until the connection ends. What ended it.
  lib::event::Task<std::string> read_events();
  void set_master(bool is_master);

  lib::event::Loop& loop_;
  const std::string path_, instance_;
  const OnState on_state_;
  const Log log_;
  bool is_master_ = false, is_absent_ = false;
  lib::event::TaskGroup tasks_;
};

/// What a line of vrrpd's says of this instance: 1 master, 0 another state, -1 nothing. Pure.
int master_by(std::string_view event, std::string_view instance);

}  // namespace checkerd

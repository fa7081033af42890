// Tells everybody who asked to be told: the state's script, the generic script, the FIFOs, mail; in that order.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "keepalived/messenger.h"
#include "vrrpd/notify/messages.h"

namespace vrrpd::notify {

class Notifier {
 public:
  using Log = keepalived::Messenger::Log;
  /// `config` must outlive the notifier (or its replacement by use()).
  Notifier(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Log log);

  /// Opens the FIFOs and starts their readers.
  void start() { messenger_.start(); }
  /// Reload: `config` instead of the former. FIFOs that did not change stay open, with their readers.
  void use(const parsers::keepalived::KeepalivedConfig& config);
  void instance_changed(const parsers::keepalived::VrrpInstance& instance, State to, std::uint8_t priority);
  void group_changed(const parsers::keepalived::SyncGroup& group, State to);
  void lower_priority_heard(const parsers::keepalived::VrrpInstance& instance, std::uint8_t priority);
  void priority_changed(const parsers::keepalived::VrrpInstance& instance, State state, std::uint8_t priority);
  /// Writes the present state on the FIFOs again (fifo_write_vrrp_states_on_reload).
  void repeat_state(const parsers::keepalived::VrrpInstance& instance, State state, std::uint8_t priority);
  /// Stop scripts and mails that still run; the daemon waits for them at most a second at its end.
  bool is_idle() const { return messenger_.is_idle(); }

 private:
  void tell(const parsers::keepalived::Notify& notify, const Event& event, State to);
  void mail(const parsers::keepalived::Notify& notify, const Event& event, State to);

  const parsers::keepalived::KeepalivedConfig* config_;
  keepalived::Messenger messenger_;
  std::map<std::string, State> mailed_;  // last state told by mail: the same is not sent twice in a row
};

}  // namespace vrrpd::notify

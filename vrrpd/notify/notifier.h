// Tells everybody who asked to be told: the state's script, the generic script, the FIFOs, mail; in that order.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "lib/event/loop.h"
#include "vrrpd/notify/fifo.h"
#include "vrrpd/notify/messages.h"

namespace vrrpd::notify {

class Notifier {
 public:
  using Log = std::function<void(Level, std::string_view)>;
  /// `config` must outlive the notifier (or its replacement by use()).
  Notifier(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Log log);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Opens the FIFOs and starts their readers.
  void start();
  /// Reload: `config` instead of the former. FIFOs that did not change stay open, with their readers.
  void use(const parsers::keepalived::KeepalivedConfig& config);
  void instance_changed(const parsers::keepalived::VrrpInstance& instance, State to, std::uint8_t priority);
  void group_changed(const parsers::keepalived::SyncGroup& group, State to);
  void lower_priority_heard(const parsers::keepalived::VrrpInstance& instance, std::uint8_t priority);
  void priority_changed(const parsers::keepalived::VrrpInstance& instance, State state, std::uint8_t priority);
  /// Writes the present state on the FIFOs again (fifo_write_vrrp_states_on_reload).
  void repeat_state(const parsers::keepalived::VrrpInstance& instance, State state, std::uint8_t priority);
  /// Stop scripts and mails that still run; the daemon waits for them at most a second at its end.
  bool is_idle() const { return tasks_.empty(); }

 private:
  void tell(const parsers::keepalived::Notify& notify, const Event& event, State to);
  void run_script(const parsers::keepalived::Command* command, std::span<const std::string> more, bool is_last);
  void mail(const parsers::keepalived::Notify& notify, const Event& event, State to);
  void write_fifos(const Event& event);
  void end_readers();
  void open_fifo(Fifo& fifo, const parsers::keepalived::NotifyFifo& conf);
  lib::event::Task<void> reap(pid_t child, std::string name, lib::base::Instant deadline);
  lib::event::Task<void> send_mail(MailText text);

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig* config_;
  Log log_;
  Fifo fifo_, vrrp_fifo_;
  std::map<std::string, State> mailed_;  // last state told by mail: the same is not sent twice in a row
  std::vector<pid_t> readers_;
  lib::event::TaskGroup tasks_;          // scripts and mails under way
  lib::event::TaskGroup reader_tasks_;   // FIFO readers, which run until the end
};

}  // namespace vrrpd::notify

// The worker's end of its line to the master.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/runtime/command_table.h"
#include "proxyd/listen/handover.h"
#include "proxyd/master/words.h"

namespace proxyd::master {

class WorkerLink {
 public:
  explicit WorkerLink(lib::base::UniqueFd control) : control_{std::move(control)} {}

  /// The line that launch_worker() left, or an empty owner in a process that nobody launched as a worker.
  static lib::base::UniqueFd from_environment();
  bool is_connected() const { return static_cast<bool>(control_); }
  /// What a process that was started for a reload is to do.
  enum class Task : std::uint8_t { None, Reload, Plan };
  /// Waits for that word; what the master keeps of listening sockets goes to `into`. None: the master is gone.
  Task await_start(listen::Inheritance& into);
  /// Undoes what await_start() did to the limit of descriptors: it must hold all that the master sends, and is decided anew.
  void restore_limits() const;
  /// What was said so far, for "reload" and "show startup-logs" on the master socket.
  void send_log(std::string_view text);
  /// We serve: these are our sockets and settings. False: the master is gone.
  bool report_ready(const std::vector<listen::LabelledSocket>& sockets, const ReadyWords& words);

  /// Tells the running worker, through the master, of files that were read, with sockets that were opened for them. True: it has taken
  /// them over, and this process is done.
  bool offer(std::string_view record, const std::vector<listen::LabelledSocket>& sockets);

  /// Has the running worker tell the master what the files would change.
  void ask_plan(std::string_view record);

  /// Files that another process has read: what follows from them, carried out or only told.
  struct Offer {
    std::string record;
    listen::Inheritance sockets;
    bool only_plan = false;
  };
  struct Reply {
    bool is_taken = false;
    std::string plan;  // where only that was asked for
    std::string why_not;
    std::vector<listen::LabelledSocket> sockets;  // all that are listened on now
    ReadyWords words;
  };
  using OnOffer = std::function<lib::event::Task<Reply>(Offer)>;

  /// Comes back when each thread of the worker has come around.
  using OnWhetherAlive = std::function<lib::event::Task<void>()>;

  /// Serves clients of the master socket, answers offers and questions; calls `on_gone` and ends when the master is gone. All outlive the task.
  lib::event::Task<void> serve(lib::event::Loop& loop, const lib::runtime::CommandTable& commands, lib::event::Duration timeout,
                               std::function<void()> on_gone, OnOffer on_offer, OnWhetherAlive on_whether_alive);

 private:
  lib::base::UniqueFd control_;
  std::optional<rlimit> descriptors_;  // as they were
};

}  // namespace proxyd::master

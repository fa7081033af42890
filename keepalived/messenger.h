// How state changes are told: scripts, FIFOs, mails. What is told is the caller's.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepalived/fifo.h"
#include "keepalived/level.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"

namespace keepalived {

struct MailText {
  std::string subject, body;
};

class Messenger {
 public:
  using Log = std::function<void(Level, std::string_view)>;
  using Fifos = std::array<parsers::keepalived::NotifyFifo, 2>;  // the common one and the daemon's own; either may have no path
  /// `global` must outlive the messenger, or its replacement by use().
  Messenger(lib::event::Loop& loop, const parsers::keepalived::GlobalDefs& global, Fifos fifos, Log log);
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  /// Opens the FIFOs and starts their readers. A FIFO that two daemons share has one reader.
  void start();
  /// Reload. FIFOs that did not change stay open, with their readers.
  void use(const parsers::keepalived::GlobalDefs& global, Fifos fifos);

  enum class When : std::uint8_t { Running, AtStop };  // AtStop: the script outlives us, and gets a second
  void run_script(const parsers::keepalived::Command& command, std::span<const std::string> more, When when);
  void write_fifos(std::string_view line);
  /// Nothing without notification_email and smtp_server.
  void send_mail(MailText text);
  /// No stop script and no mail still runs.
  bool is_idle() const { return tasks_.empty(); }

 private:
  void open_fifo(Fifo& fifo, const parsers::keepalived::NotifyFifo& conf);
  void end_readers();
  lib::event::Task<void> reap(pid_t child, std::string name, lib::base::Instant deadline);
  lib::event::Task<void> deliver(MailText text);

  lib::event::Loop& loop_;
  const parsers::keepalived::GlobalDefs* global_;
  Fifos wanted_;
  Log log_;
  std::array<Fifo, 2> fifos_;
  std::vector<pid_t> readers_;
  lib::event::TaskGroup tasks_;          // scripts and mails under way
  lib::event::TaskGroup reader_tasks_;   // FIFO readers, which run until the end
};

}  // namespace keepalived

// The course of a daemon of keepalived's from its command line to its end: what vrrpd and checkerd do alike.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keepalived/command_line.h"
#include "keepalived/logger.h"
#include "lib/base/result.h"
#include "lib/event/loop.h"
#include "lib/plan/plan.h"
#include "lib/runtime/command_table.h"
#include "lib/runtime/feed.h"
#include "parsers/keepalived/load.h"

namespace keepalived {

/// What is asked for by a signal (cli-and-signals, "Signals").
enum class Dump : unsigned char { Data, Stats, StatsAndClear, Json };

/// One of the daemons at work.
class Daemon {
 public:
  using Config = parsers::keepalived::KeepalivedConfig;
  virtual ~Daemon() = default;
  virtual const Config& config() const = 0;
  /// Goes over to a new file in place. The error leaves everything as it was.
  virtual lib::base::Status reload(std::unique_ptr<Config> config) = 0;
  virtual void dump(Dump what) = 0;
  /// Gives up what it has; done when is_gone().
  virtual void stop() = 0;
  virtual bool is_gone() const = 0;
  virtual lib::runtime::Feed& events() = 0;
  /// How everything stands now, as events: what a subscriber hears first.
  virtual std::string present_states() const = 0;
  virtual std::vector<lib::runtime::Command> commands() = 0;
};

/// Which of the daemons.
struct Role {
  const char* name;                  // "vrrpd"
  const char* ident;                 // in the log: "Keepalived_vrrp"
  const char* process;               // of process_names: "vrrp"
  const char* pid_name;              // "vrrp"
  bool holds_parent_pid;             // takes keepalived.pid as well, else only where -p names a file
  std::string CommandLine::*pid_file;
  bool CommandLine::*runs;           // -P, -C
  bool parsers::keepalived::Loaded::*refused;
  parsers::keepalived::ProcessTuning parsers::keepalived::GlobalDefs::*tuning;
  std::string parsers::keepalived::GlobalDefs::*runtime_socket;
  parsers::keepalived::LoadOptions::Reads reads;
  /// startup_script and shutdown_script are run by one of the two.
  bool (*runs_scripts)(const parsers::keepalived::KeepalivedConfig& config);
  /// Whether BFD's sessions are run in here; then its pid file (-b) is ours, too. `config` is adjusted.
  bool (*runs_bfd)(const parsers::keepalived::KeepalivedConfig& config);
  /// What the command line leaves out.
  void (*adjust)(const CommandLine& line, parsers::keepalived::KeepalivedConfig& config);
  /// Said at the start: what of the file is not for this daemon.
  void (*remark)(const parsers::keepalived::KeepalivedConfig& config, Logger& logger);
  /// What a reload from one file to the other changes: what Daemon::reload() carries out. Both are adjusted.
  lib::plan::Plan (*plan)(const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after);
  /// `pid_path`: of its own pid file.
  lib::base::Result<std::unique_ptr<Daemon>> (*start)(lib::event::Loop& loop, Logger& logger, const CommandLine& line,
                                                      std::unique_ptr<parsers::keepalived::KeepalivedConfig> config, const std::string& pid_path);
  /// Instead of start(), between a death and the next start under a parent (ParentLink, kCaretakerVariable): sees to what the dead one left, until
  /// SIGTERM, which says that there is no next start. Null: nothing is left that anybody would miss.
  lib::base::Status (*take_care)(Logger& logger, parsers::keepalived::KeepalivedConfig config, const std::string& pid_path);
};

/// The whole program; its exit code. `words`: argv.
int run_program(const Role& role, const std::vector<std::string>& words);

}  // namespace keepalived

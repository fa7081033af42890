// keepalived's command line (cli-and-signals, "Options"), short and long forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace keepalived {

struct CommandLine {
  std::string config_file = "/etc/keepalived/keepalived.conf";
  std::string config_id, net_namespace;
  std::string pid_file, vrrp_pid_file, checkers_pid_file, bfd_pid_file;
  std::string runtime_socket;
  std::optional<int> facility;          // syslog number (0..23)
  std::optional<unsigned> umask;
  unsigned detail = 0;                  // -D, twice for more
  bool run_vrrp = true, run_checkers = true, run_bfd = true, run_all = false;
  bool address_monitoring = false;
  bool log_console = false, no_syslog = false, dump_config = false;
  bool foreground = false, strict_includes = false, ignore_sigint = false;
  bool keep_addresses = false;          // -V: not released at the stop
  bool keep_table = false;              // -I: virtual servers are not released at the stop
  bool respawn = true;                  // without -R
  bool core_dump = false;
  std::string core_pattern;             // -M: the kernel's, while we run
  bool test = false;                    // -t
  std::string test_log;                 // its file, or stderr
  std::string plan;                     // --plan: a file that a reload would take; says what that changes
  // Ends the program at once: the text and its exit code.
  enum class Shows : unsigned char { Nothing, Version, Help, Signal } shows = Shows::Nothing;
  std::string signal_name;
  std::vector<std::string> notes;       // said and gone on
  bool fails_test = false;              // one of them makes -t fail
};

/// The error is what is said before exit code 1 ("Unknown option -z").
lib::base::Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

/// STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON; 0 for another name.
int signal_number(const std::string& name);
std::string help_text(const std::string& program);
/// `program`: "vrrpd".
std::string version_text(const std::string& program);

}  // namespace keepalived

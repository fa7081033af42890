// Whom a command on the master socket is for: "@1 show info", "@!1234 show info", "@master show version", "@". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxyd/master/roster.h"

namespace proxyd::master {

struct Target {
  enum class Kind : std::uint8_t { Master, Worker, Nobody } kind = Kind::Master;
  pid_t pid = 0;  // Kind::Worker
  bool operator==(const Target&) const = default;
};

/// One command of a line, as written, without the blanks before it.
struct Addressed {
  std::string prefix;   // "@1"; empty when there is none
  bool is_line = false; // "@@1": from now on the connection is the worker's
  std::string command;  // may be empty behind a prefix: then the prefix is meant for what follows
};
/// The commands of a line, separated by ";" that no backslash precedes; what follows "@@" is one, and the last.
std::vector<Addressed> split_commands(std::string_view line);

/// Whom a prefix means: "@" and "@master" the master, "@<n>" the n-th current worker, "@!<pid>" any process of the roster.
Target find_target(std::string_view prefix, const Roster& roster, pid_t own_pid);

}  // namespace proxyd::master

// Reading and checking configuration files, as `-c` shows it and every start does it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "proxyd/command_line.h"
#include "proxyd/config/model.h"

namespace proxyd {

struct CheckedFiles {
  /// 0..2: what the process is to return now (errors, or -c). -1: start with `config`.
  int exit_code = -1;
  bool names_nothing = false;  // only empty directories were named: to be answered as if nothing was
  std::unique_ptr<const config::Config> config;
  std::uint32_t warnings = 0;
  std::string report;  // what was said of the files, for `show startup-logs`
};

/// Reads all files of the command line, reports what is to be said, and decides as haproxy does.
CheckedFiles check_files(const CommandLine& command_line, const char* argv0);
/// -S: the address and options of a "stats socket" line, separated by commas; it lets its users do everything unless told otherwise.
/// Nothing, with the reason said, where that is no such line.
std::optional<config::StatsSocket> read_master_socket(const std::string& text, const CommandLine& command_line, const char* argv0);
/// -dL.
void list_objects();
/// -dK.
int dump_keywords(const CommandLine& command_line);
/// -cc: 0 true, 1 false, 2 not a condition.
int evaluate(const CommandLine& command_line);

}  // namespace proxyd

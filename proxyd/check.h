// Reading and checking configuration files, as `-c` shows it and every start does it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "proxyd/command_line.h"
#include "proxyd/config/model.h"
#include "proxyd/reload/outline.h"

namespace proxyd {

struct CheckedFiles {
  /// 0..2: what the process is to return now (errors, or -c). -1: start with `config`.
  int exit_code = -1;
  bool names_nothing = false;  // only empty directories were named: to be answered as if nothing was
  std::shared_ptr<const config::Config> config;
  reload::Outline outline;     // of what was read
  std::string unrepeatable;    // what only the process that read the files can have of them; empty: nothing
  std::uint32_t warnings = 0;
  std::string report;  // what was said of the files, for `show startup-logs`
};

/// Where what is to be said of the files goes, besides the report.
enum class Shown : std::uint8_t { OnStderr, Nowhere };
/// Reads all files of the command line, reports what is to be said, and decides as haproxy does. `learned`: what that asked of the machine.
/// `before`: what runs now; the names of its variables keep their numbers. `lists`: prints what -dA, -dC,
/// -dL, -dc and -dK ask for.
struct Reading {
  Shown shown = Shown::OnStderr;
  lib::base::OutsideRecord* learned = nullptr;
  const config::Config* before = nullptr;
  bool lists = false;
};
CheckedFiles check_files(const CommandLine& command_line, const char* argv0, const Reading& reading = {});
/// -S: the address and options of a "stats socket" line, separated by commas; it lets its users do everything unless told otherwise.
/// Nothing, with the reason said, where that is no such line.
std::optional<config::StatsSocket> read_master_socket(const std::string& text, const CommandLine& command_line, const char* argv0);
/// -cc: 0 true, 1 false, 2 not a condition.
int evaluate(const CommandLine& command_line);

}  // namespace proxyd

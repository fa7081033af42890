// What the programs of keepalived's do alike before their work: what the command line shows, pid files, names in the log.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepalived/command_line.h"
#include "keepalived/logger.h"
#include "keepalived/pid_lock.h"
#include "lib/base/result.h"
#include "parsers/keepalived/load.h"

namespace keepalived {

/// Exit codes beside 0 (cli-and-signals, "Processes and pid files").
inline constexpr int kFatal = 1, kRefused = 2, kConfigMissing = 6;

/// To stderr, whole.
void say(std::string_view text);
/// "'keepalived' '-n'": the words of a command line.
std::string joined(const std::vector<std::string>& words);
/// What is shown before the program ends; nothing: it goes on. `program`: as it was called; `version`: what -v says.
std::optional<int> show(const CommandLine& line, const std::string& program, const std::string& version);
parsers::keepalived::LoadOptions load_options(const CommandLine& line);
/// `base` with the network namespace and the instance's name, as in "Keepalived_vrrp_blue_one".
Logger::Settings log_settings(std::string_view base, const CommandLine& line, const parsers::keepalived::KeepalivedConfig& config);
/// `given`, or `name`.pid where the configuration wants it. The error's code is EWOULDBLOCK when another process holds it.
lib::base::Result<PidLock> take_pid_file(const std::string& given, const std::string& name, const CommandLine& line, const parsers::keepalived::KeepalivedConfig& config,
                                         PidLock::Says says = PidLock::Says::Pid);
/// The same file, if it is there and nobody holds it, is taken away. EWOULDBLOCK: somebody does.
lib::base::Status clear_pid_file(const std::string& given, const std::string& name, const CommandLine& line, const parsers::keepalived::KeepalivedConfig& config);

}  // namespace keepalived

#include "keepalived/startup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace keepalived {

using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::LoadOptions;

namespace {

const std::string& namespace_of(const CommandLine& line, const KeepalivedConfig& config) { return line.net_namespace.empty() ? config.net_namespace : line.net_namespace; }

}  // namespace

void say(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }  // nobody else can be told

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

std::optional<int> show(const CommandLine& line, const std::string& program, const std::string& version) {
  switch (line.shows) {
    case CommandLine::Shows::Version: say(version); return 0;
    case CommandLine::Shows::Help: say(help_text(program)); return 0;
    case CommandLine::Shows::Signal: {
      const int number = signal_number(line.signal_name);
      if (number == 0) {
        say("Unknown sigfunc " + line.signal_name + '\n');
        return 1;
      }
      std::printf("%d\n", number);
      return 0;
    }
    case CommandLine::Shows::Nothing: break;
  }
  return std::nullopt;
}

LoadOptions load_options(const CommandLine& line) {
  LoadOptions options;
  options.path = line.config_file;
  if (!line.foreground && !line.test) options.path = std::filesystem::absolute(line.config_file);  // in the background we are at "/"
  options.config_id = line.config_id;
  options.strict_includes = line.strict_includes;
  options.testing = line.test;
  return options;
}

Logger::Settings log_settings(std::string_view base, const CommandLine& line, const KeepalivedConfig& config) {
  Logger::Settings settings;
  settings.ident = base;
  if (const std::string& net = namespace_of(line, config); !net.empty()) settings.ident += '_' + net;
  if (!config.instance_name.empty()) settings.ident += '_' + config.instance_name;
  if (line.facility) settings.facility = *line.facility;
  settings.syslog = !line.no_syslog;
  settings.console = line.log_console && line.foreground;
  settings.details = line.detail != 0;
  return settings;
}

namespace {

/// Where pid files are that the command line does not name.
std::string pid_folder(const CommandLine& line, const KeepalivedConfig& config) {
  const std::string& net = namespace_of(line, config);
  std::string folder = "/run/";
  if (config.use_pid_dir || !config.instance_name.empty() || !net.empty()) folder += "keepalived/";
  if (net.empty()) return folder;
  if (::mkdir(folder.c_str(), 0755) == 0) (void)::chmod(folder.c_str(), 0755);  // PidLock makes the one below
  return folder + net + '/';
}

std::string pid_name(const std::string& name, const KeepalivedConfig& config) {
  return config.instance_name.empty() ? name : name + '_' + config.instance_name;
}

}  // namespace

lib::base::Result<PidLock> take_pid_file(const std::string& given, const std::string& name, const CommandLine& line, const KeepalivedConfig& config, PidLock::Says says) {
  return given.empty() ? PidLock::take_in_namespace(pid_folder(line, config), pid_name(name, config), says) : PidLock::take(given, says);
}

lib::base::Status clear_pid_file(const std::string& given, const std::string& name, const CommandLine& line, const KeepalivedConfig& config) {
  return given.empty() ? PidLock::clear_in_namespace(pid_folder(line, config), pid_name(name, config)) : PidLock::clear(given);
}

}  // namespace keepalived

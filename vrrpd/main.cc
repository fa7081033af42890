// vrrpd: keeps virtual IP addresses alive.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "lib/base/version.h"
#include "lib/process/daemonize.h"
#include "lib/process/notify.h"
#include "keepalived/check.h"
#include "keepalived/command_line.h"
#include "vrrpd/daemon.h"
#include "keepalived/host_system.h"
#include "keepalived/logger.h"
#include "keepalived/pid_lock.h"
#include "keepalived/process.h"
#include "keepalived/reload_schedule.h"
#include "vrrpd/report/dumps.h"
#include "vrrpd/report/events.h"

namespace vrrpd {
namespace {

using keepalived::CommandLine;
using keepalived::Logger;
using keepalived::PidLock;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Loaded;
using parsers::keepalived::LoadOptions;
using parsers::keepalived::ProcessTuning;

constexpr int kFatal = 1, kRefused = 2, kConfigMissing = 6;
constexpr lib::base::Duration kLookWhileLeaving{1'000};

void say(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }  // nobody else can be told

/// The pid files that a start takes: the parent's and that of the VRRP part, as scripts look for both.
lib::base::Result<std::vector<PidLock>> take_pid_files(const CommandLine& line, const KeepalivedConfig& config) {
  const std::string folder = config.use_pid_dir ? "/run/keepalived/" : "/run/";
  const std::string infix = config.instance_name.empty() ? "" : "_" + config.instance_name;
  std::vector<PidLock> locks;
  for (const auto& [given, name] : {std::pair{&line.pid_file, "keepalived"}, {&line.vrrp_pid_file, "vrrp"}}) {
    auto lock = given->empty() ? PidLock::take_in_namespace(folder, name + infix) : PidLock::take(*given);
    if (!lock) return tl::unexpected{lock.error()};
    locks.push_back(std::move(*lock));
  }
  return locks;
}

std::string ident_of(const CommandLine& line, const KeepalivedConfig& config) {
  std::string ident = "Keepalived_vrrp";
  if (!config.net_namespace.empty()) ident += '_' + config.net_namespace;
  else if (!line.net_namespace.empty()) ident += '_' + line.net_namespace;
  if (!config.instance_name.empty()) ident += '_' + config.instance_name;
  return ident;
}

/// What the command line leaves out.
void adjust(const CommandLine& line, KeepalivedConfig& config) {
  if (!line.run_vrrp) config.instances.clear(), config.groups.clear();
  if (!line.run_bfd) config.bfds.clear();
}

/// One run, from a loaded configuration to the end.
class Program final : private report::Reloader {
 public:
  Program(const CommandLine& line, LoadOptions options, Loaded loaded, Logger& logger)
      : line_{line}, options_{std::move(options)}, logger_{logger}, had_complaints_{loaded.test_status() != 0}, config_{std::make_unique<KeepalivedConfig>(std::move(loaded.config))} {}

  int run(lib::process::Daemon* background, std::vector<PidLock>& pids);

 private:
  lib::event::Task<void> leave();
  lib::base::Result<std::unique_ptr<KeepalivedConfig>> read_again();
  std::string reload() override;
  std::string plan() override;
  enum class Dump : unsigned char { Data, Stats, StatsAndClear, Json };
  void dump(Dump what);

  const CommandLine& line_;
  LoadOptions options_;
  Logger& logger_;
  bool had_complaints_;           // in the file that runs
  bool complaints_read_ = false;  // in the one that was read last
  std::unique_ptr<KeepalivedConfig> config_;
  lib::event::Loop loop_;
  std::unique_ptr<Daemon> daemon_;
  lib::event::TaskGroup tasks_;
  lib::runtime::CommandTable commands_;
  std::unique_ptr<keepalived::RuntimeSocket> socket_;
  std::function<void()> after_reload_;
  bool leaving_ = false;
};

lib::event::Task<void> Program::leave() {
  lib::event::Waiter waiter{loop_};
  daemon_->stop();
  while (!daemon_->is_gone()) {
    const Instant next = waiter.now() + kLookWhileLeaving;
    co_await waiter.until(next);
  }
  loop_.stop();
}

/// The files as they are now, or why they cannot be used.
lib::base::Result<std::unique_ptr<KeepalivedConfig>> Program::read_again() {
  const keepalived::HostSystem system;
  Loaded loaded = parsers::keepalived::load(options_, system);
  for (const auto& finding : loaded.findings) logger_.write(Level::Always, finding.prefix + finding.diagnostic.message);
  if (loaded.config.sources.empty()) return lib::base::failure("Configuration file '" + line_.config_file + "' cannot be read");
  // Who runs with a file that has complaints may go on so; else a mistake changes nothing.
  if (loaded.refused_vrrp || (loaded.test_status() != 0 && !had_complaints_)) return lib::base::failure(keepalived::first_complaint(loaded));
  complaints_read_ = loaded.test_status() != 0;
  adjust(line_, loaded.config);
  return std::make_unique<KeepalivedConfig>(std::move(loaded.config));
}

std::string Program::reload() {
  (void)lib::process::notify_reloading();
  logger_.write(Level::Always, "Reloading ...");
  const keepalived::ReloadMark mark{daemon_->config().global.reload_file};
  auto config = read_again();
  const ProcessTuning before = daemon_->config().global.vrrp;
  const lib::base::Status done = config ? daemon_->reload(std::move(*config)) : lib::base::Status{tl::unexpected{config.error()}};
  if (done && !(before == daemon_->config().global.vrrp)) keepalived::tune_process(daemon_->config().global.vrrp, logger_);
  if (done) {
    had_complaints_ = complaints_read_;
    keepalived::save_configuration(daemon_->config(), logger_);
    after_reload_();
  }
  const std::string answer = done ? "Reload complete" : "Reload refused, the running configuration stays: " + done.error().message;
  logger_.write(Level::Always, answer);
  daemon_->events().publish(report::reload_event(answer));
  (void)lib::process::notify_ready();
  return done ? std::string{} : answer;
}

std::string Program::plan() {
  const auto config = read_again();
  if (!config) return config.error().message + '\n';
  const ReloadPlan plan = plan_reload(daemon_->config(), **config);
  std::string out;
  for (const auto* list : {&plan.refused, &plan.changes})
    for (const std::string& line : *list) out += line + '\n';
  return out.empty() ? "Nothing changes.\n" : out;
}

void Program::dump(Dump what) {
  const report::Snapshot now = daemon_->snapshot();
  const auto& global = now.config->global;
  const auto place = [&](const std::string& configured, const char* extension) {
    if (!configured.empty()) return configured;
    std::string inner;  // data_use_instance
    if (global.data_use_instance)
      for (const std::string* part : {&now.config->instance_name, &now.config->net_namespace})
        if (!part->empty()) inner += '.' + *part;
    return report::default_dump_path((inner.empty() ? "" : inner.substr(1) + '.') + extension);
  };
  lib::base::Status written;
  switch (what) {
    case Dump::Data:
      logger_.write(Level::Always, fmt::format("Printing VRRP data for process({}) on signal", ::getpid()));
      written = report::write_dump(place(global.state_dump_file, "data"), report::data_text(now));
      break;
    case Dump::Stats:
    case Dump::StatsAndClear:
      logger_.write(Level::Always, fmt::format("Printing VRRP stats for process({}) on signal", ::getpid()));
      written = report::write_dump(place(global.stats_dump_file, "stats"), report::stats_text(now));
      if (what == Dump::StatsAndClear) daemon_->clear_counters();
      break;
    case Dump::Json:
      logger_.write(Level::Always, fmt::format("Printing VRRP as json for process({}) on signal", ::getpid()));
      written = report::write_dump(place(global.json_dump_file, "json"), report::json_text(now));
      break;
  }
  if (!written) logger_.write(Level::Always, written.error().message);
}

int Program::run(lib::process::Daemon* background, std::vector<PidLock>& pids) {
  loop_.at_round_end([this] { logger_.flush(); });
  const auto end = [this] {
    if (std::exchange(leaving_, true)) return;
    logger_.write(Level::Always, "Stopping");
    (void)lib::process::notify_stopping();
    if (line_.keep_addresses) {
      daemon_->abandon();
      loop_.stop();
      return;
    }
    tasks_.spawn(leave());
  };
  ::signal(SIGPIPE, SIG_IGN);
  const lib::event::SignalWatcher on_term{loop_, SIGTERM, end};
  std::unique_ptr<lib::event::SignalWatcher> on_int;
  if (line_.ignore_sigint) ::signal(SIGINT, SIG_IGN);
  else on_int = std::make_unique<lib::event::SignalWatcher>(loop_, SIGINT, end);
  const lib::event::SignalWatcher on_hup{loop_, SIGHUP, [this] { (void)reload(); }};
  const lib::event::SignalWatcher on_data{loop_, SIGUSR1, [this] { dump(Dump::Data); }};
  const lib::event::SignalWatcher on_stats{loop_, SIGUSR2, [this] { dump(Dump::Stats); }};
  const lib::event::SignalWatcher on_clear{loop_, SIGRTMAX - 1, [this] { dump(Dump::StatsAndClear); }};
  const lib::event::SignalWatcher on_json{loop_, SIGRTMIN + 2, [this] { dump(Dump::Json); }};
  const auto shutdown_script = config_->global.shutdown_script;
  const auto shutdown_timeout = config_->global.shutdown_timeout;
  if (config_->global.startup_script) keepalived::run_to_end(*config_->global.startup_script, config_->global.startup_timeout, logger_);
  keepalived::save_configuration(*config_, logger_);
  auto daemon = Daemon::start(loop_, logger_, std::move(config_), pids.back().path() + ".sysctls");
  if (!daemon) {
    logger_.write(Level::Always, daemon.error().message);
    logger_.flush();
    return kFatal;
  }
  daemon_ = std::move(*daemon);
  keepalived::ReloadSchedule schedule{loop_, [this] { (void)reload(); }, [this](Level level, std::string_view text) { logger_.write(level, text); }};
  schedule.use(daemon_->config().global.reload_time_file, daemon_->config().global.reload_repeat);
  after_reload_ = [&] { schedule.use(daemon_->config().global.reload_time_file, daemon_->config().global.reload_repeat); };
  commands_.add(report::commands(*daemon_, *this));
  const std::string& path = line_.runtime_socket.empty() ? daemon_->config().global.runtime_socket : line_.runtime_socket;
  socket_ = std::make_unique<keepalived::RuntimeSocket>(loop_, path, "vrrpd", commands_, logger_);
  for (PidLock& pid : pids)
    if (const auto written = pid.write(); !written) logger_.write(Level::Always, written.error().message);
  logger_.write(Level::Always, "Startup complete");
  if (background != nullptr) background->ready(lib::process::Daemon::Streams::Close);
  (void)lib::process::notify_ready();
  loop_.run();
  tasks_.cancel_all();
  socket_.reset();
  daemon_.reset();
  if (shutdown_script) keepalived::run_to_end(*shutdown_script, shutdown_timeout, logger_);
  logger_.write(Level::Always, "Stopped");
  logger_.flush();
  return 0;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

int run(const std::vector<std::string>& words) {
  const auto parsed = keepalived::parse_command_line({words.begin() + 1, words.end()});
  if (!parsed) {
    say(parsed.error().message + '\n');
    return 1;
  }
  const CommandLine& line = *parsed;
  for (const std::string& note : line.notes) say(note + '\n');
  switch (line.shows) {
    case CommandLine::Shows::Version: say(keepalived::version_text()); return 0;
    case CommandLine::Shows::Help: say(keepalived::help_text(words.front())); return 0;
    case CommandLine::Shows::Signal: {
      const int number = keepalived::signal_number(line.signal_name);
      if (number == 0) {
        say("Unknown sigfunc " + line.signal_name + '\n');
        return 1;
      }
      std::printf("%d\n", number);
      return 0;
    }
    case CommandLine::Shows::Nothing: break;
  }
  if (!line.net_namespace.empty()) {
    if (const auto entered = keepalived::enter_namespace(line.net_namespace); !entered) {
      say(entered.error().message + '\n');
      return kFatal;
    }
  }
  LoadOptions options;
  options.path = line.config_file;
  if (!line.foreground && !line.test) options.path = std::filesystem::absolute(line.config_file);  // in the background we are at "/"
  options.config_id = line.config_id;
  options.strict_includes = line.strict_includes;
  options.testing = line.test;
  if (line.test) return keepalived::check_configuration(options, line.test_log);
  options.reads = LoadOptions::Reads::Vrrp;

  const keepalived::HostSystem system;
  Loaded loaded = parsers::keepalived::load(options, system);
  Logger::Settings settings;
  settings.ident = ident_of(line, loaded.config);
  if (line.facility) settings.facility = *line.facility;
  settings.syslog = !line.no_syslog;
  settings.console = line.log_console && line.foreground;
  settings.details = line.detail != 0;
  Logger logger{settings};
  const auto fail = [&](const std::string& message, int code) {
    logger.write(Level::Always, message);
    logger.flush();
    if (!settings.console) say(message + '\n');
    return code;
  };
  logger.write(Level::Always, fmt::format("Starting vrrpd (Triad) {}", lib::base::version()));
  logger.write(Level::Always, "Command line: " + joined(words));
  logger.write(Level::Always, "Configuration file " + line.config_file);
  for (const auto& finding : loaded.findings) logger.write(Level::Always, finding.prefix + finding.diagnostic.message);
  if (loaded.config.sources.empty()) return fail("Configuration file '" + line.config_file + "' cannot be read", kConfigMissing);
  if (loaded.refused_vrrp && (line.run_vrrp || line.run_all)) return fail("pid " + std::to_string(::getpid()) + " exited with permanent error CONFIG. Terminating", kRefused);
  if (!loaded.config.lvs.places.empty())
    logger.write(Level::Always, fmt::format("The {} virtual servers of this file are checkerd's", loaded.config.lvs.places.size()));
  if (loaded.config.instances.empty()) logger.write(Level::Always, "Warning - keepalived has no configuration to run");
  adjust(line, loaded.config);
  if (!loaded.config.net_namespace.empty() && line.net_namespace.empty()) {
    if (const auto entered = keepalived::enter_namespace(loaded.config.net_namespace); !entered) return fail(entered.error().message, kFatal);
  }
  ::umask(line.umask.value_or(loaded.config.global.umask.value_or(0177)));
  auto pids = take_pid_files(line, loaded.config);
  if (!pids) {
    if (pids.error().code != EWOULDBLOCK) return fail(pids.error().message, kFatal);
    (void)fail(pids.error().message, 0);
    return fail("daemon is already running", 0);
  }
  std::unique_ptr<lib::process::Daemon> background;
  if (!line.foreground) {
    auto begun = lib::process::Daemon::begin();
    if (!begun) return fail(begun.error().message, kFatal);
    background = std::move(*begun);
    logger.leave_console();
    (void)!::chdir("/");  // "/" is always there
  }
  lib::process::prepare_notify();
  keepalived::tune_process(loaded.config.global.vrrp, logger);
  keepalived::name_process(loaded.config.global, loaded.config.global.vrrp, "vrrp");
  Program program{line, options, std::move(loaded), logger};
  return program.run(background.get(), *pids);
}

}  // namespace
}  // namespace vrrpd

int main(int argc, char** argv) { return vrrpd::run({argv, argv + argc}); }

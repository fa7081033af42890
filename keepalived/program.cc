#include "keepalived/program.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>

#include "keepalived/check.h"
#include "keepalived/confine.h"
#include "keepalived/event_line.h"
#include "keepalived/host_system.h"
#include "keepalived/parent_link.h"
#include "keepalived/pid_lock.h"
#include "keepalived/process.h"
#include "keepalived/reload_check.h"
#include "keepalived/reload_schedule.h"
#include "keepalived/startup.h"
#include "lib/base/version.h"
#include "lib/process/daemonize.h"
#include "lib/process/notify.h"

namespace keepalived {
namespace {

using lib::runtime::Call;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Loaded;
using parsers::keepalived::LoadOptions;

constexpr lib::base::Duration kLookWhileLeaving{1'000};
constexpr lib::base::Duration kChildWait{5'000'000};  // what a parent gives its children, unless child_wait_time says otherwise

/// The pid files that a start takes: that of the part and, without a parent process, the parent's, as scripts look for both.
lib::base::Result<std::vector<PidLock>> take_pid_files(const Role& role, const CommandLine& line, const KeepalivedConfig& config, bool has_parent) {
  std::vector<PidLock> locks;
  for (const auto& [given, name] : {std::pair{&line.pid_file, "keepalived"}, {&(line.*role.pid_file), role.pid_name}}) {
    if (given == &line.pid_file && (has_parent || (given->empty() && !role.holds_parent_pid))) continue;
    auto lock = take_pid_file(*given, name, line, config);
    if (!lock) return tl::unexpected{lock.error()};
    locks.push_back(std::move(*lock));
  }
  return locks;
}

/// One run, from a loaded configuration to the end.
class Program {
 public:
  Program(const Role& role, const CommandLine& line, LoadOptions options, Loaded loaded, Logger& logger, ParentLink* parent)
      : role_{role}, line_{line}, options_{std::move(options)}, logger_{logger}, parent_{parent}, was_broken_{loaded.is_broken()}, config_{std::make_unique<KeepalivedConfig>(std::move(loaded.config))} {}

  /// `watchdog`: how long whoever watches us goes without a sign of life.
  int run(lib::process::Daemon* background, std::vector<PidLock>& pids, std::optional<lib::base::Duration> watchdog);

 private:
  lib::event::Task<void> leave();
  lib::event::Task<void> keep_watchdog(lib::base::Duration period);
  void end();
  lib::base::Result<std::unique_ptr<KeepalivedConfig>> read_again();
  /// Empty: done. Else why not.
  std::string reload();
  void adjust(KeepalivedConfig& config) const;
  void plan(Call& call) const;
  void keep_bfd_pid();
  void add_commands();
  void open_socket();
  const parsers::keepalived::GlobalDefs& global() const { return daemon_->config().global; }

  const Role& role_;
  const CommandLine& line_;
  LoadOptions options_;
  Logger& logger_;
  ParentLink* const parent_;      // null: we are alone
  bool was_broken_;               // the file that runs
  bool is_broken_ = false;        // the one that was read last
  std::unique_ptr<KeepalivedConfig> config_;
  lib::event::Loop loop_;
  std::unique_ptr<Daemon> daemon_;
  lib::event::TaskGroup tasks_;
  lib::runtime::CommandTable commands_;
  std::unique_ptr<RuntimeSocket> socket_;
  std::unique_ptr<ReloadSchedule> schedule_;
  std::optional<PidLock> bfd_pid_;  // while BFD's sessions are run in here
  bool leaving_ = false;
};

lib::event::Task<void> Program::leave() {
  lib::event::Waiter waiter{loop_};
  daemon_->stop();
  while (!daemon_->is_gone()) {
    const lib::base::Instant next = waiter.now() + kLookWhileLeaving;
    co_await waiter.until(next);
  }
  loop_.stop();
}

/// Says that we live, to the parent or to the service manager. All work is this loop's: while it turns, it is done.
lib::event::Task<void> Program::keep_watchdog(lib::base::Duration period) {
  lib::event::Waiter waiter{loop_};
  while (true) {
    if (parent_ != nullptr) parent_->tell(ChildWord::Alive);
    else (void)lib::process::notify_watchdog();
    const lib::base::Instant next = waiter.now() + period;
    co_await waiter.until(next);
  }
}

void Program::end() {
  if (std::exchange(leaving_, true)) return;
  if (parent_ == nullptr) logger_.write(Level::Always, "Stopping");
  (void)lib::process::notify_stopping();
  tasks_.spawn(leave());
}

/// The files as they are now, or why they cannot be used.
lib::base::Result<std::unique_ptr<KeepalivedConfig>> Program::read_again() {
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options_, system);
  for (const auto& finding : loaded.findings) logger_.write(Level::Always, finding.prefix + finding.diagnostic.message);
  if (std::string why = why_not_taken(loaded, role_.refused, was_broken_, line_.config_file); !why.empty()) return lib::base::failure(std::move(why));
  is_broken_ = loaded.is_broken();
  adjust(loaded.config);
  return std::make_unique<KeepalivedConfig>(std::move(loaded.config));
}

/// What the command line and the parent make of a file.
void Program::adjust(KeepalivedConfig& config) const {
  role_.adjust(line_, config);
  if (parent_ != nullptr && !config.child_wait) config.child_wait = kChildWait;
}

std::string Program::reload() {
  (void)lib::process::notify_reloading();
  logger_.write(Level::Always, parent_ != nullptr ? "Reloading" : "Reloading ...");
  const ReloadMark mark{parent_ != nullptr ? std::string{} : global().reload_file};
  auto config = read_again();
  const parsers::keepalived::ProcessTuning before = global().*role_.tuning;
  const lib::base::Status done = config ? daemon_->reload(std::move(*config)) : lib::base::Status{tl::unexpected{config.error()}};
  if (done && !(before == global().*role_.tuning)) tune_process(global().*role_.tuning, logger_);
  if (done) {
    was_broken_ = is_broken_;
    save_configuration(daemon_->config(), logger_);
    keep_bfd_pid();
    if (schedule_) schedule_->use(global().reload_time_file, global().reload_repeat);
  }
  const std::string answer = done ? "Reload complete" : "Reload refused, the running configuration stays: " + done.error().message;
  if (!done || parent_ == nullptr) logger_.write(Level::Always, answer);
  daemon_->events().publish(EventLine{"reload"}.text("result", answer).end());
  (void)lib::process::notify_ready();
  if (parent_ != nullptr) {
    logger_.flush();  // our lines before its own
    parent_->tell(done ? ChildWord::Reloaded : ChildWord::Refused);
  }
  return_free_memory();
  return done ? std::string{} : answer;
}

/// BFD has no process of its own, but those who look for one find where it runs.
void Program::keep_bfd_pid() {
  if (!role_.runs_bfd(daemon_->config())) return bfd_pid_.reset();
  if (bfd_pid_) return;
  auto taken = take_pid_file(line_.bfd_pid_file, "bfd", line_, daemon_->config());
  if (taken) bfd_pid_ = std::move(*taken);
  else logger_.write(Level::Always, taken.error().message);
}

/// What is wrong with the files is told to who asked, not to the log: nothing happened.
void Program::plan(Call& call) const {
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options_, system);
  if (const std::string why = why_not_taken(loaded, role_.refused, was_broken_, line_.config_file); !why.empty())
    return call.error(render_findings(loaded, true) + "A reload refuses this file: " + why);
  adjust(loaded.config);
  call.out += lib::plan::text_of(role_.plan(daemon_->config(), loaded.config));
}

void Program::add_commands() {
  using lib::runtime::Level;
  std::vector<lib::runtime::Command> all = daemon_->commands();
  all.push_back({.words = "reload", .level = Level::Admin, .usage = "reload [plan]", .help = "reads the files again; plan: only says what would change", .run = [this](Call& call) {
    if (!call.allowed(Level::Admin)) return;
    if (call.arg(0) == "plan") plan(call);
    else if (!call.arg(0).empty()) call.error("'reload' expects nothing or 'plan'.");
    else if (const std::string why = reload(); !why.empty()) call.error(why);
  }});
  all.push_back({.words = "show events", .level = Level::User, .usage = "show events", .help = "the last changes, as JSON lines", .run = [this](Call& call) {
    for (const std::string& line : daemon_->events().lines()) call.out += line + '\n';
  }});
  all.push_back({.words = "subscribe", .level = Level::User, .usage = "subscribe", .help = "present states, then each change, as JSON lines", .run = {},
                 .converse = [this](Call& call) { return lib::runtime::follow(call, daemon_->events(), [this] { return daemon_->present_states(); }); }});
  commands_.add(std::move(all));
}

void Program::open_socket() {
  add_commands();
  const std::string& path = line_.runtime_socket.empty() ? global().*role_.runtime_socket : line_.runtime_socket;
  socket_ = std::make_unique<RuntimeSocket>(loop_, path, role_.name, commands_, logger_);
}

int Program::run(lib::process::Daemon* background, std::vector<PidLock>& pids, std::optional<lib::base::Duration> watchdog) {
  loop_.at_round_end([this] { logger_.flush(); });
  ::signal(SIGPIPE, SIG_IGN);
  const lib::event::SignalWatcher on_term{loop_, SIGTERM, [this] { end(); }};
  std::unique_ptr<lib::event::SignalWatcher> on_int;
  if (line_.ignore_sigint) ::signal(SIGINT, SIG_IGN);
  else on_int = std::make_unique<lib::event::SignalWatcher>(loop_, SIGINT, [this] { end(); });
  const lib::event::SignalWatcher on_hup{loop_, SIGHUP, [this] { (void)reload(); }};
  const lib::event::SignalWatcher on_data{loop_, SIGUSR1, [this] { daemon_->dump(Dump::Data); }};
  const lib::event::SignalWatcher on_stats{loop_, SIGUSR2, [this] { daemon_->dump(Dump::Stats); }};
  const lib::event::SignalWatcher on_clear{loop_, SIGRTMAX - 1, [this] { daemon_->dump(Dump::StatsAndClear); }};
  const lib::event::SignalWatcher on_json{loop_, SIGRTMIN + 2, [this] { daemon_->dump(Dump::Json); }};
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // a parent starts us with these blocked: until now they would have ended us
  const bool scripts = parent_ == nullptr && role_.runs_scripts(*config_);
  if (scripts && config_->global.startup_script) run_to_end(*config_->global.startup_script, config_->global.startup_timeout, logger_);
  save_configuration(*config_, logger_);
  auto daemon = role_.start(loop_, logger_, line_, std::move(config_), pids.back().path());
  if (!daemon) {
    logger_.write(Level::Always, daemon.error().message);
    logger_.flush();
    if (!line_.log_console || !line_.foreground) say(daemon.error().message + '\n');
    return kFatal;
  }
  daemon_ = std::move(*daemon);
  if (parent_ == nullptr) {
    schedule_ = std::make_unique<ReloadSchedule>(loop_, [this] { (void)reload(); }, [this](Level level, std::string_view text) { logger_.write(level, text); });
    schedule_->use(global().reload_time_file, global().reload_repeat);
  }
  open_socket();
  keep_bfd_pid();
  give_up_rights(daemon_->config());
  for (PidLock& pid : pids)
    if (const auto written = pid.write(); !written) logger_.write(Level::Always, written.error().message);
  if (parent_ == nullptr) {
    logger_.write(Level::Always, "Startup complete");
  } else {
    logger_.flush();
    if (!line_.foreground) lib::process::detach_streams(lib::process::open_null());  // whoever started us waits for the end of its pipe
    parent_->tell(ChildWord::Ready);
  }
  if (background != nullptr) background->ready(lib::process::Daemon::Streams::Close);
  (void)lib::process::notify_ready();
  return_free_memory();
  loop_.refresh_now();
  if (watchdog) tasks_.spawn(keep_watchdog(*watchdog / 2));
  loop_.run();
  tasks_.cancel_all();
  socket_.reset();
  schedule_.reset();
  const auto shutdown_script = scripts ? global().shutdown_script : std::nullopt;
  const auto shutdown_timeout = global().shutdown_timeout;
  daemon_.reset();
  if (shutdown_script) run_to_end(*shutdown_script, shutdown_timeout, logger_);
  logger_.write(Level::Always, "Stopped");
  logger_.flush();
  return 0;
}

/// With a logger: reads, goes to the background and works.
int work(const Role& role, const CommandLine& line, LoadOptions options, const std::vector<std::string>& words, ParentLink* parent) {
  options.reads = role.reads;
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options, system);
  const Logger::Settings settings = log_settings(role.ident, line, loaded.config);
  Logger logger{settings};
  const auto fail = [&](const std::string& message, int code) {
    logger.write(Level::Always, message);
    logger.flush();
    if (!settings.console) say(message + '\n');
    return code;
  };
  if (parent == nullptr) {
    logger.write(Level::Always, fmt::format("Starting {} (Triad) {}", role.name, lib::base::version()));
    logger.write(Level::Always, "Command line: " + joined(words));
    logger.write(Level::Always, "Configuration file " + line.config_file);
  }
  for (const auto& finding : loaded.findings) logger.write(Level::Always, finding.prefix + finding.diagnostic.message);
  if (loaded.config.sources.empty()) return fail("Configuration file '" + line.config_file + "' cannot be read", kConfigMissing);
  if (loaded.*role.refused && (line.*role.runs || line.run_all)) {
    if (parent == nullptr) return fail("pid " + std::to_string(::getpid()) + " exited with permanent error CONFIG. Terminating", kRefused);
    if (!settings.console) say(first_complaint(loaded) + '\n');
    logger.write(Level::Always, "Stopped");
    logger.flush();
    return kRefused;  // the parent says the rest
  }
  role.adjust(line, loaded.config);
  if (parent == nullptr) role.remark(loaded.config, logger);
  else if (!loaded.config.child_wait) loaded.config.child_wait = kChildWait;
  if (!loaded.config.net_namespace.empty() && line.net_namespace.empty()) {
    if (const auto entered = enter_namespace(loaded.config.net_namespace); !entered) return fail(entered.error().message, kFatal);
  }
  ::umask(line.umask.value_or(loaded.config.global.umask.value_or(0177)));
  auto pids = take_pid_files(role, line, loaded.config, parent != nullptr);
  if (!pids) {
    if (pids.error().code != EWOULDBLOCK) return fail(pids.error().message, kFatal);
    (void)fail(pids.error().message, 0);
    return fail("daemon is already running", 0);
  }
  std::unique_ptr<lib::process::Daemon> background;
  if (parent != nullptr && !line.foreground) {
    logger.leave_console();
    (void)!::chdir("/");  // as below
  } else if (!line.foreground) {
    auto begun = lib::process::Daemon::begin();
    if (!begun) return fail(begun.error().message, kFatal);
    background = std::move(*begun);
    logger.leave_console();
    (void)!::chdir("/");  // "/" is always there
  }
  lib::process::prepare_notify();
  const auto watchdog = lib::process::take_watchdog();
  const CoreDumps cores{line.core_dump, parent != nullptr ? std::string{} : line.core_pattern, logger};
  tune_process(loaded.config.global.*role.tuning, logger);
  if (parent != nullptr) (void)::prctl(PR_SET_NAME, "keepalived");  // as keepalived's processes, unless the file names them
  name_process(loaded.config.global, loaded.config.global.*role.tuning, role.process);
  Program program{role, line, std::move(options), std::move(loaded), logger, parent};
  return program.run(background.get(), *pids, watchdog);
}

/// Between the death of a child and its next start. Complaints about the file are the next start's.
int stand_in(const Role& role, const CommandLine& line, LoadOptions options) {
  options.reads = role.reads;
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options, system);
  Logger logger{log_settings(role.ident, line, loaded.config)};
  if (!line.foreground) {
    logger.leave_console();
    (void)!::chdir("/");  // as the child
    lib::process::detach_streams(lib::process::open_null());
  }
  (void)::prctl(PR_SET_NAME, "keepalived");
  role.adjust(line, loaded.config);
  const auto take_care = [&]() -> lib::base::Status {
    if (!loaded.config.net_namespace.empty() && line.net_namespace.empty())
      if (auto entered = enter_namespace(loaded.config.net_namespace); !entered) return entered;
    ::umask(line.umask.value_or(loaded.config.global.umask.value_or(0177)));
    // Whoever wants to start meanwhile waits. The file goes on naming the dead one: who looks for the child finds none.
    const auto lock = take_pid_file(line.*role.pid_file, role.pid_name, line, loaded.config, PidLock::Says::Same);
    if (!lock) return tl::unexpected{lock.error()};
    return role.take_care(logger, std::move(loaded.config), lock->path());
  };
  const lib::base::Status done = take_care();
  if (!done) logger.write(Level::Always, done.error().message);
  logger.flush();
  return done ? 0 : kFatal;
}

}  // namespace

int run_program(const Role& role, const std::vector<std::string>& words) {
  const bool stands_in = is_caretaker();
  std::optional<ParentLink> parent = ParentLink::take();
  const auto parsed = parse_command_line({words.begin() + 1, words.end()});
  if (!parsed) {
    say(parsed.error().message + '\n');
    return 1;
  }
  const CommandLine& line = *parsed;
  if (!parent)
    for (const std::string& note : line.notes) say(note + '\n');
  if (const auto code = show(line, words.front(), version_text(role.name))) return *code;
  if (!line.net_namespace.empty()) {
    if (const auto entered = enter_namespace(line.net_namespace); !entered) {
      say(entered.error().message + '\n');
      return kFatal;
    }
  }
  const LoadOptions options = load_options(line);
  if (line.test) return check_configuration(options, line);
  if (!line.plan.empty()) return print_plan(role, line);
  if (stands_in) return role.take_care == nullptr ? 0 : stand_in(role, line, options);
  return work(role, line, options, words, parent ? &*parent : nullptr);
}

}  // namespace keepalived

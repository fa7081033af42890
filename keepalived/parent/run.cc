#include "keepalived/parent/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "keepalived/check.h"
#include "keepalived/dump_file.h"
#include "keepalived/host_system.h"
#include "keepalived/parent/children.h"
#include "keepalived/parent/plans.h"
#include "keepalived/parent/programs.h"
#include "keepalived/parent/texts.h"
#include "keepalived/process.h"
#include "keepalived/reload_schedule.h"
#include "keepalived/startup.h"
#include "lib/base/version.h"
#include "lib/process/daemonize.h"
#include "lib/process/notify.h"

namespace keepalived::parent {
namespace {

using lib::base::Duration;
using lib::base::Instant;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Loaded;
using parsers::keepalived::LoadOptions;
using supervision::Actions;
using supervision::Part;
using supervision::Supervision;
using supervision::Wanted;

constexpr Duration kChildWait{5'000'000};
// Children of a parent that was killed, or is leaving, are on their way out and still hold their pid files. How long beyond child_wait_time.
constexpr Duration kMoreForForerunners{2'000'000};
constexpr useconds_t kLookAgain = 20'000;

/// Which children a file needs. What would refuse it is started, too: it says why, with the exit code for it.
Wanted wanted_by(const Loaded& loaded, const CommandLine& line) {
  const auto& config = loaded.config;
  const bool has_servers = !config.lvs.servers.empty() || !config.lvs.places.empty();
  const bool has_vrrp = !config.instances.empty() || !config.static_addresses.empty() || !config.static_routes.empty() || !config.static_rules.empty() || loaded.refused_vrrp;
  // BFD runs inside the daemon that follows its sessions.
  const bool has_only_bfd = line.run_bfd && !config.bfds.empty() && !has_servers && !has_vrrp;
  return {.checkers = line.run_checkers && (has_servers || loaded.refused_lvs || line.run_all), .vrrp = line.run_vrrp && (has_vrrp || has_only_bfd || line.run_all)};
}

/// The pid files of all: ours is kept, theirs are looked at, as none may run twice.
lib::base::Result<PidLock> take_pid_files(const CommandLine& line, const KeepalivedConfig& config, Wanted wanted) {
  auto own = take_pid_file(line.pid_file, "keepalived", line, config);
  if (!own) return own;
  const Instant last = lib::base::monotonic_now() + config.child_wait.value_or(kChildWait) + kMoreForForerunners;
  for (const auto& [given, name, is_wanted] : {std::tuple{&line.checkers_pid_file, "checkers", wanted.checkers}, {&line.vrrp_pid_file, "vrrp", wanted.vrrp}}) {
    while (is_wanted) {
      const auto theirs = clear_pid_file(*given, name, line, config);  // one with our number would be taken for a child
      if (theirs) break;
      if (theirs.error().code != EWOULDBLOCK || lib::base::monotonic_now() >= last) return tl::unexpected{theirs.error()};
      (void)::usleep(kLookAgain);
    }
  }
  return own;
}

/// What is kept of a file: all but the blocks, which are the children's, and may be many.
KeepalivedConfig without_blocks(const KeepalivedConfig& config) {
  KeepalivedConfig kept;
  kept.global = config.global;
  kept.net_namespace = config.net_namespace;
  kept.instance_name = config.instance_name;
  kept.child_wait = config.child_wait;
  kept.use_pid_dir = config.use_pid_dir;
  return kept;
}

void say_opened(const KeepalivedConfig& config, Logger& logger) {
  for (const auto& source : config.sources) logger.write(Level::Detail, "Opening file '" + source->name() + "'.");
}

/// One run, from a loaded configuration to the end.
class Parent {
 public:
  /// `watchdog`: how long the service manager goes without a sign of life; zero: it does not watch.
  Parent(const CommandLine& line, LoadOptions options, Loaded loaded, Logger& logger, std::vector<std::string> words, lib::base::UniqueFd home, Duration watchdog);
  int run(lib::process::Daemon* background, PidLock& pid);

 private:
  Duration child_wait() const { return config_.child_wait.value_or(kChildWait); }
  void ask_for_reload();
  void reload();
  void propagate(int number);
  void dump();
  void carry_out(Actions actions);
  void carry_out(const supervision::Action& action, Actions& more);
  void tell(const supervision::Tell& what);
  void let_go();
  void on_word(Part part, ChildWord word);
  lib::event::Task<void> watch_time();
  lib::event::Task<void> keep_watchdog();

  const CommandLine& line_;
  const Duration watchdog_;
  const LoadOptions options_;
  Logger& logger_;
  lib::event::Loop loop_;
  Wanted wanted_;
  bool was_broken_;
  KeepalivedConfig config_;
  Supervision supervision_;
  lib::event::Waiter timer_{loop_};
  ReloadSchedule schedule_;
  std::unique_ptr<ReloadMark> mark_;            // while a reload is on its way
  lib::process::Daemon* background_ = nullptr;  // null: there is none, or the launching process was let go
  PidLock* pid_ = nullptr;
  int exit_code_ = 0;
  Children children_;
  lib::event::TaskGroup tasks_;
};

Parent::Parent(const CommandLine& line, LoadOptions options, Loaded loaded, Logger& logger, std::vector<std::string> words, lib::base::UniqueFd home, Duration watchdog)
    : line_{line}, watchdog_{watchdog}, options_{std::move(options)}, logger_{logger}, wanted_{wanted_by(loaded, line)}, was_broken_{loaded.is_broken()}, config_{without_blocks(loaded.config)},
      supervision_{{.respawns = line.respawn, .child_wait = child_wait(), .bugs_url = std::string{lib::base::project_url()} + "issues", .watchdog = watchdog}},
      schedule_{loop_, [this] { ask_for_reload(); }, [this](Level level, std::string_view text) { logger_.write(level, text); }},
      children_{loop_, std::move(words), std::move(home), watchdog,
                {.on_word = [this](Part part, ChildWord word) { on_word(part, word); },
                 .on_exit = [this](Part part, supervision::Exit exit) {
                   Actions out;
                   supervision_.on_exit(part, exit, loop_.now(), out);
                   carry_out(std::move(out));
                 }}} {}

void Parent::on_word(Part part, ChildWord word) {
  Actions out;
  switch (word) {
    case ChildWord::Ready: supervision_.on_ready(part, loop_.now(), out); break;
    case ChildWord::Reloaded: supervision_.on_reloaded(part, true, out); break;
    case ChildWord::Refused: supervision_.on_reloaded(part, false, out); break;
    case ChildWord::Alive: supervision_.on_alive(part, loop_.now()); break;
  }
  carry_out(std::move(out));
}

void Parent::ask_for_reload() {
  Actions out;
  const bool now = supervision_.wants_reload(out);
  carry_out(std::move(out));
  if (now) reload();
}

/// Reads the files, for which children they need and whether they are to be taken; the children read them again for themselves.
void Parent::reload() {
  mark_ = std::make_unique<ReloadMark>(config_.global.reload_file);
  Actions out;
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options_, system);
  const bool is_there = !loaded.config.sources.empty(), is_broken = loaded.is_broken();
  if (is_there && (!is_broken || was_broken_)) {
    say_opened(loaded.config, logger_);
    logger_.write(Level::Always, "Configuration file " + line_.config_file);
    wanted_ = wanted_by(loaded, line_);
    was_broken_ = is_broken;
    config_ = without_blocks(loaded.config);
    schedule_.use(config_.global.reload_time_file, config_.global.reload_repeat);
    supervision_.reload(wanted_, child_wait(), out);
  } else {
    for (const auto& finding : loaded.findings) logger_.write(Level::Always, finding.prefix + finding.diagnostic.message);
    supervision_.keep(is_there ? first_complaint(loaded) : "no such file", out);
  }
  carry_out(std::move(out));
  return_free_memory();
}

void Parent::propagate(int number) {
  for (const Part part : supervision::kParts) children_.send(part, number);
}

void Parent::dump() {
  logger_.write(Level::Always, fmt::format("Printing parent data for process({}) on signal", ::getpid()));
  const std::string path = dump_path(config_, config_.global.state_dump_file, "_parent", "data");
  if (const auto written = write_dump(path, data_text(config_, supervision_)); !written) logger_.write(Level::Always, written.error().message);
  propagate(SIGUSR1);
}

void Parent::let_go() {
  if (background_ != nullptr) std::exchange(background_, nullptr)->ready(lib::process::Daemon::Streams::Close);
}

void Parent::tell(const supervision::Tell& what) {
  using What = supervision::Tell::What;
  switch (what.what) {
    case What::Ready:
      (void)lib::process::notify_ready_as(::getpid());
      mark_.reset();
      return_free_memory();
      return;
    case What::Reloading: (void)lib::process::notify_reloading(); return;
    case What::Stopping: (void)lib::process::notify_stopping(); return;
    case What::Failed: (void)lib::process::notify_failed(what.code); return;
  }
}

void Parent::carry_out(const supervision::Action& action, Actions& more) {
  if (const auto* start = std::get_if<supervision::Start>(&action)) {
    if (supervision_.is_leaving()) return;
    const auto pid = children_.start(start->part);
    if (pid) supervision_.on_started(start->part, *pid, loop_.now(), more);
    else supervision_.on_not_started(start->part, pid.error().message, loop_.now(), more);
  } else if (const auto* signal = std::get_if<supervision::Signal>(&action)) {
    children_.send(signal->part, signal->number);
  } else if (std::holds_alternative<supervision::TakeCare>(action)) {
    // With -V the kernel is to keep what it has.
    if (const auto begun = line_.keep_addresses ? lib::base::Status{} : children_.take_care(); !begun) logger_.write(Level::Detail, begun.error().message);
  } else if (const auto* line = std::get_if<supervision::Say>(&action)) {
    logger_.write(line->level, line->text);
  } else if (const auto* what = std::get_if<supervision::Tell>(&action)) {
    tell(*what);
  } else if (std::holds_alternative<supervision::LetGo>(action)) {
    let_go();
  } else if (std::holds_alternative<supervision::ReadAgain>(action)) {
    loop_.post([this] { ask_for_reload(); });
  } else if (const auto* finish = std::get_if<supervision::Finish>(&action)) {
    exit_code_ = finish->code;
    loop_.stop();
  }
}

void Parent::carry_out(Actions actions) {
  while (!actions.empty()) {
    Actions more;  // a start has its answer at once
    for (const auto& action : actions) carry_out(action, more);
    actions = std::move(more);
  }
  // Debian's init script starts the next one a second after the stop, if there is no pid file: that one waits for our children.
  if (supervision_.is_leaving()) pid_->release();
  timer_.notify();  // what is due may be another moment now
}

lib::event::Task<void> Parent::watch_time() {
  while (true) {
    const Instant next = supervision_.next_time();
    co_await timer_.until(next);
    if (timer_.now() < supervision_.next_time()) continue;
    Actions out;
    supervision_.on_time(timer_.now(), out);
    for (Actions more; !out.empty(); out = std::exchange(more, {}))
      for (const auto& action : out) carry_out(action, more);
  }
}

/// Our own life is enough: a child that stands still is ours to see to.
lib::event::Task<void> Parent::keep_watchdog() {
  lib::event::Waiter waiter{loop_};
  while (true) {
    (void)lib::process::notify_watchdog();
    const Instant next = waiter.now() + watchdog_ / 2;
    co_await waiter.until(next);
  }
}

int Parent::run(lib::process::Daemon* background, PidLock& pid) {
  background_ = background;
  pid_ = &pid;
  loop_.at_round_end([this] { logger_.flush(); });
  ::signal(SIGPIPE, SIG_IGN);
  const auto stop = [this] {
    Actions out;
    supervision_.on_stop(loop_.now(), out);
    carry_out(std::move(out));
  };
  const lib::event::SignalWatcher on_term{loop_, SIGTERM, stop};
  std::unique_ptr<lib::event::SignalWatcher> on_int;
  if (line_.ignore_sigint) ::signal(SIGINT, SIG_IGN);
  else on_int = std::make_unique<lib::event::SignalWatcher>(loop_, SIGINT, stop);
  const lib::event::SignalWatcher on_hup{loop_, SIGHUP, [this] { ask_for_reload(); }};
  const lib::event::SignalWatcher on_data{loop_, SIGUSR1, [this] { dump(); }};
  const lib::event::SignalWatcher on_stats{loop_, SIGUSR2, [this] { propagate(SIGUSR2); }};
  const lib::event::SignalWatcher on_clear{loop_, SIGRTMAX - 1, [this] { propagate(SIGRTMAX - 1); }};
  const lib::event::SignalWatcher on_json{loop_, SIGRTMIN + 2, [this] { propagate(SIGRTMIN + 2); }};
  if (config_.global.startup_script) run_to_end(*config_.global.startup_script, config_.global.startup_timeout, logger_);
  schedule_.use(config_.global.reload_time_file, config_.global.reload_repeat);
  loop_.refresh_now();
  tasks_.spawn(watch_time());
  if (watchdog_ != watchdog_.zero()) tasks_.spawn(keep_watchdog());
  loop_.post([this] {  // within run(), which it may stop
    Actions out;
    supervision_.begin(wanted_, out);
    carry_out(std::move(out));
  });
  return_free_memory();
  loop_.run();
  tasks_.cancel_all();
  children_.leave(child_wait());
  mark_.reset();
  if (config_.global.shutdown_script) run_to_end(*config_.global.shutdown_script, config_.global.shutdown_timeout, logger_);
  return exit_code_;
}

/// The words that each child gets: ours, and where we leave this folder the file by its whole path.
std::vector<std::string> words_for_children(const CommandLine& line, const LoadOptions& options, std::vector<std::string> words) {
  if (line.config_file == options.path) return words;
  words.emplace_back("-f");
  words.push_back(options.path);
  return words;
}

void say_stopped(Logger& logger) {
  logger.write(Level::Detail, cpu_usage());
  logger.write(Level::Always, "Stopped " + release());
  logger.flush();
}

/// With a logger: goes to the background and works.
int work(const CommandLine& line, LoadOptions options, Loaded loaded, Logger& logger, const std::vector<std::string>& words, lib::base::UniqueFd home) {
  const auto fail = [&](const std::string& message, int code) {
    logger.write(Level::Always, message);
    if (code != 0) say_stopped(logger);
    logger.flush();
    if (!line.log_console || !line.foreground) say(message + '\n');
    return code;
  };
  if (loaded.config.sources.empty()) return fail("Config files missing '" + line.config_file + "'.", kConfigMissing);
  say_opened(loaded.config, logger);
  logger.write(Level::Always, "Configuration file " + line.config_file);
  const Wanted wanted = wanted_by(loaded, line);
  if (!wanted.any())  // else they say so
    for (const auto& finding : loaded.findings) logger.write(Level::Always, finding.prefix + finding.diagnostic.message);
  if (!loaded.config.net_namespace.empty() && line.net_namespace.empty()) {
    if (const auto entered = enter_namespace(loaded.config.net_namespace); !entered) return fail(entered.error().message, kFatal);
  }
  ::umask(line.umask.value_or(loaded.config.global.umask.value_or(0177)));
  auto pid = take_pid_files(line, loaded.config, wanted);
  if (!pid) {
    if (pid.error().code != EWOULDBLOCK) return fail(pid.error().message, kFatal);
    (void)fail(pid.error().message, 0);
    return fail("daemon is already running", 0);
  }
  const std::vector<std::string> child_words = words_for_children(line, options, words);
  std::unique_ptr<lib::process::Daemon> background;
  if (!line.foreground) {
    auto begun = lib::process::Daemon::begin();
    if (!begun) return fail(begun.error().message, kFatal);
    background = std::move(*begun);
    (void)!::chdir("/");   // "/" is always there
    (void)pid->write();    // we have another number now; who asks is told when it is read
  }
  lib::process::prepare_notify();
  const Duration watchdog = lib::process::take_watchdog().value_or(Duration::zero());
  const CoreDumps cores{line.core_dump, line.core_pattern, logger};
  if (!loaded.config.global.process_name.empty()) (void)::prctl(PR_SET_NAME, loaded.config.global.process_name.c_str());  // cut to 15 bytes by the kernel
  const KeepalivedConfig names = without_blocks(loaded.config);
  Parent parent{line, std::move(options), std::move(loaded), logger, child_words, std::move(home), watchdog};
  const int code = parent.run(background.get(), *pid);
  // A child that was killed left its pid file. Unless it is another's by now.
  for (const auto& [given, name] : {std::pair{&line.checkers_pid_file, "checkers"}, {&line.vrrp_pid_file, "vrrp"}}) (void)clear_pid_file(*given, name, line, names);
  say_stopped(logger);
  return code;
}

/// genhash in keepalived's name. Returns only when it cannot be run.
int become_genhash(const std::vector<std::string>& words) {
  const std::string path = find_program("genhash");
  std::vector<char*> argv{const_cast<char*>("genhash")};  // execv's old signature
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  if (!path.empty()) ::execv(path.c_str(), argv.data());
  say(path.empty() ? "genhash is not installed\n" : path + ": " + std::strerror(errno) + '\n');
  return kFatal;
}

}  // namespace

int run(const std::vector<std::string>& words) {
  if (std::filesystem::path{words.front()}.filename() == "genhash") return become_genhash({words.begin() + 1, words.end()});
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] != "-T" && words[i] != "--genhash") continue;
    if (i != 1) say("Warning -- `" + words[i] + "` not used as first option, previous options ignored\n");
    return become_genhash({words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end()});
  }
  const auto parsed = parse_command_line({words.begin() + 1, words.end()});
  if (!parsed) {
    say(parsed.error().message + '\n');
    return kFatal;
  }
  const CommandLine& line = *parsed;
  for (const std::string& note : line.notes) say(note + '\n');
  if (const auto code = show(line, words.front(), version_text())) return *code;
  if (!line.runtime_socket.empty() && line.run_vrrp && line.run_checkers) {
    say("--runtime-socket is one path for two daemons: runtime_socket and checker_runtime_socket in global_defs name one each\n");
    return kFatal;
  }
  lib::base::UniqueFd home{::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};  // without it, children begin where we are
  if (!line.net_namespace.empty()) {
    if (const auto entered = enter_namespace(line.net_namespace); !entered) {
      say(entered.error().message + '\n');
      return kFatal;
    }
  }
  LoadOptions options = load_options(line);
  if (line.test) return check_configuration(options, line);
  if (!line.plan.empty()) return print_plans(line, options, words);
  if (!line.run_checkers && line.run_vrrp) options.reads = LoadOptions::Reads::Vrrp;
  if (!line.run_vrrp && line.run_checkers) options.reads = LoadOptions::Reads::Checkers;
  const HostSystem system;
  Loaded loaded = parsers::keepalived::load(options, system);
  const Logger::Settings settings = log_settings("Keepalived", line, loaded.config);
  Logger logger{settings};
  logger.write(Level::Always, "Starting " + release());
  logger.write(Level::Always, "Running on " + running_on());
  logger.write(Level::Always, "Command line: " + joined(words));
  return work(line, std::move(options), std::move(loaded), logger, words, std::move(home));
}

}  // namespace keepalived::parent

#include "proxyd/run.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/net/socket.h"
#include "lib/process/daemonize.h"
#include "lib/process/notify.h"
#include "lib/process/pid_file.h"
#include "lib/process/privileges.h"
#include "lib/runtime/server.h"
#include "proxyd/cli/commands.h"
#include "proxyd/explain/explain.h"
#include "proxyd/console.h"
#include "proxyd/ocsp/updater.h"
#include "proxyd/servers/checker.h"
#include "proxyd/startup.h"
#include "proxyd/stats/measure.h"
#include "proxyd/stats/page.h"

namespace proxyd {
namespace {

using lib::base::Duration;
using lib::base::Instant;
using lib::event::Task;
using session::Process;
using session::Worker;

int alert(const std::string& text) {
  say_alert(text);
  return 1;
}

std::string base_name(const char* path) {
  const std::string_view name{path};
  return std::string{name.substr(name.rfind('/') + 1)};
}

/// Who the process becomes once its sockets are open.
std::optional<lib::process::Identity> identity_of(const config::Global& global) {
  lib::process::Identity identity{.uid = global.uid, .gid = global.gid};
  if (!global.user.empty()) identity.uid = lib::process::find_user(global.user);
  if (!global.group.empty()) identity.gid = lib::process::find_group(global.group);
  const bool known = (global.user.empty() || identity.uid) && (global.group.empty() || identity.gid);
  return known ? std::optional{identity} : std::nullopt;
}

/// A bound `stats socket`.
struct RuntimeSocket {
  lib::base::UniqueFd fd;
  lib::runtime::ServerOptions options;
};

lib::runtime::Level level_of(config::AccessLevel level) {
  switch (level) {
    case config::AccessLevel::User: return lib::runtime::Level::User;
    case config::AccessLevel::Operator: return lib::runtime::Level::Operator;
    case config::AccessLevel::Admin: return lib::runtime::Level::Admin;
  }
  return lib::runtime::Level::User;
}

lib::base::Result<std::vector<RuntimeSocket>> bind_runtime_sockets(const config::Global& global) {
  std::vector<RuntimeSocket> sockets;
  for (const config::StatsSocket& conf : global.stats_sockets) {
    lib::net::ListenOptions options;
    options.unix_mode = conf.unix_mode;
    options.unix_uid = conf.unix_uid;
    options.unix_gid = conf.unix_gid;
    auto fd = lib::net::listen_stream(conf.where, options);
    if (!fd) {
      const bool ip = conf.where.kind == lib::net::Endpoint::Kind::Ip;
      return lib::base::failure(fmt::format("Binding [{}] for frontend GLOBAL: protocol {}: {} [{}].", conf.place.text(),
                                            ip ? "tcpv4" : "unix_stream", fd.error().message,
                                            ip ? conf.where.ip.text() : conf.where.path));
    }
    RuntimeSocket socket;
    socket.fd = std::move(*fd);
    socket.options.level = level_of(conf.level);
    socket.options.timeout = global.stats_timeout;
    socket.options.max_connections = conf.maxconn != 0 ? conf.maxconn : global.stats_maxconn;
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

bool has_sessions(const Process& process) { return process.counters.connections.value() != 0; }

/// Of those that are not stopped yet.
void log_stopping(Process& process, Worker& worker) {
  for (std::size_t i = 0; i < process.config->proxies.size(); ++i) {
    const listen::Frontend* const frontend = process.frontend_of[i];
    const config::Proxy& conf = *process.config->proxies[i];
    const bool was_stopped = frontend != nullptr && frontend->status.load() == listen::FrontendStatus::Stopped;
    if (was_stopped || conf.disabled) continue;
    const std::string text = listen::stopped_text(conf, frontend, process.backend_of[i]);
    (void)say_warning(text);
    process.loggers[i]->write_state_event(*worker.log, 4, text);
  }
}

/// SIGUSR1: takes no more, lets what runs come to its end, then stops the loops.
Task<void> stop_softly(Process& process, Worker& here) {
  lib::event::Waiter waiter{here.loop};
  process.stopping.store(true);
  (void)lib::process::notify_stopping();
  log_stopping(process, here);
  for (const auto& frontend : process.frontends) {
    frontend->status.store(listen::FrontendStatus::Stopped);
    for (const auto& listener : frontend->listeners) listener->fd.reset();
  }
  for (const auto& worker : process.workers) worker->loop.post([&worker] { worker->stop_softly(); });
  const Instant limit = lib::base::deadline_after(here.loop.now(), process.config->global.hard_stop_after);
  constexpr Duration kLookAgain{20'000};
  while (has_sessions(process) && here.loop.now() < limit)
    (void)co_await waiter.until(here.loop.now() + kLookAgain);
  for (const auto& worker : process.workers) worker->loop.post([&worker] { worker->loop.stop(); });
}

void run_thread(Worker& worker) {
  worker.adopt_thread();
  worker.loop.refresh_now();
  worker.start();
  worker.loop.run();
  worker.stop_accepting();
  worker.tasks.cancel_all();
}

/// The other threads leave signals to the first.
std::vector<std::thread> start_threads(Process& process) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < process.workers.size(); ++i)
    threads.emplace_back([&worker = *process.workers[i]] { run_thread(worker); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return threads;
}

void start_checks(Process& process) {
  std::vector<servers::CheckLoop> loops;
  for (const auto& worker : process.workers) loops.push_back({&worker->loop, &worker->tasks});
  const config::Global& global = process.config->global;
  servers::start_checks(process.backends, loops,
                        {.spread_percent = global.spread_checks, .max_spread = global.max_spread_checks});
}

/// Runs the threads until a signal; returns that signal, 0 after a soft stop.
int run_loops(Process& process, const CommandLine& command_line, std::vector<RuntimeSocket> sockets,
              std::string startup_logs, ocsp::Updater* updater) {
  Worker& first = *process.workers.front();
  first.adopt_thread();
  first.loop.refresh_now();
  cli::Context context{.process = process, .here = first, .startup_logs = std::move(startup_logs), .on_event = event_sink(process), .updater = updater};
  const lib::runtime::CommandTable commands = cli::commands(context);
  first.tasks.spawn(stats::measure(process, first.loop));
  for (RuntimeSocket& socket : sockets)
    first.tasks.spawn(lib::runtime::serve(first.loop, std::move(socket.fd), commands, socket.options));
  int ended_by = 0;
  const auto stop_all = [&process, &ended_by](int signal_number) {
    ended_by = signal_number;
    (void)lib::process::notify_stopping();
    for (const auto& worker : process.workers) worker->loop.post([&worker] { worker->loop.stop(); });
  };
  const lib::event::SignalWatcher on_term{first.loop, SIGTERM, [&] { stop_all(SIGTERM); }};
  const lib::event::SignalWatcher on_int{first.loop, SIGINT, [&] { stop_all(SIGINT); }};
  const lib::event::SignalWatcher on_usr1{first.loop, SIGUSR1, [&] {
                                            if (!process.stopping.load()) first.tasks.spawn(stop_softly(process, first));
                                          }};
  start_checks(process);
  if (updater != nullptr) updater->start();
  process.rings.forward(first.loop, first.tasks);
  std::vector<std::thread> threads = start_threads(process);
  for (const pid_t old : command_line.old_processes)
    (void)::kill(old, command_line.old_end == CommandLine::OldEnd::Finish ? SIGUSR1 : SIGTERM);
  (void)lib::process::notify_ready();
  run_thread(first);
  for (std::thread& thread : threads) thread.join();
  return ended_by;
}

/// For lines that are no proxy's: they go where "global" says.
config::Proxy lines_of_our_own(const config::Config& config) {
  config::Proxy proxy;
  proxy.name = "GLOBAL";
  proxy.logs = config.global.logs;
  return proxy;
}

/// Made before the chroot, which hides what the system says of names. Null: nothing speaks TLS.
std::unique_ptr<ocsp::Updater> make_updater(Process& process, const logs::ProxyLogger& log) {
  std::shared_ptr<certificates::Library> library = process.config->certificates;
  if (library == nullptr) return nullptr;
  constexpr int kNotice = 5;
  Worker& first = *process.workers.front();
  return std::make_unique<ocsp::Updater>(std::move(library), process.config->global.tls.ocsp, first.loop,
                                         [&log, &first](std::string_view line) { log.write_state_event(*first.log, kNotice, line); });
}

/// The last lines before nothing runs any more; then the process ends as if the signal had not been caught.
int end_process(int signal_number) {
  if (signal_number == 0) return 0;
  ::signal(signal_number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal_number);
  ::raise(signal_number);
  ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
  return 128 + signal_number;
}

/// The child's side of the daemon; null with the reason said when there is none.
std::unique_ptr<lib::process::Daemon> go_to_background() {
  auto begun = lib::process::Daemon::begin();
  if (begun) return std::move(*begun);
  say_alert(begun.error().message);
  return nullptr;
}

lib::base::Status drop_privileges(const config::Config& config) {
  const config::Global& global = config.global;
  const auto identity = identity_of(global);  // names are looked up before the chroot hides them
  if (!identity) return lib::base::failure("cannot find user or group");
  if (identity->uid.value_or(0) != 0 && config.needs_privileges())
    return lib::base::failure("Some configuration options require full privileges, so global.uid cannot be changed.");
  if (!global.chroot.empty())
    if (auto done = lib::process::change_root(global.chroot); !done) return done;
  return lib::process::become(*identity);
}

}  // namespace

int explain_request(const config::Config& config, const CommandLine& command_line) {
  const std::vector<std::string_view> words{command_line.words.begin(), command_line.words.end()};
  const auto question = explain::read_question(words);
  if (!question) {
    say_alert(question.error().message + "\n" + std::string{explain::question_usage()});
    return 2;
  }
  const std::unique_ptr<Process> process = make_process(config, command_line, "proxyd", logs::RingFiles::LeaveAlone);
  if (process == nullptr) return 2;
  for (const auto& frontend : process->frontends) {
    for (const config::Bind& bind : frontend->conf.binds) {
      frontend->listeners.push_back(std::make_unique<listen::Listener>());
      frontend->listeners.back()->conf = &bind;
    }
  }
  make_workers(*process);
  Worker& worker = *process->workers.front();
  worker.adopt_thread();
  worker.loop.refresh_now();
  const auto answer = explain::explain(worker, *question);
  if (!answer) {
    say_alert(answer.error().message);
    return 2;
  }
  std::fputs(answer->c_str(), stdout);
  return 0;
}

int run(const CheckedFiles& files, const CommandLine& command_line, const char* argv0) {
  const config::Config& config = *files.config;
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGUSR2, SIG_IGN);
  const bool daemon = (config.global.daemon || command_line.daemon) && !command_line.foreground && !command_line.debug;
  std::unique_ptr<lib::process::Daemon> background;
  if (daemon) {
    background = go_to_background();
    if (!background) return 1;
  }
  const std::unique_ptr<Process> process = make_process(config, command_line, base_name(argv0), logs::RingFiles::Open);
  if (process == nullptr) return 1;
  process->warnings = files.warnings;
  std::string startup_logs = files.report;
  if (auto limited = set_limits(*process, command_line, startup_logs); !limited)
    return alert(fmt::format("[{}.main()] {}", argv0, limited.error().message));
  process->stats_page = [&process = *process](const session::PageRequest& request, const config::Proxy& proxy) {
    return stats::answer(request, process, proxy, Worker::current()->loop.now());
  };
  const std::vector<lib::base::Error> unbound = bind_frontends(*process, command_line);
  for (const lib::base::Error& error : unbound) alert(error.message);
  auto sockets = bind_runtime_sockets(config.global);
  if (!sockets) alert(sockets.error().message);
  if (!unbound.empty() || !sockets)
    return alert(fmt::format("[{}.main()] Some protocols failed to start their listeners! Exiting.", argv0));
  const std::string& pid_path = command_line.pid_file.empty() ? config.global.pidfile : command_line.pid_file;
  std::optional<lib::process::PidFile> pid_file;
  if (daemon && !pid_path.empty()) {
    auto opened = lib::process::PidFile::open(pid_path);
    if (!opened) return alert(fmt::format("[{}.main()] {}", argv0, opened.error().message));
    pid_file.emplace(std::move(*opened));
  }
  const config::Proxy own_lines = lines_of_our_own(config);
  const logs::ProxyLogger own_log{own_lines, config.global, process->log_targets, process->program_name, &process->rings};
  make_workers(*process);
  std::unique_ptr<ocsp::Updater> updater = make_updater(*process, own_log);
  lib::process::prepare_notify();  // its socket is a path that the chroot would hide
  if (auto dropped = drop_privileges(config); !dropped)
    return alert(fmt::format("[{}.main()] {}", argv0, dropped.error().message));
  if (pid_file)
    if (auto written = pid_file->write(::getpid()); !written) return alert(written.error().message);
  if (background) background->ready(lib::process::Daemon::Streams::Close);
  const int ended_by = run_loops(*process, command_line, std::move(*sockets), std::move(startup_logs), updater.get());
  updater.reset();
  process->workers.clear();
  return end_process(ended_by);
}

}  // namespace proxyd

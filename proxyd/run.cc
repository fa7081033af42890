#include "proxyd/run.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/version.h"
#include "lib/net/descriptors.h"
#include "lib/net/socket.h"
#include "lib/process/daemonize.h"
#include "lib/process/notify.h"
#include "lib/process/pid_file.h"
#include "lib/runtime/server.h"
#include "proxyd/cli/commands.h"
#include "proxyd/explain/explain.h"
#include "proxyd/make_site.h"
#include "proxyd/console.h"
#include "proxyd/master/master.h"
#include "proxyd/ocsp/updater.h"
#include "proxyd/reload/plan.h"
#include "proxyd/reloader.h"
#include "proxyd/servers/checker.h"
#include "proxyd/sandbox.h"
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

/// A bound `stats socket`.
struct RuntimeSocket {
  lib::base::UniqueFd fd;
  std::string label;  // see listen::socket_label()
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

lib::base::Result<std::vector<RuntimeSocket>> bind_runtime_sockets(const config::Global& global, listen::Inheritance& inherited) {
  std::vector<RuntimeSocket> sockets;
  for (const config::StatsSocket& conf : global.stats_sockets) {
    lib::net::ListenOptions options;
    options.unix_mode = conf.unix_mode;
    options.unix_uid = conf.unix_uid;
    options.unix_gid = conf.unix_gid;
    auto fd = listen::listen_or_inherit(conf.where, options, inherited);
    if (!fd) {
      const bool ip = conf.where.kind == lib::net::Endpoint::Kind::Ip;
      return lib::base::failure(fmt::format("Binding [{}] for frontend GLOBAL: protocol {}: {} [{}].", conf.place.text(),
                                            ip ? "tcpv4" : "unix_stream", fd.error().message,
                                            ip ? conf.where.ip.text() : conf.where.path));
    }
    RuntimeSocket socket;
    socket.fd = std::move(*fd);
    socket.label = listen::socket_label(conf.where, options);
    socket.options.exposes_listeners = conf.exposes_listeners;
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
  for (std::size_t i = 0; i < process.site->config->proxies.size(); ++i) {
    const listen::Frontend* const frontend = process.site->frontend_of[i];
    const config::Proxy& conf = *process.site->config->proxies[i];
    const bool was_stopped = frontend != nullptr && frontend->status.load() == listen::FrontendStatus::Stopped;
    if (was_stopped || conf.disabled) continue;
    const std::string text = listen::stopped_text(conf, frontend, process.site->backend_of[i]);
    (void)say_warning(text);
    process.site->loggers[i]->write_state_event(*worker.log, 4, text);
  }
}

/// SIGUSR1: takes no more, lets what runs come to its end, then stops the loops.
Task<void> stop_softly(Process& process, Worker& here) {
  lib::event::Waiter waiter{here.loop};
  process.stopping.store(true);
  (void)lib::process::notify_stopping();
  log_stopping(process, here);
  for (const auto& frontend : process.site->frontends) frontend->status.store(listen::FrontendStatus::Stopped);
  const std::function<void(Worker&)> stop = [](Worker& worker) { worker.stop_softly(); };
  co_await session::on_each_worker(process, here, waiter, stop);
  for (const auto& frontend : process.site->frontends)
    for (const auto& listener : frontend->listeners) listener->fd.reset();
  const Instant limit = lib::base::deadline_after(here.loop.now(), process.site->config->global.hard_stop_after);
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

/// Everything that listens, for a successor.
std::vector<listen::LabelledSocket> listening_sockets(const Process& process, const std::vector<listen::LabelledSocket>& runtime_sockets) {
  std::vector<listen::LabelledSocket> all = runtime_sockets;
  for (const auto& frontend : process.site->frontends)
    for (const auto& listener : frontend->listeners)
      if (listener->fd) all.push_back({listener->label, listener->fd.get()});
  return all;
}

/// What a master is told of the files that run.
master::ReadyWords ready_words(const Process& process) {
  const config::Global& global = process.site->config->global;
  return {.settings = {.max_reloads = global.max_reloads, .exit_on_failure = global.exit_on_failure},
          .version = std::string{lib::base::product().version}};
}

std::string plan_answer(const reload::Outcome& outcome) {
  return outcome.why_not.empty() ? lib::plan::text_of(outcome.plan) : outcome.report + outcome.why_not + ".\n";
}

/// What the runtime API is told when other files run.
void note_reload(cli::Context& context, const reload::Outcome& outcome) {
  context.startup_logs = outcome.report;
  std::shared_ptr<certificates::Library> library = context.process.site->config->certificates;
  if (context.updater != nullptr && library != nullptr) context.updater->use(std::move(library));
}

/// Files that another process has read for this one.
Task<master::WorkerLink::Reply> take_offer(Process& process, reload::Reloader& reloader, cli::Context& context,
                                           master::WorkerLink::Offer offer) {
  master::WorkerLink::Reply reply;
  reload::Source source;
  source.record = lib::base::OutsideRecord::read(offer.record);
  source.sockets = std::move(offer.sockets);
  source.only_plan = offer.only_plan;
  if (!source.record) {
    reply.why_not = "the files came incomplete";
    co_return reply;
  }
  const reload::Outcome outcome = co_await reloader.reload(context.here, std::move(source));
  if (offer.only_plan) reply.plan = plan_answer(outcome);
  reply.is_taken = outcome.is_taken;
  reply.why_not = outcome.why_not;
  if (!outcome.is_taken) co_return reply;
  note_reload(context, outcome);
  reply.sockets = listening_sockets(process, context.runtime_sockets);
  reply.words = ready_words(process);
  co_return reply;
}

/// A daemon without a master reads its files itself. What is to be said of it.
Task<std::string> reload_alone(reload::Reloader& reloader, cli::Context& context, bool only_plan) {
  if (!only_plan) (void)lib::process::notify_reloading();
  reload::Source files_here;
  files_here.only_plan = only_plan;
  const reload::Outcome outcome = co_await reloader.reload(context.here, std::move(files_here));
  if (only_plan) co_return plan_answer(outcome);
  std::string answer = outcome.report + lib::plan::text_of(outcome.plan);
  if (outcome.is_taken) {
    note_reload(context, outcome);
  } else {
    answer = fmt::format("Reload failed, everything goes on as before: {}.", outcome.why_not);
    say_alert(answer);
    answer = outcome.report + answer + '\n';
  }
  (void)lib::process::notify_ready();
  (void)lib::process::notify_status(outcome.is_taken ? "Ready." : "Reload failed: what ran before runs on.");
  co_return answer;
}

Task<void> reload_by_signal(reload::Reloader& reloader, cli::Context& context) { (void)co_await reload_alone(reloader, context, false); }

/// What a process needs besides its files to run.
struct Surroundings {
  master::WorkerLink* link = nullptr;  // null: there is no master
  listen::Inheritance* inherited = nullptr;
  std::unique_ptr<lib::process::Daemon> background;  // null: nobody waits for the start
  lib::base::UniqueFd null;                          // where a worker's streams go once it serves; empty: they stay
};

/// Tells whoever waits for it that the process serves.
void announce(const Process& process, const CommandLine& command_line, const cli::Context& context, master::WorkerLink* link) {
  if (link != nullptr) {
    // A master that is gone meanwhile is found out when its line is read.
    (void)link->report_ready(listening_sockets(process, context.runtime_sockets), ready_words(process));
    return;
  }
  for (const pid_t old : command_line.old_processes)
    (void)::kill(old, command_line.old_end == CommandLine::OldEnd::Finish ? SIGUSR1 : SIGTERM);
  (void)lib::process::notify_ready();
}

/// Comes back when each thread has come around: one that stands still keeps it waiting.
Task<void> hear_all_threads(Process& process, Worker& here) {
  lib::event::Waiter waiter{here.loop};
  const std::function<void(Worker&)> nothing = [](Worker&) {};
  co_await session::on_each_worker(process, here, waiter, nothing);
}

/// Tells the service manager that we live, as long as all threads do.
Task<void> keep_watchdog(Process& process, Worker& here, Duration period) {
  lib::event::Waiter waiter{here.loop};
  while (true) {
    co_await hear_all_threads(process, here);
    (void)lib::process::notify_watchdog();
    const Instant next = here.loop.now() + period;
    (void)co_await waiter.until(next);
  }
}

/// Runs the threads until a signal; returns that signal, 0 after a soft stop.
int run_loops(Process& process, const CommandLine& command_line, reload::Reloader& reloader, std::vector<RuntimeSocket> sockets,
              std::string startup_logs, ocsp::Updater* updater, master::WorkerLink* link, std::optional<Duration> watchdog) {
  Worker& first = *process.workers.front();
  first.adopt_thread();
  first.loop.refresh_now();
  cli::Context context{.process = process, .here = first, .startup_logs = std::move(startup_logs), .on_event = event_sink(process), .updater = updater};
  if (link == nullptr) context.reload = [&](bool only_plan) { return reload_alone(reloader, context, only_plan); };
  const lib::runtime::CommandTable commands = cli::commands(context);
  first.tasks.spawn(stats::measure(process, first.loop));
  lib::event::TaskGroup api;
  for (RuntimeSocket& socket : sockets) {
    context.runtime_sockets.push_back({socket.label, socket.fd.get()});
    api.spawn(lib::runtime::serve(first.loop, std::move(socket.fd), commands, socket.options));
  }
  int ended_by = 0;
  const auto stop_all = [&process, &ended_by](int signal_number) {
    ended_by = signal_number;
    (void)lib::process::notify_stopping();
    for (const auto& worker : process.workers) worker->loop.post([&worker] { worker->loop.stop(); });
  };
  const lib::event::SignalWatcher on_term{first.loop, SIGTERM, [&] { stop_all(SIGTERM); }};
  const lib::event::SignalWatcher on_int{first.loop, SIGINT, [&] { stop_all(SIGINT); }};
  const lib::event::SignalWatcher on_usr1{first.loop, SIGUSR1, [&] {
                                            if (process.stopping.load()) return;
                                            // A successor listens on the same sockets: what comes now is for it.
                                            if (link != nullptr || context.gave_sockets) api.cancel_all();
                                            first.tasks.spawn(stop_softly(process, first));
                                          }};
  const auto reload_now = [&] {
    if (link == nullptr) first.tasks.spawn(reload_by_signal(reloader, context));  // a master reads the files for us
  };
  const lib::event::SignalWatcher on_hup{first.loop, SIGHUP, reload_now};
  const lib::event::SignalWatcher on_usr2{first.loop, SIGUSR2, reload_now};
  servers::start_checks(process.site->backends, reload::check_loops(process), reload::check_settings(process.site->config->global));
  if (updater != nullptr) updater->start();
  process.rings.forward(first.loop, first.tasks);
  std::vector<std::thread> threads = start_threads(process);
  if (const auto closed = close_sandbox(*process.site->config)) {
    announce(process, command_line, context, link);
  } else {
    say_alert(closed.error().message);
    stop_all(SIGTERM);  // better none than one that is more open than it was asked for
  }
  if (link != nullptr)
    first.tasks.spawn(link->serve(first.loop, commands, process.site->config->global.stats_timeout, [&stop_all] { stop_all(SIGTERM); },
                                  [&](master::WorkerLink::Offer offer) { return take_offer(process, reloader, context, std::move(offer)); },
                                  [&] { return hear_all_threads(process, first); }));
  if (watchdog) first.tasks.spawn(keep_watchdog(process, first, *watchdog / 2));
  run_thread(first);
  api.cancel_all();
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
  std::shared_ptr<certificates::Library> library = process.site->config->certificates;
  if (library == nullptr) return nullptr;
  constexpr int kNotice = 5;
  Worker& first = *process.workers.front();
  return std::make_unique<ocsp::Updater>(std::move(library), process.site->config->global.tls.ocsp, first.loop,
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

/// Where -p or "pidfile" says, opened as long as we may; false with the reason said.
bool open_pid_file(const config::Config& config, const CommandLine& command_line, const char* argv0, std::optional<lib::process::PidFile>& file) {
  const std::string& path = command_line.pid_file.empty() ? config.global.pidfile : command_line.pid_file;
  if (path.empty()) return true;
  auto opened = lib::process::PidFile::open(path);
  if (!opened) {
    say_alert(fmt::format("[{}.main()] {}", argv0, opened.error().message));
    return false;
  }
  file.emplace(std::move(*opened));
  return true;
}

/// Runs the process that serves. Returns the exit code.
int run_process(const CheckedFiles& files, const CommandLine& command_line, const char* argv0, Surroundings around) {
  const config::Config& config = *files.config;
  const std::unique_ptr<Process> process = make_process(files.config, command_line, base_name(argv0), logs::RingFiles::Open);
  if (process == nullptr) return 1;
  process->warnings = files.warnings;
  restore_servers(*process);
  std::string startup_logs = files.report;
  if (around.link != nullptr) around.link->restore_limits();
  if (auto limited = set_limits(*process, command_line, startup_logs); !limited)
    return alert(fmt::format("[{}.main()] {}", argv0, limited.error().message));
  process->stats_page = [](const session::PageRequest& request, const config::Proxy& proxy) {
    Worker& worker = *Worker::current();
    return stats::answer(request, worker.site(), proxy, worker.loop.now());
  };
  const std::vector<lib::base::Error> unbound = bind_frontends(*process, command_line, *around.inherited);
  for (const lib::base::Error& error : unbound) alert(error.message);
  auto sockets = bind_runtime_sockets(config.global, *around.inherited);
  if (!sockets) alert(sockets.error().message);
  if (!unbound.empty() || !sockets)
    return alert(fmt::format("[{}.main()] Some protocols failed to start their listeners! Exiting.", argv0));
  around.inherited->clear();  // what nobody wants any more
  std::optional<lib::process::PidFile> pid_file;
  if (around.background) {
    if (!open_pid_file(config, command_line, argv0, pid_file)) return 1;
  }
  const config::Proxy own_lines = lines_of_our_own(config);
  const logs::ProxyLogger own_log{own_lines, config.global, *process->site->log_targets, process->program_name, &process->rings};
  make_workers(*process);
  std::unique_ptr<ocsp::Updater> updater = make_updater(*process, own_log);
  std::optional<Duration> watchdog;  // a master keeps it for its workers
  if (around.link == nullptr) {
    lib::process::prepare_notify();  // its socket is a path that the chroot would hide
    watchdog = lib::process::take_watchdog();
  }
  const auto entered = enter_sandbox(config);
  if (!entered) return alert(fmt::format("[{}.main()] {}", argv0, entered.error().message));
  if (!entered->warning.empty()) (void)say_warning(fmt::format("[{}.main()] {}", argv0, entered->warning));
  if (pid_file)
    if (auto written = pid_file->write(::getpid()); !written) return alert(written.error().message);
  if (around.background) around.background->ready(lib::process::Daemon::Streams::Close);
  if (around.null) lib::process::detach_streams(around.null);
  also_keep(nullptr);  // what is said from now on comes from threads
  reload::Reloader reloader{*process, command_line, argv0, files};
  const int ended_by = run_loops(*process, command_line, reloader, std::move(*sockets), std::move(startup_logs), updater.get(), around.link, watchdog);
  updater.reset();
  process->workers.clear();
  return end_process(ended_by);
}

lib::base::Result<std::vector<master::MasterSocket>> open_master_sockets(const CommandLine& command_line, const char* argv0) {
  std::vector<master::MasterSocket> sockets;
  for (const std::string& text : command_line.master_sockets) {
    const auto conf = read_master_socket(text, command_line, argv0);
    if (!conf) return lib::base::failure("Cannot create the master's CLI");
    lib::net::ListenOptions options;
    options.unix_mode = conf->unix_mode;
    options.unix_uid = conf->unix_uid;
    options.unix_gid = conf->unix_gid;
    auto fd = lib::net::listen_stream(conf->where, options);
    if (!fd) return lib::base::failure(fmt::format("Binding for proxy MASTER: {} [{}].", fd.error().message, text));
    sockets.push_back({.fd = std::move(*fd), .level = level_of(conf->level), .text = listen::socket_label(conf->where, {})});
  }
  return sockets;
}

/// The same under a master, which hears why it failed.
int run_linked(const CheckedFiles& files, const CommandLine& command_line, const char* argv0, Surroundings around) {
  master::WorkerLink& link = *around.link;
  std::string said;
  also_keep(&said);
  const int code = run_process(files, command_line, argv0, std::move(around));
  also_keep(nullptr);
  if (link.is_connected()) link.send_log(said);  // it never served
  return code;
}

/// Starts the first worker and watches it.
int run_master(CheckedFiles files, const CommandLine& command_line, master::Invocation invocation,
               std::unique_ptr<lib::process::Daemon> background, listen::Inheritance inherited) {
  const char* const argv0 = invocation.arguments.front();
  std::optional<lib::process::PidFile> pid_file;
  if (!open_pid_file(*files.config, command_line, argv0, pid_file)) return 1;
  auto sockets = open_master_sockets(command_line, argv0);
  if (!sockets) return alert(sockets.error().message);
  (void)::setenv("HAPROXY_MWORKER", "1", 1);
  std::string addresses;
  for (const master::MasterSocket& each : *sockets) addresses += (addresses.empty() ? "" : ";") + each.text;
  if (!addresses.empty()) (void)::setenv("HAPROXY_MASTER_CLI", addresses.c_str(), 1);
  auto lines = lib::net::packet_sockets();
  if (!lines) return alert(lines.error().message);
  auto& [ours, theirs] = *lines;
  if (pid_file)
    if (auto written = pid_file->write(::getpid()); !written) return alert(written.error().message);
  lib::base::UniqueFd null;
  if (background) null = lib::process::open_null();  // a chroot hides it from the worker
  const pid_t child = ::fork();
  if (child < 0) return alert("Cannot fork: " + std::string{std::strerror(errno)});
  if (child == 0) {
    ours.reset();
    sockets->clear();
    pid_file.reset();
    background.reset();
    invocation.home.reset();
    (void)::unsetenv("NOTIFY_SOCKET");  // the master speaks to the service manager
    master::WorkerLink link{std::move(theirs)};
    link.send_log(files.report);
    return run_linked(files, command_line, argv0, {.link = &link, .inherited = &inherited, .background = nullptr, .null = std::move(null)});
  }
  files.config.reset();
  inherited.clear();
  theirs.reset();
  master::Start start;
  start.invocation = std::move(invocation);
  start.first_worker = child;
  start.control = std::move(ours);
  start.sockets = std::move(*sockets);
  start.old_processes = command_line.old_processes;
  start.old_signal = command_line.old_end == CommandLine::OldEnd::Finish ? SIGUSR1 : SIGTERM;
  start.tells_manager = command_line.tells_manager;
  start.program = program() == "haproxy" ? "HAProxy" : "proxyd";
  start.executable = argv0;
  start.background = std::move(background);
  return master::run(std::move(start));
}

void ignore_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGUSR2, SIG_IGN);
}

}  // namespace

int explain_request(std::shared_ptr<const config::Config> config, const CommandLine& command_line) {
  const std::vector<std::string_view> words{command_line.words.begin(), command_line.words.end()};
  const auto question = explain::read_question(words);
  if (!question) {
    say_alert(question.error().message + "\n" + std::string{explain::question_usage()});
    return 2;
  }
  const std::unique_ptr<Process> process = make_process(std::move(config), command_line, "proxyd", logs::RingFiles::LeaveAlone);
  if (process == nullptr) return 2;
  for (const auto& frontend : process->site->frontends) {
    for (const config::Bind& bind : frontend->conf.binds) {
      frontend->listeners.push_back(std::make_unique<listen::Listener>(bind));
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

int run(CheckedFiles files, const CommandLine& command_line, master::Invocation invocation) {
  const config::Global& global = files.config->global;
  ignore_signals();
  const bool stays = command_line.foreground || command_line.debug;
  const bool has_master = command_line.master_worker || (global.master_worker && !stays);
  std::unique_ptr<lib::process::Daemon> background;
  const bool by_file = global.daemon && !command_line.tells_manager;  // the service manager watches the process that it started
  if ((by_file || command_line.daemon) && !stays) {
    background = go_to_background();
    if (!background) return 1;
  }
  listen::Inheritance inherited;
  if (!command_line.sockets_from.empty())
    if (auto fetched = listen::fetch_sockets(command_line.sockets_from, inherited); !fetched)
      return alert(fmt::format("Failed to get the sockets from the old process behind {}: {}", command_line.sockets_from, fetched.error().message));
  if (has_master) return run_master(std::move(files), command_line, std::move(invocation), std::move(background), std::move(inherited));
  return run_process(files, command_line, invocation.arguments.front(),
                     {.link = nullptr, .inherited = &inherited, .background = std::move(background), .null = {}});
}

bool offer_files(const CheckedFiles& files, const CommandLine& command_line, const lib::base::OutsideRecord& learned, master::WorkerLink& link,
                 listen::Inheritance& inherited) {
  if (!files.unrepeatable.empty()) return false;
  listen::KeptSockets kept;
  for (const listen::LabelledSocket& each : inherited.list()) kept.emplace(each.label, std::make_shared<listen::ListenerState>());
  listen::Inheritance opened;
  for (const auto& proxy : files.config->proxies) {
    if (!proxy->is_frontend || proxy->disabled) continue;
    const bool reuse_port = !command_line.no_reuse_port;
    // Tried once more as the worker that this one is to be then, which says what is wrong.
    if (!listen::prepare_listeners(*proxy, files.config->global, reuse_port, opened, kept).empty()) return false;
  }
  if (link.offer(learned.text(), opened.list())) return true;
  inherited.add_all(std::move(opened));
  return false;
}

int show_plan(const CheckedFiles& files, CommandLine command_line, const char* argv0) {
  if (files.exit_code > 0) return files.exit_code;
  command_line.files = std::exchange(command_line.plan_files, {});
  const CheckedFiles next = check_files(command_line, argv0, {.before = files.config.get()});
  if (next.exit_code > 0) return next.exit_code;
  std::fputs(lib::plan::text_of(reload::plan({files.outline, *files.config}, {next.outline, *next.config})).c_str(), stdout);
  return 0;
}

int run_worker(const CheckedFiles& files, const CommandLine& command_line, const char* argv0, master::WorkerLink& link,
               listen::Inheritance& inherited) {
  ignore_signals();
  return run_linked(files, command_line, argv0, {.link = &link, .inherited = &inherited, .background = nullptr, .null = {}});
}

}  // namespace proxyd

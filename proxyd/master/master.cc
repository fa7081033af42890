#include "proxyd/master/master.h"

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "lib/base/version.h"
#include "lib/event/child.h"
#include "lib/net/descriptors.h"
#include "lib/process/limits.h"
#include "lib/process/notify.h"
#include "proxyd/listen/handover.h"
#include "proxyd/master/console.h"
#include "proxyd/master/watchdog.h"
#include "proxyd/master/words.h"

namespace proxyd::master {
namespace {

using lib::event::Task;
using lib::net::Packet;
using lib::net::PacketRead;

void print_line(std::string_view label, std::string_view text) {
  const std::string line = fmt::format("{:<11}({}) : {}\n", label, ::getpid(), text);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);  // a terminal that is gone is no reason to fail
}

/// Whether the process runs the very program that we do: an update puts another file in its place.
bool is_same_program(pid_t pid) {
  struct stat ours {}, theirs {};
  return ::stat("/proc/self/exe", &ours) == 0 && ::stat(fmt::format("/proc/{}/exe", pid).c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/// What belongs to one worker's process besides its place in the roster.
struct Line {
  lib::event::Descriptor control;
  listen::Inheritance sockets;  // what it listens on, as far as it has told
  std::string log;              // what it said at its start
  bool only_reads = false;      // it will not be a worker
};

class Shell final : public Host {
 public:
  explicit Shell(Start start) : start_{std::move(start)}, roster_{start_.program}, commands_{master_commands(*this)} {}

  int run() {
    if (start_.tells_manager) {
      lib::process::prepare_notify();
      if (const auto interval = lib::process::take_watchdog()) watches_.spawn(keep_watchdog(*interval / 2));
    }
    adopt(start_.first_worker, std::move(start_.control));
    for (const MasterSocket& each : start_.sockets)
      consoles_.spawn(serve_console(loop_, lib::base::UniqueFd{::dup(each.fd.get())}, commands_, *this, each.level));
    const auto stop = [this](int number) {
      Actions actions;
      roster_.on_stop(number, actions);
      carry_out(actions);
    };
    const lib::event::SignalWatcher on_usr2{loop_, SIGUSR2, [this] { reload_now(Reload::Soft); }};
    const lib::event::SignalWatcher on_hup{loop_, SIGHUP, [this] { reload_now(Reload::Soft); }};
    const lib::event::SignalWatcher on_usr1{loop_, SIGUSR1, [&] { stop(SIGUSR1); }};
    const lib::event::SignalWatcher on_term{loop_, SIGTERM, [&] { stop(SIGTERM); }};
    const lib::event::SignalWatcher on_int{loop_, SIGINT, [&] { stop(SIGINT); }};
    loop_.run();
    consoles_.cancel_all();
    watches_.cancel_all();
    return exit_code_;
  }

  const Roster& roster() const override { return roster_; }
  lib::base::Instant started() const override { return started_; }
  const std::vector<MasterSocket>& sockets() const override { return start_.sockets; }
  const std::string& startup_log() const override { return startup_log_; }

  void reload(ReloadWaiter& waiter) override {
    if (roster_.is_stopping()) {
      waiter.is_answered = true;
      return;
    }
    (roster_.is_loading() ? next_waiters_ : reload_waiters_).push_back(&waiter);
    reload_now(waiter.reload);
  }
  void forget(ReloadWaiter& waiter) override {
    std::erase(reload_waiters_, &waiter);
    std::erase(next_waiters_, &waiter);
  }

  void plan(PlanWaiter& waiter) override {
    waiter.is_answered = true;  // unless a process is on its way to read the files
    if (asker_ != 0) waiter.answer = "Another one is being made.\n";
    else if (roster_.current() == nullptr || roster_.is_stopping()) waiter.answer = "No worker runs.\n";
    else if (const auto started = start_process(kStartPlan); !started) waiter.answer = started.error() + '\n';
    else {
      waiter.is_answered = false;
      plan_waiter_ = &waiter;
      asker_ = *started;
    }
  }
  void forget(PlanWaiter& waiter) override {
    if (plan_waiter_ == &waiter) plan_waiter_ = nullptr;
  }

  lib::base::UniqueFd connect(pid_t worker, lib::runtime::Level level) override {
    const auto line = lines_.find(worker);
    auto pair = lib::net::stream_sockets();
    if (line == lines_.end() || !line->second->control.is_open() || !pair) return {};
    auto& [ours, theirs] = *pair;
    const std::array<int, 1> one{theirs.get()};
    if (!lib::net::send_packet(line->second->control.fd(), client_text(level), one)) return {};
    return std::move(ours);
  }

 private:
  void reload_now(Reload reload) {
    Actions actions;
    roster_.on_reload(reload, actions);
    carry_out(actions);
  }

  /// Watches a process that is to be a worker, or only to read the files.
  void adopt(pid_t pid, lib::base::UniqueFd control, std::string_view task = kStart) {
    lib::net::set_non_blocking(control.get());
    const auto line = std::make_shared<Line>();
    line->control.open(loop_, std::move(control));
    line->only_reads = task == kStartPlan;
    lines_[pid] = line;
    if (!line->only_reads) roster_.on_launched(pid, lib::base::monotonic_now());
    watches_.spawn(watch_control(pid, line));
    watches_.spawn(watch_end(pid, line));
  }

  void launch() {
    Actions actions;
    if (const auto started = start_process(kStart); !started) roster_.on_launch_failed(started.error(), actions);
    carry_out(actions);
  }

  /// The process, or why there is none.
  tl::expected<pid_t, std::string> start_process(std::string_view task) {
    auto pair = lib::net::packet_sockets();
    if (!pair) return tl::unexpected{pair.error().message};
    auto& [ours, theirs] = *pair;
    const auto pid = launch_worker(start_.invocation, theirs);
    if (!pid) return tl::unexpected{pid.error().message};
    // Into the socket's buffer; a worker that ended already is found out by its end.
    lib::net::set_non_blocking(ours.get());
    (void)listen::send_sockets(ours.get(), sockets_.list());
    (void)lib::net::send_packet(ours.get(), task);
    adopt(*pid, std::move(ours), task);
    return *pid;
  }

  /// Takes what the process has said so far. False when it will say no more.
  bool hear(pid_t pid, Line& line) {
    Packet packet;
    while (true) {
      const PacketRead read = lib::net::receive_packet(line.control.fd(), packet);
      if (read == PacketRead::Nothing) return true;
      if (read == PacketRead::Ended) return false;
      if (packet.text.starts_with(listen::kSocketsPacket)) listen::take_sockets(std::move(packet), line.sockets);
      else if (packet.text.starts_with(kLog)) line.log += std::string_view{packet.text}.substr(kLog.size());
      else if (packet.text == kOffer) pass_offer(pid, line, packet);
      else if (packet.text == kAsk) pass_question(pid, packet);
      else if (packet.text == kPlanned && packet.descriptors.size() == 1) answer_plan(lib::net::read_memory_file(packet.descriptors.front()));
      else if (packet.text.starts_with(kTaken)) on_taken(line, std::string_view{packet.text}.substr(kTaken.size()));
      else if (packet.text.starts_with(kDeclined)) on_declined(std::string_view{packet.text}.substr(kDeclined.size()));
      else if (packet.text == kAlive && watchdog_.on_alive(pid)) (void)lib::process::notify_watchdog();
      else if (auto words = read_ready(packet.text)) on_ready(pid, line, std::move(*words));
    }
  }

  void on_ready(pid_t pid, Line& line, ReadyWords words) {
    sockets_ = std::move(line.sockets);
    line.sockets.clear();
    startup_log_ = std::move(line.log);
    Actions actions;
    roster_.on_ready(pid, words.settings, std::move(words.version), actions);
    carry_out(actions);
    for (const pid_t old : std::exchange(start_.old_processes, {})) (void)::kill(old, start_.old_signal);  // may have ended
    if (start_.background) {
      start_.background->ready(lib::process::Daemon::Streams::Close);
      start_.background.reset();
    }
  }

  void tell(pid_t pid, std::string_view text) {
    const auto line = lines_.find(pid);
    if (line != lines_.end() && line->second->control.is_open()) (void)lib::net::send_packet(line->second->control.fd(), text);  // its end is seen
  }

  /// Files that were read for a reload go to the worker that runs, unless its program is not the one that is installed now.
  void pass_offer(pid_t reader, Line& line, const Packet& packet) {
    const Worker* const current = roster_.current();
    const auto to = current != nullptr ? lines_.find(current->pid) : lines_.end();
    const listen::Inheritance sockets = std::move(line.sockets);
    line.sockets.clear();
    const bool is_passed = to != lines_.end() && !roster_.needs_new_worker() && packet.descriptors.size() == 1 && is_same_program(reader) &&
                           listen::send_sockets(to->second->control.fd(), sockets.list()) &&
                           lib::net::send_packet(to->second->control.fd(), kOffer, std::array<int, 1>{packet.descriptors.front().get()});
    if (!is_passed) return tell(reader, kDeclined);
    reader_ = reader;
    asked_ = current->pid;
  }

  void pass_question(pid_t asker, const Packet& packet) {
    const Worker* const current = roster_.current();
    const auto to = current != nullptr ? lines_.find(current->pid) : lines_.end();
    if (asker == asker_ && to != lines_.end() && packet.descriptors.size() == 1)
      (void)lib::net::send_packet(to->second->control.fd(), kAsk, std::array<int, 1>{packet.descriptors.front().get()});  // its end is seen
  }

  void answer_plan(std::string answer) {
    if (asker_ != 0) tell(std::exchange(asker_, 0), kTaken);
    PlanWaiter* const waiter = std::exchange(plan_waiter_, nullptr);
    if (waiter == nullptr) return;
    waiter->answer = std::move(answer);
    waiter->is_answered = true;
    waiter->waiter->notify();
  }

  void on_taken(Line& worker, std::string_view text) {
    const auto words = read_ready(text);
    if (!words) return;
    sockets_ = std::move(worker.sockets);
    worker.sockets.clear();
    const auto reader = lines_.find(reader_);
    if (reader != lines_.end()) startup_log_ = std::move(reader->second->log);
    tell(std::exchange(reader_, 0), kTaken);
    Actions actions;
    roster_.on_taken_over(words->settings, actions);
    carry_out(actions);
  }

  void on_declined(std::string_view why) {
    if (!why.empty()) act(Say{Say::Level::Notice, fmt::format("A new worker is needed: {}.", why)});
    tell(std::exchange(reader_, 0), kDeclined);
  }

  /// A worker that stands still answers nothing, the manager hears nothing and starts us all again.
  Task<void> keep_watchdog(lib::base::Duration period) {
    lib::event::Waiter waiter{loop_};
    while (true) {
      const Worker* const current = roster_.is_stopping() ? nullptr : roster_.current();
      const Watchdog::Step step = watchdog_.on_time(current != nullptr ? current->pid : 0);
      if (step.pings) (void)lib::process::notify_watchdog();
      if (step.asks != 0) tell(step.asks, kWhetherAlive);
      const lib::base::Instant next = waiter.now() + period;
      co_await waiter.until(next);
    }
  }

  Task<void> watch_control(pid_t pid, std::shared_ptr<Line> line) {
    lib::event::Waiter waiter{loop_};
    while (hear(pid, *line)) (void)co_await waiter.ready(line->control, lib::event::kRead, lib::event::kNever);
  }

  Task<void> watch_end(pid_t pid, std::shared_ptr<Line> line) {
    lib::event::Waiter waiter{loop_};
    const lib::event::ChildExit end = co_await lib::event::child_end(waiter, pid, lib::event::kNever);
    (void)hear(pid, *line);  // its last words
    if (pid == asked_ && reader_ != 0) on_declined({});
    if (asker_ != 0 && pid == asker_) answer_plan(std::move(line->log));  // the files were refused
    else if (asker_ != 0 && roster_.current() != nullptr && roster_.current()->pid == pid) answer_plan("The worker has ended.\n");
    if (!line->log.empty() && !line->only_reads) startup_log_ = std::move(line->log);  // it never was ready
    Actions actions;
    roster_.on_exit(pid, Ending{.code = end.code, .signal = end.signal}, actions);
    lines_.erase(pid);
    carry_out(actions);
  }

  void carry_out(const Actions& actions) {
    for (const Action& action : actions) std::visit([this](const auto& each) { act(each); }, action);
  }

  void act(const Say& say) {
    if (say.level != Say::Level::Notice && !std::exchange(banner_shown_, true)) {
      print_line("[NOTICE]", fmt::format("{} version is {}", lib::base::product().name, lib::base::product().version));
      print_line("[NOTICE]", fmt::format("path to executable is {}", start_.executable));
    }
    print_line(say.level == Say::Level::Alert ? "[ALERT]" : say.level == Say::Level::Warning ? "[WARNING]" : "[NOTICE]", say.text);
  }
  void act(const Signal& signal) { (void)::kill(signal.pid, signal.number); }  // it is our child: there until we have waited for it
  void act(const Launch&) { launch(); }
  void act(const TellManager& tell) {
    if (!start_.tells_manager) return;
    using What = TellManager::What;
    switch (tell.what) {
      case What::Reloading: (void)lib::process::notify_reloading(); break;
      case What::Ready:
        (void)lib::process::notify_ready_as(::getpid());
        (void)lib::process::notify_status("Ready.");
        break;
      case What::ReadyAfterFailure:
        (void)lib::process::notify_ready_as(::getpid());
        (void)lib::process::notify_status("Reload failed: the files were refused, the worker of before runs on.");
        break;
      case What::Stopping: (void)lib::process::notify_stopping(); break;
    }
  }
  void act(const DropSockets&) { sockets_.clear(); }
  void act(const AnswerReload& answer) {
    for (ReloadWaiter* const each : std::exchange(reload_waiters_, std::exchange(next_waiters_, {}))) {
      each->is_answered = true;
      each->success = answer.success;
      each->waiter->notify();
    }
  }
  void act(const Exit& exit) {
    exit_code_ = exit.code;
    loop_.stop();
  }

  Start start_;
  lib::event::Loop loop_;
  Roster roster_;
  lib::runtime::CommandTable commands_;
  lib::base::Instant started_ = lib::base::monotonic_now();
  listen::Inheritance sockets_;  // the current worker's, for the next one
  std::string startup_log_;
  std::vector<ReloadWaiter*> reload_waiters_, next_waiters_;  // of what is under way, and of what will follow it
  pid_t asker_ = 0;                   // reads the files for a plan; 0: nobody
  PlanWaiter* plan_waiter_ = nullptr;  // who gets it
  pid_t reader_ = 0, asked_ = 0;  // whose files were offered to whom; 0: none are
  std::map<pid_t, std::shared_ptr<Line>> lines_;  // with the watchers, which may be on their way out
  Watchdog watchdog_;
  bool banner_shown_ = false;
  int exit_code_ = 0;
  lib::event::TaskGroup watches_, consoles_;  // last: they use all of the above
};

}  // namespace

int run(Start start) {
  (void)::malloc_trim(0);  // what reading the files took
  // It keeps a copy of every listening socket; its workers decide for themselves how many descriptors they need.
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    start.invocation.descriptors = descriptors;
    (void)lib::process::raise_descriptor_limit(descriptors.rlim_max);
  }
  Shell shell{std::move(start)};
  return shell.run();
}

}  // namespace proxyd::master

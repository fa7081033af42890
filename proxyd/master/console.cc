#include "proxyd/master/console.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "lib/base/version.h"
#include "lib/runtime/command_line.h"
#include "lib/runtime/connection.h"
#include "lib/runtime/server.h"
#include "proxyd/master/prefix.h"
#include "proxyd/master/show_proc.h"

namespace proxyd::master {
namespace {

using lib::event::Task;
using lib::runtime::Call;
using lib::runtime::Command;
using lib::runtime::CommandTable;
using lib::runtime::Connection;
using lib::runtime::Level;
using lib::runtime::Mode;
using lib::runtime::Severity;

constexpr lib::event::Duration kPatience{10'000'000};      // for a client that does not read
constexpr lib::event::Duration kWorkerPatience{60'000'000};  // for a worker that says nothing

/// Asked, and not forgotten while it lives.
template <class Entry>
class Waiting {
 public:
  Waiting(Host& host, lib::event::Waiter& waiter, void (Host::*ask)(Entry&), Entry entry = {}) : host_{host}, entry_{std::move(entry)} {
    entry_.waiter = &waiter;
    (host_.*ask)(entry_);
  }
  ~Waiting() { host_.forget(entry_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  const Entry& entry() const { return entry_; }

 private:
  Host& host_;
  Entry entry_;
};

Task<void> reload(Host& host, Call& call, Reload kind) {
  const Waiting<ReloadWaiter> waiting{host, call.waiter, &Host::reload, ReloadWaiter{.reload = kind}};
  while (!waiting.entry().is_answered) (void)co_await call.waiter.until(lib::event::kNever);
  call.out += fmt::format("Success={}\n--\n{}", waiting.entry().success ? 1 : 0, host.startup_log());
  if (!call.out.ends_with('\n')) call.out += '\n';
  (void)co_await call.flush();
  call.settings.quit = true;
}

Task<void> plan(Host& host, Call& call) {
  const Waiting<PlanWaiter> waiting{host, call.waiter, &Host::plan};
  while (!waiting.entry().is_answered) (void)co_await call.waiter.until(lib::event::kNever);
  call.out += waiting.entry().answer;
}

void show_sockets(const Host& host, Call& call) {
  call.out += "# socket lvl processes\n";
  for (const MasterSocket& each : host.sockets()) call.out += fmt::format("{} {} master\n", each.text, lib::runtime::word(each.level));
}

void show_env(Call& call) {
  const std::string_view wanted = call.arg(0);
  bool found = wanted.empty();
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line{*entry};
    if (!wanted.empty() && line.substr(0, line.find('=')) != wanted) continue;
    found = true;
    call.out += line;
    call.out += '\n';
  }
  if (!found) call.error("Variable not found");
}

/// Modes that open nothing of the master's: they are taken, for scripts that set them first.
void set_mode(Call& call) {
  if (!call.arg(0).empty() && call.arg(0) != "on" && call.arg(0) != "off") call.error("expects 'on' or 'off'.");
}

/// Sends the answer of a worker on. False when the client is gone.
Task<bool> pass_answer(Connection& connection, lib::event::Descriptor& worker) {
  lib::event::Waiter waiter{connection.waiter.loop()};
  std::array<char, 16384> piece;
  while (true) {
    const ssize_t size = ::recv(worker.fd(), piece.data(), piece.size(), 0);
    if (size == 0) co_return true;
    if (size > 0) {
      const bool sent = co_await connection.send({piece.data(), static_cast<std::size_t>(size)});
      if (!sent) co_return false;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return true;  // a worker that ended: so does its answer
    const lib::event::Instant until = waiter.now() + kWorkerPatience;
    const lib::event::Wake wake = co_await waiter.ready(worker, lib::event::kRead, until);
    if (wake.timed_out()) co_return true;
  }
}

/// What came from one side and has not gone to the other.
struct Half {
  lib::event::Descriptor& from;
  lib::event::Descriptor& to;
  std::string waiting;
  bool has_ended = false;  // no more will come

  /// Moves what can be moved now. False when the way is broken.
  bool move() {
    std::array<char, 16384> piece;
    while (true) {
      if (!waiting.empty()) {
        const ssize_t sent = ::send(to.fd(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        waiting.erase(0, static_cast<std::size_t>(sent));
        continue;
      }
      if (has_ended) return true;
      const ssize_t size = ::recv(from.fd(), piece.data(), piece.size(), 0);
      if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      if (size == 0) {
        has_ended = true;
        (void)::shutdown(to.fd(), SHUT_WR);  // it is told; who is gone already is found out above
      }
      waiting.assign(piece.data(), static_cast<std::size_t>(size));
    }
  }
  bool is_done() const { return has_ended && waiting.empty(); }
};

/// Until the worker ends the conversation or the client breaks it.
Task<void> join(lib::event::Loop& loop, Connection& connection, lib::event::Descriptor& worker, std::string first) {
  lib::event::Waiter waiter{loop};
  Half asked{.from = connection.socket(), .to = worker, .waiting = std::move(first)};
  Half answered{.from = worker, .to = connection.socket(), .waiting = {}};
  while (true) {
    if (!asked.move() || !answered.move() || answered.is_done()) co_return;
    const unsigned of_client = (asked.waiting.empty() && !asked.has_ended ? lib::event::kRead : 0U) |
                               (answered.waiting.empty() ? 0U : lib::event::kWrite);
    const unsigned of_worker = (answered.waiting.empty() ? lib::event::kRead : 0U) | (asked.waiting.empty() ? 0U : lib::event::kWrite);
    (void)co_await waiter.either(connection.socket(), of_client, worker, of_worker, lib::event::kNever);
  }
}

/// A client of the master socket.
class Session {
 public:
  Session(lib::event::Loop& loop, lib::base::UniqueFd client, const CommandTable& commands, Host& host, Level level)
      : loop_{loop}, commands_{commands}, host_{host}, connection_{loop, std::move(client), settings(level)} {}

  Task<void> serve() {
    std::string line;
    while (true) {
      const bool greeted = co_await show_prompt();
      if (!greeted) break;
      const Connection::Read read = co_await connection_.read_line(line, lib::runtime::kMaxLine);
      if (read == Connection::Read::TooLong) {
        const bool told = co_await connection_.send("Command line too long.\n\n");
        (void)told;  // the connection ends either way
      }
      if (read != Connection::Read::Line) break;
      const bool goes_on = co_await answer_line(line);
      if (!goes_on) break;
    }
    connection_.finish();
  }

 private:
  /// People keep a connection to the master open for as long as they like.
  static lib::runtime::Settings settings(Level level) {
    lib::runtime::Settings initial;
    initial.level = level;
    initial.timeout = lib::event::Duration{0};
    return initial;
  }

  Task<bool> show_prompt() {
    if (connection_.settings.mode != Mode::Prompt) co_return true;
    const std::string text = target_.kind == Target::Kind::Worker ? fmt::format("{}> ", target_.pid) : "master> ";
    const bool sent = co_await connection_.send(text);
    co_return sent;
  }

  Task<bool> answer_line(std::string line) {
    std::vector<Addressed> commands = split_commands(line);
    for (Addressed& each : commands) {
      Target target = target_;
      if (!each.prefix.empty()) {
        target = find_target(each.prefix, host_.roster(), ::getpid());
        if (target.kind == Target::Kind::Nobody) {
          const std::string text = fmt::format("Can't find the target PID matching the prefix '{}'\n", each.prefix);
          const bool told = co_await connection_.send(text);
          (void)told;  // the connection ends either way
          co_return false;
        }
        if (each.is_line && target.kind == Target::Kind::Worker) {
          co_await hand_over(target.pid, std::move(each.command));
          co_return false;
        }
        if (each.command.empty()) {
          target_ = target;
          continue;
        }
      }
      bool goes_on = true;
      if (target.kind == Target::Kind::Worker) goes_on = co_await ask_worker(target.pid, std::move(each.command));
      else goes_on = co_await ask_master(std::move(each.command));
      if (!goes_on) co_return false;
    }
    co_return true;
  }

  /// "@@1": all that follows is between client and worker.
  Task<void> hand_over(pid_t pid, std::string command) {
    lib::base::UniqueFd fd = host_.connect(pid, connection_.settings.level);
    if (!fd) {
      const bool told = co_await connection_.send("The worker cannot be reached.\n\n");
      (void)told;  // the connection ends either way
      co_return;
    }
    lib::event::Descriptor worker{loop_, std::move(fd)};
    if (!command.empty()) command += '\n';
    command += connection_.take_input();
    co_await join(loop_, connection_, worker, std::move(command));
  }

  Task<bool> ask_master(std::string command) {
    const lib::runtime::CommandLine line = lib::runtime::split_command_line(command);
    Call call{connection_, commands_, connection_.settings, connection_.waiter};
    const std::span<const std::string> words{line.commands.front()};
    co_await lib::runtime::answer_command(call, words);
    if (connection_.settings.quit) co_return false;
    if (!call.out.empty()) call.out += '\n';  // what changes the connection alone has no answer
    const bool sent = co_await call.flush();
    co_return sent;
  }

  Task<bool> ask_worker(pid_t pid, std::string command) {
    const std::optional<std::string> payload_end = lib::runtime::split_command_line(command).payload_end;
    command += '\n';
    std::string more;
    while (payload_end) {
      const Connection::Read read = co_await connection_.read_line(more, lib::runtime::kMaxPayload);
      if (read != Connection::Read::Line || command.size() > lib::runtime::kMaxPayload) co_return false;
      command += more;
      command += '\n';
      if (more == *payload_end) break;
    }
    lib::base::UniqueFd fd = host_.connect(pid, connection_.settings.level);
    if (!fd) {
      const bool told = co_await connection_.send("The worker cannot be reached.\n\n");
      co_return told;
    }
    lib::event::Descriptor worker{loop_, std::move(fd)};
    const bool asked = co_await send_question(worker, std::move(command));
    if (!asked) co_return false;
    const bool passed = co_await pass_answer(connection_, worker);
    co_return passed;
  }

  /// All of it, and that nothing follows.
  Task<bool> send_question(lib::event::Descriptor& worker, std::string text) {
    lib::event::Waiter waiter{loop_};
    std::string_view left = text;
    while (!left.empty()) {
      const ssize_t size = ::send(worker.fd(), left.data(), left.size(), MSG_NOSIGNAL);
      if (size > 0) {
        left.remove_prefix(static_cast<std::size_t>(size));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return false;
      const lib::event::Instant until = waiter.now() + kPatience;
      const lib::event::Wake wake = co_await waiter.ready(worker, lib::event::kWrite, until);
      if (wake.timed_out()) co_return false;
    }
    (void)::shutdown(worker.fd(), SHUT_WR);  // a worker that ended is found out when its answer is read
    co_return true;
  }

  lib::event::Loop& loop_;
  const CommandTable& commands_;
  Host& host_;
  Connection connection_;
  Target target_;
};

Task<void> serve_client(lib::event::Loop& loop, lib::base::UniqueFd client, const CommandTable& commands, Host& host, Level level) {
  Session session{loop, std::move(client), commands, host, level};
  co_await session.serve();
}

}  // namespace

CommandTable master_commands(Host& host) {
  CommandTable table;
  const auto row = [&](std::string_view words, Level level, std::string_view usage, std::string_view help, std::function<void(Call&)> run) {
    table.add(Command{std::string{words}, level, std::string{usage}, std::string{help}, std::move(run), {}});
  };
  const std::function<void(Call&)> unknown = [](Call& call) { call.error("A prefix stands at the beginning of a command."); };
  row("@!<pid>", Level::User, "@!<pid>", "send a command to the <pid> process", unknown);
  row("@<relative pid>", Level::User, "@<relative pid>", "send a command to the <relative pid> process", unknown);
  row("@master", Level::User, "@master", "send a command to the master process", unknown);
  row("show proc", Level::User, "show proc", "show processes status", [&host](Call& call) {
    call.out += show_proc(host.roster(), ::getpid(), host.started(), lib::base::product().version, call.waiter.now());
  });
  row("show version", Level::User, "show version", "show version of the current process",
      [](Call& call) { call.message(Severity::Info, lib::base::product().version); });
  row("show startup-logs", Level::User, "show startup-logs", "what the last start or reload said", [&host](Call& call) {
    call.out += host.startup_log();
    if (!call.out.ends_with('\n')) call.out += '\n';
  });
  row("show cli sockets", Level::User, "show cli sockets", "dump list of cli sockets", [&host](Call& call) { show_sockets(host, call); });
  row("show env", Level::Operator, "show env [var]", "show environment variables", show_env);
  for (const std::string_view mode : {"expert-mode", "experimental-mode", "mcli-debug-mode"})
    row(mode, Level::Admin, fmt::format("{} [on|off]", mode), "taken; no command here needs it", set_mode);
  table.add(Command{"reload plan", Level::Operator, "reload plan", "tell what a reload would change", {},
                    [&host](Call& call) { return plan(host, call); }});
  table.add(Command{"reload", Level::Admin, "reload", "read the files and have the worker take them over", {},
                    [&host](Call& call) { return reload(host, call, Reload::Soft); }});
  table.add(Command{"hard-reload", Level::Admin, "hard-reload", "read the files, start a new worker and end the others at once", {},
                    [&host](Call& call) { return reload(host, call, Reload::Hard); }});
  return table;
}

Task<void> serve_console(lib::event::Loop& loop, lib::base::UniqueFd listener, const CommandTable& commands, Host& host, Level level) {
  constexpr std::size_t kMostClients = 64;
  lib::event::Waiter waiter{loop};
  lib::event::Descriptor socket{loop, std::move(listener)};
  lib::event::TaskGroup clients;  // last: its members use all of the above
  while (true) {
    constexpr lib::event::Duration kLookAgain{100'000};
    if (clients.size() >= kMostClients) {
      (void)co_await waiter.until(waiter.now() + kLookAgain);
      continue;
    }
    lib::base::UniqueFd client{::accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (client) {
      clients.spawn(serve_client(loop, std::move(client), commands, host, level));
      continue;
    }
    const int error = errno;
    if (error == EINTR || error == ECONNABORTED) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      (void)co_await waiter.ready(socket, lib::event::kRead, lib::event::kNever);
      continue;
    }
    (void)co_await waiter.until(waiter.now() + kLookAgain);  // out of descriptors: others may give some back
  }
}

}  // namespace proxyd::master

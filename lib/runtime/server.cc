#include "lib/runtime/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>

#include "lib/runtime/command_line.h"
#include "lib/runtime/connection.h"

namespace lib::runtime {

using lib::event::Instant;
using lib::event::Task;

namespace {

/// Answers a command line that names no command.
void answer_unknown(Call& call, std::span<const std::string> words) {
  std::string answer = words.empty() ? "Unknown command. Please enter one of the following commands only:\n"
                                     : "Unknown command, but maybe one of the following ones is a better match:\n";
  answer += call.table.help(words, call.settings.level);
  answer.pop_back();
  call.message(Severity::Info, answer);
}

}  // namespace

Task<void> answer_command(Call& call, std::span<const std::string> words) {
  const Command* command = call.table.find(words);
  if (command == nullptr) {
    answer_unknown(call, words);
    co_return;
  }
  if (!call.allowed(command->level)) co_return;
  const std::ptrdiff_t own = 1 + std::count(command->words.begin(), command->words.end(), ' ');
  call.args = words.subspan(static_cast<std::size_t>(own));
  if (command->run) {
    command->run(call);
  } else if (command->converse) {
    Task<void> conversation = command->converse(call);
    co_await conversation;
  } else {
    call.error("'" + command->words + "' is known but not built yet.");
  }
}

namespace {

/// Reads the lines up to `end`. False when the client ended before.
Task<bool> read_payload(Connection& connection, std::string end, std::string& payload) {
  std::string line;
  while (true) {
    if (connection.settings.mode == Mode::Prompt && !connection.has_line()) {
      const bool sent = co_await connection.send("+ ");
      if (!sent) co_return false;
    }
    const Connection::Read read = co_await connection.read_line(line, kMaxPayload);
    if (read != Connection::Read::Line) co_return false;
    if (line == end) co_return true;
    payload += line;
    payload += '\n';
    if (payload.size() > kMaxPayload) {
      const bool told = co_await connection.send("Payload too large.\n\n");
      (void)told;  // the connection ends either way
      co_return false;
    }
  }
}

/// Carries out all commands of one line. False when the connection is to end.
Task<bool> answer_line(Connection& connection, const CommandTable& commands, const CommandLine& line) {
  for (std::size_t i = 0; i < line.commands.size(); ++i) {
    Call call{connection, commands, connection.settings, connection.waiter};
    const bool last = i + 1 == line.commands.size();
    if (last && line.payload_end) {
      const bool complete = co_await read_payload(connection, *line.payload_end, call.payload);
      if (!complete) co_return false;
    }
    const std::span<const std::string> words{line.commands[i]};
    co_await answer_command(call, words);
    if (connection.settings.quit) co_return false;
    call.out += '\n';
    if (connection.settings.mode == Mode::Prompt) call.out += "> ";
    const bool sent = co_await call.flush();
    if (!sent) co_return false;
    if (!last) co_await connection.waiter.yield();  // a line of a thousand commands must not hold up the loop
  }
  co_return true;
}

/// How many clients are served, and who waits for one to leave.
struct Gate {
  std::size_t open = 0;
  std::size_t limit = 0;
  lib::event::Waiter* acceptor = nullptr;
  bool is_full() const { return limit != 0 && open >= limit; }
};

/// Counts a client while it lives.
class Admission {
 public:
  explicit Admission(Gate& gate) : gate_{gate} { ++gate_.open; }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  ~Admission() {
    const bool was_full = gate_.is_full();
    --gate_.open;
    if (was_full && gate_.acceptor != nullptr) gate_.acceptor->notify();
  }

 private:
  Gate& gate_;
};

Task<void> serve_counted(lib::event::Loop& loop, lib::base::UniqueFd client, const CommandTable& commands,
                         ServerOptions options, Gate& gate) {
  const Admission admission{gate};
  co_await serve_client(loop, std::move(client), commands, options);
}

}  // namespace

Task<void> serve_client(lib::event::Loop& loop, lib::base::UniqueFd client, const CommandTable& commands,
                        ServerOptions options) {
  Settings settings;
  settings.level = options.level;
  settings.timeout = options.timeout;
  settings.exposes_listeners = options.exposes_listeners;
  Connection connection{loop, std::move(client), settings};
  std::string text;
  while (true) {
    const Connection::Read read = co_await connection.read_line(text, kMaxLine);
    if (read == Connection::Read::TooLong) {
      const bool told = co_await connection.send("Command line too long.\n\n");
      (void)told;  // the connection ends either way
      break;
    }
    if (read == Connection::Read::Ended) break;
    const CommandLine line = split_command_line(text);
    const bool go_on = co_await answer_line(connection, commands, line);
    if (!go_on) break;
    // haproxy 2.6 also answers lines that came in the same packet; scripts pipe several into socat
    if (connection.settings.mode == Mode::OneShot && !connection.has_line()) break;
    if (connection.has_line()) co_await connection.waiter.yield();
  }
  connection.finish();
}

Task<void> serve(lib::event::Loop& loop, lib::base::UniqueFd listener, const CommandTable& commands,
                 ServerOptions options) {
  lib::event::Waiter waiter{loop};
  lib::event::Descriptor socket{loop, std::move(listener)};
  Gate gate{.open = 0, .limit = options.max_connections, .acceptor = &waiter};
  lib::event::TaskGroup clients;  // last: its members use all of the above
  while (true) {
    if (gate.is_full()) {
      co_await waiter.until(lib::event::kNever);
      continue;
    }
    lib::base::UniqueFd client{::accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (client) {
      clients.spawn(serve_counted(loop, std::move(client), commands, options, gate));
      continue;
    }
    const int error = errno;
    if (error == EINTR || error == ECONNABORTED) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      co_await waiter.ready(socket, lib::event::kRead, lib::event::kNever);
      continue;
    }
    // out of descriptors or memory: others may give some back; a busy loop would not help them
    const Instant later = waiter.now() + std::chrono::milliseconds{100};
    co_await waiter.until(later);
  }
}

}  // namespace lib::runtime

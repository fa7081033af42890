// One command being carried out: what was asked, by whom, and the answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/event/task.h"
#include "lib/event/wait.h"

namespace lib::runtime {

class CommandTable;
class Connection;

/// Who asks: each level may do what the ones before it may.
enum class Level : std::uint8_t { User, Operator, Admin };
/// "user", "operator", "admin".
std::string_view word(Level level);

/// How grave a message is, with syslog's numbers.
enum class Severity : std::uint8_t { Emergency, Alert, Critical, Error, Warning, Notice, Info, Debug };

/// What `set severity-output` chose to write before messages.
enum class SeverityOutput : std::uint8_t { None, Number, Word };

/// Whether the client talks line by line, and whether it wants a prompt.
enum class Mode : std::uint8_t { OneShot, Interactive, Prompt };

/// What commands may change about their connection.
struct Settings {
  Level level = Level::Admin;
  SeverityOutput severity = SeverityOutput::None;
  Mode mode = Mode::OneShot;
  lib::event::Duration timeout{10'000'000};
  bool quit = false;  // close without another word
  bool exposes_listeners = false;  // the socket's "expose-fd listeners"
};

/// Lives as long as the command's handler runs.
class Call {
 public:
  Call(Connection& connection, const CommandTable& commands, Settings& its_settings,
       lib::event::Waiter& its_waiter)
      : settings{its_settings}, waiter{its_waiter}, table{commands}, connection_{connection} {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  std::span<const std::string> args;  // the words after the command's own
  std::string payload;                // the lines after `<<`, each with its end; else empty
  std::string out;                    // the answer so far
  Settings& settings;
  lib::event::Waiter& waiter;         // free for the handler's own waits while it runs
  const CommandTable& table;

  /// args[i], or an empty text when there are fewer.
  std::string_view arg(std::size_t i) const {
    return i < args.size() ? std::string_view{args[i]} : std::string_view{};
  }
  /// True when the connection's level is high enough; else answers that permission is denied.
  bool allowed(Level needed);
  /// Appends one message line, with its severity before it where the client asked for that.
  void message(Severity severity, std::string_view text);
  void error(std::string_view text) { message(Severity::Error, text); }

  /// Sends what `out` holds and empties it, waiting while the client reads slowly. False when the client is gone:
  /// the handler should end. Long answers call this now and then so that memory stays bounded.
  lib::event::Task<bool> flush();
  /// Sleeps, without a deadline, until the waiter is notified: true. False: the client pressed a key or left, and the handler
  /// should end.
  lib::event::Task<bool> rest();
  /// Sends `bytes` at once with an open descriptor. For UNIX sockets; false where it could not be done.
  bool send_descriptor(std::string_view bytes, int descriptor);

 private:
  Connection& connection_;
};

}  // namespace lib::runtime

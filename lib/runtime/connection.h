// One client of the runtime API: lines in, answers out, with deadlines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "lib/event/wait.h"
#include "lib/runtime/call.h"

namespace lib::runtime {

class Connection {
 public:
  Connection(lib::event::Loop& loop, lib::base::UniqueFd socket, Settings initial)
      : settings{initial}, waiter{loop}, socket_{loop, std::move(socket)} {}

  Settings settings;
  lib::event::Waiter waiter;

  enum class Read : std::uint8_t { Line, Ended, TooLong };
  /// The next line without its end (LF or CR LF). Ended: the client closed, fell silent or broke.
  lib::event::Task<Read> read_line(std::string& line, std::size_t limit);
  /// Whether a whole line has been received and not been read yet.
  bool has_line() const { return input_.find('\n') != std::string::npos; }
  /// False when the client is gone or reads nothing for as long as the timeout.
  lib::event::Task<bool> send(std::string_view bytes);
  /// Sleeps until the waiter is notified: true. False: the client said something, which is thrown away, or will say no more.
  lib::event::Task<bool> rest();
  int fd() const { return socket_.fd(); }
  /// For who goes on with the connection in a way of its own: the socket, and what was received and not read.
  lib::event::Descriptor& socket() { return socket_; }
  std::string take_input() { return std::exchange(input_, {}); }
  /// Tells the client that nothing more comes.
  void finish();

 private:
  lib::event::Task<bool> receive();
  lib::event::Instant deadline() const { return lib::base::deadline_after(waiter.now(), settings.timeout); }

  lib::event::Descriptor socket_;
  std::string input_;
};

}  // namespace lib::runtime

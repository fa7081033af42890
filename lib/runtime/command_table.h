// The commands of a daemon, declared once each: words, level, usage, meaning and handler.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/runtime/call.h"

namespace lib::runtime {

/// One row. `run` is for commands that answer at once, `converse` for those that wait; a row with neither is known but
/// not built yet and says so.
struct Command {
  std::string words;  // "set server"; one that begins with an underscore stands in no help
  Level level = Level::User;
  std::string usage;  // "set server <bk>/<srv> [opts]"
  std::string help;
  std::function<void(Call&)> run{};
  std::function<lib::event::Task<void>(Call&)> converse{};
};

class CommandTable {
 public:
  /// The table begins with the commands that every daemon has (help, prompt, quit, user, operator, ...).
  CommandTable();
  void add(Command command);
  void add(std::vector<Command> commands);

  /// The command whose words are the longest beginning of `words`; null when there is none.
  const Command* find(std::span<const std::string> words) const;
  /// Help lines of the commands that `level` may use, in alphabetical order; only those that begin with `words`, or
  /// when none does those that come nearest. Ends with help, prompt and quit.
  std::string help(std::span<const std::string> words, Level level) const;
  const std::vector<Command>& all() const { return commands_; }

 private:
  std::vector<Command> commands_;
};

/// "  usage                                   : help\n".
std::string help_line(const Command& command);

}  // namespace lib::runtime

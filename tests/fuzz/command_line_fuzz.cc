// Lines of the runtime API: split, looked up, helped out with. What is split has no separators left that were not escaped,
// and putting the words together again with escapes gives the same commands.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/runtime/command_line.h"
#include "lib/runtime/command_table.h"

namespace {

using namespace lib::runtime;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string escaped(const CommandLine& line) {
  std::string text;
  for (const auto& command : line.commands) {
    if (!text.empty()) text += ';';
    for (const std::string& word : command) {
      for (const char c : word) {
        text += '\\';
        text += c;
      }
      text += ' ';
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const CommandTable table;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const CommandLine line = split_command_line(text);
  require(!line.commands.empty());
  require(line.commands.size() <= size + 1);
  for (const auto& command : line.commands) {
    require(command.size() <= kMaxWords);
    const Command* found = table.find(command);
    require(found == nullptr || found->words.starts_with(command.front()));
    (void)table.help(command, Level::Admin);
  }
  require(split_command_line(escaped(line)).commands == line.commands);
  return 0;
}

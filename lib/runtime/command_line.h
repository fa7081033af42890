// How a line of the runtime API falls apart into commands and words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lib::runtime {

/// More words than this on one command are left out, as the original does.
inline constexpr std::size_t kMaxWords = 64;

/// One line: commands separated by `;`, each a list of words. Backslash takes away the meaning of the character after
/// it (`\;`, `\ `, `\\`); quotes are ordinary characters.
struct CommandLine {
  std::vector<std::vector<std::string>> commands;  // at least one; an empty line is one command without words
  /// Set when the last word was `<<` or `<<MARK`: a payload follows for the last command, up to a line equal to this.
  std::optional<std::string> payload_end;
};

CommandLine split_command_line(std::string_view line);

}  // namespace lib::runtime

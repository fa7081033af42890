#include "lib/runtime/command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "lib/base/text.h"
#include "lib/runtime/builtin.h"

namespace lib::runtime {

namespace {

constexpr std::size_t kMaxSuggestions = 5;

/// These three end every list, whatever was asked for.
bool ends_every_list(const Command& command) {
  return command.words == "help" || command.words == "prompt" || command.words == "quit";
}

/// Programs say these, people do not.
bool is_hidden(const Command& command) { return command.words.starts_with('_'); }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// Whether every given word is a word of the command, the last one perhaps unfinished.
bool begins_with(const Command& command, std::span<const std::string> words) {
  const std::vector<std::string_view> own = lib::base::split(command.words, ' ');
  if (words.size() > own.size()) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    if (last ? !own[i].starts_with(words[i]) : own[i] != words[i]) return false;
  }
  return true;
}

/// How far the given words are from the command's: the sum over its words. A word that is a beginning of the right one
/// counts as nearly right.
std::size_t distance(const Command& command, std::span<const std::string> words) {
  constexpr std::size_t kLongestWord = 32;  // a peer's word of 16 kB must not cost 16 kB times all commands
  const std::vector<std::string_view> own = lib::base::split(command.words, ' ');
  std::size_t sum = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::string_view given =
        i < words.size() ? std::string_view{words[i]}.substr(0, kLongestWord) : std::string_view{};
    if (given.size() >= 2 && own[i].starts_with(given)) continue;
    sum += edit_distance(given, own[i]);
  }
  return sum;
}

}  // namespace

CommandTable::CommandTable() { add(builtin_commands()); }

void CommandTable::add(Command command) {
  const auto place = std::find_if(commands_.begin(), commands_.end(),
                                  [&](const Command& each) { return each.words >= command.words; });
  if (place != commands_.end() && place->words == command.words) {
    *place = std::move(command);
    return;
  }
  commands_.insert(place, std::move(command));
}

void CommandTable::add(std::vector<Command> commands) {
  for (Command& command : commands) add(std::move(command));
}

const Command* CommandTable::find(std::span<const std::string> words) const {
  const Command* best = nullptr;
  std::size_t best_length = 0;
  for (const Command& command : commands_) {
    const std::vector<std::string_view> own = lib::base::split(command.words, ' ');
    if (own.size() > words.size() || own.size() <= best_length) continue;
    if (!std::equal(own.begin(), own.end(), words.begin())) continue;
    best = &command;
    best_length = own.size();
  }
  return best;
}

std::string CommandTable::help(std::span<const std::string> words, Level level) const {
  std::vector<const Command*> shown;
  for (const Command& command : commands_)
    if (command.level <= level && !ends_every_list(command) && !is_hidden(command) && begins_with(command, words))
      shown.push_back(&command);
  if (shown.empty() && !words.empty()) {
    std::vector<std::pair<std::size_t, const Command*>> ranked;
    for (const Command& command : commands_)
      if (command.level <= level && !ends_every_list(command) && !is_hidden(command))
        ranked.emplace_back(distance(command, words), &command);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    if (ranked.size() > kMaxSuggestions) ranked.resize(kMaxSuggestions);
    for (const auto& [far, command] : ranked) shown.push_back(command);
    std::sort(shown.begin(), shown.end(),
              [](const Command* a, const Command* b) { return a->words < b->words; });
  }
  std::string lines;
  for (const Command* command : shown) lines += help_line(*command);
  for (const Command& command : commands_)
    if (ends_every_list(command)) lines += help_line(command);
  return lines;
}

std::string help_line(const Command& command) {
  return fmt::format("  {:<40}: {}\n", command.usage, command.help);
}

}  // namespace lib::runtime

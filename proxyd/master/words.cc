#include "proxyd/master/words.h"

#include <fmt/format.h>

#include <vector>

#include "lib/base/text.h"

namespace proxyd::master {

using lib::runtime::Level;

std::string ready_text(const ReadyWords& words) {
  return fmt::format("{}{}\n{}\n{}\n", kReady, words.settings.max_reloads, words.settings.exit_on_failure ? 1 : 0, words.version);
}

std::optional<ReadyWords> read_ready(std::string_view text) {
  if (!text.starts_with(kReady)) return std::nullopt;
  const std::vector<std::string_view> lines = lib::base::split(text.substr(kReady.size()), '\n');
  if (lines.size() < 3) return std::nullopt;
  const auto max_reloads = lib::base::parse_number<std::uint32_t>(lines[0]);
  if (!max_reloads) return std::nullopt;
  return ReadyWords{.settings = {.max_reloads = *max_reloads, .exit_on_failure = lines[1] == "1"}, .version = std::string{lines[2]}};
}

std::string client_text(Level level) { return fmt::format("{}{}\n", kClient, lib::runtime::word(level)); }

std::optional<Level> read_client(std::string_view text) {
  for (const Level level : {Level::User, Level::Operator, Level::Admin})
    if (text == client_text(level)) return level;
  return std::nullopt;
}

}  // namespace proxyd::master

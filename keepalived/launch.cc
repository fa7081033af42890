#include "keepalived/launch.h"

#include <unistd.h>

#include <string_view>
#include <vector>

#include "lib/event/child.h"

namespace keepalived {
namespace {

/// Ours without what could turn a script's own programs against it.
std::vector<std::string> clean_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (name == "IFS" || name == "LD_PRELOAD" || name == "LD_LIBRARY_PATH") continue;
    out.emplace_back(text);
  }
  return out;
}

}  // namespace

lib::base::Result<pid_t> start_script(const parsers::keepalived::Command& command, std::span<const std::string> more,
                                      Life life) {
  std::vector<std::string> argv;
  if (command.needs_shell) {
    std::string line = command.text;
    for (const std::string& word : more) line += " \"" + word + '"';  // names and states: no quote in them
    argv = {"/bin/sh", "-c", line};
  } else {
    argv = command.argv;
    argv.insert(argv.end(), more.begin(), more.end());
  }
  if (argv.empty()) return lib::base::failure("no program to start");
  lib::event::ChildOptions options;
  options.environment = clean_environment();
  options.identity =
      lib::event::ChildIdentity{.uid = command.uid, .gid = command.gid, .supplementary = command.supplementary};
  options.dies_with_us = life == Life::WithUs;
  return lib::event::start_child(argv, std::move(options));
}

}  // namespace keepalived

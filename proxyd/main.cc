// proxyd: TCP and HTTP proxy, run from haproxy.cfg. This file: from arguments to running threads.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "lib/base/version.h"
#include "proxyd/check.h"
#include "proxyd/command_line.h"
#include "proxyd/console.h"
#include "proxyd/run.h"

namespace {

using proxyd::CommandLine;

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return 0;
}

int explain_usage(const char* argv0) {
  print(proxyd::version_text());
  std::fputs(proxyd::usage_text(argv0).c_str(), stderr);
  return 1;
}

int refuse(const std::string& why) {
  proxyd::say_alert(why);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine command_line = proxyd::parse_command_line({argv + 1, static_cast<std::size_t>(argc - 1)});
  using Action = CommandLine::Action;
  switch (command_line.action) {
    case Action::ShowVersion: return print(proxyd::version_text());
    case Action::ShowBuild: return print(proxyd::build_text());
    case Action::ShowUsage: return print(proxyd::version_text() + proxyd::usage_text(argv[0]));
    case Action::ShowNumber:
    case Action::ShowShort: return print(std::string{lib::base::version()} + "\n");
    case Action::ShowBranch: {
      const std::string_view number = lib::base::version();
      return print(std::string{number.substr(0, number.rfind('.'))} + "\n");
    }
    case Action::BadUsage: return explain_usage(argv[0]);
    case Action::Refuse: return refuse(command_line.error);
    case Action::DumpKeywords: return proxyd::dump_keywords(command_line);
    case Action::Evaluate: return proxyd::evaluate(command_line);
    case Action::Check:
    case Action::Explain:
    case Action::Run: break;
  }
  if (!command_line.change_directory.empty() && ::chdir(command_line.change_directory.c_str()) != 0)
    return refuse("Could not change to directory " + command_line.change_directory + " : No such file or directory");
  const proxyd::CheckedFiles files = proxyd::check_files(command_line, argv[0]);
  if (files.names_nothing) return explain_usage(argv[0]);
  if (files.exit_code >= 0) return files.exit_code;
  if (command_line.action == Action::Explain) return proxyd::explain_request(*files.config, command_line);
  return proxyd::run(files, command_line, argv[0]);
}

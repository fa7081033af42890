// proxyd: TCP and HTTP proxy, run from haproxy.cfg. This file: from arguments to running threads.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "lib/base/version.h"
#include "proxyd/check.h"
#include "proxyd/command_line.h"
#include "proxyd/console.h"
#include "proxyd/keyword_dump.h"
#include "proxyd/master/worker_link.h"
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

/// Without what follows a dash.
std::string short_version() {
  const std::string_view version = lib::base::product().version;
  return std::string{version.substr(0, version.find('-'))};
}

int refuse(const std::string& why) {
  proxyd::say_alert(why);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  proxyd::take_name(argv[0]);
  const CommandLine command_line = proxyd::parse_command_line({argv + 1, static_cast<std::size_t>(argc - 1)});
  using Action = CommandLine::Action;
  switch (command_line.action) {
    case Action::ShowVersion: return print(proxyd::version_text());
    case Action::ShowBuild: return print(proxyd::build_text());
    case Action::ShowUsage: return print(proxyd::version_text() + proxyd::usage_text(argv[0]));
    case Action::ShowNumber: return print(std::string{lib::base::product().version} + "\n");
    case Action::ShowShort: return print(short_version() + "\n");
    case Action::ShowBranch: return print(short_version().substr(0, short_version().rfind('.')) + "\n");
    case Action::BadUsage: return explain_usage(argv[0]);
    case Action::Refuse: return refuse(command_line.error);
    case Action::DumpKeywords: return print(proxyd::keyword_dump(command_line.dump_classes));
    case Action::Evaluate: return proxyd::evaluate(command_line);
    case Action::Check:
    case Action::Explain:
    case Action::Plan:
    case Action::Run: break;
  }
  proxyd::master::WorkerLink link{proxyd::master::WorkerLink::from_environment()};
  const bool is_worker = link.is_connected();
  proxyd::listen::Inheritance inherited;
  using proxyd::master::WorkerLink;
  const WorkerLink::Task task = is_worker ? link.await_start(inherited) : WorkerLink::Task::None;
  if (is_worker && task == WorkerLink::Task::None) return 1;
  lib::base::UniqueFd home{::open(".", O_PATH | O_CLOEXEC)};
  if (!command_line.change_directory.empty() && ::chdir(command_line.change_directory.c_str()) != 0)
    return refuse("Could not change to directory " + command_line.change_directory + " : No such file or directory");
  lib::base::OutsideRecord learned;
  proxyd::CheckedFiles files = proxyd::check_files(command_line, argv[0], {.learned = is_worker ? &learned : nullptr, .lists = !is_worker});
  if (files.names_nothing) return explain_usage(argv[0]);
  if (is_worker) link.send_log(files.report);
  const bool has_master = command_line.master_worker || (files.config != nullptr && files.config->global.master_worker && !command_line.foreground);
  if (command_line.action == Action::Plan) return proxyd::show_plan(files, command_line, argv[0]);
  if (files.exit_code >= 0) return files.exit_code;
  // Not of a check: EL's unit checks with all options of the start, but without -Ws.
  if (files.config != nullptr && !has_master && !command_line.master_sockets.empty())
    return refuse("a master CLI socket was defined, but master-worker mode (-W) is not enabled.");
  if (command_line.action == Action::Explain) return proxyd::explain_request(files.config, command_line);
  if (task == WorkerLink::Task::Plan) return link.ask_plan(learned.text()), 0;
  if (is_worker && proxyd::offer_files(files, command_line, learned, link, inherited)) return 0;
  if (is_worker) return proxyd::run_worker(files, command_line, argv[0], link, inherited);
  return proxyd::run(std::move(files), command_line, {.arguments = {argv, argv + argc + 1}, .home = std::move(home), .descriptors = {}});
}

#include "keepalived/parent/plans.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "keepalived/check.h"
#include "keepalived/host_system.h"
#include "keepalived/parent/programs.h"
#include "keepalived/reload_check.h"
#include "keepalived/startup.h"
#include "lib/base/text.h"
#include "lib/base/unique_fd.h"
#include "lib/plan/plan.h"

namespace keepalived::parent {

using lib::base::Result;
using lib::base::UniqueFd;
using parsers::keepalived::Loaded;
using parsers::keepalived::LoadOptions;

namespace {

struct Answer {
  std::string text;
  int code = kFatal;
};

/// Runs a daemon to its end with our own words.
Result<Answer> ask(const std::string& name, const std::vector<std::string>& words) {
  const std::string path = find_program(name);
  if (path.empty()) return lib::base::failure(name + " is not installed");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return lib::base::system_failure("pipe", errno);
  const UniqueFd in{ends[0]};
  UniqueFd out{ends[1]};
  std::vector<char*> argv{const_cast<char*>(path.c_str())};  // posix_spawn's old signature
  for (std::size_t i = 1; i < words.size(); ++i) argv.push_back(const_cast<char*>(words[i].c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  pid_t child = 0;
  const int code = ::posix_spawn(&child, path.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return lib::base::system_failure(path, code);
  out.reset();
  Answer answer;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = ::read(in.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status)) answer.code = WEXITSTATUS(status);
  return answer;
}

}  // namespace

int print_plans(const CommandLine& line, const LoadOptions& current, const std::vector<std::string>& words) {
  const HostSystem system;
  const Loaded before = parsers::keepalived::load(current, system);
  if (before.config.sources.empty()) {
    say("Config files missing '" + line.config_file + "'.\n");
    return kConfigMissing;
  }
  LoadOptions options = current;
  options.path = line.plan;
  const Loaded after = parsers::keepalived::load(options, system);
  if (const std::string why = why_not_taken(after, nullptr, before.is_broken(), line.plan); !why.empty()) {
    say(render_findings(after, true) + "A reload refuses this file: " + why + '\n');
    return after.config.sources.empty() ? kConfigMissing : kRefused;
  }
  const std::string nothing = lib::plan::text_of(lib::plan::Plan{});
  std::string all;
  std::unordered_set<std::string> said;  // what concerns both is said by both
  int code = 0;
  for (const auto& [name, is_wanted] : {std::pair{"vrrpd", line.run_vrrp}, {"checkerd", line.run_checkers}}) {
    if (!is_wanted) continue;
    const Result<Answer> answer = ask(name, words);
    if (!answer) {
      say(answer.error().message + '\n');
      return kFatal;
    }
    code = std::max(code, answer->code);
    if (answer->text == nothing) continue;
    for (const std::string_view each : lib::base::split(answer->text, '\n'))
      if (!each.empty() && said.emplace(each).second) all.append(each).push_back('\n');
  }
  if (all.empty() && code == 0) all = nothing;
  (void)std::fwrite(all.data(), 1, all.size(), stdout);
  return std::fflush(stdout) == 0 ? code : kFatal;
}

}  // namespace keepalived::parent

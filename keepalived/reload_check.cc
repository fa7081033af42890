#include "keepalived/reload_check.h"

#include <cstdio>

#include "keepalived/check.h"
#include "keepalived/host_system.h"
#include "keepalived/plan/globals_plan.h"
#include "keepalived/process.h"
#include "keepalived/startup.h"

namespace keepalived {

using parsers::keepalived::Loaded;
using parsers::keepalived::LoadOptions;

std::string why_not_taken(const Loaded& loaded, bool Loaded::*refused, bool was_broken, const std::string& path) {
  if (loaded.config.sources.empty()) return "Configuration file '" + path + "' cannot be read";
  if ((refused != nullptr && loaded.*refused) || (loaded.is_broken() && !was_broken)) return first_complaint(loaded);
  return {};
}

int print_plan(const Role& role, const CommandLine& line) {
  LoadOptions options = load_options(line);
  options.reads = role.reads;
  const HostSystem system;
  Loaded before = parsers::keepalived::load(options, system);
  if (before.config.sources.empty()) {
    say("Configuration file '" + line.config_file + "' cannot be read\n");
    return kConfigMissing;
  }
  options.path = line.plan;
  Loaded after = parsers::keepalived::load(options, system);
  if (const std::string why = why_not_taken(after, role.refused, before.is_broken(), line.plan); !why.empty()) {
    say(render_findings(after, true) + "A reload refuses this file: " + why + '\n');
    return after.config.sources.empty() ? kConfigMissing : kRefused;
  }
  role.adjust(line, before.config);
  role.adjust(line, after.config);
  const lib::plan::Plan plan = role.plan(before.config, after.config);
  const std::string text = lib::plan::text_of(plan);
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0) return kFatal;
  if (!plan.is_refused()) return 0;
  say("A reload refuses this file: " + plan::refusal(plan) + '\n');
  return kRefused;
}

}  // namespace keepalived

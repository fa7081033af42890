// checkerd: virtual servers on the kernel's load balancer, and the health checks of their real servers.
#include <fmt/format.h>

#include "checkerd/daemon.h"
#include "checkerd/report/dumps.h"
#include "keepalived/program.h"
#include "lib/base/text.h"

namespace checkerd {
namespace {

using keepalived::CommandLine;
using keepalived::Logger;
using parsers::keepalived::GlobalDefs;
using parsers::keepalived::KeepalivedConfig;

lib::base::Result<std::unique_ptr<keepalived::Daemon>> start(lib::event::Loop& loop, Logger& logger, const CommandLine& line,
                                                             std::unique_ptr<KeepalivedConfig> config, const std::string& pid_path) {
  auto daemon = Daemon::start(loop, logger, std::move(config), pid_path + ".table");
  if (!daemon) return daemon;
  if (line.keep_table) (*daemon)->keep_table();
  if (line.address_monitoring) (*daemon)->log_addresses();
  if (line.dump_config) {
    const std::string text = report::data_text(**daemon);
    for (const std::string_view one : lib::base::split(text, '\n')) logger.write(keepalived::Level::Always, one);
  }
  return daemon;
}

void adjust(const CommandLine& line, KeepalivedConfig& config) {
  if (!line.run_checkers) config.lvs.servers.clear(), config.lvs.groups.clear();
  if (!line.run_bfd) config.bfds.clear();
}

void remark(const KeepalivedConfig& config, Logger& logger) {
  if (!config.instances.empty()) logger.write(keepalived::Level::Always, fmt::format("The {} VRRP instances of this file are vrrpd's", config.instances.size()));
  if (config.lvs.servers.empty()) logger.write(keepalived::Level::Always, "Warning - keepalived has no configuration to run");
}

constexpr keepalived::Role kRole{
    .name = "checkerd",
    .ident = "Keepalived_healthcheckers",
    .process = "checker",
    .pid_name = "checkers",
    .holds_parent_pid = false,
    .pid_file = &CommandLine::checkers_pid_file,
    .runs = &CommandLine::run_checkers,
    .refused = &parsers::keepalived::Loaded::refused_lvs,
    .tuning = &GlobalDefs::checker,
    .runtime_socket = &GlobalDefs::checker_runtime_socket,
    .reads = parsers::keepalived::LoadOptions::Reads::Checkers,
    .runs_scripts = [](const KeepalivedConfig& config) { return config.instances.empty(); },
    .runs_bfd = [](const KeepalivedConfig& config) { return !config.bfds.empty() && config.instances.empty(); },  // else vrrpd runs them
    .adjust = &adjust,
    .remark = &remark,
    .plan = [](const KeepalivedConfig& before, const KeepalivedConfig& after) { return plan_reload(before, after).changes; },
    .start = &start,
    .take_care = nullptr,  // IPVS goes on without us, and the next start takes it over
};

}  // namespace
}  // namespace checkerd

int main(int argc, char** argv) { return keepalived::run_program(checkerd::kRole, {argv, argv + argc}); }

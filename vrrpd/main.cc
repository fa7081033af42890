// vrrpd: keeps virtual IP addresses alive.
#include <fmt/format.h>
#include <signal.h>

#include "keepalived/confine.h"
#include "keepalived/program.h"
#include "lib/base/text.h"
#include "vrrpd/caretaker.h"
#include "vrrpd/daemon.h"
#include "vrrpd/report/dumps.h"

namespace vrrpd {
namespace {

using keepalived::CommandLine;
using keepalived::Logger;
using parsers::keepalived::GlobalDefs;
using parsers::keepalived::KeepalivedConfig;

lib::base::Result<std::unique_ptr<keepalived::Daemon>> start(lib::event::Loop& loop, Logger& logger, const CommandLine& line,
                                                             std::unique_ptr<KeepalivedConfig> config, const std::string& pid_path) {
  auto daemon = Daemon::start(loop, logger, std::move(config), pid_path + ".sysctls");
  if (!daemon) return daemon;
  if (line.keep_addresses) (*daemon)->keep_addresses();
  if (line.address_monitoring) (*daemon)->log_every_address();
  if (line.dump_config) {
    const std::string text = report::data_text((*daemon)->snapshot());
    for (const std::string_view one : lib::base::split(text, '\n')) logger.write(Level::Always, one);
  }
  return daemon;
}

lib::base::Status take_care(Logger& logger, KeepalivedConfig config, const std::string& pid_path) {
  lib::event::Loop loop;
  loop.at_round_end([&] { logger.flush(); });
  const auto caretaker = Caretaker::open(loop, logger, std::make_shared<const KeepalivedConfig>(std::move(config)), pid_path + ".sysctls");
  if (!caretaker) return tl::unexpected{caretaker.error()};
  if (*caretaker == nullptr) return {};
  const lib::event::SignalWatcher on_term{loop, SIGTERM, [&] {
    (*caretaker)->give_back_all();
    loop.stop();
  }};
  keepalived::give_up_rights((*caretaker)->config());
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_UNBLOCK, &term, nullptr);
  loop.run();
  return {};
}

void adjust(const CommandLine& line, KeepalivedConfig& config) {
  if (!line.run_vrrp) config.instances.clear(), config.groups.clear();
  // Sessions of a file without instances are checkerd's; of all others it hears from us.
  const bool are_checkers = config.instances.empty() && !config.lvs.places.empty();
  if (!line.run_bfd || are_checkers) config.bfds.clear();
}

void remark(const KeepalivedConfig& config, Logger& logger) {
  if (!config.lvs.places.empty()) logger.write(Level::Always, fmt::format("The {} virtual servers of this file are checkerd's", config.lvs.places.size()));
  if (config.instances.empty()) logger.write(Level::Always, "Warning - keepalived has no configuration to run");
}

constexpr keepalived::Role kRole{
    .name = "vrrpd",
    .ident = "Keepalived_vrrp",
    .process = "vrrp",
    .pid_name = "vrrp",
    .holds_parent_pid = true,
    .pid_file = &CommandLine::vrrp_pid_file,
    .runs = &CommandLine::run_vrrp,
    .refused = &parsers::keepalived::Loaded::refused_vrrp,
    .tuning = &GlobalDefs::vrrp,
    .runtime_socket = &GlobalDefs::runtime_socket,
    .reads = parsers::keepalived::LoadOptions::Reads::Vrrp,
    .runs_scripts = [](const KeepalivedConfig&) { return true; },
    .runs_bfd = [](const KeepalivedConfig& config) { return !config.bfds.empty(); },
    .adjust = &adjust,
    .remark = &remark,
    .plan = [](const KeepalivedConfig& before, const KeepalivedConfig& after) { return plan_reload(before, after).changes; },
    .start = &start,
    .take_care = &take_care,
};

}  // namespace
}  // namespace vrrpd

int main(int argc, char** argv) { return keepalived::run_program(vrrpd::kRole, {argv, argv + argc}); }

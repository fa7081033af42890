#include "keepalived/confine.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <algorithm>

namespace keepalived {

using lib::process::capability;
using parsers::keepalived::Checker;
using parsers::keepalived::GlobalDefs;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::MiscCheck;
using parsers::keepalived::Notify;
using parsers::keepalived::RealServer;
using parsers::keepalived::VirtualServer;

namespace {

bool runs(const Notify& notify) {
  return notify.master || notify.backup || notify.fault || notify.stop || notify.deleted || notify.generic || notify.master_rx_lower_pri;
}

bool runs(const RealServer& server) {
  const auto is_script = [](const Checker& each) { return std::holds_alternative<MiscCheck>(each.what); };
  return server.notify_up || server.notify_down || std::any_of(server.checkers.begin(), server.checkers.end(), is_script);
}

bool runs(const VirtualServer& server) {
  const auto& servers = server.real_servers;
  return server.quorum_up || server.quorum_down || std::any_of(servers.begin(), servers.end(), [](const RealServer& each) { return runs(each); });
}

bool runs(const GlobalDefs& global) {
  return global.fifo.script || global.vrrp_fifo.script || global.lvs_fifo.script || global.startup_script || global.shutdown_script;
}

}  // namespace

bool runs_programs(const KeepalivedConfig& config) {
  const auto notifies = [](const auto& list) { return std::any_of(list.begin(), list.end(), [](const auto& each) { return runs(each.notify); }); };
  const auto& servers = config.lvs.servers;
  return !config.scripts.empty() || runs(config.global) || notifies(config.instances) || notifies(config.groups) ||
         std::any_of(servers.begin(), servers.end(), [](const VirtualServer& each) { return runs(each); });
}

lib::process::Capabilities capabilities_for(const KeepalivedConfig& config) {
  lib::process::Capabilities out = 0;
  for (const int number : {CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BROADCAST, CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
                                CAP_CHOWN, CAP_FOWNER, CAP_SYS_NICE, CAP_SYS_RESOURCE, CAP_IPC_LOCK})
    out |= capability(static_cast<unsigned>(number));
  // Of a /proc that hides other users' processes (hidepid), which vrrp_track_process looks for.
  if (!config.track_processes.empty()) out |= capability(CAP_SYS_PTRACE);
  return out;
}

void give_up_rights(const KeepalivedConfig& config) {
  if (!lib::process::is_root() || runs_programs(config) || ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) return;
  (void)lib::process::keep_capabilities(capabilities_for(config), lib::process::Reach::Process);  // hardening only: else all stay
}

}  // namespace keepalived

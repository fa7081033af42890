#include "keepalived/confine.h"

#include <linux/capability.h>

#include <catch2/catch.hpp>

using namespace keepalived;
using parsers::keepalived::Command;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::MiscCheck;

namespace {

KeepalivedConfig file() {
  KeepalivedConfig out;
  out.instances.resize(2);
  out.groups.resize(1);
  out.lvs.servers.resize(2);
  for (auto& each : out.lvs.servers) {
    each.real_servers.resize(2);
    for (auto& server : each.real_servers) server.checkers.resize(2);
  }
  return out;
}

}  // namespace

TEST_CASE("every kind of program that a file can name counts", "[keepalived][confine]") {
  CHECK_FALSE(runs_programs(file()));
  constexpr int kKinds = 15;
  for (int kind = 0; kind < kKinds; ++kind) {
    KeepalivedConfig config = file();
    const Command command;
    if (kind == 0) config.scripts.resize(1);
    if (kind == 1) config.instances[1].notify.master = command;
    if (kind == 2) config.instances[1].notify.generic = command;
    if (kind == 3) config.instances[1].notify.master_rx_lower_pri = command;
    if (kind == 4) config.groups[0].notify.deleted = command;
    if (kind == 5) config.global.fifo.script = command;
    if (kind == 6) config.global.vrrp_fifo.script = command;
    if (kind == 7) config.global.lvs_fifo.script = command;
    if (kind == 8) config.global.startup_script = command;
    if (kind == 9) config.global.shutdown_script = command;
    if (kind == 10) config.lvs.servers[1].quorum_up = command;
    if (kind == 11) config.lvs.servers[1].quorum_down = command;
    if (kind == 12) config.lvs.servers[1].real_servers[1].notify_up = command;
    if (kind == 13) config.lvs.servers[1].real_servers[1].notify_down = command;
    if (kind == 14) config.lvs.servers[1].real_servers[1].checkers[1].what = MiscCheck{};
    INFO("kind " << kind);
    CHECK(runs_programs(config));
  }
}

TEST_CASE("what is kept opens raw sockets and changes users, and sees hidden processes only where the file looks for some", "[keepalived][confine]") {
  KeepalivedConfig config = file();
  const auto has = [&](unsigned number) { return (capabilities_for(config) & lib::process::capability(number)) != 0; };
  CHECK((has(CAP_NET_ADMIN) && has(CAP_NET_RAW) && has(CAP_SETUID) && has(CAP_SETGID) && has(CAP_KILL)));
  CHECK_FALSE((has(CAP_SYS_ADMIN) || has(CAP_SYS_MODULE) || has(CAP_SYS_PTRACE) || has(CAP_SETPCAP)));
  config.track_processes.resize(1);
  CHECK(has(CAP_SYS_PTRACE));
}

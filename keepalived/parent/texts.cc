#include "keepalived/parent/texts.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "lib/base/version.h"

namespace keepalived::parent {
namespace {

constexpr const char* kOriginal = "2.4.3";

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

std::string release() { return fmt::format("Keepalived v{} (Triad {})", kOriginal, lib::base::version()); }

std::string running_on() {
  utsname system{};
  if (::uname(&system) != 0) return "an unknown system";
  return fmt::format("{} {} {}", system.sysname, system.release, system.version);
}

std::string version_text() {
  return fmt::format(
      "{}\n\nPart of Triad, {}: runs the files of keepalived {}.\n\nRunning on {}\n\n"
      "Config options:  NFTABLES LVS REGEX VRRP VRRP_AUTH VRRP_VMAC JSON BFD SYSTEMD_NOTIFY\n",
      release(), lib::base::project_url(), kOriginal, running_on());
}

std::string data_text(const parsers::keepalived::KeepalivedConfig& config, const supervision::Supervision& supervision) {
  std::string out = fmt::format("------< Global definitions >------\n Network namespace = {}\n", config.net_namespace.empty() ? "(default)" : config.net_namespace);
  if (!config.instance_name.empty()) out += fmt::format(" Instance name = {}\n", config.instance_name);
  out += fmt::format(" Router ID = {}\n------< Processes >------\n", config.global.router_id);
  for (const supervision::Part part : supervision::kParts) {
    const auto pid = supervision.pid_of(part);
    out += pid ? fmt::format(" {} child process = {}\n", supervision::name_of(part), *pid) : fmt::format(" {} child process is not running\n", supervision::name_of(part));
  }
  return out;
}

std::string cpu_usage() {
  rusage self{}, children{};
  (void)::getrusage(RUSAGE_SELF, &self);  // cannot fail for these two
  (void)::getrusage(RUSAGE_CHILDREN, &children);
  return fmt::format("CPU usage (self/children) user: {:.6f}/{:.6f} system: {:.6f}/{:.6f}", seconds(self.ru_utime), seconds(children.ru_utime), seconds(self.ru_stime), seconds(children.ru_stime));
}

}  // namespace keepalived::parent

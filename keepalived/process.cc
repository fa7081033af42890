#include "keepalived/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/net/socket.h"
#include "lib/runtime/server.h"

namespace keepalived {

using parsers::keepalived::Complaint;
using parsers::keepalived::Loaded;
using parsers::keepalived::ProcessTuning;

namespace {

constexpr std::size_t kMostClients = 64;  // of the runtime socket, subscribers included

}  // namespace

lib::base::Status enter_namespace(const std::string& name) {
  const std::string path = "/run/netns/" + name;
  const lib::base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd || ::setns(fd.get(), CLONE_NEWNET) != 0) return lib::base::system_failure("Unable to enter network namespace " + name, errno);
  return {};
}

void tune_process(const ProcessTuning& tuning, Logger& logger) {
  const auto failed = [&](const char* what) { logger.write(Level::Always, fmt::format("Unable to set {}: {}", what, std::strerror(errno))); };
  if (tuning.nice != 0 && ::setpriority(PRIO_PROCESS, 0, tuning.nice) != 0) failed("process priority");
  if (tuning.realtime_priority) {
    const rlimit limit{.rlim_cur = tuning.realtime_limit_us, .rlim_max = tuning.realtime_limit_us};
    (void)::setrlimit(RLIMIT_RTTIME, &limit);  // without it the priority still counts
    const sched_param param{.sched_priority = *tuning.realtime_priority};
    if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) != 0) failed("real-time priority");
  }
  if (tuning.no_swap && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) failed("memory locking");
  if (tuning.cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : tuning.cpus) CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) failed("CPU affinity");
}

std::string first_complaint(const Loaded& loaded) {
  for (const auto& finding : loaded.findings)
    if (finding.complaint != Complaint::Log) return finding.prefix + finding.diagnostic.message;
  return "the configuration is not valid";
}

ReloadMark::ReloadMark(std::string path) : path_{std::move(path)} {
  if (!path_.empty()) lib::base::UniqueFd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)}.reset();
}

ReloadMark::~ReloadMark() {
  if (!path_.empty()) (void)::unlink(path_.c_str());  // somebody took it away: as wanted
}

RuntimeSocket::RuntimeSocket(lib::event::Loop& loop, const std::string& wanted, const std::string& name, const lib::runtime::CommandTable& commands, Logger& logger) {
  if (wanted.empty()) (void)::mkdir("/run/triad", 0755);  // it may exist
  const std::string path = wanted.empty() ? "/run/triad/" + name + ".sock" : wanted;
  lib::net::Endpoint where;
  where.kind = lib::net::Endpoint::Kind::UnixPath;
  where.path = path;
  // A socket that nobody answers on is what a killed one left.
  if (const auto other = lib::net::start_connect(where, lib::net::Address{}); other && lib::net::connect_error(other->get()) == 0) {
    logger.write(Level::Always, "Runtime socket " + path + " belongs to another process: none here");
    return;
  }
  lib::net::ListenOptions options;
  options.unix_mode = 0600;
  auto listener = lib::net::listen_stream(where, options);
  if (!listener) {
    logger.write(Level::Always, "Runtime socket " + path + ": " + listener.error().message);
    return;
  }
  path_ = path;
  tasks_.spawn(lib::runtime::serve(loop, std::move(*listener), commands, {.level = lib::runtime::Level::Admin, .max_connections = kMostClients}));
}

RuntimeSocket::~RuntimeSocket() {
  tasks_.cancel_all();
  if (!path_.empty()) (void)::unlink(path_.c_str());  // taken away already: as wanted
}

}  // namespace keepalived

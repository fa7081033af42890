#include "keepalived/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "keepalived/launch.h"
#include "lib/net/socket.h"
#include "lib/runtime/server.h"

namespace keepalived {

using parsers::keepalived::Loaded;
using parsers::keepalived::ProcessTuning;

namespace {

constexpr const char* kCorePattern = "/proc/sys/kernel/core_pattern";
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

void return_free_memory() {
#ifdef __GLIBC__
  (void)::malloc_trim(0);  // whether there was any is no matter
#endif
}

std::string first_complaint(const Loaded& loaded) {
  for (const auto& finding : loaded.findings)
    if (is_mistake(finding)) return finding.prefix + finding.diagnostic.message;
  return "the configuration is not valid";
}

void name_process(const parsers::keepalived::GlobalDefs& global, const ProcessTuning& tuning, const char* part) {
  std::string name = !tuning.process_name.empty() ? tuning.process_name : global.process_name;
  if (name.empty() && global.process_names) name = std::string{"keepalived_"} + part;
  if (!name.empty()) (void)::prctl(PR_SET_NAME, name.c_str());  // cut to 15 bytes by the kernel
}

void run_to_end(const parsers::keepalived::Command& command, lib::base::Duration timeout, Logger& logger) {
  const auto child = start_script(command, {});
  if (!child) return logger.write(Level::Always, fmt::format("Script {}: {}", command.text, child.error().message));
  const lib::base::UniqueFd handle{static_cast<int>(::syscall(SYS_pidfd_open, *child, 0))};
  pollfd wait{.fd = handle.get(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, static_cast<int>(lib::base::to_ms(timeout))) == 0) {
    logger.write(Level::Always, fmt::format("Script {} did not end in time: killed", command.text));
    (void)::kill(-*child, SIGKILL);  // gone already is as good
  }
  int status = 0;
  if (::waitpid(*child, &status, 0) != *child) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) logger.write(Level::Always, fmt::format("Script {} exited with status {}", command.text, WEXITSTATUS(status)));
}

void save_configuration(const parsers::keepalived::KeepalivedConfig& config, Logger& logger) {
  const std::string& folder = config.global.config_save_dir;
  if (folder.empty()) return;
  static unsigned number = 0;
  const std::string path = fmt::format("{}/keepalived.conf.{}.{}", folder, ::getpid(), number++);
  std::string text;
  for (const auto& source : config.sources) {
    text += "# " + source->name() + '\n';
    text += source->text();
  }
  const lib::base::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    logger.write(Level::Always, fmt::format("Cannot save the configuration as {} ({})", path, std::strerror(errno)));
}

void AutoPriority::on_lateness(lib::base::Duration late) {
  if (most_ <= 0 || late < allowed_ || now_ >= most_) return;
  const sched_param param{.sched_priority = now_ + 1};
  if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) != 0) {
    most_ = 0;  // not allowed: it will not be later
    return logger_.write(Level::Always, fmt::format("Unable to set real-time priority: {}", std::strerror(errno)));
  }
  ++now_;
  logger_.write(Level::Always, fmt::format("Timers were {} ms late: real-time priority is {} now", lib::base::to_ms(late), now_));
}

CoreDumps::CoreDumps(bool allowed, const std::string& pattern, Logger& logger) {
  const rlimit unlimited{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  if (allowed && ::setrlimit(RLIMIT_CORE, &unlimited) != 0) logger.write(Level::Always, fmt::format("Cannot allow core dumps: {}", std::strerror(errno)));
  if (pattern.empty()) return;
  std::string before;
  std::getline(std::ifstream{kCorePattern}, before);
  std::ofstream file{kCorePattern};
  if (file << pattern << std::flush) before_ = before;
  else logger.write(Level::Always, fmt::format("Cannot set {} to {}", kCorePattern, pattern));
}

CoreDumps::~CoreDumps() {
  if (!before_.empty()) std::ofstream{kCorePattern} << before_;
}

ReloadMark::ReloadMark(std::string path) : path_{std::move(path)} {
  if (!path_.empty()) lib::base::UniqueFd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)}.reset();
}

ReloadMark::~ReloadMark() {
  if (!path_.empty()) (void)::unlink(path_.c_str());  // somebody took it away: as wanted
}

RuntimeSocket::RuntimeSocket(lib::event::Loop& loop, const std::string& wanted, const std::string& name, const lib::runtime::CommandTable& commands, Logger& logger) {
  if (wanted.empty() && ::mkdir("/run/triad", 0755) == 0) (void)::chmod("/run/triad", 0755);  // whatever the umask is
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

#include "lib/process/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"

namespace lib::process {
namespace {

/// Connected to the service manager by prepare_notify. Process-wide, as the environment variable it comes from is.
base::UniqueFd manager;

bool tell(const std::string& message, int flags = 0) {
  if (!manager) prepare_notify();
  return manager && ::send(manager.get(), message.data(), message.size(), MSG_NOSIGNAL | flags) == static_cast<ssize_t>(message.size());
}

}  // namespace

void prepare_notify() {
  manager.reset();
  const char* where = std::getenv("NOTIFY_SOCKET");
  if (where == nullptr) return;
  const std::string_view path{where};
  sockaddr_un address{};
  if ((!path.starts_with('/') && !path.starts_with('@')) || path.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // systemd writes abstract names so
  base::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
    manager = std::move(socket);
}

bool notify_ready() { return tell("READY=1"); }

bool notify_ready_as(pid_t main_process) { return tell("READY=1\nMAINPID=" + std::to_string(main_process)); }

bool notify_reloading() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &now);  // cannot fail for this clock
  const auto micros = static_cast<unsigned long long>(now.tv_sec) * 1000000ULL + static_cast<unsigned long long>(now.tv_nsec) / 1000ULL;
  return tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

bool notify_stopping() { return tell("STOPPING=1"); }

bool notify_failed(int code) { return tell("ERRNO=" + std::to_string(code)); }

bool notify_status(std::string_view text) {
  std::string message = "STATUS=";
  for (const char c : text) message += c == '\n' ? ' ' : c;  // a line feed would begin another assignment
  return tell(message);
}

bool notify_watchdog() { return tell("WATCHDOG=1", MSG_DONTWAIT); }

std::optional<lib::base::Duration> watchdog_interval(std::string_view usec, std::string_view pid, pid_t self) {
  constexpr std::uint64_t kMost = 365ULL * 24 * 3600 * 1'000'000;  // more is as good as never
  const auto micros = lib::base::parse_number<std::uint64_t>(usec);
  if (!micros || *micros == 0 || *micros > kMost) return std::nullopt;
  if (!pid.empty() && lib::base::parse_number<pid_t>(pid) != self) return std::nullopt;
  return lib::base::Duration{static_cast<lib::base::Duration::rep>(*micros)};
}

std::optional<lib::base::Duration> take_watchdog() {
  const char* const usec = std::getenv("WATCHDOG_USEC");
  const char* const pid = std::getenv("WATCHDOG_PID");
  const auto interval = watchdog_interval(usec != nullptr ? usec : "", pid != nullptr ? pid : "", ::getpid());
  (void)::unsetenv("WATCHDOG_USEC");
  (void)::unsetenv("WATCHDOG_PID");
  return interval;
}

}  // namespace lib::process

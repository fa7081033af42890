#include "lib/process/notify.h"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <string>

namespace lib::process {
namespace {

bool tell(const std::string& message) { return ::sd_notify(0, message.c_str()) > 0; }

}  // namespace

bool notify_ready() { return tell("READY=1"); }

bool notify_ready_as(pid_t main_process) { return tell("READY=1\nMAINPID=" + std::to_string(main_process)); }

bool notify_reloading() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &now);  // cannot fail for this clock
  const auto micros = static_cast<unsigned long long>(now.tv_sec) * 1000000ULL + static_cast<unsigned long long>(now.tv_nsec) / 1000ULL;
  return tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

bool notify_stopping() { return tell("STOPPING=1"); }

bool notify_status(std::string_view text) {
  std::string message = "STATUS=";
  for (const char c : text) message += c == '\n' ? ' ' : c;  // a line feed would begin another assignment
  return tell(message);
}

}  // namespace lib::process

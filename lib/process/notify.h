// What the service manager is told (systemd's Type=notify). Without $NOTIFY_SOCKET nothing happens.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace lib::process {

/// Opens the way to the service manager now: after a chroot its socket could not be found any more. Without it each call
/// below looks for the socket itself. Call before threads exist.
void prepare_notify();

/// All return whether a manager took the message.
bool notify_ready();
bool notify_ready_as(pid_t main_process);  ///< with MAINPID=
bool notify_reloading();                   ///< with MONOTONIC_USEC=, as Type=notify-reload wants
bool notify_stopping();
bool notify_failed(int code);              ///< ERRNO=: why the end comes
bool notify_status(std::string_view text);

}  // namespace lib::process

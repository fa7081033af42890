// What the service manager is told (systemd's Type=notify). Without $NOTIFY_SOCKET nothing happens.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

#include "lib/base/time.h"

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
bool notify_watchdog();                    ///< WATCHDOG=1: we live. Never waits: a manager that is busy gets the next one

/// How long the service manager goes without notify_watchdog() before it takes a process for dead, from the texts of its two
/// variables; nothing: it does not watch, or another process. Half of it is a good time between two. Pure.
std::optional<lib::base::Duration> watchdog_interval(std::string_view usec, std::string_view pid, pid_t self);
/// The same from $WATCHDOG_USEC and $WATCHDOG_PID, which are then gone: what we start is not watched. Call before threads exist.
std::optional<lib::base::Duration> take_watchdog();

}  // namespace lib::process

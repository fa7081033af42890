// The answer of "show proc". Pure.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/master/roster.h"

namespace proxyd::master {

std::string show_proc(const Roster& roster, pid_t own_pid, lib::base::Instant started, std::string_view version, lib::base::Instant now);

}  // namespace proxyd::master

// Whether a process is one that a vrrp_track_process counts. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/config.h"

namespace vrrpd::track {

/// What /proc tells of a process.
struct ProcessFacts {
  std::string name;                     // comm, at most 15 characters
  std::vector<std::string> arguments;   // cmdline
};

/// The NUL-separated text of /proc/PID/cmdline.
std::vector<std::string> split_arguments(std::string_view cmdline);

bool is_match(const parsers::keepalived::TrackProcess& tracked, const ProcessFacts& process);

/// Whether `count` of them is what is asked for: within [quorum, quorum_max].
bool has_quorum(const parsers::keepalived::TrackProcess& tracked, std::size_t count);

}  // namespace vrrpd::track

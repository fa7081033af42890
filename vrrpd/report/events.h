// What happens, as JSON lines: for `show events` and for those who subscribed.
#pragma once

#include <string>
#include <string_view>

#include "vrrpd/core/engine.h"
#include "vrrpd/report/snapshot.h"

namespace vrrpd::report {

std::string state_event(std::string_view instance, State from, State to, unsigned priority, std::string_view reason);
std::string group_event(std::string_view group, State from, State to);
std::string priority_event(std::string_view instance, unsigned from, unsigned to);
std::string master_event(std::string_view instance, std::string_view address);
/// `cause`: "script chk down".
std::string track_event(std::string_view instance, std::string_view cause);
std::string duplicate_event(std::string_view instance, std::string_view address, std::string_view mac);
std::string bfd_event(std::string_view bfd, bool is_up);
/// How every instance and BFD session stands now, a line each with its end: what a subscriber hears first.
std::string present_states(const Snapshot& snapshot);

}  // namespace vrrpd::report

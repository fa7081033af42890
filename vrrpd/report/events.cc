#include "vrrpd/report/events.h"

#include <fmt/format.h>

#include "keepalived/event_line.h"

namespace vrrpd::report {

using Line = keepalived::EventLine;

std::string state_event(std::string_view instance, State from, State to, unsigned priority, std::string_view reason) {
  Line line{"state"};
  line.text("instance", instance).text("from", state_name(from)).text("to", state_name(to)).number("priority", priority);
  if (!reason.empty()) line.text("reason", reason);
  return line.end();
}

std::string group_event(std::string_view group, State from, State to) {
  return Line{"group"}.text("group", group).text("from", state_name(from)).text("to", state_name(to)).end();
}

std::string priority_event(std::string_view instance, unsigned from, unsigned to) {
  return Line{"priority"}.text("instance", instance).number("from", from).number("to", to).end();
}

std::string master_event(std::string_view instance, std::string_view address) {
  return Line{"master"}.text("instance", instance).text("address", address).end();
}

std::string track_event(std::string_view instance, std::string_view cause) {
  return Line{"track"}.text("instance", instance).text("cause", cause).end();
}

std::string duplicate_event(std::string_view instance, std::string_view address, std::string_view mac) {
  return Line{"duplicate"}.text("instance", instance).text("address", address).text("mac", mac).end();
}

std::string bfd_event(std::string_view bfd, bool is_up) { return Line{"bfd"}.text("bfd", bfd).text("state", is_up ? "UP" : "DOWN").end(); }

std::string present_states(const Snapshot& snapshot) {
  std::string out;
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    const auto& conf = snapshot.config->instances[i];
    const auto& status = snapshot.instances[i].status;
    Line line{"present"};
    line.text("instance", conf.name).text("interface", conf.interface).number("vrid", conf.vrid).text("state", state_name(status.state)).number("priority", status.effective_priority);
    if (status.master.is_ip()) line.text("master", status.master.host());
    out += line.end() + '\n';
  }
  for (std::size_t i = 0; i < snapshot.bfds.size(); ++i) out += bfd_event(snapshot.config->bfds[i].name, snapshot.bfds[i]) + '\n';
  return out;
}

}  // namespace vrrpd::report

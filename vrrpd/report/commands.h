// The runtime API's commands (`show vrrp`, `set vrrp ...`), for socat and everybody else who speaks HAProxy's command language.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/runtime/command_table.h"
#include "vrrpd/report/snapshot.h"

namespace vrrpd::report {

/// One tracked thing, for `show track`.
struct TrackRow {
  std::string kind, name, state;     // state: "up", "down", "pending", a file's number
  std::optional<bool> forced;
};

struct InterfaceRow {
  std::string name, state;           // "up", "down"
  unsigned index = 0, mtu = 0;
  std::vector<std::string> addresses;
};

/// What the commands may ask and change: the daemon.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual Snapshot snapshot() const = 0;
  virtual std::vector<TrackRow> track_rows() const = 0;
  virtual std::vector<InterfaceRow> interface_rows() const = 0;
  virtual lib::base::Duration uptime() const = 0;
  /// nullopt: as configured.
  virtual void override_priority(std::size_t instance, std::optional<std::uint8_t> priority) = 0;
  virtual void hold_in_fault(std::size_t instance, bool held) = 0;
  /// False: nothing of that name is tracked.
  virtual bool force_track(std::string_view name, std::optional<bool> up) = 0;
};

/// `desk` outlives them.
std::vector<lib::runtime::Command> commands(Desk& desk);

}  // namespace vrrpd::report

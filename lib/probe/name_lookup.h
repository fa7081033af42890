// Host names to addresses without blocking: numbers and the hosts file at once, else the system's DNS servers are asked on the
// loop. For conversations that may not wait for getaddrinfo(), which also finds no files of its own after a chroot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/net/address.h"

namespace lib::probe {

/// What the system says of names, read once.
struct NameSources {
  std::vector<net::Address> servers;  // with their port, in the order in which they are asked
  std::string hosts;                  // the text of /etc/hosts

  /// Of /etc/resolv.conf and /etc/hosts; without a server there is the one on this host.
  static NameSources of_system();
};

/// The first address of a name, IPv4 before IPv6; nothing when nobody knows one in time. `sources` is kept by the caller until then.
event::Task<std::optional<net::Address>> look_up(const NameSources& sources, std::string name, event::Waiter& waiter, base::Instant limit);

}  // namespace lib::probe

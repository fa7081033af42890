// One instance at work: what the daemon keeps about it beside the engine's and the kernel's part.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "parsers/keepalived/config.h"
#include "vrrpd/core/engine.h"
#include "vrrpd/core/receive.h"
#include "vrrpd/kernel/addresses.h"
#include "vrrpd/kernel/transport.h"

namespace vrrpd {

RouterSettings router_settings(const parsers::keepalived::VrrpInstance& conf);
Expectation expectation(const parsers::keepalived::VrrpInstance& conf);
std::array<std::uint8_t, 8> auth_data(const parsers::keepalived::VrrpInstance& conf);
/// On the interface of that index, to the group or, with peers, from `source`.
kernel::Path path_of(const parsers::keepalived::VrrpInstance& conf, unsigned index, std::optional<Address> source);
/// As the file says it; `interface`: where the addresses live that name none.
kernel::Holding holding_of(const parsers::keepalived::VrrpInstance& conf, std::string interface);
/// That came now.
HeardPacket heard(const kernel::Received& received);

using Configuration = std::shared_ptr<const parsers::keepalived::KeepalivedConfig>;

struct Node {
  Node(Configuration from, std::size_t index, std::size_t number)
      : config{std::move(from)}, conf{&config->instances[index]}, receiver{expectation(*conf)}, key{number} {}
  Configuration config;                   // keeps `conf`
  const parsers::keepalived::VrrpInstance* conf;
  Receiver receiver;
  std::size_t key;                        // its number in the kernel's rooms: stays over reloads, where indexes move
  std::optional<std::size_t> path;        // its sockets, while its interface is there
  std::string interface;                  // where its addresses live: its own, or its VMAC
  std::map<std::string, std::string> address_vmacs;  // use_vmac_addr: by the interface that addresses name
  std::optional<Address> source;          // of its adverts
  std::uint16_t packet_id = 0;
  unsigned own_faults = 0;                // no source address
  unsigned static_faults = 0;             // missing entries of its track_groups
  bool is_duplicate = false;              // another instance is the same virtual router on this link
  bool held_in_fault = false;             // by the runtime API
  bool send_failed = false;               // said once
  bool is_leaving = false;                // gone from the file: ends when nothing is held any more
  bool is_gone = false;                   // and has ended
  bool promotes_secondaries = false;      // the setting is held
  lib::base::WallTime last_transition{};
  Instant master_since{};
  std::set<std::string> claimants;        // second owners that were reported since the last change of state

  /// Causes of fault beside what is tracked.
  unsigned faults() const {
    const bool lacks_peers = conf->unicast_fault_no_peer && conf->unicast_configured && conf->unicast_peers.empty();
    return own_faults + static_faults + (held_in_fault ? 1U : 0U) + (is_duplicate ? 1U : 0U) + (lacks_peers ? 1U : 0U);
  }
};

}  // namespace vrrpd

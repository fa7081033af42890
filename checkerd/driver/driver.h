// Where the table lives: the kernel's IPVS, nftables, or memory (tests). Calls are short and synchronous.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkerd/core/table.h"
#include "lib/base/result.h"

namespace checkerd::driver {

using lib::base::Result;
using lib::base::Status;

struct Traffic {
  std::uint64_t connections = 0, packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
};

/// One destination as the driver counts it; connections as `ipvsadm -Ln` shows them.
struct DestinationUse {
  Destination destination;
  std::uint32_t active = 0, inactive = 0, persistent = 0;
  Traffic traffic;
};

struct ServiceUse {
  Service service;
  Traffic traffic;
  std::vector<DestinationUse> destinations;
};

struct Timeouts {
  std::uint32_t tcp_s = 0, tcp_fin_s = 0, udp_s = 0;   // 0: as it is
};

/// IPVS connection synchronisation (lvs_sync_daemon).
struct SyncDaemon {
  bool is_master = false;             // else backup
  std::string interface;
  std::uint8_t id = 0;
  std::uint16_t max_length = 0, port = 0;
  std::uint8_t ttl = 0;
  std::optional<Address> group;
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual const char* name() const = 0;       // "ipvs", "nftables", "memory"
  virtual Result<Table> read() = 0;
  /// Those of these services that are there: one virtual server's part of a large table.
  virtual Result<Table> read_part(std::span<const ServiceKey> keys);
  /// All changes in their order. Each has its own result; one that fails does not stop the rest.
  virtual std::vector<Status> apply(std::span<const Change> changes) = 0;
  virtual Status flush() = 0;                 // everything, also what is not ours
  virtual Result<std::vector<ServiceUse>> usage() = 0;
  virtual Result<Timeouts> timeouts() = 0;
  virtual Status set_timeouts(const Timeouts& timeouts) = 0;
  virtual Status start_sync(const SyncDaemon& daemon) = 0;
  virtual Status stop_sync(const SyncDaemon& daemon) = 0;
  /// Why this service cannot be had here ("scheduler sh is not possible with nftables"), or what is done in its place
  /// ("mapped to rr"); empty: as asked.
  virtual std::string remark_on(const Service& service) const { (void)service; return {}; }
  virtual std::string remark_on(const Service& service, const Destination& destination) const { (void)service, (void)destination; return {}; }
  /// Now and then, when nothing else is to do: whether what was put into the table is still there as far as the driver must remember
  /// it by itself. False: somebody else changed it; the next read() shows it as lost, and apply() makes it anew.
  virtual bool is_whole() { return true; }
  /// What is in the table stays when the driver ends (-I). Only nftables takes its own away by itself.
  virtual void keep() {}
};

/// Whether the table is as `change` wants it, although `result` may be an error: what is to be added is there already, what is to
/// be removed is gone. Keepalived logs such an error and goes on.
bool is_as_wanted(const Change& change, const Status& result);

/// Errors: "IPVS: Can't initialize ipvs: No such file or directory" where the kernel has none.
Result<std::unique_ptr<Driver>> open_ipvs();
/// Own tables of that name, inet and netdev; the first change replaces what a killed predecessor left. They are removed when the
/// driver ends, unless keep() was called. Errors: nft's ("Operation not permitted").
Result<std::unique_ptr<Driver>> open_nftables(const std::string& table);
std::unique_ptr<Driver> make_memory();

}  // namespace checkerd::driver

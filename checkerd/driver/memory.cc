#include "checkerd/driver/driver.h"
#include "checkerd/driver/table_changes.h"

namespace checkerd::driver {
namespace {

/// Behaves as IPVS does: what exists cannot be added, what does not exist cannot be changed.
class Memory final : public Driver {
 public:
  const char* name() const override { return "memory"; }
  Result<Table> read() override { return table_; }
  Result<Table> read_part(std::span<const ServiceKey> keys) override { return part_of(table_, keys); }
  Status flush() override {
    table_.entries.clear();
    return {};
  }
  std::vector<Status> apply(std::span<const Change> changes) override {
    std::vector<Status> out;
    for (const Change& change : changes) out.push_back(apply_to(table_, change));
    return out;
  }
  Result<std::vector<ServiceUse>> usage() override {
    std::vector<ServiceUse> out;
    for (const TableEntry& entry : table_.entries) {
      ServiceUse use;
      use.service = entry.service;
      for (const Destination& destination : entry.destinations) use.destinations.push_back({.destination = destination, .traffic = {}});
      out.push_back(std::move(use));
    }
    return out;
  }
  Result<Timeouts> timeouts() override { return timeouts_; }
  Status set_timeouts(const Timeouts& timeouts) override {
    timeouts_ = timeouts;
    return {};
  }
  Status start_sync(const SyncDaemon&) override { return {}; }
  Status stop_sync(const SyncDaemon&) override { return {}; }

 private:
  Table table_;
  Timeouts timeouts_;
};

}  // namespace

std::unique_ptr<Driver> make_memory() { return std::make_unique<Memory>(); }

}  // namespace checkerd::driver

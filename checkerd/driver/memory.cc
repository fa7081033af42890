#include <algorithm>
#include <cerrno>

#include "checkerd/driver/driver.h"

namespace checkerd::driver {
namespace {

/// Behaves as IPVS does: what exists cannot be added, what does not exist cannot be changed.
class Memory final : public Driver {
 public:
  const char* name() const override { return "memory"; }
  Result<Table> read() override { return table_; }
  Status flush() override {
    table_.entries.clear();
    return {};
  }
  std::vector<Status> apply(std::span<const Change> changes) override {
    std::vector<Status> out;
    for (const Change& change : changes) out.push_back(apply_one(change));
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
  static Status refuse(const Change& change, int code) { return lib::base::system_failure(change.service.key.text(), code); }

  Status apply_one(const Change& change) {
    const auto entry = std::find_if(table_.entries.begin(), table_.entries.end(), [&](const TableEntry& each) { return each.service.key == change.service.key; });
    const bool known = entry != table_.entries.end();
    if (change.kind == Change::Kind::AddService) {
      if (known) return refuse(change, EEXIST);
      table_.entries.push_back({.service = change.service, .destinations = {}});
      return {};
    }
    if (!known) return refuse(change, ESRCH);
    if (change.kind == Change::Kind::EditService) {
      entry->service = change.service;
      return {};
    }
    if (change.kind == Change::Kind::RemoveService) {
      table_.entries.erase(entry);
      return {};
    }
    auto& list = entry->destinations;
    const auto server = std::find_if(list.begin(), list.end(), [&](const Destination& each) { return each.is_same_server(change.destination); });
    if (change.kind == Change::Kind::AddDestination) {
      if (server != list.end()) return refuse(change, EEXIST);
      list.push_back(change.destination);
      return {};
    }
    if (server == list.end()) return refuse(change, ENOENT);
    if (change.kind == Change::Kind::EditDestination) *server = change.destination;
    else list.erase(server);
    return {};
  }

  Table table_;
  Timeouts timeouts_;
};

}  // namespace

std::unique_ptr<Driver> make_memory() { return std::make_unique<Memory>(); }

}  // namespace checkerd::driver

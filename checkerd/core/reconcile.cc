#include "checkerd/core/reconcile.h"

#include <algorithm>
#include <array>

namespace checkerd {
namespace {

using Kind = Change::Kind;
using Index = std::unordered_map<ServiceKey, const TableEntry*, ServiceKeyHash>;

Index index_of(const Table& table) {
  Index out;
  out.reserve(table.entries.size());
  for (const TableEntry& each : table.entries) out.try_emplace(each.service.key, &each);
  return out;
}

Change change_of(Kind kind, const ServiceKey& key, const Destination& destination) {
  Change out;
  out.kind = kind;
  out.service.key = key;
  out.destination = destination;
  return out;
}

/// `hint`: where it probably stands; tables mostly are in the same order.
const Destination* find(const std::vector<Destination>& list, const Destination& like, std::size_t hint) {
  if (hint < list.size() && list[hint].is_same_server(like)) return &list[hint];
  const auto found = std::find_if(list.begin(), list.end(), [&](const Destination& each) { return each.is_same_server(like); });
  return found == list.end() ? nullptr : &*found;
}

void add(const TableEntry& wanted, std::vector<Change>& out) {
  out.push_back({.kind = Kind::AddService, .service = wanted.service, .destination = {}});
  for (const bool healthy : {true, false})
    for (const Destination& each : wanted.destinations)
      if ((each.weight != 0) == healthy) out.push_back(change_of(Kind::AddDestination, wanted.service.key, each));
}

/// The changes of one service's servers, in the order in which they are safe.
class ServerChanges {
 public:
  ServerChanges(const TableEntry& actual, const TableEntry& wanted, const Owned& owned) : key_{wanted.service.key} {
    for (std::size_t i = 0; i < wanted.destinations.size(); ++i) sort(wanted.destinations[i], find(actual.destinations, wanted.destinations[i], i));
    for (std::size_t i = 0; i < actual.destinations.size(); ++i) {
      const Destination& each = actual.destinations[i];
      if (find(wanted.destinations, each, i) == nullptr && owned.has(key_, each.address)) put(Step::Removed, Kind::RemoveDestination, each);
    }
  }
  void append_to(std::vector<Change>& out) const {
    for (const auto& step : steps_) out.insert(out.end(), step.begin(), step.end());
  }

 private:
  enum class Step : std::uint8_t { HealthyAdded, Raised, Edited, DisabledAdded, Lowered, Removed };

  void put(Step step, Kind kind, const Destination& destination) { steps_[static_cast<std::size_t>(step)].push_back(change_of(kind, key_, destination)); }
  void sort(const Destination& wanted, const Destination* actual) {
    if (actual == nullptr) return put(wanted.weight != 0 ? Step::HealthyAdded : Step::DisabledAdded, Kind::AddDestination, wanted);
    if (*actual == wanted) return;
    const bool was = actual->weight != 0, will_be = wanted.weight != 0;
    put(was == will_be ? Step::Edited : will_be ? Step::Raised : Step::Lowered, Kind::EditDestination, wanted);
  }

  const ServiceKey& key_;
  std::array<std::vector<Change>, 6> steps_;
};

}  // namespace

bool Owned::has(const ServiceKey& service) const { return services_.contains(service); }

bool Owned::has(const ServiceKey& service, const Address& server) const {
  const auto found = services_.find(service);
  return found != services_.end() && std::find(found->second.begin(), found->second.end(), server) != found->second.end();
}

void Owned::update(const Table& wanted, std::span<const Change> done) {
  for (const Change& each : done) {
    if (each.kind == Kind::RemoveService) services_.erase(each.service.key);
    if (each.kind != Kind::RemoveDestination) continue;
    if (const auto found = services_.find(each.service.key); found != services_.end()) std::erase(found->second, each.destination.address);
  }
  for (const TableEntry& entry : wanted.entries) {
    std::vector<Address>& servers = services_[entry.service.key];
    for (std::size_t i = 0; i < entry.destinations.size(); ++i) {
      const Address& address = entry.destinations[i].address;
      const bool known = (i < servers.size() && servers[i] == address) || std::find(servers.begin(), servers.end(), address) != servers.end();
      if (!known) servers.push_back(address);
    }
  }
}

std::vector<Change> reconcile(const Table& actual, const Table& wanted_parts, const Owned& owned) {
  const Table wanted = united(wanted_parts);
  const Index there = index_of(actual);
  std::vector<Change> out;
  for (const TableEntry& each : wanted.entries) {
    const auto found = there.find(each.service.key);
    if (found == there.end()) {
      add(each, out);
      continue;
    }
    if (found->second->service != each.service) out.push_back({.kind = Kind::EditService, .service = each.service, .destination = {}});
    ServerChanges{*found->second, each, owned}.append_to(out);
  }
  const Index stays = index_of(wanted);
  for (const TableEntry& each : actual.entries)
    if (!stays.contains(each.service.key) && owned.has(each.service.key)) out.push_back({.kind = Kind::RemoveService, .service = each.service, .destination = {}});
  return out;
}

}  // namespace checkerd

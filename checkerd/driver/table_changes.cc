#include "checkerd/driver/table_changes.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <unordered_set>

namespace checkerd::driver {
namespace {

lib::base::Status refuse(const Change& change, int code) { return lib::base::system_failure(change.service.key.text(), code); }

}  // namespace

lib::base::Status apply_to(Table& table, const Change& change) {
  const auto entry = std::find_if(table.entries.begin(), table.entries.end(), [&](const TableEntry& each) { return each.service.key == change.service.key; });
  const bool known = entry != table.entries.end();
  if (change.kind == Change::Kind::AddService) {
    if (known) return refuse(change, EEXIST);
    table.entries.push_back({.service = change.service, .destinations = {}});
    return {};
  }
  if (!known) return refuse(change, ESRCH);
  if (change.kind == Change::Kind::EditService) {
    entry->service = change.service;
    return {};
  }
  if (change.kind == Change::Kind::RemoveService) {
    table.entries.erase(entry);
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

Table part_of(const Table& table, std::span<const ServiceKey> services) {
  const std::unordered_set<ServiceKey, ServiceKeyHash> asked{services.begin(), services.end()};
  Table out;
  std::copy_if(table.entries.begin(), table.entries.end(), std::back_inserter(out.entries), [&](const TableEntry& each) { return asked.contains(each.service.key); });
  return out;
}

}  // namespace checkerd::driver

#include "checkerd/driver/driver.h"

#include <cerrno>

namespace checkerd::driver {

Result<Table> Driver::read_part(std::span<const ServiceKey> keys) {
  const auto all = read();
  if (!all) return all;
  Table out;
  for (const ServiceKey& key : keys)
    if (const TableEntry* entry = all->find(key)) out.entries.push_back(*entry);
  return out;
}

bool is_as_wanted(const Change& change, const Status& result) {
  if (result) return true;
  switch (change.kind) {
    case Change::Kind::AddService:
    case Change::Kind::AddDestination: return result.error().code == EEXIST;
    case Change::Kind::RemoveService: return result.error().code == ESRCH;
    // ESRCH: the service went away, and its servers with it.
    case Change::Kind::RemoveDestination: return result.error().code == ENOENT || result.error().code == ESRCH;
    case Change::Kind::EditService:
    case Change::Kind::EditDestination: break;
  }
  return false;
}

}  // namespace checkerd::driver

#include "checkerd/core/table.h"

#include <algorithm>

namespace checkerd {

bool ServiceKey::operator==(const ServiceKey& other) const {
  if (family != other.family || fwmark != other.fwmark) return false;
  return fwmark != 0 || (protocol == other.protocol && address == other.address);
}

std::string ServiceKey::text() const {
  if (fwmark != 0) return "fwmark " + std::to_string(fwmark);
  return address.text() + ' ' + parsers::keepalived::protocol_name(protocol);
}

bool Destination::is_same_server(const Destination& other) const { return address == other.address; }

bool Destination::operator==(const Destination& other) const {
  return address == other.address && forwarding == other.forwarding && weight == other.weight && upper_threshold == other.upper_threshold &&
         lower_threshold == other.lower_threshold;
}

const TableEntry* Table::find(const ServiceKey& key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const TableEntry& entry) { return entry.service.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace checkerd

#include "checkerd/core/table.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace checkerd {
namespace {

std::size_t hash_of(const Address& address) {
  if (address.is_ipv4()) return (std::size_t{address.ipv4_bits()} << 16U | address.port()) * 0x9e3779b97f4a7c15U;
  std::size_t out = address.port();
  if (address.is_ipv6())
    for (const std::uint8_t byte : address.ipv6_bits().s6_addr) out = (out ^ byte) * 0x100000001b3U;
  return out;
}

/// Adds to `to` what it does not have yet.
void unite(std::vector<Destination>& to, const std::vector<Destination>& more) {
  for (const Destination& each : more) {
    const auto known = std::find_if(to.begin(), to.end(), [&](const Destination& other) { return other.is_same_server(each); });
    if (known == to.end()) to.push_back(each);
    else if (known->weight == 0 && each.weight != 0) *known = each;
  }
}

bool apply_to_server(const Change& change, std::vector<Destination>& list) {
  const auto server = std::find_if(list.begin(), list.end(), [&](const Destination& each) { return each.is_same_server(change.destination); });
  if (change.kind == Change::Kind::AddDestination) {
    if (server != list.end()) return false;
    list.push_back(change.destination);
    return true;
  }
  if (server == list.end()) return false;
  if (change.kind == Change::Kind::EditDestination) *server = change.destination;
  else list.erase(server);
  return true;
}

}  // namespace

bool ServiceKey::operator==(const ServiceKey& other) const {
  if (family != other.family || fwmark != other.fwmark) return false;
  return fwmark != 0 || (protocol == other.protocol && address == other.address);
}

std::string ServiceKey::text() const {
  if (fwmark != 0) return "fwmark " + std::to_string(fwmark);
  return address.text() + ' ' + parsers::keepalived::protocol_name(protocol);
}

std::size_t ServiceKeyHash::operator()(const ServiceKey& key) const {
  if (key.fwmark != 0) return (std::size_t{key.fwmark} << 8U | key.family) * 0x9e3779b97f4a7c15U;
  return hash_of(key.address) ^ static_cast<std::size_t>(key.protocol);
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

Table united(const Table& table) {
  Table out;
  out.entries.reserve(table.entries.size());
  std::unordered_map<ServiceKey, std::size_t, ServiceKeyHash> seen;
  for (const TableEntry& entry : table.entries) {
    const auto [place, is_new] = seen.try_emplace(entry.service.key, out.entries.size());
    if (is_new) out.entries.push_back({.service = entry.service, .destinations = {}});
    unite(out.entries[place->second].destinations, entry.destinations);
  }
  return out;
}

bool apply(const Change& change, Table& table) {
  const auto entry = std::find_if(table.entries.begin(), table.entries.end(), [&](const TableEntry& each) { return each.service.key == change.service.key; });
  const bool known = entry != table.entries.end();
  switch (change.kind) {
    case Change::Kind::AddService:
      if (known) return false;
      table.entries.push_back({.service = change.service, .destinations = {}});
      return true;
    case Change::Kind::EditService:
      if (known) entry->service = change.service;
      return known;
    case Change::Kind::RemoveService:
      if (known) table.entries.erase(entry);
      return known;
    case Change::Kind::AddDestination:
    case Change::Kind::EditDestination:
    case Change::Kind::RemoveDestination: break;
  }
  return known && apply_to_server(change, entry->destinations);
}

}  // namespace checkerd

#include "checkerd/owned_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "keepalived/dump_file.h"
#include "lib/base/text.h"

namespace checkerd {
namespace {

using lib::base::parse_number;

/// "10.0.0.1 80"; the family is known.
std::string words_of(const Address& address) { return fmt::format("{} {}", address.host(), address.port()); }

std::optional<Address> address_of(const std::string& host, const std::string& port) {
  auto address = Address::parse(host);
  const auto number = parse_number<std::uint16_t>(port);
  if (!address || !number) return std::nullopt;
  address->set_port(*number);
  return address;
}

std::optional<ServiceKey> key_of(std::istringstream& words) {
  std::string family, protocol, mark, host, port;
  if (!(words >> family >> protocol >> mark)) return std::nullopt;
  const auto family_number = parse_number<std::uint8_t>(family), protocol_number = parse_number<std::uint8_t>(protocol);
  const auto mark_number = parse_number<std::uint32_t>(mark);
  if (!family_number || !protocol_number || !mark_number || *protocol_number > static_cast<std::uint8_t>(Protocol::Sctp)) return std::nullopt;
  ServiceKey key{.family = *family_number, .protocol = static_cast<Protocol>(*protocol_number), .address = {}, .fwmark = *mark_number};
  if (key.fwmark != 0) return key;
  if (!(words >> host >> port)) return std::nullopt;
  const auto address = address_of(host, port);
  if (!address) return std::nullopt;
  key.address = *address;
  return key;
}

}  // namespace

lib::base::Status write_owned(const std::string& path, const Table& table) {
  std::string out;
  for (const TableEntry& entry : table.entries) {
    const ServiceKey& key = entry.service.key;
    out += fmt::format("service {} {} {}", key.family, static_cast<unsigned>(key.protocol), key.fwmark);
    if (key.fwmark == 0) out += ' ' + words_of(key.address);
    out += '\n';
    for (const Destination& each : entry.destinations) out += "server " + words_of(each.address) + '\n';
  }
  return keepalived::write_dump(path, out);
}

lib::base::Result<Table> read_owned(const std::string& path) {
  Table table;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return table;
  std::ifstream file{path};
  if (!file) return lib::base::system_failure("Can't read " + path, errno);
  std::string line, kind, host, port;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const auto bad = [&] { return lib::base::failure(fmt::format("{}: line {} makes no sense", path, number)); };
    std::istringstream words{line};
    words >> kind;
    if (kind == "service") {
      const auto key = key_of(words);
      if (!key) return bad();
      TableEntry entry;
      entry.service.key = *key;
      table.entries.push_back(std::move(entry));
      continue;
    }
    if (kind != "server" || table.entries.empty() || !(words >> host >> port)) return bad();
    const auto address = address_of(host, port);
    if (!address) return bad();
    Destination server;
    server.address = *address;
    table.entries.back().destinations.push_back(server);
  }
  return table;
}

}  // namespace checkerd

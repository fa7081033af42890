#include "checkerd/report/names.h"

namespace checkerd::report {

using parsers::keepalived::RealServer;
using parsers::keepalived::VirtualServer;
using parsers::keepalived::VirtualServers;
using Kind = VirtualServer::Kind;

std::string short_name(const VirtualServers& all, std::size_t virtual_server) {
  const VirtualServer& one = all.servers[virtual_server];
  switch (one.kind) {
    case Kind::Address: return one.address.text() + '/' + protocol_name(one.protocol);
    case Kind::Fwmark: return "fwmark:" + std::to_string(one.fwmark);
    case Kind::Group: break;
  }
  return "group:" + all.groups[one.group].name + '/' + protocol_name(one.protocol);
}

std::string short_name(const RealServer& server) { return server.address.text(); }

std::optional<std::size_t> find_virtual_server(const VirtualServers& all, std::string_view name) {
  for (std::size_t i = 0; i < all.servers.size(); ++i) {
    const std::string known = short_name(all, i);
    if (name == known || name == all.servers[i].name || name == std::string_view{known}.substr(0, known.rfind('/'))) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_real_server(const VirtualServer& of, std::string_view name) {
  for (std::size_t i = 0; i < of.real_servers.size(); ++i)
    if (name == short_name(of.real_servers[i]) || name == of.real_servers[i].name) return i;
  return std::nullopt;
}

}  // namespace checkerd::report

#include "checkerd/driver/connection_finder.h"

#include "checkerd/driver/nft_rules.h"

namespace checkerd::driver {
namespace {

Protocol protocol_of(std::uint8_t number) {
  switch (number) {
    case IPPROTO_TCP: return Protocol::Tcp;
    case IPPROTO_UDP: return Protocol::Udp;
    case IPPROTO_SCTP: return Protocol::Sctp;
    default: return Protocol::None;
  }
}

DestinationUse* server_of(ServiceUse& use, const lib::netlink::Connection& connection) {
  const ServiceKey& key = use.service.key;
  for (DestinationUse& each : use.destinations) {
    const std::uint16_t port = each.destination.address.port() != 0 ? each.destination.address.port() : key.address.port();
    if (connection.server.same_host(each.destination.address) && (style_of(key) != Style::Port || connection.server.port() == port)) return &each;
  }
  return nullptr;
}

}  // namespace

ConnectionFinder::ConnectionFinder(std::vector<ServiceUse>& uses) {
  for (ServiceUse& use : uses) {
    if (style_of(use.service.key) == Style::Mark) marked_.push_back(&use);
    else by_key_.emplace(use.service.key, &use);
  }
}

DestinationUse* ConnectionFinder::find(const ServiceKey& key, const lib::netlink::Connection& connection) const {
  const auto use = by_key_.find(key);
  return use == by_key_.end() ? nullptr : server_of(*use->second, connection);
}

DestinationUse* ConnectionFinder::find(const lib::netlink::Connection& connection) const {
  ServiceKey key{.family = connection.family, .protocol = protocol_of(connection.protocol), .address = connection.called};
  if (DestinationUse* found = find(key, connection)) return found;
  key.address.set_port(0);
  if (DestinationUse* found = find(key, connection)) return found;
  for (ServiceUse* use : marked_)
    if (DestinationUse* found = server_of(*use, connection)) return found;
  return nullptr;
}

}  // namespace checkerd::driver

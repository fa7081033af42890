#include "checkerd/driver/nft_limits.h"

#include <fmt/format.h>

#include <cerrno>

#include "checkerd/driver/slots.h"

namespace checkerd::driver {
namespace {

std::string refusal_of(const Service& service) {
  if (!map_scheduler(service.scheduler)) return fmt::format("scheduler {} is not possible with nftables", service.scheduler);
  if (!service.persistence_engine.empty()) return fmt::format("persistence engine {} is not possible with nftables", service.persistence_engine);
  return {};
}

std::string refusal_of(const ServiceKey& key, const Destination& destination) {
  if (destination.forwarding.method == Forwarding::Method::Tunnel) return "forwarding by tunnel is not possible with nftables";
  if (destination.address.family() != key.family) return "a server of another address family is not possible with nftables";
  if (destination.forwarding.method == Forwarding::Method::Direct && key.fwmark != 0) return "direct routing of a fwmark service is not possible with nftables";
  return {};
}

}  // namespace

lib::base::Status nft_refusal(const Change& change) {
  using Kind = Change::Kind;
  std::string why;
  if (change.kind == Kind::AddService || change.kind == Kind::EditService) why = refusal_of(change.service);
  if (change.kind == Kind::AddDestination || change.kind == Kind::EditDestination) why = refusal_of(change.service.key, change.destination);
  if (why.empty()) return {};
  return lib::base::failure(fmt::format("{}: {}", change.service.key.text(), why), ENOTSUP);
}

std::string nft_remark(const Service& service) {
  std::string out = refusal_of(service);
  const auto add = [&out](std::string text) { out += (out.empty() ? "" : "; ") + std::move(text); };
  if (const auto mapping = map_scheduler(service.scheduler); mapping && mapping->mapped_to != nullptr)
    add(fmt::format("scheduler {} is mapped to {}: nftables does not count a server's connections", service.scheduler, mapping->mapped_to));
  if (service.one_packet) add("one-packet scheduling is not possible with nftables: the packets of one client port go to one server");
  return out;
}

std::string nft_remark(const Service& service, const Destination& destination) {
  std::string out = refusal_of(service.key, destination);
  if (destination.forwarding.method == Forwarding::Method::Direct && service.key.family == AF_INET6 && service.persistence_timeout_s == 0)
    out += fmt::format("{}direct routing of IPv6 with nftables chooses by a hash of the client's address and port, in place of {}", out.empty() ? "" : "; ", service.scheduler);
  if (destination.upper_threshold != 0)
    out += fmt::format("{}uthreshold is not possible with nftables: the server gets as many connections as come", out.empty() ? "" : "; ");
  return out;
}

}  // namespace checkerd::driver

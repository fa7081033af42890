#include <linux/ip_vs.h>

#include <cerrno>

#include "checkerd/driver/driver.h"
#include "lib/netlink/ipvs.h"

// The table in the kernel's IPVS: our values to the kernel's and back.
namespace checkerd::driver {
namespace {

using lib::netlink::IpvsDestination;
using lib::netlink::IpvsRequest;
using lib::netlink::IpvsService;

constexpr int kSchedulerFlagsShift = 3;  // IP_VS_SVC_F_SCHED1 is bit 3
constexpr int kMostTries = 8;

std::uint16_t number_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::Tcp: return IPPROTO_TCP;
    case Protocol::Udp: return IPPROTO_UDP;
    case Protocol::Sctp: return IPPROTO_SCTP;
    case Protocol::None: break;
  }
  return 0;
}

Protocol protocol_of(std::uint16_t number) {
  switch (number) {
    case IPPROTO_TCP: return Protocol::Tcp;
    case IPPROTO_UDP: return Protocol::Udp;
    case IPPROTO_SCTP: return Protocol::Sctp;
    default: return Protocol::None;
  }
}

IpvsService encode(const Service& from) {
  IpvsService out;
  out.family = from.key.family;
  out.fwmark = from.key.fwmark;
  out.protocol = number_of(from.key.protocol);
  out.address = from.key.address;
  out.scheduler = from.scheduler;
  out.persistence_engine = from.persistence_engine;
  out.timeout_s = from.persistence_timeout_s;
  out.netmask = from.key.family == AF_INET6 ? from.persistence_prefix : from.persistence_mask;
  out.flags = static_cast<std::uint32_t>(from.scheduler_flags) << kSchedulerFlagsShift;
  if (from.persistence_timeout_s != 0) out.flags |= IP_VS_SVC_F_PERSISTENT;
  if (from.one_packet) out.flags |= IP_VS_SVC_F_ONEPACKET;
  return out;
}

Service decode(const IpvsService& from) {
  Service out;
  out.key = {.family = from.family, .protocol = protocol_of(from.protocol), .address = from.address, .fwmark = from.fwmark};
  out.scheduler = from.scheduler;
  out.scheduler_flags = static_cast<std::uint8_t>((from.flags >> kSchedulerFlagsShift) & 7);
  out.one_packet = (from.flags & IP_VS_SVC_F_ONEPACKET) != 0;
  // A service that is not persistent shows a timeout, too: the one that the kernel would use.
  if ((from.flags & IP_VS_SVC_F_PERSISTENT) != 0) out.persistence_timeout_s = from.timeout_s;
  if (from.family == AF_INET6) out.persistence_prefix = static_cast<std::uint8_t>(from.netmask);
  else out.persistence_mask = from.netmask;
  out.persistence_engine = from.persistence_engine;
  return out;
}

IpvsDestination encode(const Destination& from) {
  IpvsDestination out;
  out.address = from.address;
  out.weight = from.weight;
  out.upper_threshold = from.upper_threshold;
  out.lower_threshold = from.lower_threshold;
  switch (from.forwarding.method) {
    case Forwarding::Method::Nat: out.method = IP_VS_CONN_F_MASQ; break;
    case Forwarding::Method::Direct: out.method = IP_VS_CONN_F_DROUTE; break;
    case Forwarding::Method::Tunnel: out.method = IP_VS_CONN_F_TUNNEL; break;
  }
  if (from.forwarding.method != Forwarding::Method::Tunnel) return out;
  switch (from.forwarding.tunnel) {
    case Forwarding::Tunnel::IpIp: out.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_IPIP; break;
    case Forwarding::Tunnel::Gue: out.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE; break;
    case Forwarding::Tunnel::Gre: out.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GRE; break;
  }
  switch (from.forwarding.checksum) {
    case Forwarding::Checksum::None: out.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM; break;
    case Forwarding::Checksum::Plain: out.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM; break;
    case Forwarding::Checksum::Remote: out.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM; break;
  }
  out.tunnel_port = from.forwarding.tunnel_port;
  return out;
}

Forwarding forwarding_of(const IpvsDestination& from) {
  Forwarding out;
  if (from.method == IP_VS_CONN_F_DROUTE) out.method = Forwarding::Method::Direct;
  if (from.method != IP_VS_CONN_F_TUNNEL) return out;  // IP_VS_CONN_F_LOCALNODE is what the kernel makes of any method
  out.method = Forwarding::Method::Tunnel;
  if (from.tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE) out.tunnel = Forwarding::Tunnel::Gue;
  if (from.tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_GRE) out.tunnel = Forwarding::Tunnel::Gre;
  if ((from.tunnel_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM) != 0) out.checksum = Forwarding::Checksum::Plain;
  if ((from.tunnel_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM) != 0) out.checksum = Forwarding::Checksum::Remote;
  out.tunnel_port = from.tunnel_port;
  return out;
}

Destination decode(const IpvsDestination& from) {
  return {.address = from.address, .forwarding = forwarding_of(from), .weight = from.weight,
          .upper_threshold = from.upper_threshold, .lower_threshold = from.lower_threshold};
}

Traffic traffic_of(const lib::netlink::IpvsStats& from) {
  return {.connections = from.connections, .packets_in = from.packets_in, .packets_out = from.packets_out,
          .bytes_in = from.bytes_in, .bytes_out = from.bytes_out};
}

IpvsRequest::Kind kind_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::AddService: return IpvsRequest::Kind::AddService;
    case Change::Kind::EditService: return IpvsRequest::Kind::EditService;
    case Change::Kind::RemoveService: return IpvsRequest::Kind::RemoveService;
    case Change::Kind::AddDestination: return IpvsRequest::Kind::AddDestination;
    case Change::Kind::EditDestination: return IpvsRequest::Kind::EditDestination;
    case Change::Kind::RemoveDestination: break;
  }
  return IpvsRequest::Kind::RemoveDestination;
}

lib::netlink::IpvsSyncDaemon encode(const SyncDaemon& from) {
  return {.is_master = from.is_master, .interface = from.interface, .id = from.id, .max_length = from.max_length, .port = from.port,
          .ttl = from.ttl, .group = from.group};
}

class IpvsDriver final : public Driver {
 public:
  explicit IpvsDriver(std::unique_ptr<lib::netlink::Ipvs> kernel) : kernel_{std::move(kernel)} {}
  const char* name() const override { return "ipvs"; }

  Result<Table> read() override {
    const auto services = kernel_->services();
    if (!services) return tl::unexpected{services.error()};
    Table out;
    for (const IpvsService& service : *services)
      if (const Status added = add_to(out, service); !added) return tl::unexpected{added.error()};
    return out;
  }

  Result<Table> read_part(std::span<const ServiceKey> keys) override {
    Table out;
    for (const ServiceKey& key : keys) {
      Service wanted;
      wanted.key = key;
      const auto service = kernel_->service(encode(wanted));
      if (!service) return tl::unexpected{service.error()};
      if (!*service) continue;
      if (const Status added = add_to(out, **service); !added) return tl::unexpected{added.error()};
    }
    return out;
  }

  std::vector<Status> apply(std::span<const Change> changes) override {
    std::vector<IpvsRequest> requests;
    requests.reserve(changes.size());
    for (const Change& change : changes)
      requests.push_back({.kind = kind_of(change.kind), .service = encode(change.service), .destination = encode(change.destination)});
    auto out = kernel_->run(requests);
    // Answers were lost in a small buffer. To do it again does no harm, and it goes in smaller pieces each time.
    for (int tries = 0; tries < kMostTries; ++tries) {
      std::vector<std::size_t> lost;
      std::vector<IpvsRequest> again;
      for (std::size_t i = 0; i < out.size(); ++i)
        if (!out[i] && out[i].error().code == ENOBUFS) lost.push_back(i), again.push_back(requests[i]);
      if (lost.empty()) break;
      auto results = kernel_->run(again);
      for (std::size_t i = 0; i < lost.size(); ++i) out[lost[i]] = std::move(results[i]);
    }
    // Someone took away what we edit: it is to be there.
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] || out[i].error().code != ENOENT || requests[i].kind != IpvsRequest::Kind::EditDestination) continue;
      requests[i].kind = IpvsRequest::Kind::AddDestination;
      out[i] = kernel_->run({&requests[i], 1}).front();
    }
    return out;
  }

  Status flush() override { return kernel_->flush(); }

  Result<std::vector<ServiceUse>> usage() override {
    const auto services = kernel_->services();
    if (!services) return tl::unexpected{services.error()};
    std::vector<ServiceUse> out;
    out.reserve(services->size());
    for (const IpvsService& service : *services) {
      const auto destinations = kernel_->destinations(service);
      if (!destinations) {
        if (destinations.error().code == ESRCH) continue;  // removed since
        return tl::unexpected{destinations.error()};
      }
      ServiceUse& use = out.emplace_back(ServiceUse{.service = decode(service), .traffic = traffic_of(service.stats), .destinations = {}});
      for (const IpvsDestination& each : *destinations)
        use.destinations.push_back({.destination = decode(each), .active = each.active, .inactive = each.inactive,
                                    .persistent = each.persistent, .traffic = traffic_of(each.stats)});
    }
    return out;
  }

  Result<Timeouts> timeouts() override {
    const auto got = kernel_->timeouts();
    if (!got) return tl::unexpected{got.error()};
    return Timeouts{.tcp_s = got->tcp_s, .tcp_fin_s = got->tcp_fin_s, .udp_s = got->udp_s};
  }
  Status set_timeouts(const Timeouts& timeouts) override {
    return kernel_->set_timeouts({.tcp_s = timeouts.tcp_s, .tcp_fin_s = timeouts.tcp_fin_s, .udp_s = timeouts.udp_s});
  }
  Status start_sync(const SyncDaemon& daemon) override { return kernel_->start_sync(encode(daemon)); }
  Status stop_sync(const SyncDaemon& daemon) override { return kernel_->stop_sync(encode(daemon)); }

 private:
  Status add_to(Table& table, const IpvsService& service) {
    const auto destinations = kernel_->destinations(service);
    if (!destinations && destinations.error().code == ESRCH) return {};  // removed since
    if (!destinations) return tl::unexpected{destinations.error()};
    TableEntry& entry = table.entries.emplace_back(TableEntry{.service = decode(service), .destinations = {}});
    entry.destinations.reserve(destinations->size());
    for (const IpvsDestination& each : *destinations) entry.destinations.push_back(decode(each));
    return {};
  }

  std::unique_ptr<lib::netlink::Ipvs> kernel_;
};

}  // namespace

Result<std::unique_ptr<Driver>> open_ipvs() {
  auto kernel = lib::netlink::Ipvs::open();
  if (!kernel) return tl::unexpected{kernel.error()};
  return std::unique_ptr<Driver>{std::make_unique<IpvsDriver>(std::move(*kernel))};
}

}  // namespace checkerd::driver

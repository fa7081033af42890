#include "lib/netlink/ipvs_wire.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>

#include <algorithm>
#include <cstring>

namespace lib::netlink::wire {
namespace {

// Addresses always fill 16 bytes (union nf_inet_addr).
void put_inet_address(Message& message, std::uint16_t kind, const Address& address) {
  std::array<std::uint8_t, 16> room{};
  (void)address_bytes(address, room);  // only the room counts: the rest of it is zero
  message.put(kind, room.data(), room.size());
}

std::optional<Address> inet_address(const Attributes& from, std::uint16_t kind, std::uint8_t family, std::uint16_t port_kind) {
  const auto bytes = from.bytes(kind);
  const std::size_t size = family == AF_INET ? 4 : 16;
  if (bytes.size() < size) return std::nullopt;
  auto out = address_of(bytes.first(size), family);
  if (out) out->set_port(ntohs(from.u16(port_kind).value_or(0)));
  return out;
}

std::uint64_t counter(const Attributes& from, std::uint16_t kind) {
  if (const auto wide = from.u64(kind)) return *wide;
  return from.u32(kind).value_or(0);
}

IpvsStats decode_stats(const Attributes& from, std::uint16_t wide_kind, std::uint16_t narrow_kind) {
  // Kernels before 4.1 have 32 bits only.
  const Attributes stats = from.nested(from.has(wide_kind) ? wide_kind : narrow_kind);
  IpvsStats out;
  out.connections = counter(stats, IPVS_STATS_ATTR_CONNS);
  out.packets_in = counter(stats, IPVS_STATS_ATTR_INPKTS);
  out.packets_out = counter(stats, IPVS_STATS_ATTR_OUTPKTS);
  out.bytes_in = counter(stats, IPVS_STATS_ATTR_INBYTES);
  out.bytes_out = counter(stats, IPVS_STATS_ATTR_OUTBYTES);
  out.connections_per_s = counter(stats, IPVS_STATS_ATTR_CPS);
  out.packets_in_per_s = counter(stats, IPVS_STATS_ATTR_INPPS);
  out.packets_out_per_s = counter(stats, IPVS_STATS_ATTR_OUTPPS);
  out.bytes_in_per_s = counter(stats, IPVS_STATS_ATTR_INBPS);
  out.bytes_out_per_s = counter(stats, IPVS_STATS_ATTR_OUTBPS);
  return out;
}

}  // namespace

Message ipvs_message(std::uint16_t family, std::uint8_t command, std::size_t room) {
  Message out{family, 0, room};
  genlmsghdr head{};
  head.cmd = command;
  head.version = IPVS_GENL_VERSION;
  out.header(head);
  return out;
}

void put_service(Message& message, const IpvsService& service, bool in_full) {
  nlattr* nest = message.begin(IPVS_CMD_ATTR_SERVICE);
  message.put_u16(IPVS_SVC_ATTR_AF, service.family);
  if (service.fwmark != 0) {
    message.put_u32(IPVS_SVC_ATTR_FWMARK, service.fwmark);
  } else {
    message.put_u16(IPVS_SVC_ATTR_PROTOCOL, service.protocol);
    put_inet_address(message, IPVS_SVC_ATTR_ADDR, service.address);
    message.put_u16(IPVS_SVC_ATTR_PORT, htons(service.address.port()));
  }
  if (in_full) {
    message.put_text(IPVS_SVC_ATTR_SCHED_NAME, service.scheduler);
    if (!service.persistence_engine.empty()) message.put_text(IPVS_SVC_ATTR_PE_NAME, service.persistence_engine);
    const ip_vs_flags flags{.flags = service.flags, .mask = 0xffffffff};
    message.put(IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
    message.put_u32(IPVS_SVC_ATTR_TIMEOUT, service.timeout_s);
    message.put_u32(IPVS_SVC_ATTR_NETMASK, service.family == AF_INET6 ? service.netmask : htonl(service.netmask));
  }
  message.end(nest);
}

void put_destination(Message& message, const IpvsDestination& destination, bool in_full) {
  nlattr* nest = message.begin(IPVS_CMD_ATTR_DEST);
  message.put_u16(IPVS_DEST_ATTR_ADDR_FAMILY, destination.address.family());
  put_inet_address(message, IPVS_DEST_ATTR_ADDR, destination.address);
  message.put_u16(IPVS_DEST_ATTR_PORT, htons(destination.address.port()));
  if (in_full) {
    message.put_u32(IPVS_DEST_ATTR_FWD_METHOD, destination.method & IP_VS_CONN_F_FWD_MASK);
    message.put_u32(IPVS_DEST_ATTR_WEIGHT, destination.weight);
    message.put_u8(IPVS_DEST_ATTR_TUN_TYPE, destination.tunnel_type);
    message.put_u16(IPVS_DEST_ATTR_TUN_PORT, htons(destination.tunnel_port));
    message.put_u16(IPVS_DEST_ATTR_TUN_FLAGS, destination.tunnel_flags);
    message.put_u32(IPVS_DEST_ATTR_U_THRESH, destination.upper_threshold);
    message.put_u32(IPVS_DEST_ATTR_L_THRESH, destination.lower_threshold);
  }
  message.end(nest);
}

void put_sync_daemon(Message& message, const IpvsSyncDaemon& daemon, bool in_full) {
  nlattr* nest = message.begin(IPVS_CMD_ATTR_DAEMON);
  message.put_u32(IPVS_DAEMON_ATTR_STATE, daemon.is_master ? IP_VS_STATE_MASTER : IP_VS_STATE_BACKUP);
  message.put_text(IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface);
  message.put_u32(IPVS_DAEMON_ATTR_SYNC_ID, daemon.id);
  if (in_full) {
    if (daemon.max_length != 0) message.put_u16(IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.max_length);
    if (daemon.port != 0) message.put_u16(IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
    if (daemon.ttl != 0) message.put_u8(IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl);
    if (daemon.group && daemon.group->is_ip())
      message.put_address(daemon.group->is_ipv6() ? IPVS_DAEMON_ATTR_MCAST_GROUP6 : IPVS_DAEMON_ATTR_MCAST_GROUP, *daemon.group);
  }
  message.end(nest);
}

Attributes ipvs_attributes(const nlmsghdr& message) { return Attributes::of_message(message, sizeof(genlmsghdr)); }

std::optional<IpvsService> decode_service(const nlmsghdr& message) {
  const Attributes in = ipvs_attributes(message).nested(IPVS_CMD_ATTR_SERVICE);
  IpvsService out;
  out.family = static_cast<std::uint8_t>(in.u16(IPVS_SVC_ATTR_AF).value_or(0));
  if (out.family != AF_INET && out.family != AF_INET6) return std::nullopt;
  out.fwmark = in.u32(IPVS_SVC_ATTR_FWMARK).value_or(0);
  if (out.fwmark == 0) {
    out.protocol = in.u16(IPVS_SVC_ATTR_PROTOCOL).value_or(0);
    const auto address = inet_address(in, IPVS_SVC_ATTR_ADDR, out.family, IPVS_SVC_ATTR_PORT);
    if (!address) return std::nullopt;
    out.address = *address;
  }
  out.scheduler = in.text(IPVS_SVC_ATTR_SCHED_NAME);
  out.persistence_engine = in.text(IPVS_SVC_ATTR_PE_NAME);
  if (const auto flags = in.value<ip_vs_flags>(IPVS_SVC_ATTR_FLAGS)) out.flags = flags->flags;
  out.timeout_s = in.u32(IPVS_SVC_ATTR_TIMEOUT).value_or(0);
  out.netmask = in.u32(IPVS_SVC_ATTR_NETMASK).value_or(0);
  if (out.family == AF_INET) out.netmask = ntohl(out.netmask);
  out.stats = decode_stats(in, IPVS_SVC_ATTR_STATS64, IPVS_SVC_ATTR_STATS);
  return out;
}

std::optional<IpvsDestination> decode_destination(const nlmsghdr& message, std::uint8_t family) {
  const Attributes in = ipvs_attributes(message).nested(IPVS_CMD_ATTR_DEST);
  const auto own = static_cast<std::uint8_t>(in.u16(IPVS_DEST_ATTR_ADDR_FAMILY).value_or(0));
  const auto address = inet_address(in, IPVS_DEST_ATTR_ADDR, own == 0 ? family : own, IPVS_DEST_ATTR_PORT);
  if (!address) return std::nullopt;
  IpvsDestination out;
  out.address = *address;
  out.method = in.u32(IPVS_DEST_ATTR_FWD_METHOD).value_or(0) & IP_VS_CONN_F_FWD_MASK;
  out.weight = in.u32(IPVS_DEST_ATTR_WEIGHT).value_or(0);
  out.upper_threshold = in.u32(IPVS_DEST_ATTR_U_THRESH).value_or(0);
  out.lower_threshold = in.u32(IPVS_DEST_ATTR_L_THRESH).value_or(0);
  out.tunnel_type = in.u8(IPVS_DEST_ATTR_TUN_TYPE).value_or(0);
  out.tunnel_port = ntohs(in.u16(IPVS_DEST_ATTR_TUN_PORT).value_or(0));
  out.tunnel_flags = in.u16(IPVS_DEST_ATTR_TUN_FLAGS).value_or(0);
  out.active = in.u32(IPVS_DEST_ATTR_ACTIVE_CONNS).value_or(0);
  out.inactive = in.u32(IPVS_DEST_ATTR_INACT_CONNS).value_or(0);
  out.persistent = in.u32(IPVS_DEST_ATTR_PERSIST_CONNS).value_or(0);
  out.stats = decode_stats(in, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_STATS);
  return out;
}

std::optional<IpvsSyncDaemon> decode_sync_daemon(const nlmsghdr& message) {
  const Attributes in = ipvs_attributes(message).nested(IPVS_CMD_ATTR_DAEMON);
  const auto state = in.u32(IPVS_DAEMON_ATTR_STATE);
  if (!state) return std::nullopt;
  IpvsSyncDaemon out;
  out.is_master = *state == IP_VS_STATE_MASTER;
  out.interface = in.text(IPVS_DAEMON_ATTR_MCAST_IFN);
  out.id = in.u32(IPVS_DAEMON_ATTR_SYNC_ID).value_or(0);
  out.max_length = in.u16(IPVS_DAEMON_ATTR_SYNC_MAXLEN).value_or(0);
  out.port = in.u16(IPVS_DAEMON_ATTR_MCAST_PORT).value_or(0);
  out.ttl = in.u8(IPVS_DAEMON_ATTR_MCAST_TTL).value_or(0);
  out.group = in.address(IPVS_DAEMON_ATTR_MCAST_GROUP, AF_INET);
  if (!out.group) out.group = in.address(IPVS_DAEMON_ATTR_MCAST_GROUP6, AF_INET6);
  return out;
}

}  // namespace lib::netlink::wire

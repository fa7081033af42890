// IPVS objects from and to generic netlink messages. Nobody outside lib/netlink includes this; tests of the folder do.
#pragma once

#include <linux/genetlink.h>

#include "lib/netlink/ipvs.h"
#include "lib/netlink/wire.h"

namespace lib::netlink::wire {

/// A request of the IPVS family: `family` as the kernel numbers it, `command` IPVS_CMD_*.
Message ipvs_message(std::uint16_t family, std::uint8_t command, std::size_t room = 512);
/// `in_full` with what NEW and SET need; else only what names the service.
void put_service(Message& message, const IpvsService& service, bool in_full);
void put_destination(Message& message, const IpvsDestination& destination, bool in_full);
void put_sync_daemon(Message& message, const IpvsSyncDaemon& daemon, bool in_full);

Attributes ipvs_attributes(const nlmsghdr& message);
std::optional<IpvsService> decode_service(const nlmsghdr& message);
/// `family`: of the service; older kernels do not name the destination's.
std::optional<IpvsDestination> decode_destination(const nlmsghdr& message, std::uint8_t family);
std::optional<IpvsSyncDaemon> decode_sync_daemon(const nlmsghdr& message);

}  // namespace lib::netlink::wire

// Raw sockets that carry adverts. Instances with the same interface, family, protocol and group (or unicast source) share
// one, as keepalived's do ("sockpool"); what they hear is given to one sink, which finds the instance by its VRID.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/loop.h"
#include "lib/net/address.h"
#include "vrrpd/core/packet.h"

namespace vrrpd::kernel {

using lib::base::Result;
using lib::base::Status;

/// How an instance's adverts travel.
struct Path {
  std::uint8_t family = AF_INET;
  std::uint8_t protocol = kVrrpProtocol;   // or kAhProtocol
  unsigned receive_index = 0;              // interface; 0 with unicast: any
  unsigned send_index = 0;                 // the same, or the other one of a VMAC and its base (vmac_xmit_base)
  std::optional<Address> group;            // multicast; nullopt: unicast
  std::optional<Address> source;           // unicast: where adverts come from and are sent to
  std::uint32_t receive_buffer = 0;        // bytes that this instance wants queued at most, 0 the kernel's default
};

/// One packet that came. Its views are valid during the call.
struct Received {
  Bytes packet;                  // IPv4: from the IP header on; IPv6: the message alone
  Address source;
  std::optional<Address> destination;
  int hop_limit = -1;            // TTL or hop limit; -1 unknown
  unsigned index = 0;            // the interface it came by
  std::uint8_t family = AF_INET, protocol = kVrrpProtocol;
  bool to_multicast = false;
};

/// Packets of one path. `path` is the number that open() gave to the first that asked for it: instances that share a
/// socket have the same.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  virtual void on_packet(std::size_t path, const Received& received) = 0;
};

class Transport {
 public:
  /// `sink` outlives it.
  Transport(lib::event::Loop& loop, PacketSink& sink);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Opens or shares the sockets of a path. Each open() needs its close(). The number of a closed path is used again.
  Result<std::size_t> open(const Path& path);
  void close(std::size_t path);

  struct Outgoing {
    Address source, destination;
    std::uint8_t hop_limit = 255;  // IPv6; an IPv4 packet says its own. 0: the kernel's default
    Bytes packet;                  // IPv4: with its header (encode_ipv4); IPv6: the message, its checksum is filled in
  };
  /// Multicast goes out as it is on its interface (MSG_DONTROUTE), unicast by the routing table.
  Status send(std::size_t path, const Outgoing& outgoing);

  /// Hands over what came and waits, now: after a pause that is older than the timers that ran out meanwhile. Not for a sink
  /// within on_packet().
  void read_waiting();

  /// Packets that came, and of them those that were cut short or without a usable address.
  std::uint64_t received() const;
  std::uint64_t dropped() const;
  /// "[ifindex(  3), family(IPv4), proto(112), fd(15,16) multicast, address(224.0.0.18)]", one line a path, for the log.
  std::vector<std::string> describe() const;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

/// What vrrp_rx_bufs_policy asks for one instance: "MTU" and "ADVERT" count in packets of that size, a number in bytes;
/// "" is the kernel's default (0).
std::uint32_t receive_buffer_size(std::string_view policy, unsigned multiplier, unsigned mtu, std::size_t advert_size);

}  // namespace vrrpd::kernel

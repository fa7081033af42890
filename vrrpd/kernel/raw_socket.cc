#include "vrrpd/kernel/raw_socket.h"

#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29  // Linux 4.20
#endif

namespace vrrpd::kernel {

namespace {

using lib::base::system_failure;
using lib::base::UniqueFd;

constexpr int kTrafficClass = 0xC0;       // RFC 2474 network control, as keepalived marks its adverts
constexpr int kVrrpChecksumOffset = 6;
constexpr std::size_t kMaxPacket = 9216;  // a jumbo frame
constexpr unsigned kPacketsPerRead = 32;

Status set(int fd, int level, int option, int value, const char* what) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) return system_failure(what, errno);
  return {};
}

Status bind_to_interface(int fd, unsigned index) {
  if (index == 0) return {};
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(index, name.data()) == nullptr) return system_failure("interface", errno);
  if (::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.data(), static_cast<socklen_t>(std::strlen(name.data()) + 1)) != 0)
    return system_failure("SO_BINDTODEVICE", errno);
  return {};
}

Status join(int fd, const Path& path) {
  if (path.family == AF_INET) {
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(path.group->ipv4_bits());
    request.imr_ifindex = static_cast<int>(path.receive_index);
    if (::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) != 0)
      return system_failure("IP_ADD_MEMBERSHIP", errno);
    // Groups that other programs joined are not ours.
    return set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
  }
  ipv6_mreq request{};
  request.ipv6mr_multiaddr = path.group->ipv6_bits();
  request.ipv6mr_interface = path.receive_index;
  if (::setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request) != 0)
    return system_failure("IPV6_JOIN_GROUP", errno);
  (void)set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "");  // older kernels: the receiver checks the destination
  return {};
}

Status bind_to_address(int fd, Address address, unsigned index) {
  sockaddr_storage raw{};
  std::memcpy(&raw, address.raw(), address.raw_size());
  if (address.is_ipv6() && IN6_IS_ADDR_LINKLOCAL(&address.ipv6_bits()))
    reinterpret_cast<sockaddr_in6&>(raw).sin6_scope_id = index;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&raw), address.raw_size()) != 0) return system_failure("bind", errno);
  return {};
}

Result<UniqueFd> open_socket(const Path& path) {
  UniqueFd fd{::socket(path.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, path.protocol)};
  if (!fd) return system_failure("raw socket", errno);
  if (path.family == AF_INET6 && path.protocol == kVrrpProtocol)
    if (auto done = set(fd.get(), IPPROTO_IPV6, IPV6_CHECKSUM, kVrrpChecksumOffset, "IPV6_CHECKSUM"); !done)
      return tl::unexpected{done.error()};
  return fd;
}

Status prepare_multicast_sender(int fd, const Path& path) {
  if (path.family == AF_INET) {
    ip_mreqn out{};
    out.imr_ifindex = static_cast<int>(path.send_index);
    if (::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) != 0)
      return system_failure("IP_MULTICAST_IF", errno);
    return set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
  }
  if (auto done = set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(path.send_index), "IPV6_MULTICAST_IF"); !done)
    return done;
  return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
}

}  // namespace

Result<UniqueFd> open_receiver(const Path& path) {
  auto fd = open_socket(path);
  if (!fd) return fd;
  const int raw = fd->get();
  if (auto done = bind_to_interface(raw, path.receive_index); !done) return tl::unexpected{done.error()};
  if (path.group)
    if (auto done = join(raw, path); !done) return tl::unexpected{done.error()};
  if (!path.group && path.source)
    if (auto done = bind_to_address(raw, *path.source, path.receive_index); !done) return tl::unexpected{done.error()};
  const Status info = path.family == AF_INET ? set(raw, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO")
                                             : set(raw, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
  if (!info) return tl::unexpected{info.error()};
  if (path.family == AF_INET6)
    if (auto done = set(raw, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT"); !done)
      return tl::unexpected{done.error()};
  return fd;
}

Result<UniqueFd> open_sender(const Path& path) {
  auto fd = open_socket(path);
  if (!fd) return fd;
  const int raw = fd->get();
  // A raw socket hears all of its protocol: this one wants none of it.
  sock_filter nothing{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog filter{.len = 1, .filter = &nothing};
  if (::setsockopt(raw, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
    return system_failure("SO_ATTACH_FILTER", errno);
  if (path.family == AF_INET)
    if (auto done = set(raw, IPPROTO_IP, IP_HDRINCL, 1, "IP_HDRINCL"); !done) return tl::unexpected{done.error()};
  if (path.family == AF_INET6)
    if (auto done = set(raw, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS"); !done)
      return tl::unexpected{done.error()};
  if (auto done = bind_to_interface(raw, path.send_index); !done) return tl::unexpected{done.error()};
  if (path.group)
    if (auto done = prepare_multicast_sender(raw, path); !done) return tl::unexpected{done.error()};
  // Before everything else in the interface's queue.
  if (auto done = set(raw, SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL, "SO_PRIORITY"); !done)
    return tl::unexpected{done.error()};
  return fd;
}

Status send_raw(int fd, const Path& path, const Transport::Outgoing& outgoing) {
  sockaddr_storage to{};
  std::memcpy(&to, outgoing.destination.raw(), outgoing.destination.raw_size());
  if (path.family == AF_INET6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(to);
    six.sin6_port = 0;
    if (path.group || IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr)) six.sin6_scope_id = path.send_index;
  }
  iovec part{const_cast<std::uint8_t*>(outgoing.packet.data()), outgoing.packet.size()};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = outgoing.destination.raw_size();
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))> room{};
  if (path.family == AF_INET6) {
    message.msg_control = room.data();
    message.msg_controllen = CMSG_SPACE(sizeof(in6_pktinfo)) + (outgoing.hop_limit != 0 ? CMSG_SPACE(sizeof(int)) : 0);
    cmsghdr* item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = IPPROTO_IPV6;
    item->cmsg_type = IPV6_PKTINFO;
    item->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
    in6_pktinfo info{};
    info.ipi6_addr = outgoing.source.ipv6_bits();
    info.ipi6_ifindex = path.send_index;
    std::memcpy(CMSG_DATA(item), &info, sizeof info);
    if (outgoing.hop_limit != 0) {
      item = CMSG_NXTHDR(&message, item);
      item->cmsg_level = IPPROTO_IPV6;
      item->cmsg_type = IPV6_HOPLIMIT;
      item->cmsg_len = CMSG_LEN(sizeof(int));
      const int limit = outgoing.hop_limit;
      std::memcpy(CMSG_DATA(item), &limit, sizeof limit);
    }
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd, &message, path.group ? MSG_DONTROUTE : 0);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return system_failure("send", errno);
  return {};
}

struct ReceiveRoom {
  std::array<std::array<std::uint8_t, kMaxPacket>, kPacketsPerRead> bytes;  // not cleared: memory only where packets came
  std::array<std::array<char, 128>, kPacketsPerRead> control{};
  std::array<sockaddr_storage, kPacketsPerRead> from{};
  std::array<iovec, kPacketsPerRead> parts{};
  std::array<mmsghdr, kPacketsPerRead> messages{};
};

void ReceiveRoomFree::operator()(ReceiveRoom* room) const noexcept { delete room; }
ReceiveRoomPtr make_receive_room() { return ReceiveRoomPtr{new ReceiveRoom}; }  // its type is known here alone

namespace {

void prepare(ReceiveRoom& room) {
  for (std::size_t i = 0; i < kPacketsPerRead; ++i) {
    room.parts[i] = {room.bytes[i].data(), room.bytes[i].size()};
    msghdr& head = room.messages[i].msg_hdr;
    head = {};
    head.msg_name = &room.from[i];
    head.msg_namelen = sizeof room.from[i];
    head.msg_iov = &room.parts[i];
    head.msg_iovlen = 1;
    head.msg_control = room.control[i].data();
    head.msg_controllen = room.control[i].size();
  }
}

void read_ancillary(msghdr& head, Received& out) {
  for (cmsghdr* item = CMSG_FIRSTHDR(&head); item != nullptr; item = CMSG_NXTHDR(&head, item)) {
    if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      out.index = static_cast<unsigned>(info.ipi_ifindex);
      out.destination = Address::ipv4(ntohl(info.ipi_addr.s_addr));
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      out.index = info.ipi6_ifindex;
      sockaddr_in6 raw{};
      raw.sin6_family = AF_INET6;
      raw.sin6_addr = info.ipi6_addr;
      out.destination = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(raw), sizeof raw);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT) {
      std::memcpy(&out.hop_limit, CMSG_DATA(item), sizeof out.hop_limit);
    }
  }
}

bool is_multicast(const Address& address) {
  if (address.is_ipv4()) return (address.ipv4_bits() >> 28) == 0xE;
  return address.is_ipv6() && IN6_IS_ADDR_MULTICAST(&address.ipv6_bits());
}

}  // namespace

unsigned receive_some(int fd, const Path& path, std::size_t number, ReceiveRoom& room, PacketSink& sink,
                      std::uint64_t& dropped) {
  prepare(room);
  const int got = ::recvmmsg(fd, room.messages.data(), kPacketsPerRead, MSG_DONTWAIT, nullptr);
  if (got <= 0) return 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    msghdr& head = room.messages[i].msg_hdr;
    Received received;
    received.family = path.family;
    received.protocol = path.protocol;
    received.index = path.receive_index;
    received.packet = {room.bytes[i].data(), room.messages[i].msg_len};
    received.source = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(room.from[i]), head.msg_namelen);
    received.source.set_port(0);
    read_ancillary(head, received);
    if ((head.msg_flags & MSG_TRUNC) != 0 || received.source.family() != path.family) {
      ++dropped;
      continue;
    }
    if (path.family == AF_INET && received.packet.size() > offsetof(ip, ip_ttl))
      received.hop_limit = received.packet[offsetof(ip, ip_ttl)];
    received.to_multicast = received.destination && is_multicast(*received.destination);
    // Kernels before 4.20 give an IPv6 socket the packets of groups that others joined.
    if (received.to_multicast && path.group && !received.destination->same_host(*path.group)) {
      ++dropped;
      continue;
    }
    sink.on_packet(number, received);
  }
  return static_cast<unsigned>(got);
}

void set_receive_buffer(int fd, std::uint32_t bytes) {
  if (bytes == 0) return;
  // Past the system's limit where we may; else as far as it goes. A smaller buffer only drops more under a flood.
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

}  // namespace vrrpd::kernel

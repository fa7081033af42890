#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "lib/event/wait.h"
#include "lib/netlink/wire.h"

namespace lib::netlink {

namespace {

constexpr std::size_t kReceiveBuffer = 64 * 1024;
constexpr int kReadsPerWake = 32;  // then others have their turn

}  // namespace

struct Monitor::Internals {
  Internals(lib::event::Loop& loop, Listener& heard_by, lib::base::UniqueFd fd)
      : listener{heard_by}, waiter{loop}, descriptor{loop, std::move(fd)}, buffer(kReceiveBuffer) {}

  Listener& listener;
  lib::event::Waiter waiter;
  lib::event::Descriptor descriptor;
  std::vector<std::uint8_t> buffer;
  lib::event::TaskGroup tasks;  // last: its task uses the rest
};

namespace {

void tell(Listener& listener, const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (const auto link = wire::decode_link(message)) listener.on_link(*link, message.nlmsg_type == RTM_DELLINK);
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      if (const auto address = wire::decode_address(message))
        listener.on_address(*address, message.nlmsg_type == RTM_DELADDR);
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (const auto route = wire::decode_route(message)) listener.on_route(*route, message.nlmsg_type == RTM_DELROUTE);
      break;
    case RTM_NEWRULE:
    case RTM_DELRULE:
      if (const auto rule = wire::decode_rule(message)) listener.on_rule(*rule, message.nlmsg_type == RTM_DELRULE);
      break;
    default: break;
  }
}

enum class Read : std::uint8_t { Some, Empty, Lost };

Read read_once(int fd, std::vector<std::uint8_t>& buffer, Listener& listener) {
  sockaddr_nl from{};
  socklen_t from_size = sizeof from;
  const ssize_t got =
      ::recvfrom(fd, buffer.data(), buffer.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (got < 0) {
    if (errno == EINTR) return Read::Some;
    return errno == ENOBUFS ? Read::Lost : Read::Empty;
  }
  if (from.nl_pid != 0) return Read::Some;
  if (static_cast<std::size_t>(got) > buffer.size()) return Read::Lost;
  int size = static_cast<int>(got);
  for (auto* at = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(at, size) != 0; at = nlmsg_next(at, &size))
    tell(listener, *at);
  return Read::Some;
}

lib::event::Task<void> watch(lib::event::Waiter& waiter, lib::event::Descriptor& descriptor,
                             std::vector<std::uint8_t>& buffer, Listener& listener) {
  bool lost = false;
  while (true) {
    // The kernel reports a loss before the older events that are still queued. They are read to their end first: they
    // must not be taken for newer than what the listener reads again.
    if (lost)
      co_await waiter.yield();
    else
      co_await waiter.ready(descriptor, lib::event::kRead, lib::event::kNever);
    Read last = Read::Some;
    for (int i = 0; i < kReadsPerWake && last != Read::Empty; ++i) {
      last = read_once(descriptor.fd(), buffer, listener);
      if (last == Read::Lost) lost = true;
    }
    if (!lost || last != Read::Empty) continue;
    lost = false;
    listener.on_overrun();
  }
}

}  // namespace

Monitor::Monitor(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
Monitor::~Monitor() = default;

Result<std::unique_ptr<Monitor>> Monitor::open(lib::event::Loop& loop, Listener& listener, std::uint32_t receive_buffer,
                                               bool force, bool with_routes) {
  auto fd = wire::open_route_socket(false, receive_buffer, force);
  if (!fd) return tl::unexpected{fd.error()};
  std::vector<int> groups{RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};
  if (with_routes)
    groups.insert(groups.end(), {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE});
  for (const int group : groups)
    if (::setsockopt(fd->get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      return lib::base::system_failure("netlink group " + std::to_string(group), errno);
  auto internals = std::make_unique<Internals>(loop, listener, std::move(*fd));
  Internals& in = *internals;
  in.tasks.spawn(watch(in.waiter, in.descriptor, in.buffer, in.listener));
  return std::unique_ptr<Monitor>{new Monitor{std::move(internals)}};  // the constructor is private
}

}  // namespace lib::netlink

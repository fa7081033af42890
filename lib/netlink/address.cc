#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "lib/netlink/wire.h"


namespace lib::netlink::wire {

namespace {

constexpr std::uint16_t kProtocol = 11;  // IFA_PROTO: Linux 5.18, newer than the headers may be
constexpr std::uint32_t kForever = 0xffffffff;

}  // namespace

std::optional<InterfaceAddress> decode_address(const nlmsghdr& message) {
  const auto* head = header_of<ifaddrmsg>(message);
  if (head == nullptr) return std::nullopt;
  const auto attributes = Attributes::of_message(message, sizeof *head);
  const auto local = attributes.address(IFA_LOCAL, head->ifa_family);
  const auto address = attributes.address(IFA_ADDRESS, head->ifa_family);
  if (!local && !address) return std::nullopt;
  InterfaceAddress out;
  out.index = head->ifa_index;
  // With a peer, IFA_LOCAL is ours and IFA_ADDRESS the other's; IPv6 leaves IFA_LOCAL out when there is none.
  out.address = local ? *local : *address;
  if (local && address && !local->same_host(*address)) out.peer = address;
  out.prefix_length = head->ifa_prefixlen;
  out.scope = head->ifa_scope;
  out.flags = attributes.u32(IFA_FLAGS).value_or(head->ifa_flags);
  out.label = attributes.text(IFA_LABEL);
  out.broadcast = attributes.address(IFA_BROADCAST, head->ifa_family);
  out.protocol = attributes.u8(kProtocol).value_or(0);
  if (const auto times = attributes.value<ifa_cacheinfo>(IFA_CACHEINFO); times && times->ifa_prefered != kForever)
    out.preferred_lifetime_s = times->ifa_prefered;
  // The kernel calls a permanent address's lifetime endless even when it is deprecated.
  if ((out.flags & IFA_F_DEPRECATED) != 0) out.preferred_lifetime_s = 0;
  return out;
}

Message encode_address(const InterfaceAddress& address, bool add) {
  Message out{add ? std::uint16_t{RTM_NEWADDR} : std::uint16_t{RTM_DELADDR},
              add ? std::uint16_t{NLM_F_CREATE | NLM_F_EXCL} : std::uint16_t{0},
              256};
  ifaddrmsg head{};
  head.ifa_family = static_cast<std::uint8_t>(address.address.family());
  head.ifa_prefixlen = address.prefix_length;
  head.ifa_scope = address.scope;
  head.ifa_flags = static_cast<std::uint8_t>(address.flags & 0xff);
  head.ifa_index = address.index;
  out.header(head);
  out.put_address(IFA_LOCAL, address.address);
  out.put_address(IFA_ADDRESS, address.peer.value_or(address.address));
  if (!add) return out;
  if (address.broadcast) out.put_address(IFA_BROADCAST, *address.broadcast);
  if (!address.label.empty()) out.put_text(IFA_LABEL, address.label);
  if (address.flags > 0xff) out.put_u32(IFA_FLAGS, address.flags);
  if (address.protocol != 0) out.put_u8(kProtocol, address.protocol);
  if (address.preferred_lifetime_s) {
    ifa_cacheinfo times{};
    times.ifa_prefered = *address.preferred_lifetime_s;
    times.ifa_valid = kForever;
    out.put(IFA_CACHEINFO, &times, sizeof times);
  }
  return out;
}

}  // namespace lib::netlink::wire

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "lib/netlink/wire.h"

namespace lib::netlink {

bool Link::is_running() const { return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0; }

namespace wire {

std::optional<Link> decode_link(const nlmsghdr& message) {
  const auto* head = header_of<ifinfomsg>(message);
  // A bridge tells about its ports in the same group, as AF_BRIDGE: a port that leaves it is not a link that is gone.
  if (head == nullptr || head->ifi_family != AF_UNSPEC) return std::nullopt;
  const auto attributes = Attributes::of_message(message, sizeof *head);
  Link out;
  out.index = static_cast<unsigned>(head->ifi_index);
  out.flags = head->ifi_flags;
  out.hardware_type = head->ifi_type;
  out.name = attributes.text(IFLA_IFNAME);
  out.mtu = attributes.u32(IFLA_MTU).value_or(0);
  out.master = attributes.u32(IFLA_MASTER).value_or(0);
  out.group = attributes.u32(IFLA_GROUP).value_or(0);
  const auto info = attributes.nested(IFLA_LINKINFO);
  out.kind = info.text(IFLA_INFO_KIND);
  if (out.kind == "macvlan") out.mode = info.nested(IFLA_INFO_DATA).u32(IFLA_MACVLAN_MODE).value_or(0);
  if (out.kind == "vrf") out.vrf_table = info.nested(IFLA_INFO_DATA).u32(IFLA_VRF_TABLE).value_or(0);
  // A veth names its peer here, and a link whose parent is in another namespace an index that means nothing to us.
  if (out.kind != "veth" && !attributes.has(IFLA_LINK_NETNSID)) out.parent = attributes.u32(IFLA_LINK).value_or(0);
  if (out.parent == out.index) out.parent = 0;
  if (const auto mac = attributes.bytes(IFLA_ADDRESS); mac.size() == 6) {
    out.mac.emplace();
    std::copy(mac.begin(), mac.end(), out.mac->begin());
  }
  return out;
}

Message encode_macvlan(const Netlink::Macvlan& wanted) {
  Message out{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL};
  out.header(ifinfomsg{});
  out.put_text(IFLA_IFNAME, wanted.name);
  out.put_u32(IFLA_LINK, wanted.parent);
  out.put(IFLA_ADDRESS, wanted.mac.data(), wanted.mac.size());
  if (wanted.group != 0) out.put_u32(IFLA_GROUP, wanted.group);
  nlattr* info = out.begin(IFLA_LINKINFO);
  out.put_text(IFLA_INFO_KIND, "macvlan");
  nlattr* data = out.begin(IFLA_INFO_DATA);
  out.put_u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
  out.end(data);
  out.end(info);
  return out;
}

Message encode_ipvlan(const Netlink::Ipvlan& wanted) {
  Message out{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL};
  out.header(ifinfomsg{});
  out.put_text(IFLA_IFNAME, wanted.name);
  out.put_u32(IFLA_LINK, wanted.parent);
  if (wanted.group != 0) out.put_u32(IFLA_GROUP, wanted.group);
  nlattr* info = out.begin(IFLA_LINKINFO);
  out.put_text(IFLA_INFO_KIND, "ipvlan");
  nlattr* data = out.begin(IFLA_INFO_DATA);
  out.put_u16(IFLA_IPVLAN_MODE, IPVLAN_MODE_L2);
  out.put_u16(IFLA_IPVLAN_FLAGS, wanted.flags);
  out.end(data);
  out.end(info);
  return out;
}

}  // namespace wire
}  // namespace lib::netlink

#include <endian.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "lib/netlink/wire.h"

namespace lib::netlink::wire {

namespace {

std::optional<std::pair<std::uint16_t, std::uint16_t>> ports_of(const Attributes& attributes, std::uint16_t kind) {
  const auto range = attributes.value<fib_rule_port_range>(kind);
  if (!range) return std::nullopt;
  return std::pair{range->start, range->end};
}

void put_ports(Message& out, std::uint16_t kind, const std::optional<std::pair<std::uint16_t, std::uint16_t>>& ports) {
  if (!ports) return;
  const fib_rule_port_range range{.start = ports->first, .end = ports->second};
  out.put(kind, &range, sizeof range);
}

void put_selectors(Message& out, const Rule& rule) {
  if (rule.from) out.put_address(FRA_SRC, *rule.from);
  if (rule.to) out.put_address(FRA_DST, *rule.to);
  if (!rule.in_interface.empty()) out.put_text(FRA_IIFNAME, rule.in_interface);
  if (!rule.out_interface.empty()) out.put_text(FRA_OIFNAME, rule.out_interface);
  if (rule.fwmark) out.put_u32(FRA_FWMARK, *rule.fwmark);
  if (rule.fwmark_mask) out.put_u32(FRA_FWMASK, *rule.fwmark_mask);
  if (rule.realms) out.put_u32(FRA_FLOW, *rule.realms);
  if (rule.tunnel_id) {
    const std::uint64_t id = htobe64(*rule.tunnel_id);
    out.put(FRA_TUN_ID, &id, sizeof id);
  }
  if (rule.l3mdev) out.put_u8(FRA_L3MDEV, 1);
  if (rule.uid_range) {
    const fib_rule_uid_range range{.start = rule.uid_range->first, .end = rule.uid_range->second};
    out.put(FRA_UID_RANGE, &range, sizeof range);
  }
  if (rule.ip_protocol != 0) out.put_u8(FRA_IP_PROTO, rule.ip_protocol);
  put_ports(out, FRA_SPORT_RANGE, rule.source_ports);
  put_ports(out, FRA_DPORT_RANGE, rule.destination_ports);
}

}  // namespace

Message encode_rule(const Rule& rule, bool add) {
  Message out{add ? std::uint16_t{RTM_NEWRULE} : std::uint16_t{RTM_DELRULE},
              add ? std::uint16_t{NLM_F_CREATE | NLM_F_EXCL} : std::uint16_t{0}};
  fib_rule_hdr head{};
  head.family = rule.family;
  head.dst_len = rule.to_length;
  head.src_len = rule.from_length;
  head.tos = rule.tos;
  head.action = rule.action;
  if (rule.table && *rule.table < 256) head.table = static_cast<std::uint8_t>(*rule.table);
  if (rule.inverted) head.flags |= FIB_RULE_INVERT;
  out.header(head);
  out.put_u32(FRA_PRIORITY, rule.priority);
  put_selectors(out, rule);
  if (rule.table) out.put_u32(FRA_TABLE, *rule.table);
  if (rule.goto_priority) out.put_u32(FRA_GOTO, *rule.goto_priority);
  if (rule.suppress_prefix_length) out.put_u32(FRA_SUPPRESS_PREFIXLEN, *rule.suppress_prefix_length);
  if (rule.suppress_interface_group) out.put_u32(FRA_SUPPRESS_IFGROUP, *rule.suppress_interface_group);
  if (rule.protocol != 0) out.put_u8(FRA_PROTOCOL, rule.protocol);
  return out;
}

std::optional<Rule> decode_rule(const nlmsghdr& message) {
  const auto* head = header_of<fib_rule_hdr>(message);
  if (head == nullptr || (head->family != AF_INET && head->family != AF_INET6)) return std::nullopt;
  const auto attributes = Attributes::of_message(message, sizeof *head);
  Rule out;
  out.family = head->family;
  out.action = head->action;
  out.tos = head->tos;
  out.inverted = (head->flags & FIB_RULE_INVERT) != 0;
  out.from = attributes.address(FRA_SRC, out.family);
  out.from_length = head->src_len;
  out.to = attributes.address(FRA_DST, out.family);
  out.to_length = head->dst_len;
  out.priority = attributes.u32(FRA_PRIORITY).value_or(0);
  const std::uint32_t table = attributes.u32(FRA_TABLE).value_or(head->table);
  if (table != 0) out.table = table;
  out.goto_priority = attributes.u32(FRA_GOTO);
  out.fwmark = attributes.u32(FRA_FWMARK);
  out.fwmark_mask = attributes.u32(FRA_FWMASK);
  out.realms = attributes.u32(FRA_FLOW);
  constexpr std::uint32_t kNotSet = 0xffffffff;
  if (const auto length = attributes.u32(FRA_SUPPRESS_PREFIXLEN); length && *length != kNotSet)
    out.suppress_prefix_length = length;
  if (const auto group = attributes.u32(FRA_SUPPRESS_IFGROUP); group && *group != kNotSet)
    out.suppress_interface_group = group;
  if (const auto id = attributes.u64(FRA_TUN_ID)) out.tunnel_id = be64toh(*id);
  out.in_interface = attributes.text(FRA_IIFNAME);
  out.out_interface = attributes.text(FRA_OIFNAME);
  out.l3mdev = attributes.u8(FRA_L3MDEV).value_or(0) != 0;
  if (const auto range = attributes.value<fib_rule_uid_range>(FRA_UID_RANGE))
    out.uid_range = std::pair{range->start, range->end};
  out.protocol = attributes.u8(FRA_PROTOCOL).value_or(0);
  out.ip_protocol = attributes.u8(FRA_IP_PROTO).value_or(0);
  out.source_ports = ports_of(attributes, FRA_SPORT_RANGE);
  out.destination_ports = ports_of(attributes, FRA_DPORT_RANGE);
  return out;
}

}  // namespace lib::netlink::wire

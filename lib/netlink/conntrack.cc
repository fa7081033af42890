#include "lib/netlink/conntrack.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cerrno>

#include "lib/netlink/wire.h"

namespace lib::netlink {

using lib::base::Result;
using lib::base::Status;
using lib::net::Address;
using wire::Attributes;
using wire::Message;

struct Conntrack::Internals {
  std::unique_ptr<wire::Exchange> exchange;
};

namespace {

constexpr std::uint16_t type_of(int command) { return static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | command); }

struct Tuple {
  Address source, destination;
  std::uint8_t protocol = 0;
};

std::optional<Tuple> decode_tuple(const Attributes& in, std::uint8_t family) {
  const Attributes ip = in.nested(CTA_TUPLE_IP), proto = in.nested(CTA_TUPLE_PROTO);
  const bool is_v6 = family == AF_INET6;
  const auto source = ip.address(is_v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, family);
  const auto destination = ip.address(is_v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, family);
  const auto protocol = proto.u8(CTA_PROTO_NUM);
  if (!source || !destination || !protocol) return std::nullopt;
  Tuple out{.source = *source, .destination = *destination, .protocol = *protocol};
  out.source.set_port(ntohs(proto.u16(CTA_PROTO_SRC_PORT).value_or(0)));
  out.destination.set_port(ntohs(proto.u16(CTA_PROTO_DST_PORT).value_or(0)));
  return out;
}

std::optional<Connection> decode_connection(const nlmsghdr& message) {
  const auto* head = wire::header_of<nfgenmsg>(message);
  if (head == nullptr || (head->nfgen_family != AF_INET && head->nfgen_family != AF_INET6)) return std::nullopt;
  const Attributes in = Attributes::of_message(message, sizeof(nfgenmsg));
  if ((ntohl(in.u32(CTA_STATUS).value_or(0)) & IPS_DST_NAT) == 0) return std::nullopt;
  const auto there = decode_tuple(in.nested(CTA_TUPLE_ORIG), head->nfgen_family), back = decode_tuple(in.nested(CTA_TUPLE_REPLY), head->nfgen_family);
  if (!there || !back) return std::nullopt;
  Connection out{.family = head->nfgen_family, .protocol = there->protocol, .client = there->source, .called = there->destination, .server = back->source};
  out.tcp_state = in.nested(CTA_PROTOINFO).nested(CTA_PROTOINFO_TCP).u8(CTA_PROTOINFO_TCP_STATE).value_or(0);
  out.mark = ntohl(in.u32(CTA_MARK).value_or(0));
  return out;
}

void put_tuple(Message& message, const Connection& connection) {
  const bool is_v6 = connection.family == AF_INET6;
  nlattr* tuple = message.begin(CTA_TUPLE_ORIG);
  nlattr* ip = message.begin(CTA_TUPLE_IP);
  message.put_address(is_v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, connection.client);
  message.put_address(is_v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, connection.called);
  message.end(ip);
  nlattr* proto = message.begin(CTA_TUPLE_PROTO);
  message.put_u8(CTA_PROTO_NUM, connection.protocol);
  message.put_u16(CTA_PROTO_SRC_PORT, htons(connection.client.port()));
  message.put_u16(CTA_PROTO_DST_PORT, htons(connection.called.port()));
  message.end(proto);
  message.end(tuple);
}

}  // namespace

bool Connection::is_established_tcp() const { return tcp_state == TCP_CONNTRACK_ESTABLISHED; }

Conntrack::Conntrack(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
Conntrack::~Conntrack() = default;

Result<std::unique_ptr<Conntrack>> Conntrack::open() {
  auto exchange = wire::Exchange::open_netfilter();
  if (!exchange) return tl::unexpected{exchange.error()};
  auto internals = std::make_unique<Internals>();
  internals->exchange = std::move(*exchange);
  return std::unique_ptr<Conntrack>{new Conntrack{std::move(internals)}};  // the constructor is private
}

Result<std::vector<Connection>> Conntrack::translated() {
  Message request{type_of(IPCTNL_MSG_CT_GET), 0};
  request.header(nfgenmsg{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = 0});
  std::vector<Connection> out;
  const Status done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    if (auto connection = decode_connection(entry)) out.push_back(std::move(*connection));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Status Conntrack::remove(const Connection& connection) {
  Message request{type_of(IPCTNL_MSG_CT_DELETE), 0};
  request.header(nfgenmsg{.nfgen_family = connection.family, .version = NFNETLINK_V0, .res_id = 0});
  put_tuple(request, connection);
  Status done = internals_->exchange->call(request);
  if (!done && done.error().code == ENOENT) return {};
  return done;
}

}  // namespace lib::netlink

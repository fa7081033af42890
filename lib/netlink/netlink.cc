#include "lib/netlink/netlink.h"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "lib/netlink/wire.h"

namespace lib::netlink {

using wire::Message;

struct Netlink::Internals {
  std::unique_ptr<wire::Exchange> exchange;
};

namespace {

/// What is to be gone and is, counts as done; so does what lay on an interface that no longer exists.
Status removed(Status status) {
  if (status) return status;
  switch (status.error().code) {
    case EADDRNOTAVAIL:
    case ESRCH:
    case ENOENT:
    case ENODEV:
    case ENXIO: return {};
    default: return status;
  }
}

Status added(Status status) {
  if (!status && status.error().code == EEXIST) return {};
  return status;
}

}  // namespace

Netlink::Netlink(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
Netlink::~Netlink() = default;

Result<std::unique_ptr<Netlink>> Netlink::open(std::uint32_t receive_buffer, bool force) {
  auto exchange = wire::Exchange::open(receive_buffer, force);
  if (!exchange) return tl::unexpected{exchange.error()};
  auto internals = std::make_unique<Internals>();
  internals->exchange = std::move(*exchange);
  return std::unique_ptr<Netlink>{new Netlink{std::move(internals)}};  // the constructor is private
}

Result<std::vector<Link>> Netlink::links() {
  Message request{RTM_GETLINK, 0};
  request.header(ifinfomsg{});
  std::vector<Link> out;
  const Status done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    if (entry.nlmsg_type != RTM_NEWLINK) return;
    if (auto link = wire::decode_link(entry)) out.push_back(std::move(*link));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<Link> Netlink::find_link(const std::string& name) {
  auto all = links();
  if (!all) return tl::unexpected{all.error()};
  for (Link& link : *all)
    if (link.name == name) return std::move(link);
  return lib::base::system_failure("interface " + name, ENODEV);
}

Result<std::vector<InterfaceAddress>> Netlink::addresses() {
  Message request{RTM_GETADDR, 0};
  request.header(ifaddrmsg{});
  std::vector<InterfaceAddress> out;
  const Status done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    if (entry.nlmsg_type != RTM_NEWADDR) return;
    if (auto address = wire::decode_address(entry)) out.push_back(std::move(*address));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<std::vector<Route>> Netlink::routes(std::uint8_t family, std::uint32_t table) {
  Message request{RTM_GETROUTE, 0};
  rtmsg head{};
  head.rtm_family = family;
  request.header(head);
  std::vector<Route> out;
  const Status done = internals_->exchange->dump(request, [&](const nlmsghdr& entry) {
    if (entry.nlmsg_type != RTM_NEWROUTE) return;
    auto route = wire::decode_route(entry);
    if (route && route->family == family && (table == 0 || route->table == table)) out.push_back(std::move(*route));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<std::vector<Rule>> Netlink::rules(std::uint8_t family) {
  Message request{RTM_GETRULE, 0};
  fib_rule_hdr head{};
  head.family = family;
  request.header(head);
  std::vector<Rule> out;
  const Status done = internals_->exchange->dump(request, [&](const nlmsghdr& entry) {
    if (entry.nlmsg_type != RTM_NEWRULE) return;
    if (auto rule = wire::decode_rule(entry); rule && rule->family == family) out.push_back(std::move(*rule));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Status Netlink::add_address(const InterfaceAddress& address) {
  Message request = wire::encode_address(address, true);
  return added(internals_->exchange->call(request));
}

Status Netlink::remove_address(const InterfaceAddress& address) {
  Message request = wire::encode_address(address, false);
  return removed(internals_->exchange->call(request));
}

std::vector<Status> Netlink::add_addresses(std::span<const InterfaceAddress> addresses) {
  std::vector<Message> requests;
  requests.reserve(addresses.size());
  for (const auto& address : addresses) requests.push_back(wire::encode_address(address, true));
  auto out = internals_->exchange->call_all(requests);
  for (Status& status : out) status = added(std::move(status));
  return out;
}

std::vector<Status> Netlink::remove_addresses(std::span<const InterfaceAddress> addresses) {
  std::vector<Message> requests;
  requests.reserve(addresses.size());
  for (const auto& address : addresses) requests.push_back(wire::encode_address(address, false));
  auto out = internals_->exchange->call_all(requests);
  for (Status& status : out) status = removed(std::move(status));
  return out;
}

Status Netlink::add_route(const Route& route) {
  Message request = wire::encode_route(route, true);
  Status done = internals_->exchange->call(request);
  return route.how == Route::How::Add ? done : added(std::move(done));
}

Status Netlink::remove_route(const Route& route) {
  Message request = wire::encode_route(route, false);
  return removed(internals_->exchange->call(request));
}

Status Netlink::add_rule(const Rule& rule) {
  Message request = wire::encode_rule(rule, true);
  return added(internals_->exchange->call(request));
}

Status Netlink::remove_rule(const Rule& rule) {
  Message request = wire::encode_rule(rule, false);
  return removed(internals_->exchange->call(request));
}

Result<unsigned> Netlink::add_macvlan(const Macvlan& wanted) {
  Message request = wire::encode_macvlan(wanted);
  if (auto done = internals_->exchange->call(request); !done) return tl::unexpected{done.error()};
  const auto link = find_link(wanted.name);
  if (!link) return tl::unexpected{link.error()};
  // Only an existing link takes this, and only one that is down has no link-local address yet. A kernel without IPv6 on
  // the interface refuses: then there is nothing to prevent.
  Message quiet{RTM_SETLINK, 0};
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(link->index);
  quiet.header(head);
  nlattr* all = quiet.begin(IFLA_AF_SPEC);
  nlattr* inet6 = quiet.begin(AF_INET6);
  quiet.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  quiet.end(inet6);
  quiet.end(all);
  (void)internals_->exchange->call(quiet);
  return link->index;
}

Result<unsigned> Netlink::add_ipvlan(const Ipvlan& wanted) {
  Message request = wire::encode_ipvlan(wanted);
  if (auto done = internals_->exchange->call(request); !done) return tl::unexpected{done.error()};
  const auto link = find_link(wanted.name);
  if (!link) return tl::unexpected{link.error()};
  return link->index;
}

Status Netlink::set_up(unsigned index, bool up) {
  Message request{RTM_SETLINK, 0};
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  head.ifi_change = IFF_UP;
  head.ifi_flags = up ? unsigned{IFF_UP} : 0;
  request.header(head);
  return internals_->exchange->call(request);
}

Status Netlink::set_mtu(unsigned index, unsigned mtu) {
  Message request{RTM_SETLINK, 0};
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  request.header(head);
  request.put_u32(IFLA_MTU, mtu);
  return internals_->exchange->call(request);
}

Status Netlink::remove_link(unsigned index) {
  Message request{RTM_DELLINK, 0};
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  request.header(head);
  return removed(internals_->exchange->call(request));
}

}  // namespace lib::netlink

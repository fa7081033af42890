#include "vrrpd/kernel/announcer.h"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "vrrpd/kernel/announce_frame.h"

namespace vrrpd::kernel {

namespace {

using lib::base::Instant;
using lib::base::kNever;
using lib::base::system_failure;
using lib::base::UniqueFd;

#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70  // Linux 3.17; in linux/in6.h alone, which cannot stand beside netinet/in.h
#endif

constexpr std::size_t kArp = 0, kAdvert = 1;  // the queues of a lane
constexpr unsigned kFramesPerTurn = 256;      // then adverts and timers have their turn

Instant after(Instant now, Duration span) { return lib::base::deadline_after(now, span); }

Result<UniqueFd> open_packet_socket() {
  // Protocol 0: it hears nothing.
  UniqueFd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return system_failure("packet socket", errno);
  return fd;
}

Result<UniqueFd> open_icmp_socket() {
  UniqueFd fd{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6)};
  if (!fd) return system_failure("ICMPv6 socket", errno);
  icmp6_filter none{};
  ICMP6_FILTER_SETBLOCKALL(&none);
  if (::setsockopt(fd.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &none, sizeof none) != 0)
    return system_failure("ICMP6_FILTER", errno);
  const int hops = 255;  // RFC 4861 section 7.1.2: others are not believed
  if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) != 0)
    return system_failure("IPV6_MULTICAST_HOPS", errno);
  const int loop = 0;
  if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &loop, sizeof loop) != 0)
    return system_failure("IPV6_MULTICAST_LOOP", errno);
  const int flow_label = 0;  // as keepalived's; a kernel that makes none does not know the option
  (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, &flow_label, sizeof flow_label);
  return fd;
}

bool is_forwarding(const std::string& interface) {
  const auto value = lib::netlink::read_sysctl("ipv6/conf/" + interface + "/forwarding");
  return value && *value != 0;
}

}  // namespace

Announcer::Announcer(lib::event::Loop& loop, const Interfaces& interfaces, Pacing pacing, Log log)
    : loop_{loop}, interfaces_{interfaces}, pacing_{std::move(pacing)}, log_{std::move(log)}, waiter_{loop} {
  tasks_.spawn(run());
}

Announcer::~Announcer() = default;

void Announcer::set_pacing(Pacing pacing) {
  pacing_ = std::move(pacing);
  for (auto& [name, lane] : lanes_) lane.interval = {pacing_.garp_interval, pacing_.gna_interval};
  for (std::size_t i = 0; i < pacing_.groups.size(); ++i)
    if (const auto lane = lanes_.find("#" + std::to_string(i)); lane != lanes_.end())
      lane->second.interval = {pacing_.groups[i].garp_interval, pacing_.groups[i].gna_interval};
}

Announcer::Lane& Announcer::lane_of(const Interface& interface) {
  std::string name = interface.link.name;
  std::array<Duration, 2> interval{pacing_.garp_interval, pacing_.gna_interval};
  for (std::size_t i = 0; i < pacing_.groups.size(); ++i) {
    const auto& group = pacing_.groups[i];
    if (std::find(group.interfaces.begin(), group.interfaces.end(), interface.link.name) == group.interfaces.end()) continue;
    name = "#" + std::to_string(i);
    interval = {group.garp_interval, group.gna_interval};
    break;
  }
  const auto [at, is_new] = lanes_.try_emplace(name);
  if (is_new) at->second.interval = interval;
  return at->second;
}

void Announcer::announce(std::size_t router, const std::string& name, std::vector<Announced> addresses,
                         const GarpTimes& times) {
  stop(router);
  const Instant now = loop_.now();
  Schedule& schedule = schedules_[router];
  schedule.name = name;
  schedule.addresses = std::move(addresses);
  schedule.times = times;
  schedule.next_block = after(now, times.master_delay);
  schedule.next_refresh = after(now, times.master_refresh);
  schedule.next_extra = after(now, times.extra_interval);
  enqueue(router, name, schedule.addresses, times.master_repeat, Tidings::New);
  (void)drain(now);  // what is left goes in the next turns
  waiter_.notify();
}

void Announcer::announce_lower(std::size_t router) {
  const auto found = schedules_.find(router);
  if (found == schedules_.end() || found->second.times.lower_prio_repeat == 0) return;
  Schedule& schedule = found->second;
  const Instant now = loop_.now();
  schedule.next_lower = after(now, schedule.times.lower_prio_delay);
  enqueue(router, schedule.name, schedule.addresses, schedule.times.lower_prio_repeat);
  (void)drain(now);  // what is left goes in the next turns
  waiter_.notify();
}

void Announcer::announce_more(std::size_t router, const std::string& name, std::vector<Announced> addresses, bool join) {
  const auto found = schedules_.find(router);
  const bool joins = join && found != schedules_.end();
  enqueue(router, name, addresses, joins ? found->second.times.master_repeat : 1, Tidings::New);
  if (joins) found->second.addresses.insert(found->second.addresses.end(), addresses.begin(), addresses.end());
  (void)drain(loop_.now());  // what is left goes in the next turns
  waiter_.notify();
}

void Announcer::update(std::size_t router, const std::string& name, std::vector<Announced> addresses, const GarpTimes& times) {
  const auto found = schedules_.find(router);
  if (found == schedules_.end()) return;
  Schedule& schedule = found->second;
  schedule.name = name;
  schedule.addresses = std::move(addresses);
  if (schedule.times.master_refresh != times.master_refresh) schedule.next_refresh = after(loop_.now(), times.master_refresh);
  if (schedule.times.extra_interval != times.extra_interval) schedule.next_extra = after(loop_.now(), times.extra_interval);
  schedule.times = times;
  waiter_.notify();
}

void Announcer::repeat(std::size_t router) {
  const auto found = schedules_.find(router);
  if (found == schedules_.end()) return;
  enqueue(router, found->second.name, found->second.addresses, found->second.times.master_repeat);
  (void)drain(loop_.now());  // what is left goes in the next turns
  waiter_.notify();
}

void Announcer::stop(std::size_t router) {
  schedules_.erase(router);
  for (auto& [name, lane] : lanes_)
    for (auto& queue : lane.queues) std::erase_if(queue, [router](const Item& item) { return item.router == router; });
}

std::size_t Announcer::queued() const {
  std::size_t out = 0;
  for (const auto& [name, lane] : lanes_) out += lane.queues[kArp].size() + lane.queues[kAdvert].size();
  return out;
}

/// At one announcement a second, the repeats of an address that is here already would keep clients from one that has just come.
void Announcer::enqueue(std::size_t router, const std::string& name, const std::vector<Announced>& addresses,
                        unsigned rounds, Tidings tidings) {
  std::map<unsigned, bool> routers;  // by interface: the sysctl is read once a block
  for (unsigned round = 0; round < rounds; ++round) {
    for (const Announced& one : addresses) {
      const Interface* interface = interfaces_.find(one.index);
      if (interface == nullptr || (interface->link.flags & IFF_NOARP) != 0 || !interface->link.mac) continue;
      const bool six = one.address.is_ipv6();
      if (six && !routers.contains(one.index)) routers[one.index] = is_forwarding(interface->link.name);
      if (round == 0 && log_.details)
        log_.detail(fmt::format("({}) Sending/queueing {} on {} for {}", name,
                                six ? "Unsolicited Neighbour Adverts" : "gratuitous ARPs", interface->link.name,
                                one.address.host()));
      auto& queue = lane_of(*interface).queues[six ? kAdvert : kArp];
      const bool is_news = round == 0 && tidings == Tidings::New;
      const auto place = is_news ? std::ranges::find_if(queue, [](const Item& item) { return !item.is_news; }) : queue.end();
      queue.insert(place, {.router = router, .index = one.index, .address = one.address,
                           .is_router = six && routers[one.index], .is_news = is_news, .turn = ++turns_});
    }
  }
}

/// One announcement an interface keeps the switches' tables fresh.
void Announcer::enqueue_extra(std::size_t router, const Schedule& schedule) {
  std::set<std::pair<unsigned, sa_family_t>> done;
  std::vector<Announced> some;
  for (const Announced& one : schedule.addresses)
    if ((schedule.times.extra_all || one.on_quiet_vmac) && done.emplace(one.index, one.address.family()).second)
      some.push_back(one);
  enqueue(router, schedule.name, some, 1);
}

void Announcer::run_schedules(Instant now) {
  for (auto& [router, schedule] : schedules_) {
    const auto& times = schedule.times;
    if (schedule.next_block <= now) {
      schedule.next_block = kNever;
      enqueue(router, schedule.name, schedule.addresses, times.master_repeat);
    }
    if (schedule.next_lower <= now) {
      schedule.next_lower = kNever;
      enqueue(router, schedule.name, schedule.addresses, times.lower_prio_repeat);
    }
    if (schedule.next_refresh <= now) {
      schedule.next_refresh = after(now, times.master_refresh);
      enqueue(router, schedule.name, schedule.addresses, times.master_refresh_repeat);
    }
    if (schedule.next_extra <= now) {
      schedule.next_extra = after(now, times.extra_interval);
      enqueue_extra(router, schedule);
    }
  }
}

/// The queue whose first item may go now and has the first turn, news before repeats: rounds go over all addresses, whatever their family.
std::optional<std::size_t> Announcer::next_queue(const Lane& lane, Instant now) {
  std::optional<std::size_t> out;
  for (const std::size_t kind : {kArp, kAdvert}) {
    if (lane.queues[kind].empty() || lane.next[kind] > now) continue;
    const auto turn_of = [&lane](std::size_t each) {
      const Item& item = lane.queues[each].front();
      return std::pair{!item.is_news, item.turn};
    };
    if (!out || turn_of(kind) < turn_of(*out)) out = kind;
  }
  return out;
}

/// Sends what may go now. False when there is more that may, for the next turn.
bool Announcer::drain(Instant now) {
  unsigned left = kFramesPerTurn;
  for (auto& [name, lane] : lanes_) {
    while (const auto kind = next_queue(lane, now)) {
      if (left-- == 0) return false;
      const Item item = lane.queues[*kind].front();
      lane.queues[*kind].pop_front();
      send(item);
      if (lane.interval[*kind].count() > 0) lane.next[*kind] = now + lane.interval[*kind];
    }
  }
  return true;
}

Instant Announcer::next_deadline() const {
  Instant next = kNever;
  for (const auto& [router, schedule] : schedules_)
    next = std::min({next, schedule.next_block, schedule.next_lower, schedule.next_refresh, schedule.next_extra});
  for (const auto& [name, lane] : lanes_)
    for (const std::size_t kind : {kArp, kAdvert})
      if (!lane.queues[kind].empty()) next = std::min(next, lane.next[kind]);
  return next;
}

lib::event::Task<void> Announcer::run() {
  while (true) {
    const Instant next = next_deadline();
    if (next <= loop_.now())
      co_await waiter_.yield();
    else
      co_await waiter_.until(next);
    run_schedules(loop_.now());
    (void)drain(loop_.now());  // the next deadline says whether there is more
  }
}

void Announcer::send(const Item& item) {
  const Interface* interface = interfaces_.find(item.index);
  if (interface == nullptr || !interface->link.mac) return;  // gone meanwhile: nobody to tell
  const bool six = item.address.is_ipv6();
  if (log_.details)
    log_.detail(fmt::format("Sending {} on {} for {}", six ? "unsolicited Neighbour Advert" : "gratuitous ARP",
                            interface->link.name, item.address.host()));
  const Status done = six ? send_neighbour_advert(*interface, item.address, item.is_router)
                          : send_arp(*interface, item.address);
  if (!done) {
    log_.always(fmt::format("Error sending {} on {} for {}: {}", six ? "unsolicited Neighbour Advert" : "gratuitous ARP",
                            interface->link.name, item.address.host(), done.error().message));
    return;
  }
  ++(six ? adverts_sent_ : arps_sent_);
}

Status Announcer::send_arp(const Interface& interface, const Address& address) {
  if (!arp_socket_) {
    auto opened = open_packet_socket();
    if (!opened) return tl::unexpected{opened.error()};
    arp_socket_ = std::move(*opened);
    log_.detail("Registering gratuitous ARP shared channel");
  }
  const auto frame = gratuitous_arp(*interface.link.mac, address);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ARP);
  to.sll_ifindex = static_cast<int>(interface.link.index);
  to.sll_halen = ETH_ALEN;
  std::memset(to.sll_addr, 0xff, ETH_ALEN);
  sockaddr_storage raw{};
  std::memcpy(&raw, &to, sizeof to);
  ssize_t sent = 0;
  do {
    sent = ::sendto(arp_socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&raw), sizeof to);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return system_failure("send", errno);
  return {};
}

Status Announcer::send_neighbour_advert(const Interface& interface, const Address& address, bool is_router) {
  if (!icmp_socket_) {
    auto opened = open_icmp_socket();
    if (!opened) return tl::unexpected{opened.error()};
    icmp_socket_ = std::move(*opened);
    log_.detail("Registering gratuitous NDISC shared channel");
  }
  auto message = neighbour_advert(*interface.link.mac, address, is_router);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_scope_id = interface.link.index;
  to.sin6_addr.s6_addr[0] = 0xff;  // ff02::1, all nodes
  to.sin6_addr.s6_addr[1] = 0x02;
  to.sin6_addr.s6_addr[15] = 0x01;
  iovec part{message.data(), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> room{};
  msghdr head{};
  head.msg_name = &to;
  head.msg_namelen = sizeof to;
  head.msg_iov = &part;
  head.msg_iovlen = 1;
  head.msg_control = room.data();
  head.msg_controllen = room.size();
  cmsghdr* item = CMSG_FIRSTHDR(&head);
  item->cmsg_level = IPPROTO_IPV6;
  item->cmsg_type = IPV6_PKTINFO;
  item->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo info{};
  info.ipi6_addr = address.ipv6_bits();
  info.ipi6_ifindex = interface.link.index;
  std::memcpy(CMSG_DATA(item), &info, sizeof info);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(icmp_socket_.get(), &head, 0);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return system_failure("send", errno);
  return {};
}

}  // namespace vrrpd::kernel

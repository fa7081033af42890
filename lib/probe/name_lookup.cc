#include "lib/probe/name_lookup.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/file.h"
#include "lib/probe/channel.h"
#include "lib/probe/dns.h"
#include "lib/probe/host_addresses.h"

namespace lib::probe {
namespace {

using base::Duration;
using base::Instant;
using event::Task;

constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28, kDnsPort = 53;
constexpr int kRounds = 2;              // through all servers
constexpr Duration kPatience{2'000'000};  // with one server

/// Whoever cannot see our questions must not be able to answer them.
std::uint16_t random_id() {
  std::uint16_t id = 0;
  const bool is_random = ::getrandom(&id, sizeof id, 0) == static_cast<ssize_t>(sizeof id);
  return is_random ? id : std::uint16_t{1};  // the kernel's choice of a port still is
}

/// Nothing: no answer of that server counts.
Task<std::optional<std::vector<net::Address>>> ask(net::Address server, std::vector<std::uint8_t> query, event::Waiter& waiter, Instant limit) {
  Channel channel{waiter};
  Connect where;
  where.where.ip = server;
  where.transport = Connect::Transport::Datagram;
  Report report;
  const bool is_open = co_await channel.connect(where, limit, report);
  if (!is_open) co_return std::nullopt;
  const std::string_view bytes{static_cast<const char*>(static_cast<const void*>(query.data())), query.size()};
  const Moved sent = co_await channel.send(bytes, limit);
  std::array<char, 4096> room;
  while (sent.how == Moved::How::Bytes) {
    const Moved moved = co_await channel.receive(room, limit);
    if (moved.how != Moved::How::Bytes) break;
    const base::Bytes datagram{static_cast<const std::uint8_t*>(static_cast<const void*>(room.data())), std::min(moved.count, room.size())};
    if (!decode_dns_answer(datagram) || datagram[0] != query[0] || datagram[1] != query[1]) continue;  // not ours
    auto found = decode_dns_addresses(query, datagram);
    co_return found;
  }
  co_return std::nullopt;
}

}  // namespace

NameSources NameSources::of_system() {
  NameSources made{read_name_servers(base::read_file("/etc/resolv.conf").value_or("")), base::read_file("/etc/hosts").value_or("")};
  if (made.servers.empty()) made.servers.push_back(net::Address::ipv4(INADDR_LOOPBACK, kDnsPort));
  return made;
}

Task<std::optional<net::Address>> look_up(const NameSources& sources, std::string name, event::Waiter& waiter, Instant limit) {
  if (auto known = find_known_host(sources.hosts, name)) co_return known;
  for (const std::uint16_t type : {kTypeA, kTypeAaaa}) {
    bool has_answer = false;
    for (int round = 0; round < kRounds && !has_answer; ++round) {
      for (const net::Address& server : sources.servers) {
        if (waiter.now() >= limit) co_return std::nullopt;
        auto query = encode_dns_query(random_id(), type, name);
        if (!query) co_return std::nullopt;
        const auto found = co_await ask(server, std::move(*query), waiter, std::min(limit, waiter.now() + kPatience));
        if (!found) continue;
        if (!found->empty()) co_return found->front();
        has_answer = true;  // there is no address of this kind
        break;
      }
    }
  }
  co_return std::nullopt;
}

}  // namespace lib::probe

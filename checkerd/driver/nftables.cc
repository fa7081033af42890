#include <net/if.h>
#include <netinet/in.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "checkerd/driver/connection_finder.h"
#include "checkerd/driver/driver.h"
#include "checkerd/driver/nft_direct.h"
#include "checkerd/driver/nft_limits.h"
#include "checkerd/driver/nft_rules.h"
#include "checkerd/driver/nft_usage.h"
#include "checkerd/driver/table_changes.h"
#include "lib/netlink/conntrack.h"
#include "lib/netlink/netlink.h"
#include "lib/netlink/nft_counters.h"
#include "lib/netlink/nftables.h"

// The table as rules of nftables. Our own copy of the table is the truth; the kernel's rules follow it, each apply() in one
// transaction. What a service has in the kernel (chain, maps, counters) goes by its number.
namespace checkerd::driver {
namespace {

using lib::base::failure;
using lib::netlink::NftCounter;
using Family = lib::netlink::NftCounters::Family;

/// A service as it stands in the kernel.
struct Placed {
  DirectService direct;               // its `service` also when it is none of direct routing
  std::uint32_t next_server = 1;      // of direct.numbers
  std::set<Element> counted;          // also of servers that have left: their packets still count for the service
  NftService& nft() { return direct.service; }
  const NftService& nft() const { return direct.service; }
};

/// One transaction while it is written.
struct Draft {
  std::string text, drops;
  std::map<std::string, std::string> new_elements;   // of counters: set name to keys
  std::vector<Element> taken, released;              // for undoing
  std::vector<std::pair<ServiceKey, std::optional<Placed>>> placed;
  std::vector<std::string> devices;
};

bool is_same_place(const Service& a, const Service& b) {
  return a.persistence_timeout_s == b.persistence_timeout_s && a.persistence_mask == b.persistence_mask && a.persistence_prefix == b.persistence_prefix;
}

Status not_here(const std::string& what) { return failure(what + " is not possible with nftables", ENOTSUP); }

/// Lists of a change mostly name one service again and again.
void add_once(std::vector<ServiceKey>& to, const ServiceKey& key) {
  if (!to.empty() && to.back() == key) return;
  if (std::find(to.begin(), to.end(), key) == to.end()) to.push_back(key);
}

class NftablesDriver final : public Driver {
 public:
  NftablesDriver(std::string name, std::unique_ptr<lib::netlink::Nftables> nft, std::unique_ptr<lib::netlink::Conntrack> connections,
                 std::unique_ptr<lib::netlink::Netlink> links, std::unique_ptr<lib::netlink::NftCounters> counters)
      : name_{std::move(name)}, nft_{std::move(nft)}, connections_{std::move(connections)}, links_{std::move(links)}, counters_{std::move(counters)} {}
  ~NftablesDriver() override {
    if (!keeps_) (void)flush();  // we end: nobody is left to be told
  }
  NftablesDriver(const NftablesDriver&) = delete;
  NftablesDriver& operator=(const NftablesDriver&) = delete;

  const char* name() const override { return "nftables"; }
  Result<Table> read() override { return table_; }
  Result<Table> read_part(std::span<const ServiceKey> keys) override { return part_of(table_, keys); }
  std::vector<Status> apply(std::span<const Change> changes) override;
  Status flush() override;
  Result<std::vector<ServiceUse>> usage() override;
  Result<Timeouts> timeouts() override;
  Status set_timeouts(const Timeouts&) override { return not_here("lvs_timeouts (the times of connection tracking are sysctls, net.netfilter.nf_conntrack_*)"); }
  Status start_sync(const SyncDaemon&) override { return not_here("lvs_sync_daemon (conntrackd does it)"); }
  Status stop_sync(const SyncDaemon&) override { return not_here("lvs_sync_daemon"); }
  std::string remark_on(const Service& service) const override { return nft_remark(service); }
  std::string remark_on(const Service& service, const Destination& destination) const override { return nft_remark(service, destination); }
  void keep() override { keeps_ = true; }
  bool is_whole() override;

 private:
  Status run(const std::string& commands);
  void forget_all();
  std::uint64_t fingerprint();
  Status place(const Table& wanted, const std::vector<ServiceKey>& touched);
  void take_over(const Table& from, const std::vector<ServiceKey>& keys);
  Status draft_service(Draft& draft, const Table& wanted, const ServiceKey& key);
  void draft_counters(Draft& draft, Placed& placed);
  void release(Draft& draft, const Placed& placed);
  void draft_direct(Draft& draft, const Placed* before, Placed& after);
  Status draft_devices(Draft& draft);
  Result<std::string> device_to(const std::vector<Destination>& servers);
  void commit(Draft& draft);
  void undo(const Draft& draft);
  void drop_unused(const std::vector<Element>& elements);
  void forget_server(const Service& service, const Destination& server);
  Placed* find(const ServiceKey& key);
  Result<std::map<Element, NftCounter>> all_counters();
  Status use_of_direct(const Placed& placed, ServiceUse& use);

  std::string name_;
  std::unique_ptr<lib::netlink::Nftables> nft_;
  std::unique_ptr<lib::netlink::Conntrack> connections_;
  std::unique_ptr<lib::netlink::Netlink> links_;
  std::unique_ptr<lib::netlink::NftCounters> counters_;
  bool keeps_ = false, made_ = false;
  Table table_;
  std::vector<Placed> placed_;
  unsigned next_number_ = 1;
  std::map<Element, unsigned> users_;       // of each counter
  std::vector<std::string> devices_;        // of the ingress chain; empty: there is none
  // Of the kernel's ruleset after our last change, to see those of others.
  std::uint32_t generation_ = 0;
  bool is_disturbed_ = false;               // somebody else changed something, perhaps of ours
  std::optional<std::uint64_t> fingerprint_;  // not taken since our last change: none
};

Placed* NftablesDriver::find(const ServiceKey& key) {
  const auto found = std::find_if(placed_.begin(), placed_.end(), [&](const Placed& each) { return each.nft().service.key == key; });
  return found == placed_.end() ? nullptr : &*found;
}

std::vector<Status> NftablesDriver::apply(std::span<const Change> changes) {
  std::vector<Status> out;
  std::vector<ServiceKey> keys, touched;
  for (const Change& change : changes) add_once(keys, change.service.key);
  Table wanted = part_of(table_, keys);
  for (const Change& change : changes) {
    Change each = change;
    Status done = nft_refusal(each);
    if (done) done = apply_to(wanted, each);
    if (!done && done.error().code == ENOENT && each.kind == Change::Kind::EditDestination) {
      each.kind = Change::Kind::AddDestination;  // as the ipvs driver
      done = apply_to(wanted, each);
    }
    if (done) add_once(touched, each.service.key);
    out.push_back(std::move(done));
  }
  if (touched.empty()) return out;
  if (place(wanted, touched)) {
    take_over(wanted, touched);
  } else {
    // One of them is the cause: each alone, so that the others are served.
    for (const ServiceKey& key : touched) {
      const Status done = place(wanted, {key});
      if (done) {
        take_over(wanted, {key});
        continue;
      }
      for (std::size_t i = 0; i < changes.size(); ++i)
        if (out[i] && changes[i].service.key == key) out[i] = done;
    }
  }
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (out[i] && changes[i].kind == Change::Kind::RemoveDestination) forget_server(changes[i].service, changes[i].destination);
  return out;
}

/// These services are now as `from` has them.
void NftablesDriver::take_over(const Table& from, const std::vector<ServiceKey>& keys) {
  std::unordered_map<ServiceKey, const TableEntry*, ServiceKeyHash> fresh;
  for (const ServiceKey& key : keys) fresh.emplace(key, nullptr);
  for (const TableEntry& each : from.entries)
    if (const auto found = fresh.find(each.service.key); found != fresh.end()) found->second = &each;
  std::erase_if(table_.entries, [&](TableEntry& each) {
    const auto found = fresh.find(each.service.key);
    if (found == fresh.end()) return false;
    const TableEntry* const entry = found->second;
    fresh.erase(found);
    if (entry != nullptr) each = *entry;
    return entry == nullptr;
  });
  for (const ServiceKey& key : keys)
    if (const auto found = fresh.find(key); found != fresh.end() && found->second != nullptr) table_.entries.push_back(*found->second);
}

Status NftablesDriver::place(const Table& wanted, const std::vector<ServiceKey>& touched) {
  Draft draft;
  draft.devices = devices_;
  if (!made_) {
    // What a killed predecessor left goes in the same transaction: no moment without rules.
    for (const char* family : {"inet", "netdev"}) draft.text += fmt::format("add table {0} {1}\ndelete table {0} {1}\n", family, name_);
    draft.text += empty_table(name_);
  }
  for (const ServiceKey& key : touched) {
    if (auto done = draft_service(draft, wanted, key); !done) {
      undo(draft);
      return done;
    }
  }
  if (auto done = draft_devices(draft); !done) {
    undo(draft);
    return done;
  }
  for (const auto& [set, keys] : draft.new_elements) draft.text += fmt::format("add element inet {} {} {{ {} }}\n", name_, set, keys);
  if (auto done = run(draft.text + draft.drops); !done) {
    undo(draft);
    return done;
  }
  made_ = true;
  commit(draft);
  return {};
}

Status NftablesDriver::draft_service(Draft& draft, const Table& wanted, const ServiceKey& key) {
  const TableEntry* entry = wanted.find(key);
  Placed* before = find(key);
  Placed after;
  if (before != nullptr && (entry == nullptr || !is_same_place(before->nft().service, entry->service))) {
    draft.text += drop_service(name_, before->nft());
    if (before->nft().is_direct()) draft.text += drop_direct(name_, before->direct);
    if (entry == nullptr) release(draft, *before);
    else after.counted = before->counted;
    before = nullptr;
  } else if (before != nullptr) {
    after = *before;
  }
  if (entry == nullptr) {
    draft.placed.emplace_back(key, std::nullopt);
    return {};
  }
  const auto differs = [&](const Destination& each) { return each.forwarding.method != entry->destinations.front().forwarding.method; };
  if (std::any_of(entry->destinations.begin(), entry->destinations.end(), differs)) return not_here("NAT beside direct routing in one service (" + key.text() + ")");
  if (before == nullptr) after.nft().number = next_number_++;
  after.nft().service = entry->service;
  after.nft().destinations = entry->destinations;
  if (entry->service.persistence_timeout_s != 0 && key.family == AF_INET6 && !has_one_port(after.nft()))
    return not_here("persistence over IPv6 with servers of different ports (" + key.text() + ")");
  if (before == nullptr) draft.text += make_service(name_, after.nft());
  draft.text += fill_service(name_, after.nft());
  if (after.nft().is_direct()) {
    auto device = device_to(entry->destinations);
    if (!device) return tl::unexpected{device.error()};
    after.direct.device = std::move(*device);
  }
  draft_counters(draft, after);
  draft_direct(draft, before, after);
  draft.placed.emplace_back(key, std::move(after));
  return {};
}

/// Counters of servers that are new; the others go on counting.
void NftablesDriver::draft_counters(Draft& draft, Placed& placed) {
  if (placed.nft().is_direct()) return;
  for (const Destination& server : placed.nft().destinations) {
    for (Element& element : counter_elements(placed.nft().service.key, server)) {
      if (!placed.counted.insert(element).second) continue;
      if (users_[element]++ == 0) {
        std::string& keys = draft.new_elements[element.set];
        keys += (keys.empty() ? "" : ", ") + element.key;
      }
      draft.taken.push_back(std::move(element));
    }
  }
}

void NftablesDriver::release(Draft& draft, const Placed& placed) {
  for (const Element& element : placed.counted) {
    if (--users_[element] == 0) draft.text += fmt::format("delete element inet {} {} {{ {} }}\n", name_, element.set, element.key);
    draft.released.push_back(element);
  }
}

void NftablesDriver::undo(const Draft& draft) {
  for (const Element& element : draft.taken) --users_[element];
  for (const Element& element : draft.released) ++users_[element];
  drop_unused(draft.taken);
}

/// No counter of these that nobody uses is kept.
void NftablesDriver::drop_unused(const std::vector<Element>& elements) {
  for (const Element& element : elements)
    if (const auto found = users_.find(element); found != users_.end() && found->second == 0) users_.erase(found);
}

void NftablesDriver::commit(Draft& draft) {
  for (auto& [key, after] : draft.placed) {
    Placed* before = find(key);
    if (before != nullptr && after) *before = std::move(*after);
    else if (before != nullptr) placed_.erase(placed_.begin() + (before - placed_.data()));
    else if (after) placed_.push_back(std::move(*after));
  }
  drop_unused(draft.released);
  devices_ = std::move(draft.devices);
}

void NftablesDriver::draft_direct(Draft& draft, const Placed* before, Placed& after) {
  const bool was = before != nullptr && before->nft().is_direct();
  if (was && !after.nft().is_direct()) {
    draft.text += drop_direct(name_, before->direct);
    after.direct.numbers.clear();
    return;
  }
  if (!after.nft().is_direct()) return;
  std::vector<std::uint32_t> numbers, gone;
  for (const Destination& server : after.nft().destinations) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; was && i < before->nft().destinations.size(); ++i)
      if (before->nft().destinations[i].is_same_server(server)) number = before->direct.numbers[i];
    numbers.push_back(number != 0 ? number : after.next_server++);
  }
  if (was) {
    for (const std::uint32_t number : before->direct.numbers)
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) gone.push_back(number);
  }
  after.direct.numbers = std::move(numbers);
  if (!was) draft.drops += make_direct(name_, after.direct);
  draft.drops += fill_direct(name_, after.direct, gone);
}

/// The interface whose network holds these servers.
Result<std::string> NftablesDriver::device_to(const std::vector<Destination>& servers) {
  const auto addresses = links_->addresses();
  const auto links = links_->links();
  if (!addresses || !links) return tl::unexpected{addresses ? links.error() : addresses.error()};
  std::string out;
  for (const Destination& server : servers) {
    const auto on_link = std::find_if(addresses->begin(), addresses->end(), [&](const lib::netlink::InterfaceAddress& each) {
      return lib::net::Prefix{.base = each.address, .bits = each.prefix_length}.contains(server.address);
    });
    if (on_link == addresses->end()) return failure("direct routing with nftables: no interface has a network with " + server.address.host(), ENETUNREACH);
    const auto link = std::find_if(links->begin(), links->end(), [&](const lib::netlink::Link& each) { return each.index == on_link->index; });
    if (link == links->end()) return failure("direct routing with nftables: no interface", ENODEV);
    if (!out.empty() && out != link->name) return failure("direct routing with nftables: the servers of one service are behind two interfaces, " + out + " and " + link->name, ENOTSUP);
    out = link->name;
  }
  return out;
}

/// Where packets come in: every interface that has an address of its own. Made anew when these have changed.
Status NftablesDriver::draft_devices(Draft& draft) {
  if (draft.drops.empty()) return {};
  const auto addresses = links_->addresses();
  const auto links = links_->links();
  if (!addresses || !links) return tl::unexpected{addresses ? links.error() : addresses.error()};
  std::vector<std::string> devices;
  for (const lib::netlink::Link& link : *links) {
    const bool has_address = std::any_of(addresses->begin(), addresses->end(), [&](const auto& each) { return each.index == link.index; });
    if (has_address && (link.flags & IFF_LOOPBACK) == 0) devices.push_back(link.name);
  }
  if (devices == devices_ || devices.empty()) return {};
  const std::string made = devices_.empty() ? empty_direct_table(name_) : std::string{};
  draft.text += made + direct_ingress(name_, devices, !devices_.empty());
  draft.devices = std::move(devices);
  return {};
}

/// Nothing leads to a removed server any more: neither its clients' persistence nor UDP flows, which never end by themselves. TCP
/// connections that are there may finish.
void NftablesDriver::forget_server(const Service& service, const Destination& server) {
  const Placed* placed = find(service.key);
  if (placed == nullptr || server.forwarding.method != Forwarding::Method::Nat) return;
  if (placed->nft().service.persistence_timeout_s != 0) {
    const std::string map = fmt::format("p{}", placed->nft().number), wanted = remembered_key(service.key, server);
    const auto listing = nft_->list(fmt::format("list map inet {} {}", name_, map));
    const auto forget = [&](const std::string& clients) { return run(fmt::format("delete element inet {} {} {{ {} }}\n", name_, map, clients)); };
    std::vector<std::string> clients;
    for (auto& [client, target] : parse_map(listing ? *listing : std::string{}))
      if (target == wanted) clients.push_back(client);
    // One that runs out meanwhile fails them all: then each alone.
    if (!clients.empty() && !forget(fmt::format("{}", fmt::join(clients, ", "))))
      for (const std::string& client : clients) (void)forget(client);
  }
  if (connections_ == nullptr || service.key.protocol == Protocol::Tcp) return;
  const auto all = connections_->translated();
  if (!all) return;
  for (const auto& each : *all) {
    if (each.protocol != IPPROTO_UDP || !each.server.same_host(server.address)) continue;
    if (service.key.fwmark == 0 && !each.called.same_host(service.key.address)) continue;
    if (style_of(service.key) == Style::Port && each.called.port() != service.key.address.port()) continue;
    (void)connections_->remove(each);  // gone by itself is as good
  }
}

Status NftablesDriver::flush() {
  std::string text;
  for (const char* family : {"inet", "netdev"}) text += fmt::format("add table {0} {1}\ndelete table {0} {1}\n", family, name_);
  if (auto done = run(text); !done) return done;
  forget_all();
  return {};
}

void NftablesDriver::forget_all() {
  table_.entries.clear();
  placed_.clear();
  users_.clear();
  devices_.clear();
  made_ = false;
}

Status NftablesDriver::run(const std::string& commands) {
  const auto before = counters_->generation();
  Status done = nft_->run(commands);
  const auto after = counters_->generation();
  if (!before || !after) return done;
  if (*before != generation_ || *after - *before > 1) is_disturbed_ = generation_ != 0;
  if (done && *after != *before) fingerprint_.reset();
  generation_ = *after;
  return done;
}

/// Of our rules, and of which services they lead to; without counters and clients. 0: there is nothing of ours.
std::uint64_t NftablesDriver::fingerprint() {
  std::uint64_t out = 0;
  for (const Family family : {Family::Inet, Family::Netdev}) {
    if (family == Family::Netdev && devices_.empty()) continue;
    const auto part = counters_->fingerprint(family, name_, {"by_port4", "by_host4", "by_port6", "by_host6", "by_mark4", "by_mark6"});
    if (!part || *part == 0) return 0;
    out = out * 31 + *part;
  }
  return out;
}

bool NftablesDriver::is_whole() {
  if (!made_) return true;
  const auto now = counters_->generation();
  if (!now) return true;  // the kernel does not tell
  const bool is_disturbed = std::exchange(is_disturbed_, false) || *now != generation_;
  generation_ = *now;
  if (!is_disturbed && fingerprint_) return true;
  const std::uint64_t print = fingerprint();
  // Who did not look before the other came sees only whether anything is left.
  const bool is_ours = fingerprint_ ? print == *fingerprint_ : print != 0;
  fingerprint_ = print;
  if (is_ours) return true;
  forget_all();
  return false;
}

Result<std::map<Element, NftCounter>> NftablesDriver::all_counters() {
  std::map<Element, NftCounter> out;
  std::set<std::string> sets;
  for (const auto& [element, users] : users_) sets.insert(element.set);
  for (const std::string& set : sets) {
    auto some = counters_->read(Family::Inet, name_, set);
    if (!some) return tl::unexpected{some.error()};
    for (NftCounter& counter : *some) out[{set, key_text(set, counter.key)}] = std::move(counter);
  }
  return out;
}

/// Counters by the server's number.
std::map<std::uint32_t, NftCounter> by_number(std::vector<NftCounter> counters) {
  std::map<std::uint32_t, NftCounter> out;
  for (NftCounter& counter : counters) {
    std::uint32_t number = 0;
    if (counter.key.size() == sizeof number) std::memcpy(&number, counter.key.data(), sizeof number);
    out[number] = std::move(counter);
  }
  return out;
}

Status NftablesDriver::use_of_direct(const Placed& placed, ServiceUse& use) {
  const unsigned number = placed.nft().number;
  auto fresh_read = counters_->read(Family::Netdev, name_, fmt::format("n{}", number)), all_read = counters_->read(Family::Netdev, name_, fmt::format("c{}", number));
  if (!fresh_read || !all_read) return tl::unexpected{fresh_read ? all_read.error() : fresh_read.error()};
  auto fresh = by_number(std::move(*fresh_read)), all = by_number(std::move(*all_read));
  const auto listing = nft_->list(fmt::format("list map netdev {} f{}", name_, number));  // IPv6 has none without persistence
  std::map<std::string, std::uint32_t> flows;
  for (const auto& [client, server] : parse_map(listing ? *listing : std::string{})) ++flows[server];
  for (std::size_t i = 0; i < use.destinations.size(); ++i) {
    const std::uint32_t server = placed.direct.numbers[i];
    DestinationUse& each = use.destinations[i];
    each.traffic.connections = fresh[server].packets;
    each.traffic.packets_in = all[server].packets;
    each.traffic.bytes_in = all[server].bytes;
    each.active = flows[fmt::format("0x{:08x}", server)];
    use.traffic.connections += each.traffic.connections;
    use.traffic.packets_in += each.traffic.packets_in;
    use.traffic.bytes_in += each.traffic.bytes_in;
  }
  return {};
}

void add_counters(Traffic& traffic, const Element& element, const NftCounter& count) {
  if (element.set.starts_with("new")) {
    traffic.connections += count.packets;
  } else if (element.set.starts_with("in")) {
    traffic.packets_in += count.packets;
    traffic.bytes_in += count.bytes;
  } else {
    traffic.packets_out += count.packets;
    traffic.bytes_out += count.bytes;
  }
}

Result<std::vector<ServiceUse>> NftablesDriver::usage() {
  std::vector<ServiceUse> out;
  const auto counted = all_counters();
  if (!counted) return tl::unexpected{counted.error()};
  for (const Placed& placed : placed_) {
    ServiceUse& use = out.emplace_back(ServiceUse{.service = placed.nft().service, .traffic = {}, .destinations = {}});
    for (const Destination& server : placed.nft().destinations) use.destinations.push_back({.destination = server, .traffic = {}});
    if (placed.nft().is_direct()) {
      if (auto done = use_of_direct(placed, use); !done) return tl::unexpected{done.error()};
      continue;
    }
    for (const Element& element : placed.counted)
      if (const auto count = counted->find(element); count != counted->end()) add_counters(use.traffic, element, count->second);
    for (DestinationUse& each : use.destinations)
      for (const Element& element : counter_elements(use.service.key, each.destination))
        if (const auto count = counted->find(element); count != counted->end()) add_counters(each.traffic, element, count->second);
  }
  if (connections_ == nullptr) return out;
  const auto all = connections_->translated();
  if (!all) return out;  // the numbers of connections stay 0
  const ConnectionFinder finder{out};
  for (const auto& connection : *all)
    if (DestinationUse* use = finder.find(connection)) ++(connection.is_established_tcp() ? use->active : use->inactive);
  return out;
}

Result<Timeouts> NftablesDriver::timeouts() {
  const auto of = [](const char* name) {
    const auto value = lib::netlink::read_sysctl(std::string{"netfilter/nf_conntrack_"} + name);
    return value && *value > 0 ? static_cast<std::uint32_t>(*value) : 0;
  };
  return Timeouts{.tcp_s = of("tcp_timeout_established"), .tcp_fin_s = of("tcp_timeout_fin_wait"), .udp_s = of("udp_timeout_stream")};
}

}  // namespace

Result<std::unique_ptr<Driver>> open_nftables(const std::string& table) {
  auto nft = lib::netlink::Nftables::open();
  if (!nft) return tl::unexpected{nft.error()};
  // Shows whether we may; what is in it is replaced by the first change.
  if (auto done = (*nft)->run("add table inet " + table + '\n'); !done) return tl::unexpected{done.error()};
  auto links = lib::netlink::Netlink::open();
  if (!links) return tl::unexpected{links.error()};
  auto counters = lib::netlink::NftCounters::open();
  if (!counters) return tl::unexpected{counters.error()};
  auto connections = lib::netlink::Conntrack::open();
  return std::unique_ptr<Driver>{std::make_unique<NftablesDriver>(table, std::move(*nft), connections ? std::move(*connections) : nullptr,
                                                                  std::move(*links), std::move(*counters))};
}

}  // namespace checkerd::driver

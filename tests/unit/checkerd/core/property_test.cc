// Pools by chance, with results, reloads, overrules and strangers by chance: whatever happens, each single step of
// reconcile() is safe, and the end is what is wanted. TRIAD_SEED=N repeats a failure.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>

#include "checkerd/core/reconcile.h"
#include "tests/unit/checkerd/core/chance.h"

using namespace things;
using Kind = Change::Kind;

namespace {

constexpr int kRuns = 10'000, kEvents = 25;

const Destination* find(const TableEntry* entry, const Destination& like) {
  if (entry == nullptr) return nullptr;
  for (const Destination& each : entry->destinations)
    if (each.is_same_server(like)) return &each;
  return nullptr;
}

bool is_healthy(const Destination* server) { return server != nullptr && server->weight != 0; }

bool has_healthy(const TableEntry& entry) {
  for (const Destination& each : entry.destinations)
    if (is_healthy(&each)) return true;
  return false;
}

bool is_same(const std::vector<TableEntry>& a, const std::vector<TableEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TableEntry& x, const TableEntry& y) { return x.service == y.service && x.destinations == y.destinations; });
}

/// How often the rare things came by: a test that meets none of them proves nothing.
struct Seen {
  std::size_t changes = 0, sorry = 0, shared = 0, foreign = 0, removed_services = 0, reloads = 0;
};

/// Whose is what, kept in the plainest way.
class Ledger {
 public:
  bool has(const ServiceKey& service) const { return ours_.contains(name(service)); }
  bool has(const ServiceKey& service, const Address& server) const { return ours_.contains(name(service) + ' ' + server.text()); }
  void update(const Table& wanted, const std::vector<Change>& done) {
    for (const Change& each : done) {
      const std::string service = name(each.service.key);
      if (each.kind == Kind::RemoveDestination) ours_.erase(service + ' ' + each.destination.address.text());
      if (each.kind == Kind::RemoveService) std::erase_if(ours_, [&](const std::string& one) { return one == service || one.starts_with(service + ' '); });
    }
    for (const TableEntry& entry : wanted.entries) {
      ours_.insert(name(entry.service.key));
      for (const Destination& each : entry.destinations) ours_.insert(name(entry.service.key) + ' ' + each.address.text());
    }
  }

 private:
  static std::string name(const ServiceKey& key) { return (key.family == AF_INET ? "4 " : "6 ") + key.text() + ';'; }
  std::set<std::string> ours_;
};

/// Virtual servers and the table they live in. Functions answer what is wrong, or nothing.
class World {
 public:
  World(std::uint64_t seed, Seen& seen) : seen_{seen}, chance_{seed}, config_{std::make_unique<KeepalivedConfig>(chance_.config())} {
    make_pools();
    Actions out;
    for (const auto& each : pools_) each->start(out);
  }

  std::string run() {
    if (std::string wrong = reconcile_step_by_step(); !wrong.empty()) return "start: " + wrong;
    for (int i = 0; i < kEvents; ++i) {
      std::string wrong = event();
      if (wrong.empty()) wrong = review_pools();
      if (wrong.empty()) wrong = reconcile_step_by_step();
      if (!wrong.empty()) return "event " + std::to_string(i) + ": " + wrong;
    }
    Actions out;
    for (const auto& each : pools_) each->stop(out);
    std::string wrong = reconcile_step_by_step();
    seen_.foreign += table_.entries.size();
    for (const TableEntry& each : table_.entries)
      if (wrong.empty() && ledger_.has(each.service.key)) wrong = "left after the stop: " + each.service.key.text();
    return wrong;
  }

 private:
  void make_pools() {
    pools_.clear();
    for (std::size_t i = 0; i < config_->lvs.servers.size(); ++i) pools_.push_back(std::make_unique<Pool>(config_->lvs.servers[i], config_->lvs.groups, i));
  }

  std::string event() {
    switch (chance_.of(10)) {
      case 0: reload(); return {};
      case 1: disturb(); return {};
      case 2: lose_changes(); return {};
      default: return pool_event();
    }
  }

  std::string pool_event() {
    const std::size_t which = chance_.of(pools_.size());
    Pool& pool = *pools_[which];
    const auto& servers = config_->lvs.servers[which].real_servers;
    const std::size_t server = chance_.of(servers.size()), checkers = servers[server].checkers.size();
    const auto before = pool.wanted();
    const bool had_quorum = pool.has_quorum();
    Actions out;
    const std::size_t kind = chance_.of(10);
    if (kind == 0) pool.override_state(server, static_cast<Override>(chance_.of(4)), out);
    else if (kind == 1) pool.override_weight(server, chance_.one_in(2) ? std::optional<std::uint32_t>{} : std::optional{static_cast<std::uint32_t>(chance_.of(4))}, out);
    else if (kind < 4 && checkers != 0) pool.on_weight(server, chance_.of(checkers), static_cast<std::int64_t>(chance_.of(7)) - 3, out);
    else if (checkers != 0) pool.on_check(server, chance_.of(checkers), chance_.one_in(2), out);
    return review_event(pool, config_->lvs.servers[which], before, had_quorum, out);
  }

  /// One event's actions say what happened, no more.
  static std::string review_event(const Pool& pool, const VirtualServer& conf, const std::vector<TableEntry>& before, bool had_quorum, const Actions& out) {
    const auto count = [&](ActionKind kind) { return std::count_if(out.begin(), out.end(), [&](const Action& each) { return each.kind == kind; }); };
    const std::uint64_t live = pool.live_weight(), quorum = conf.quorum, band = conf.hysteresis;
    const bool expected = had_quorum ? live != 0 && live >= quorum - band : live != 0 && live >= quorum + band;
    if (pool.has_quorum() != expected) return "quorum is wrong";
    if (count(ActionKind::QuorumChanged) != (expected != had_quorum ? 1 : 0)) return "quorum is told wrongly";
    const bool changed = !is_same(before, pool.wanted());
    if (changed && count(ActionKind::TableChanged) != 1) return "a change of the table is not told";
    if (count(ActionKind::ServerChanged) > 1) return "more than one server changed";
    return {};
  }

  static std::string review_server(const ServerState& state) {
    bool up = true;
    for (const CheckerState& each : state.checkers) up &= each.up;
    if (state.is_up != up) return "is_up is not what the checkers say";
    const bool alive = state.override_state == Override::Up || (up && state.override_state != Override::Down);
    if (state.is_alive != alive) return "is_alive is wrong";
    if (state.override_state == Override::Drain ? state.weight != 0 : state.override_weight && state.weight != *state.override_weight) return "the weight is not overruled";
    return {};
  }

  std::string review_pools() const {
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      const Pool& pool = *pools_[i];
      const VirtualServer& conf = config_->lvs.servers[i];
      for (std::size_t k = 0; k < conf.real_servers.size(); ++k)
        if (std::string wrong = review_server(pool.server(k)); !wrong.empty()) return wrong;
      for (const TableEntry& entry : pool.wanted()) {
        const auto fits = [&](const auto& server) { return address_in(entry.service.key, server.address, server.forwarding).has_value(); };
        bool expected = pool.is_sorry() && fits(*conf.sorry_server);
        for (std::size_t k = 0; k < conf.real_servers.size() && !pool.is_sorry(); ++k) {
          const ServerState& state = pool.server(k);
          expected |= state.is_alive && state.weight != 0 && fits(conf.real_servers[k]);
        }
        if (has_healthy(entry) != expected) return "pool " + std::to_string(i) + " wants a wrong " + entry.service.key.text();
      }
    }
    return {};
  }

  void reload() {
    ++seen_.reloads;
    auto next = std::make_unique<KeepalivedConfig>(chance_.one_in(5) ? chance_.config() : chance_.edited(*config_));
    const ReloadPlan plan = plan_reload(*config_, *next);
    const auto old_config = std::exchange(config_, std::move(next));
    const auto old_pools = std::exchange(pools_, {});
    make_pools();
    Actions out;
    for (const std::size_t i : plan.removed) old_pools[i]->remove(out);
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      const VirtualServerMatch& match = plan.servers[i];
      if (!match.was) pools_[i]->start(out);
      else {
        old_pools[*match.was]->leave(match.removed, out);
        pools_[i]->adopt(*old_pools[*match.was], match, out);
      }
    }
  }

  /// Someone else at work: a service or server of his own, one of ours gone, emptied or changed.
  void disturb() {
    Change change;
    change.service.key.family = AF_INET;
    change.service.key.fwmark = static_cast<std::uint32_t>(1 + chance_.of(6));
    if (!table_.entries.empty() && !chance_.one_in(3)) change.service = table_.entries[chance_.of(table_.entries.size())].service;
    change.destination.address = chance_.host("9", 2);
    if (const TableEntry* const entry = table_.find(change.service.key); entry != nullptr && !entry->destinations.empty() && chance_.one_in(2))
      change.destination = entry->destinations[chance_.of(entry->destinations.size())];
    change.destination.weight = static_cast<std::uint32_t>(chance_.of(3));
    change.kind = static_cast<Kind>(chance_.of(6));
    if (change.kind == Kind::EditService) change.service.scheduler = "dh";
    apply(change, table_);
  }

  Table wanted() const {
    Table out;
    for (const auto& each : pools_)
      for (TableEntry& entry : each->wanted()) out.entries.push_back(std::move(entry));
    return out;
  }

  /// The kernel refuses some: the next time all comes right.
  void lose_changes() {
    const Table wanted = this->wanted();
    std::vector<Change> done;
    disturb();
    for (const Change& each : reconcile(table_, wanted, owned_))
      if (chance_.one_in(2) && apply(each, table_)) done.push_back(each);
    owned_.update(wanted, done);
    ledger_.update(wanted, done);
  }

  std::string reconcile_step_by_step() {
    const Table parts = wanted(), wanted = united(parts), before = table_;
    const std::vector<Change> changes = reconcile(table_, parts, owned_);
    if (changes.size() != differences(before, wanted)) return "not the shortest way";
    seen_.changes += changes.size();
    seen_.shared += parts.entries.size() - wanted.entries.size();
    for (const auto& each : pools_) seen_.sorry += each->is_sorry() ? 1 : 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].kind == Kind::RemoveService) ++seen_.removed_services;
      const std::string step = "step " + std::to_string(i) + " of " + std::to_string(changes.size()) + ": ";
      if (!apply(changes[i], table_)) return step + "cannot be done";
      if (changes[i].kind == Kind::AddService && has_healthy(*wanted.find(changes[i].service.key)) &&
          (i + 1 == changes.size() || changes[i + 1].kind != Kind::AddDestination || changes[i + 1].destination.weight == 0))
        return step + "a new service is left empty";
      if (std::string wrong = review_step(before, wanted); !wrong.empty()) return step + wrong;
    }
    if (std::string wrong = review_end(before, wanted); !wrong.empty()) return "end: " + wrong;
    owned_.update(wanted, changes);
    ledger_.update(wanted, changes);
    return reconcile(table_, parts, owned_).empty() ? "" : "a second time there is more to do";
  }

  bool is_foreign(const TableEntry& there, const Destination& server, const TableEntry& wanted) const {
    return find(&wanted, server) == nullptr && !ledger_.has(there.service.key, server.address);
  }

  /// How many changes there have to be.
  std::size_t differences(const Table& before, const Table& wanted) const {
    std::size_t out = 0;
    for (const TableEntry& want : wanted.entries) {
      const TableEntry* const was = before.find(want.service.key);
      if (was == nullptr || !(was->service == want.service)) ++out;
      for (const Destination& each : want.destinations) {
        const Destination* const server = find(was, each);
        if (server == nullptr || !(*server == each)) ++out;
      }
      if (was == nullptr) continue;
      for (const Destination& each : was->destinations)
        if (find(&want, each) == nullptr && !is_foreign(*was, each, want)) ++out;
    }
    for (const TableEntry& was : before.entries)
      if (wanted.find(was.service.key) == nullptr && ledger_.has(was.service.key)) ++out;
    return out;
  }

  std::string review_step(const Table& before, const Table& wanted) const {
    for (const TableEntry& was : before.entries) {
      const TableEntry* const want = wanted.find(was.service.key);
      const TableEntry* const now = table_.find(was.service.key);
      if (want == nullptr) {
        if (ledger_.has(was.service.key)) continue;
        if (now == nullptr || !is_same({was}, {*now})) return "foreign service touched: " + was.service.key.text();
        continue;
      }
      if (now == nullptr) return "service gone: " + was.service.key.text();
      if (has_healthy(was) && has_healthy(*want) && !has_healthy(*now)) return "no healthy server in " + was.service.key.text();
      for (const Destination& each : was.destinations) {
        const Destination* const server = find(now, each);
        if (is_healthy(&each) && is_healthy(find(want, each)) && !is_healthy(server)) return "healthy server out: " + each.address.text();
        if (is_foreign(was, each, *want) && (server == nullptr || !(*server == each))) return "foreign server touched: " + each.address.text();
      }
    }
    return {};
  }

  std::string review_end(const Table& before, const Table& wanted) const {
    for (const TableEntry& want : wanted.entries) {
      const TableEntry* const now = table_.find(want.service.key);
      if (now == nullptr || !(now->service == want.service)) return "service is not as wanted: " + want.service.key.text();
      for (const Destination& each : want.destinations)
        if (const Destination* const server = find(now, each); server == nullptr || !(*server == each)) return "server is not as wanted: " + each.address.text();
      for (const Destination& each : now->destinations)
        if (find(&want, each) == nullptr && ledger_.has(want.service.key, each.address)) return "server is still there: " + each.address.text();
    }
    for (const TableEntry& now : table_.entries)
      if (wanted.find(now.service.key) == nullptr && (ledger_.has(now.service.key) || before.find(now.service.key) == nullptr)) return "service is still there: " + now.service.key.text();
    return {};
  }

  Seen& seen_;
  Chance chance_;
  std::unique_ptr<KeepalivedConfig> config_;
  std::vector<std::unique_ptr<Pool>> pools_;
  Table table_;
  Owned owned_;
  Ledger ledger_;
};

}  // namespace

TEST_CASE("whatever happens, no step takes a service its healthy servers, and the end is what is wanted", "[checkerd][reconcile][property]") {
  const char* const wanted = std::getenv("TRIAD_SEED");  // to repeat a failure
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
  std::cerr << "TRIAD_SEED=" << seed << std::endl;  // printed before anything can crash
  Seen seen;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const std::string wrong = World{seed + run, seen}.run();
    if (!wrong.empty()) FAIL("TRIAD_SEED=" << seed + run << ", run 0: " << wrong);
  }
  CHECK(seen.changes > 20 * kRuns);
  CHECK(seen.sorry > kRuns);
  CHECK(seen.shared > kRuns);
  CHECK(seen.foreign > kRuns / 10);
  CHECK(seen.removed_services > kRuns);
  CHECK(seen.reloads > kRuns);
}

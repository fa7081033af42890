// Many virtual routers on a virtual network with a virtual clock: loss, delay, duplicates, reordering, one-way partitions,
// crashes, pauses, faults and changes of priority; then everything heals, and the network must settle.
//
//   vrrp_sim [--seed N] [--runs N] [--trace]
//
// Checked after every event: a router that is not master holds no address (but for the bounded time of make before break),
// and a sync group never splits. After the healing, within the protocol's own bound: one master for each virtual router,
// the right one where all preempt, and not one change of state afterwards. A failing run prints its seed; --seed N --runs 1
// --trace shows it step by step.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "vrrpd/core/engine.h"

namespace {

using namespace vrrpd;
using namespace std::chrono_literals;
using lib::base::kNever;

constexpr Instant kStart{1'000s};
constexpr Duration kChaos{30s};

struct Options {
  std::uint64_t seed = 0;
  unsigned runs = 10'000;
  bool trace = false;
};

/// One advert under way.
struct Packet {
  Instant when;
  std::uint64_t order = 0;  // ties
  std::size_t from = 0, to = 0, router = 0;
  HeardAdvert advert;
  bool operator>(const Packet& other) const { return when != other.when ? when > other.when : order > other.order; }
};

struct Node {
  std::unique_ptr<Engine> engine;     // none: crashed
  std::vector<RouterSettings> settings;
  std::vector<bool> holds;
  std::vector<Instant> releasing_since;
  Instant paused_until{};
  Address address;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, bool trace) : seed_{seed}, trace_{trace}, random_{seed} {}
  bool run();

 private:
  bool chance(double probability) { return std::uniform_real_distribution<>{0, 1}(random_) < probability; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  Duration between(Duration low, Duration high) { return low + Duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>((high - low).count()) + 1))}; }

  void build();
  void start_node(std::size_t node);
  void apply(std::size_t node, const Actions& actions);
  void send(std::size_t from, std::size_t router, std::uint8_t priority);
  void disturb();
  void reload(std::size_t number);
  void heal();
  void step_to(Instant end, bool chaotic);
  void check_node(std::size_t node);
  void check_settled();
  bool is_awake(std::size_t node) const { return nodes_[node].engine && nodes_[node].paused_until <= now_; }
  void fail(const std::string& what);
  Duration bound() const;
  void say(std::size_t node, const std::string& text) const;

  std::uint64_t seed_;
  bool trace_;
  std::mt19937_64 random_;
  Instant now_ = kStart;
  std::vector<Node> nodes_;
  std::vector<GroupSettings> groups_;
  std::priority_queue<Packet, std::vector<Packet>, std::greater<>> wire_;
  std::vector<std::vector<bool>> cut_;   // [from][to]
  std::uint64_t order_ = 0;
  double loss_ = 0, duplicates_ = 0;
  Duration delay_{100};
  std::size_t routers_ = 1;
  bool all_preempt_ = true;
  std::uint64_t changes_ = 0;            // of state, in all
  bool failed_ = false;
};

void Simulation::say(std::size_t node, const std::string& text) const {
  if (trace_) std::printf("%10.6f  node %zu  %s\n", static_cast<double>((now_ - kStart).count()) / 1e6, node, text.c_str());
}

void Simulation::fail(const std::string& what) {
  if (!failed_) std::printf("seed %llu: after %.6f s: %s\n", static_cast<unsigned long long>(seed_), static_cast<double>((now_ - kStart).count()) / 1e6, what.c_str());
  failed_ = true;
}

void Simulation::build() {
  const std::size_t count = 2 + below(4);
  routers_ = 1 + below(3);
  const bool grouped = routers_ > 1 && chance(0.4);
  const std::uint8_t version = chance(0.5) ? 2 : 3;
  const Duration interval = version == 2 ? Duration{1s} * static_cast<std::int64_t>(1 + below(2)) : between(10ms, 1s) / 10'000 * 10'000;
  const bool preempt = chance(0.8);
  const Duration preempt_delay = preempt && chance(0.2) ? between(1s, 5s) : Duration{0};
  all_preempt_ = preempt;
  if (grouped) {
    GroupSettings group;
    group.name = "G";
    for (std::size_t i = 0; i < routers_; ++i) group.members.push_back(i);
    groups_.push_back(group);
  }
  cut_.assign(count, std::vector<bool>(count, false));
  for (std::size_t n = 0; n < count; ++n) {
    Node node;
    node.address = Address::ipv4(0x0a000001U + static_cast<std::uint32_t>(n));
    const auto priority = static_cast<std::uint8_t>(chance(0.2) ? 100 : 1 + below(254));
    for (std::size_t r = 0; r < routers_; ++r) {
      RouterSettings settings;
      settings.name = "VI_" + std::to_string(r + 1);
      settings.version = version;
      // Members of a group have their node's priority: groups that pull both ways have no stable state in any VRRP.
      settings.priority = grouped ? priority : static_cast<std::uint8_t>(1 + below(254));
      settings.advert_interval = interval;
      settings.preempt = preempt;
      settings.preempt_delay = preempt_delay;
      settings.wants_master = chance(0.5) && preempt && preempt_delay.count() == 0;
      settings.make_before_break = chance(0.7);
      settings.advertise_priority_change = chance(0.7);
      settings.lower_prio_no_advert = chance(0.2);
      settings.higher_prio_send_advert = chance(0.2);
      settings.source = node.address;
      if (grouped) settings.group = 0;
      node.settings.push_back(settings);
    }
    nodes_.push_back(std::move(node));
  }
}

void Simulation::start_node(std::size_t number) {
  Node& node = nodes_[number];
  node.engine = std::make_unique<Engine>(node.settings, groups_);
  node.holds.assign(routers_, false);  // what a crashed one left is cleaned at the start
  node.releasing_since.assign(routers_, kNever);
  node.paused_until = Instant{};
  say(number, "starts");
  Actions actions;
  node.engine->start(now_, Instant{}, actions);
  apply(number, actions);
}

void Simulation::send(std::size_t from, std::size_t router, std::uint8_t priority) {
  for (std::size_t to = 0; to < nodes_.size(); ++to) {
    if (to == from || cut_[from][to]) continue;
    for (int copies = chance(duplicates_) ? 2 : 1; copies > 0; --copies) {
      if (chance(loss_)) continue;
      Packet packet;
      packet.when = now_ + between(50us, delay_ + 50us);  // each its own delay: they overtake one another
      packet.order = ++order_;
      packet.from = from;
      packet.to = to;
      packet.router = router;
      packet.advert = {.priority = priority, .interval = nodes_[from].settings[router].advert_interval, .sender = nodes_[from].address};
      wire_.push(packet);
    }
  }
}

void Simulation::apply(std::size_t number, const Actions& actions) {
  Node& node = nodes_[number];
  for (const Action& action : actions) {
    switch (action.kind) {
      case ActionKind::SendAdvert: send(number, action.router, action.priority); break;
      case ActionKind::AddAddresses: node.holds[action.router] = true; break;
      case ActionKind::RemoveAddresses: node.holds[action.router] = false; break;
      case ActionKind::StateChanged:
        ++changes_;
        say(number, node.settings[action.router].name + ": " + state_name(action.from) + " -> " + state_name(action.to));
        break;
      case ActionKind::Log: say(number, action.text); break;
      default: break;
    }
  }
  check_node(number);
}

void Simulation::check_node(std::size_t number) {
  Node& node = nodes_[number];
  if (!node.engine) return;
  std::size_t masters = 0;
  for (std::size_t r = 0; r < routers_; ++r) {
    const RouterStatus& status = node.engine->status(r);
    masters += status.state == State::Master ? 1 : 0;
    if (status.state == State::Master && !node.holds[r]) fail("node " + std::to_string(number) + " is master without its addresses");
    if (status.state != State::Master && node.holds[r] && !status.is_releasing)
      fail("node " + std::to_string(number) + " holds addresses in state " + state_name(status.state));
    if (!status.is_releasing) {
      node.releasing_since[r] = kNever;
      continue;
    }
    node.releasing_since[r] = std::min(node.releasing_since[r], now_);
    const Duration longest = node.settings[r].advert_interval + skew_time(node.settings[r].version, 1, node.settings[r].advert_interval);
    if (is_awake(number) && now_ - node.releasing_since[r] > longest) fail("node " + std::to_string(number) + " goes on answering too long");
  }
  if (!groups_.empty() && masters != 0 && masters != routers_) fail("the group of node " + std::to_string(number) + " is split");
}

/// The file is read again: perhaps with other priorities, which a group's members have in common.
void Simulation::reload(std::size_t number) {
  Node& node = nodes_[number];
  if (!is_awake(number)) return;
  say(number, "reloads");
  if (groups_.empty() && chance(0.5)) node.settings[below(routers_)].priority = static_cast<std::uint8_t>(1 + below(254));
  auto fresh = std::make_unique<Engine>(node.settings, groups_);
  std::vector<std::optional<std::size_t>> was;
  for (std::size_t r = 0; r < routers_; ++r) was.emplace_back(r);
  fresh->adopt(*node.engine, was);
  node.engine = std::move(fresh);
  Actions actions;
  node.engine->start(now_, Instant{}, actions);
  apply(number, actions);
}

void Simulation::disturb() {
  const std::size_t number = below(nodes_.size());
  Node& node = nodes_[number];
  const std::size_t router = below(routers_);
  Actions actions;
  switch (below(10)) {
    case 0:
      say(number, "crashes");
      node.engine.reset();
      return;
    case 1:
      if (!node.engine) start_node(number);
      return;
    case 2: cut_[number][below(nodes_.size())] = chance(0.6); return;
    case 3:
      for (std::size_t other = 0; other < nodes_.size(); ++other) cut_[number][other] = cut_[other][number] = chance(0.5);
      return;
    case 4: node.paused_until = now_ + between(100ms, 8s); return;
    case 5:
      loss_ = chance(0.5) ? 0 : 0.3;
      duplicates_ = chance(0.5) ? 0 : 0.3;
      delay_ = between(100us, 50ms);
      return;
    case 6:
      if (!is_awake(number)) return;
      node.engine->set_faults(router, chance(0.5) ? 1 : 0, 0, "script chk down", chance(0.5) ? Leave::Gracefully : Leave::AtOnce, now_, actions);
      break;
    case 7:
      if (!is_awake(number) || !groups_.empty()) return;
      node.engine->set_weight_sum(router, static_cast<int>(below(101)) - 50, now_, actions);
      break;
    case 8: return reload(number);
    default:
      if (!is_awake(number)) return;
      node.engine->on_address_lost(router, now_, actions);
      break;
  }
  apply(number, actions);
}

void Simulation::heal() {
  loss_ = duplicates_ = 0;
  delay_ = 200us;
  for (auto& row : cut_) std::fill(row.begin(), row.end(), false);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    nodes_[n].paused_until = Instant{};
    if (!nodes_[n].engine) start_node(n);
    Actions actions;
    nodes_[n].engine->on_time(now_, actions);  // who was paused does first what is long due
    for (std::size_t r = 0; r < routers_; ++r) {
      nodes_[n].engine->set_weight_sum(r, 0, now_, actions);
      nodes_[n].engine->set_faults(r, 0, 0, "", Leave::AtOnce, now_, actions);
    }
    apply(n, actions);
  }
  say(0, "---- healed");
}

void Simulation::step_to(Instant end, bool chaotic) {
  Instant next_disturbance = chaotic ? now_ + between(10ms, 2s) : kNever;
  while (!failed_) {
    Instant next = std::min(end, next_disturbance);
    for (const Node& node : nodes_)
      if (node.engine) next = std::min(next, std::max(node.engine->next_deadline(), node.paused_until));
    if (!wire_.empty()) next = std::min(next, std::max(wire_.top().when, now_));
    now_ = std::max(now_, next);
    if (now_ >= end) return;
    while (!wire_.empty() && wire_.top().when <= now_) {
      const Packet packet = wire_.top();
      wire_.pop();
      if (!is_awake(packet.to) || cut_[packet.from][packet.to]) continue;  // a paused one's queue overflows
      Actions actions;
      nodes_[packet.to].engine->on_advert(packet.router, packet.advert, now_, actions);
      apply(packet.to, actions);
    }
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (!is_awake(n) || nodes_[n].engine->next_deadline() > now_) continue;
      Actions actions;
      nodes_[n].engine->on_time(now_, actions);
      apply(n, actions);
      if (nodes_[n].engine->next_deadline() <= now_) fail("node " + std::to_string(n) + ": its deadline does not move on");
    }
    if (now_ >= next_disturbance) {
      disturb();
      next_disturbance = now_ + between(10ms, 2s);
    }
  }
}

/// How long the protocol may take from the healing to its final state.
Duration Simulation::bound() const {
  const RouterSettings& any = nodes_[0].settings[0];
  const Duration down = master_down_interval(any.version, 1, any.advert_interval, any.down_timer_adverts);
  return 4 * down + any.preempt_delay + 2 * any.advert_interval;
}

void Simulation::check_settled() {
  for (std::size_t r = 0; r < routers_; ++r) {
    std::vector<std::size_t> masters;
    std::size_t best = 0;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].engine->status(r).state == State::Master) masters.push_back(n);
      // Addresses rise with the numbers: the last of equals wins only among masters, a backup never preempts its equal.
      if (nodes_[n].settings[r].priority > nodes_[best].settings[r].priority) best = n;
    }
    if (masters.size() != 1) return fail("VI_" + std::to_string(r + 1) + " has " + std::to_string(masters.size()) + " masters");
    if (all_preempt_ && nodes_[masters[0]].settings[r].priority != nodes_[best].settings[r].priority)
      return fail("VI_" + std::to_string(r + 1) + " is on node " + std::to_string(masters[0]) + ", not on the highest priority's, " + std::to_string(best));
  }
}

bool Simulation::run() {
  build();
  for (std::size_t n = 0; n < nodes_.size(); ++n)
    if (chance(0.8)) start_node(n);
  step_to(kStart + kChaos, true);
  heal();
  step_to(now_ + bound(), false);
  if (failed_) return false;
  check_settled();
  const std::uint64_t before = changes_;
  step_to(now_ + 10 * nodes_[0].settings[0].advert_interval, false);
  if (!failed_ && changes_ != before) fail("states go on changing on a healthy network");
  if (!failed_) check_settled();
  return !failed_;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--trace") options.trace = true;
    else if (word == "--seed" && i + 1 < argc) options.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--runs" && i + 1 < argc) options.runs = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    else {
      std::fprintf(stderr, "usage: vrrp_sim [--seed N] [--runs N] [--trace]\n");
      return 2;
    }
  }
  std::printf("vrrp_sim: %u runs from seed %llu\n", options.runs, static_cast<unsigned long long>(options.seed));
  unsigned failed = 0;
  for (unsigned i = 0; i < options.runs; ++i) {
    Simulation simulation{options.seed + i, options.trace};
    failed += simulation.run() ? 0U : 1U;
    if (failed >= 10) break;
  }
  std::printf("%u of the runs failed\n", failed);
  return failed == 0 ? 0 : 1;
}

#include "vrrpd/daemon.h"

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vrrpd {

using kernel::Interface;
using kernel::InterfaceChange;
using lib::base::Result;
using lib::base::Status;
using lib::event::Task;
using lib::event::Waiter;
using parsers::keepalived::AuthType;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::VirtualMac;
using parsers::keepalived::VrrpInstance;

namespace {

constexpr lib::base::Duration kScriptsAtStop{1'000'000};  // what stop scripts get

RouterSettings router_settings(const VrrpInstance& conf) {
  RouterSettings out;
  out.name = conf.name;
  out.version = conf.version;
  out.priority = conf.priority;
  out.advert_interval = conf.advert_interval;
  out.preempt_delay = conf.preempt_delay;
  out.down_timer_adverts = conf.down_timer_adverts;
  out.wants_master = conf.wants_master;
  out.preempt = conf.preempt;
  out.lower_prio_no_advert = conf.lower_prio_no_advert;
  out.higher_prio_send_advert = conf.higher_prio_send_advert;
  out.owner_ignore_adverts = conf.owner_ignore_adverts;
  out.timer_expired_backup = conf.timer_expired_backup;
  out.group = conf.group;
  out.make_before_break = conf.make_before_break;
  out.advertise_priority_change = conf.advertise_priority_change;
  return out;
}

std::array<std::uint8_t, 8> auth_data(const VrrpInstance& conf) {
  std::array<std::uint8_t, 8> data{};
  std::copy_n(conf.auth_pass.begin(), std::min(conf.auth_pass.size(), data.size()), data.begin());
  return data;
}

Expectation expectation(const VrrpInstance& conf) {
  Expectation out;
  out.name = conf.name;
  out.version = conf.version;
  out.family = conf.family;
  out.vrid = conf.vrid;
  out.interval = conf.advert_interval;
  out.auth_type = static_cast<std::uint8_t>(conf.auth_type);
  out.auth_data = auth_data(conf);
  for (const auto& address : conf.addresses) out.addresses.push_back(address.address);
  out.unicast = !conf.unicast_peers.empty();
  out.check_source = conf.check_unicast_source;
  out.skip_check_addresses = conf.skip_check_adv_addr;
  out.checksum_as_v2 = conf.v3_checksum_as_v2;
  out.old_checksum = static_cast<Expectation::OldChecksum>(conf.old_checksum);
  for (const auto& peer : conf.unicast_peers) out.peers.push_back({.address = peer.address, .min_ttl = peer.min_ttl, .max_ttl = peer.max_ttl});
  return out;
}

std::uint64_t to_ns(Instant moment) { return static_cast<std::uint64_t>(moment.time_since_epoch().count()) * 1000; }

}  // namespace

/// One instance at work.
struct Daemon::Node {
  explicit Node(const VrrpInstance& instance) : conf{instance}, receiver{expectation(instance)} {}
  const VrrpInstance& conf;
  Receiver receiver;
  std::optional<std::size_t> path;        // its sockets, while its interface is there
  std::string interface;                  // where its addresses live: its own, or its VMAC
  std::optional<Address> source;          // of its adverts
  std::uint16_t packet_id = 0;
  unsigned own_faults = 0;                // no source address
  bool held_in_fault = false;             // by the runtime API
  bool send_failed = false;               // said once
  lib::base::WallTime last_transition{};
};

Daemon::Daemon(lib::event::Loop& loop, Logger& logger, std::unique_ptr<KeepalivedConfig> config)
    : loop_{loop}, logger_{logger}, config_{std::move(config)} {}

Daemon::~Daemon() {
  tasks_.cancel_all();
  if (statics_ && !keeps_kernel_) statics_->remove_all();
  if (interfaces_) interfaces_->remove_listener(*this);
}

Result<std::unique_ptr<Daemon>> Daemon::start(lib::event::Loop& loop, Logger& logger, std::unique_ptr<KeepalivedConfig> config) {
  std::unique_ptr<Daemon> daemon{new Daemon{loop, logger, std::move(config)}};
  const Status opened = daemon->open();
  if (!opened) return tl::unexpected{opened.error()};
  daemon->begin();
  return daemon;
}

// ---- start

Status Daemon::open_firewall() {
  const auto& global = config_->global;
  const bool needed = std::any_of(config_->instances.begin(), config_->instances.end(), [](const VrrpInstance& each) {
    return each.vmac != VirtualMac::None || (!each.accept && each.priority != kOwnerPriority);
  });
  if (!needed) return {};
  if (global.firewall == parsers::keepalived::GlobalDefs::Firewall::None)
    logger_.write(Level::Always, "use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
  kernel::FirewallSettings settings;
  settings.table = global.nftables_table;
  settings.priority = global.nftables_priority;
  settings.counters = global.nftables_counters;
  const kernel::Log log{.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()};
  auto firewall = kernel::Firewall::open(settings, log);
  if (!firewall) return tl::unexpected{firewall.error()};
  firewall_ = std::move(*firewall);
  return {};
}

Status Daemon::open() {
  const kernel::Log log{.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()};
  auto netlink = lib::netlink::Netlink::open();
  if (!netlink) return tl::unexpected{netlink.error()};
  kernel_ = std::move(*netlink);
  kernel::Interfaces::Settings settings;
  settings.monitor_buffer = config_->global.vrrp_netlink_monitor_buffer;
  settings.force_buffer = config_->global.vrrp_netlink_monitor_force;
  for (const auto& delay : config_->up_down_delays)
    settings.delays.push_back({.interface = delay.interface, .down = delay.down, .up = delay.up});
  auto interfaces = kernel::Interfaces::open(loop_, *kernel_, std::move(settings), log);
  if (!interfaces) return tl::unexpected{interfaces.error()};
  interfaces_ = std::move(*interfaces);
  sysctls_ = std::make_unique<kernel::Sysctls>();
  const Status firewall = open_firewall();
  if (!firewall) return firewall;
  vmacs_ = std::make_unique<kernel::VirtualMacs>(loop_, *kernel_, *interfaces_, *sysctls_, firewall_.get(), log);
  statics_ = std::make_unique<kernel::Statics>(loop_, *kernel_, *interfaces_, nullptr, log);
  addresses_ = std::make_unique<kernel::Addresses>(loop_, *kernel_, *interfaces_, static_cast<kernel::LossListener&>(*this), log);
  kernel::Announcer::Pacing pacing;
  pacing.garp_interval = config_->global.garp_interval;
  pacing.gna_interval = config_->global.gna_interval;
  pacing.groups = config_->garp_groups;
  announcer_ = std::make_unique<kernel::Announcer>(loop_, *interfaces_, std::move(pacing), log);
  transport_ = std::make_unique<kernel::Transport>(loop_, static_cast<kernel::PacketSink&>(*this));
  std::vector<RouterSettings> routers;
  for (const VrrpInstance& instance : config_->instances) routers.push_back(router_settings(instance));
  std::vector<GroupSettings> groups;
  for (const auto& group : config_->groups) groups.push_back({.name = group.name, .members = group.members});
  engine_ = std::make_unique<Engine>(std::move(routers), std::move(groups));
  notifier_ = std::make_unique<notify::Notifier>(loop_, *config_, log.write);
  trackers_ = std::make_unique<track::Trackers>(loop_, *config_, static_cast<track::Sink&>(*this));
  bfds_ = std::make_unique<bfd::Sessions>(loop_, *config_, static_cast<bfd::Listener&>(*this));
  lib::base::UniqueFd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  if (!timer) return lib::base::system_failure("timerfd", errno);
  timer_.open(loop_, std::move(timer));
  return {};
}

void Daemon::open_instance(std::size_t index) {
  const VrrpInstance& conf = config_->instances[index];
  nodes_.push_back(std::make_unique<Node>(conf));
  Node& node = *nodes_.back();
  node.interface = conf.interface;
  if (conf.vmac != VirtualMac::None) {
    kernel::VmacWanted wanted;
    wanted.instance = conf.name;
    wanted.kind = conf.vmac;
    wanted.parent = conf.interface;
    wanted.name = conf.vmac_name;
    wanted.prefix = config_->global.vmac_prefix;
    wanted.vrid = conf.vrid;
    wanted.family = conf.family;
    wanted.mac = conf.vmac_address;
    wanted.group = conf.vmac_group;
    wanted.needs_ipv6 = std::any_of(conf.excluded.begin(), conf.excluded.end(), [](const auto& each) { return each.address.is_ipv6(); });
    auto made = vmacs_->create(wanted);
    if (made) node.interface = *made;
    else logger_.write(Level::Always, fmt::format("({}): {}", conf.name, made.error().message));
  }
  if (conf.promote_secondaries && conf.vmac == VirtualMac::None)
    (void)sysctls_->hold("ipv4/conf/" + conf.interface + "/promote_secondaries", 1);  // logged by its room
  (void)addresses_->set(index, {.name = conf.name, .interface = node.interface, .addresses = conf.addresses, .excluded = conf.excluded, .routes = conf.routes, .rules = conf.rules});
  addresses_->clean(index);
}

void Daemon::close_path(Node& node) {
  if (node.path) transport_->close(*node.path);
  node.path.reset();
}

void Daemon::open_path(std::size_t index) {
  Node& node = *nodes_[index];
  const VrrpInstance& conf = node.conf;
  const Interface* const own = interfaces_->find(conf.interface);
  const Interface* const carrier = interfaces_->find(node.interface);
  if (!conf.interface.empty() && (own == nullptr || carrier == nullptr)) return;
  kernel::Path path;
  path.family = conf.family;
  if (own != nullptr) path.receive_index = path.send_index = own->link.index;
  const bool by_vmac = conf.vmac != VirtualMac::None && !conf.vmac_transmit_base && conf.unicast_peers.empty();
  if (by_vmac && carrier != nullptr) path.receive_index = path.send_index = carrier->link.index;
  if (conf.unicast_peers.empty()) path.group = conf.multicast_group;
  else path.source = node.source;
  if (!conf.unicast_peers.empty() && !path.source) return;
  path.receive_buffer = conf.receive_buffer != 0
                            ? conf.receive_buffer
                            : kernel::receive_buffer_size(config_->global.receive_buffer_policy, config_->global.receive_buffer_multiplier,
                                                          own != nullptr ? own->link.mtu : 1500, 20 + 8 + 8 + 4 * conf.addresses.size());
  const auto opened = transport_->open(path);
  if (opened) node.path = *opened;
  else logger_.write(Level::Always, fmt::format("({}): {}", conf.name, opened.error().message));
}

void Daemon::update_source(std::size_t index) {
  Node& node = *nodes_[index];
  std::optional<Address> source = node.conf.source;
  if (!source) {
    std::vector<Address> ours;
    for (const auto& address : node.conf.addresses) ours.push_back(address.address);
    // An IPv6 VMAC has its parent's link-local address; IPv4 adverts come from the parent's own address.
    const bool on_vmac = node.conf.vmac != VirtualMac::None && node.conf.family == AF_INET6;
    const Interface* const own = interfaces_->find(on_vmac ? node.interface : node.conf.interface);
    if (own != nullptr) source = interfaces_->source_address(own->link.index, node.conf.family, ours);
  }
  if (source && node.source && source->same_host(*node.source)) return;
  if (!source && !node.source && node.own_faults != 0) return;
  node.source = source;
  if (source) engine_->set_source(index, *source);
  node.own_faults = source ? 0 : 1;
  if (!node.conf.unicast_peers.empty()) close_path(node);
  if (!node.path) open_path(index);
  tell_faults(index, source ? "" : fmt::format("no IPv{} address for interface", node.conf.family == AF_INET6 ? 6 : 4), Leave::AtOnce);
}

/// What an instance's causes of fault add up to now.
void Daemon::tell_faults(std::size_t index, std::string_view reason, Leave leave) {
  const Node& node = *nodes_[index];
  const track::Effect effect = trackers_->table.effect_on(index);
  const unsigned faults = effect.faults + node.own_faults + (node.held_in_fault ? 1U : 0U);
  Actions actions;
  engine_->set_faults(index, faults, effect.pending, reason, leave, loop_.now(), actions);
  run(actions);
}

Instant Daemon::held_until() const {
  const auto delay = config_->global.startup_delay;
  return delay.count() > 0 ? loop_.now() + delay : Instant{};
}

void Daemon::begin() {
  began_ = loop_.now();
  interfaces_->add_listener(*this);
  statics_->set({.addresses = config_->static_addresses, .routes = config_->static_routes, .rules = config_->static_rules});
  for (std::size_t i = 0; i < config_->instances.size(); ++i) open_instance(i);
  for (const track::Item& item : std::vector<track::Item>{trackers_->table.items()}) {
    if (item.kind != track::Kind::Interface) continue;
    const auto number = trackers_->table.find(track::Kind::Interface, item.name);
    (void)trackers_->table.set_result(*number, interfaces_->is_up(item.name) ? track::Result::Up : track::Result::Down);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) update_source(i);
  notifier_->start();
  if (config_->global.startup_delay.count() > 0)
    logger_.write(Level::Always, fmt::format("Delaying startup for {} seconds", config_->global.startup_delay.count() / 1'000'000));
  loop_.refresh_now();
  // What is known already comes before the start, so that nobody enters a state only to leave it.
  Actions actions;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const track::Effect effect = trackers_->table.effect_on(i);
    std::string reason;
    if (!interfaces_->is_up(nodes_[i]->conf.interface)) reason = fmt::format("interface {} down", nodes_[i]->conf.interface);
    engine_->set_weight_sum(i, effect.weight_sum, loop_.now(), actions);
    engine_->set_faults(i, effect.faults + nodes_[i]->own_faults, effect.pending, reason, Leave::AtOnce, loop_.now(), actions);
  }
  started_ = true;
  engine_->start(loop_.now(), held_until(), actions);
  run(actions);
  trackers_->start(nullptr);
  bfds_->start();
  for (const std::string& line : transport_->describe()) logger_.write(Level::Detail, "VRRP sockpool: " + line);
  tasks_.spawn(keep_time());
}

// ---- time

void Daemon::arm() {
  const Instant next = engine_->next_deadline();
  if (next == armed_for_) return;
  armed_for_ = next;
  itimerspec when{};
  if (next != lib::base::kNever) {
    const std::uint64_t ns = std::max<std::uint64_t>(to_ns(next), 1);
    when.it_value.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(ns % 1'000'000'000);
  }
  (void)::timerfd_settime(timer_.fd(), TFD_TIMER_ABSTIME, &when, nullptr);  // cannot fail on a timer of ours
}

Task<void> Daemon::keep_time() {
  Waiter waiter{loop_};
  while (true) {
    arm();
    co_await waiter.ready(timer_, lib::event::kRead, lib::base::kNever);
    std::uint64_t expirations = 0;
    (void)!::read(timer_.fd(), &expirations, sizeof expirations);  // only the wake-up counts
    armed_for_ = lib::base::kNever;
    loop_.refresh_now();
    Actions actions;
    engine_->on_time(loop_.now(), actions);
    run(actions);
  }
}

// ---- from below

void Daemon::on_packet(std::size_t path, const kernel::Received& received) {
  const auto vrid = vrid_of(received.packet, received.family);
  if (!vrid) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.path != path || node.conf.vrid != *vrid || node.conf.family != received.family) continue;
    const RouterStatus& status = engine_->status(i);
    // Elsewhere adverts are not even counted; but who still answers after a resignation waits for the new master's word.
    if (status.state != State::Backup && status.state != State::Master && !status.is_releasing) return;
    const auto outcome = node.receiver.receive({.packet = received.packet, .source = received.source, .destination = received.destination, .ttl = received.hop_limit});
    if (!outcome.line.empty()) logger_.write(Level::Always, outcome.line);
    if (!outcome.advert) return;
    Actions actions;
    engine_->on_advert(i, *outcome.advert, loop_.now(), actions);
    run(actions);
    return;
  }
  if (config_->global.log_unknown_vrids) {
    const Interface* const interface = interfaces_->find(received.index);
    logger_.write(Level::Always, fmt::format("Unknown VRID({}) received on interface({}). ignoring...", *vrid, interface != nullptr ? interface->link.name : "?"));
  }
}

void Daemon::apply_effects(const std::vector<track::Effect>& effects, Leave leave) {
  if (!started_) return;
  for (const track::Effect& effect : effects) {
    Actions actions;
    engine_->set_weight_sum(effect.instance, effect.weight_sum, loop_.now(), actions);
    run(actions);
    tell_faults(effect.instance, effect.reason, leave);
  }
}

void Daemon::on_effect(const track::Effect& effect) { apply_effects({effect}, Leave::Gracefully); }

void Daemon::on_bfd(std::size_t index, bool is_up) {
  const auto& bfd = config_->bfds[index];
  const std::size_t item = trackers_->table.bfd_item(index);
  for (const auto& user : trackers_->table.users(item))
    logger_.write(Level::Always, fmt::format("VRRP_Instance({}) Tracked BFD instance {} is {}", config_->instances[user.instance].name, bfd.name, is_up ? "UP" : "DOWN"));
  apply_effects(trackers_->table.set_result(item, is_up ? track::Result::Up : track::Result::Down), Leave::Gracefully);
}

void Daemon::on_interface(const Interface& interface, InterfaceChange change, const std::string&) {
  const std::string& name = interface.link.name;
  if (change == InterfaceChange::Up || change == InterfaceChange::Down || change == InterfaceChange::Gone) {
    const bool up = change == InterfaceChange::Up;
    const auto item = trackers_->table.find(track::Kind::Interface, name);
    if (item) {
      logger_.write(Level::Always, fmt::format("Netlink reports {} {}", name, up ? "up" : "down"));
      apply_effects(trackers_->table.set_result(*item, up ? track::Result::Up : track::Result::Down), Leave::AtOnce);
    }
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.conf.interface != name && node.interface != name) continue;
    if (change == InterfaceChange::Gone) close_path(node);
    if (change == InterfaceChange::Appeared || change == InterfaceChange::Up) {
      if (change == InterfaceChange::Appeared) close_path(node);
      update_source(i);
      if (!node.path) open_path(i);
    }
  }
}

void Daemon::on_address(const kernel::InterfaceAddress& address, bool) {
  const Interface* const interface = interfaces_->find(address.index);
  if (interface == nullptr) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i]->conf.interface == interface->link.name || nodes_[i]->interface == interface->link.name) update_source(i);
}

void Daemon::on_lost(std::size_t router, const std::string& what) {
  logger_.write(Level::Always, fmt::format("({}) {} was removed by somebody else", config_->instances[router].name, what));
  Actions actions;
  engine_->on_address_lost(router, loop_.now(), actions);
  run(actions);
}

// ---- what the engine says

void Daemon::run(const Actions& actions) {
  for (const Action& action : actions) run_one(action);
  if (started_) arm();
}

void Daemon::run_one(const Action& action) {
  switch (action.kind) {
    case ActionKind::SendAdvert: return send_advert(action.router, action.priority);
    case ActionKind::AddAddresses: return add_addresses(action.router);
    case ActionKind::RemoveAddresses: return remove_addresses(action.router);
    case ActionKind::Announce:
      return announcer_->announce(action.router, config_->instances[action.router].name, addresses_->announced(action.router), config_->instances[action.router].garp);
    case ActionKind::AnnounceLower: return announcer_->announce_lower(action.router);
    case ActionKind::StopAnnouncing: return announcer_->stop(action.router);
    case ActionKind::StateChanged: return on_state(action);
    case ActionKind::GroupChanged: return notifier_->group_changed(action.group, action.to);
    case ActionKind::Log: return logger_.write(action.level, action.text);
    case ActionKind::PriorityChanged: return notifier_->priority_changed(action.router, engine_->status(action.router).state, action.priority);
    case ActionKind::LowerPriority: return notifier_->lower_priority_heard(action.router, action.priority);
    case ActionKind::MasterSet: return nodes_[action.router]->receiver.forget_complaints();
  }
}

void Daemon::on_state(const Action& action) {
  Node& node = *nodes_[action.router];
  node.last_transition = lib::base::wall_now();
  node.receiver.forget_complaints();
  if (action.to == State::Master) ++node.receiver.counters().became_master;
  if (action.from == State::Master) ++node.receiver.counters().released_master;
  notifier_->instance_changed(action.router, action.to, action.priority);
}

void Daemon::send_advert(std::size_t index, std::uint8_t priority) {
  Node& node = *nodes_[index];
  if (!node.path || !node.source) return;
  const VrrpInstance& conf = node.conf;
  Advert advert;
  advert.version = conf.version;
  advert.family = conf.family;
  advert.vrid = conf.vrid;
  advert.priority = priority;
  advert.interval = conf.advert_interval;
  advert.auth_type = static_cast<std::uint8_t>(conf.auth_type);
  advert.auth_data = auth_data(conf);
  for (const auto& address : conf.addresses) advert.addresses.push_back(address.address);
  if (++node.packet_id == 0) node.packet_id = 1;  // 0 is skipped, as the original does
  const bool unicast = !conf.unicast_peers.empty();
  const auto send_to = [&](const Address& destination) {
    std::vector<std::uint8_t> message = encode_advert(advert, *node.source, destination, node.receiver.sending_rule());
    if (conf.family == AF_INET)
      message = encode_ipv4({.source = *node.source, .destination = destination, .ttl = unicast ? conf.unicast_ttl.value_or(255) : std::uint8_t{255}, .id = node.packet_id}, message);
    const std::uint8_t hops = unicast ? conf.unicast_ttl.value_or(0) : 255;
    const Status sent = transport_->send(*node.path, {.source = *node.source, .destination = destination, .hop_limit = hops, .packet = message});
    if (sent) {
      node.send_failed = false;
      return;
    }
    if (node.send_failed || (priority == 0 && sent.error().code == ENETUNREACH)) return;
    node.send_failed = true;
    logger_.write(Level::Always, unicast ? fmt::format("({}) Cant send advert to {} ({})", conf.name, destination.host(), std::strerror(sent.error().code))
                                         : fmt::format("({}): send advert error {} ({})", conf.name, sent.error().code, std::strerror(sent.error().code)));
  };
  if (unicast)
    for (const auto& peer : conf.unicast_peers) send_to(peer.address);
  else
    send_to(conf.multicast_group);
  ++node.receiver.counters().sent;
  if (priority == 0) ++node.receiver.counters().priority_zero_sent;
}

void Daemon::add_addresses(std::size_t index) {
  const VrrpInstance& conf = config_->instances[index];
  if (addresses_->holds(index)) return;
  if (firewall_ && !conf.accept && conf.priority != kOwnerPriority) {
    std::vector<kernel::BlockedAddress> blocked;
    for (const auto& each : addresses_->announced(index)) blocked.push_back({.address = each.address, .index = each.index});
    if (const Status done = firewall_->block(conf.name, blocked); !done) logger_.write(Level::Always, fmt::format("({}): {}", conf.name, done.error().message));
  }
  addresses_->take(index);
}

void Daemon::remove_addresses(std::size_t index) {
  const VrrpInstance& conf = config_->instances[index];
  if (!addresses_->holds(index)) return;
  const auto announced = addresses_->announced(index);
  addresses_->release(index);
  if (!firewall_ || conf.accept || conf.priority == kOwnerPriority) return;
  std::vector<kernel::BlockedAddress> blocked;
  for (const auto& each : announced) blocked.push_back({.address = each.address, .index = each.index});
  if (const Status done = firewall_->unblock(conf.name, blocked); !done) logger_.write(Level::Always, fmt::format("({}): {}", conf.name, done.error().message));
}

// ---- stop

void Daemon::stop() {
  if (stopping_) return;
  stopping_ = true;
  loop_.refresh_now();
  Actions actions;
  engine_->stop_all(loop_.now(), actions);
  run(actions);
  stop_by_ = loop_.now() + kScriptsAtStop;
}

bool Daemon::is_gone() const {
  return engine_->is_released() && (notifier_->is_idle() || loop_.now() >= stop_by_);
}

void Daemon::abandon() { keeps_kernel_ = true; }

// ---- for reports

report::Snapshot Daemon::snapshot() const {
  report::Snapshot out;
  out.config = config_.get();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = *nodes_[i];
    out.instances.push_back({.status = engine_->status(i),
                             .counters = node.receiver.counters(),
                             .source = node.source ? node.source->host() : std::string{},
                             .vmac_interface = node.interface == node.conf.interface ? std::string{} : node.interface,
                             .last_transition = node.last_transition,
                             .holds_addresses = addresses_->holds(i)});
  }
  for (std::size_t i = 0; i < config_->groups.size(); ++i) out.groups.push_back(engine_->group_state(i));
  for (std::size_t i = 0; i < config_->scripts.size(); ++i) {
    const track::ScriptStatus status = trackers_->scripts.status(i);
    out.scripts.push_back({.is_up = status.status == track::Result::Up, .is_pending = status.status == track::Result::Pending, .is_running = status.is_running, .counter = status.counter});
  }
  return out;
}

void Daemon::clear_counters() {
  for (auto& node : nodes_) node->receiver.counters() = InstanceCounters{};
}

// ---- for the runtime API

std::vector<report::TrackRow> Daemon::track_rows() const {
  std::vector<report::TrackRow> rows;
  for (const track::Item& item : trackers_->table.items()) {
    if (!item.has_users) continue;
    const char* const state = item.result == track::Result::Up ? "up" : item.result == track::Result::Down ? "down" : "pending";
    rows.push_back({.kind = track::kind_name(item.kind), .name = item.name, .state = item.kind == track::Kind::File ? std::to_string(item.value) : state, .forced = item.forced});
  }
  return rows;
}

std::vector<report::InterfaceRow> Daemon::interface_rows() const {
  std::vector<report::InterfaceRow> rows;
  for (const auto& [index, interface] : interfaces_->all()) {
    report::InterfaceRow row{.name = interface.link.name, .state = interface.is_up ? "up" : "down", .index = index, .mtu = interface.link.mtu, .addresses = {}};
    for (const auto& address : interface.addresses) row.addresses.push_back(fmt::format("{}/{}", address.address.host(), address.prefix_length));
    rows.push_back(std::move(row));
  }
  return rows;
}

void Daemon::override_priority(std::size_t instance, std::optional<std::uint8_t> priority) {
  Actions actions;
  engine_->override_priority(instance, priority, loop_.now(), actions);
  run(actions);
}

void Daemon::hold_in_fault(std::size_t instance, bool held) {
  nodes_[instance]->held_in_fault = held;
  tell_faults(instance, "held by the runtime API", Leave::Gracefully);
}

bool Daemon::force_track(std::string_view name, std::optional<bool> up) {
  bool found = false;
  for (std::size_t i = 0; i < trackers_->table.items().size(); ++i) {
    if (trackers_->table.items()[i].name != name) continue;
    found = true;
    apply_effects(trackers_->table.force(i, up), Leave::Gracefully);
  }
  return found;
}

}  // namespace vrrpd

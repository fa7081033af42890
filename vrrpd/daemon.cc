#include "vrrpd/daemon.h"

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "lib/crypto/hmac.h"
#include "vrrpd/report/events.h"

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

constexpr std::int32_t kAfterIpvs = 110;                   // of a chain at the hook "input"
constexpr lib::base::Duration kLate{20'000};              // a timer that comes later: something held us up
constexpr lib::base::Duration kScriptsAtStop{1'000'000};  // what stop scripts get
constexpr lib::base::Duration kLookWhileLeaving{1'000'000};

std::uint64_t to_ns(Instant moment) { return static_cast<std::uint64_t>(moment.time_since_epoch().count()) * 1000; }

/// The larger of vrrp_startup_delay and what is left of vrrp_delay_after_boot.
lib::base::Duration startup_delay(const parsers::keepalived::GlobalDefs& global) {
  timespec up{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &up);  // cannot fail with this clock
  const auto since_boot = std::chrono::duration_cast<lib::base::Duration>(std::chrono::seconds{up.tv_sec});
  return std::max(global.startup_delay, global.delay_after_boot - since_boot);
}

}  // namespace

Daemon::Daemon(lib::event::Loop& loop, Logger& logger, std::unique_ptr<KeepalivedConfig> config)
    : loop_{loop}, logger_{logger}, config_{std::move(config)}, auto_priority_{logger} {}

Daemon::~Daemon() {
  tasks_.cancel_all();
  if (started_ && !keeps_kernel_)
    for (std::size_t i = 0; i < nodes_.size(); ++i) remove_addresses(i);  // of who was still on his way out (child_wait_time)
  if (statics_ && !keeps_kernel_) statics_->remove_all();
  if (interfaces_) interfaces_->remove_listener(*this);
}

Result<std::unique_ptr<Daemon>> Daemon::start(lib::event::Loop& loop, Logger& logger, std::unique_ptr<KeepalivedConfig> config,
                                              std::string state_file) {
  std::unique_ptr<Daemon> daemon{new Daemon{loop, logger, std::move(config)}};
  const Status opened = daemon->open(std::move(state_file));
  if (!opened) return tl::unexpected{opened.error()};
  daemon->begin();
  return daemon;
}

// ---- start

Status Daemon::open_firewall(const KeepalivedConfig& config) {
  const auto& global = config.global;
  const bool needed = std::any_of(config.instances.begin(), config.instances.end(), [](const VrrpInstance& each) {
    return each.vmac != VirtualMac::None || (!each.accept && each.priority != kOwnerPriority);
  });
  if (!needed || firewall_) return {};
  if (!global.nftables_given && !global.iptables_given)
    logger_.write(Level::Always, "use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
  kernel::FirewallSettings settings;
  settings.table = global.nftables_table;
  settings.priority = global.nftables_priority;
  // Where the file has virtual servers (only their places are read here), IPVS takes its packets first, at 99; the rest is dropped
  // as ever. The original drops both, and nobody reaches a service on the addresses of a strict instance.
  if (!config.lvs.places.empty() && settings.priority < kAfterIpvs) settings.priority = kAfterIpvs;
  settings.counters = global.nftables_counters;
  const kernel::Log log{.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()};
  auto firewall = kernel::Firewall::open(settings, log);
  if (!firewall) return tl::unexpected{firewall.error()};
  firewall_ = std::move(*firewall);
  return {};
}

Status Daemon::open(std::string state_file) {
  const kernel::Log log{.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()};
  auto netlink = lib::netlink::Netlink::open(config_->global.vrrp_netlink_command_buffer, config_->global.vrrp_netlink_command_force);
  if (!netlink) return tl::unexpected{netlink.error()};
  kernel_ = std::move(*netlink);
  kernel::Interfaces::Settings settings;
  settings.monitor_buffer = config_->global.vrrp_netlink_monitor_buffer;
  settings.force_buffer = config_->global.vrrp_netlink_monitor_force;
  auto interfaces = kernel::Interfaces::open(loop_, *kernel_, std::move(settings), log);
  if (!interfaces) return tl::unexpected{interfaces.error()};
  interfaces_ = std::move(*interfaces);
  sysctls_ = std::make_unique<kernel::Sysctls>();
  leftovers_.remember_in(std::filesystem::path{state_file}.replace_extension(".held"));
  sysctls_->remember_in(std::move(state_file));
  const Status firewall = open_firewall(*config_);
  if (!firewall) return firewall;
  vmacs_ = std::make_unique<kernel::VirtualMacs>(loop_, *kernel_, *interfaces_, *sysctls_, firewall_.get(), log);
  statics_ = std::make_unique<kernel::Statics>(loop_, *kernel_, *interfaces_, static_cast<kernel::TrackGroupListener*>(this), log);
  addresses_ = std::make_unique<kernel::Addresses>(loop_, *kernel_, *interfaces_, static_cast<kernel::LossListener&>(*this), log);
  announcer_ = std::make_unique<kernel::Announcer>(loop_, *interfaces_, kernel::Announcer::Pacing{}, log);
  transport_ = std::make_unique<kernel::Transport>(loop_, static_cast<kernel::PacketSink&>(*this));
  notifier_ = std::make_unique<notify::Notifier>(loop_, *config_, log.write);
  trackers_ = std::make_unique<track::Trackers>(loop_, *config_, static_cast<track::Sink&>(*this));
  bfds_ = std::make_unique<keepalived::bfd::Sessions>(loop_, static_cast<keepalived::bfd::Listener&>(*this));
  lib::base::UniqueFd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  if (!timer) return lib::base::system_failure("timerfd", errno);
  timer_.open(loop_, std::move(timer));
  return {};
}

/// Second owners are looked for while some instance wants to know of them.
void Daemon::watch_duplicates() {
  const bool wanted = std::any_of(config_->instances.begin(), config_->instances.end(), [](const VrrpInstance& each) { return each.report_duplicates; });
  if (!wanted) duplicates_.reset();
  if (!wanted || duplicates_) return;
  const kernel::Log log{.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()};
  duplicates_ = std::make_unique<kernel::DuplicateWatch>(loop_, static_cast<kernel::ClaimListener&>(*this), log);
}

/// What of global_defs and the lists beside it can change while we run.
void Daemon::apply_globals() {
  watch_duplicates();
  std::vector<kernel::DebounceDelay> delays;
  for (const auto& delay : config_->up_down_delays) delays.push_back({.interface = delay.interface, .down = delay.down, .up = delay.up});
  interfaces_->set_delays(std::move(delays));
  std::vector<parsers::keepalived::LinkbeatInterface> polled = config_->linkbeat_interfaces;
  for (const VrrpInstance& instance : config_->instances)
    if (instance.linkbeat_polling || config_->linkbeat_polling) polled.push_back({.interface = instance.interface});
  interfaces_->set_linkbeat(std::move(polled));
  kernel::Announcer::Pacing pacing;
  pacing.garp_interval = config_->global.garp_interval;
  pacing.gna_interval = config_->global.gna_interval;
  pacing.groups = config_->garp_groups;
  announcer_->set_pacing(std::move(pacing));
  auto_priority_.use(config_->global);
  if (config_->global.disable_local_igmp && !holds_igmp_) holds_igmp_ = sysctls_->hold("ipv4/igmp_link_local_mcast_reports", 0).has_value();
}

/// Of all nodes, in their order; what leaves has left its group.
std::unique_ptr<Engine> Daemon::make_engine() const {
  std::vector<RouterSettings> routers;
  for (const auto& node : nodes_) {
    routers.push_back(router_settings(*node->conf));
    if (node->is_leaving) routers.back().group.reset();
  }
  std::vector<GroupSettings> groups;
  for (const auto& group : config_->groups) groups.push_back({.name = group.name, .members = group.members});
  return std::make_unique<Engine>(std::move(routers), std::move(groups));
}

kernel::Holding Daemon::holding_of(const Node& node) const {
  const VrrpInstance& conf = *node.conf;
  kernel::Holding out = vrrpd::holding_of(conf, node.interface);
  for (auto* list : {&out.addresses, &out.excluded})
    for (auto& each : *list)
      if (each.interface == conf.interface && each.address.family() == conf.family) each.interface = node.interface;
      else if (const auto vmac = node.address_vmacs.find(each.interface); vmac != node.address_vmacs.end()) each.interface = vmac->second;
  return out;
}

/// Addresses on a VMAC that sends no adverts are quiet: switches hear of them only by garp_extra_if.
std::vector<kernel::Announced> Daemon::announced_of(const Node& node) const {
  auto out = addresses_->announced(node.key);
  const Interface* const carrier = interfaces_->find(node.interface);
  const bool sends = node.conf->vmac == VirtualMac::None || !node.conf->vmac_transmit_base;
  for (auto& one : out) {
    const Interface* const place = interfaces_->find(one.index);
    const bool is_vmac = place != nullptr && (place->link.kind == "macvlan" || place->link.kind == "ipvlan");
    one.on_quiet_vmac = is_vmac && !(sends && carrier != nullptr && carrier->link.index == one.index);
  }
  return out;
}

/// A macvlan (or ipvlan) of the instance on `parent`. Its name, or the parent's where it cannot be made.
std::string Daemon::make_vmac(const Node& node, const std::string& parent, const std::string& name, const std::string& prefix) {
  const VrrpInstance& conf = *node.conf;
  kernel::VmacWanted wanted;
  wanted.instance = conf.name;
  wanted.kind = parent == conf.interface ? conf.vmac : VirtualMac::Macvlan;
  wanted.parent = parent;
  wanted.name = name;
  wanted.prefix = prefix;
  wanted.vrid = conf.vrid;
  wanted.family = conf.family;
  wanted.mac = conf.vmac_address;
  wanted.group = conf.vmac_group;
  wanted.mode = conf.ipvlan_mode;
  if (wanted.kind == VirtualMac::Ipvlan) wanted.own_address = conf.ipvlan_address;
  wanted.needs_ipv6 = std::any_of(conf.excluded.begin(), conf.excluded.end(), [](const auto& each) { return each.address.is_ipv6(); });
  auto made = vmacs_->create(wanted);
  if (made) return *made;
  logger_.write(Level::Always, fmt::format("({}): {}", conf.name, made.error().message));
  return parent;
}

void Daemon::open_instance(std::size_t index) {
  Node& node = *nodes_[index];
  const VrrpInstance& conf = *node.conf;
  node.interface = conf.interface;
  if (conf.vmac != VirtualMac::None) node.interface = make_vmac(node, conf.interface, conf.vmac_name, config_->global.vmac_prefix);
  for (const auto* list : {&conf.addresses, &conf.excluded})
    for (const auto& each : *list) {
      const bool wants = (conf.vmac_for_addresses || each.use_vmac) && !each.interface.empty() && each.interface != conf.interface;
      if (!wants || node.address_vmacs.contains(each.interface)) continue;
      const std::string& prefix = config_->global.vmac_addr_prefix.empty() ? config_->global.vmac_prefix : config_->global.vmac_addr_prefix;
      node.address_vmacs[each.interface] = make_vmac(node, each.interface, "", prefix);
    }
  hold_settings(node);
  (void)addresses_->set(node.key, holding_of(node));
  addresses_->clean(node.key);
}

void Daemon::hold_settings(Node& node) {
  const bool wanted = !node.is_leaving && node.conf->promote_secondaries && node.conf->vmac == VirtualMac::None;
  const std::string path = "ipv4/conf/" + node.conf->interface + "/promote_secondaries";
  if (wanted && !node.promotes_secondaries) node.promotes_secondaries = sysctls_->hold(path, 1).has_value();  // logged by its room
  if (!wanted && std::exchange(node.promotes_secondaries, false)) sysctls_->release(path);
}

/// All that the running file may set in the kernel.
kernel::Belongings Daemon::belongings() const {
  kernel::Belongings out;
  for (const auto& node : nodes_) {
    out.add(holding_of(*node));
    std::set<std::string> vmacs{node->interface};
    for (const auto& [parent, vmac] : node->address_vmacs) vmacs.insert(vmac);
    for (const std::string& name : vmacs) {
      const Interface* const one = interfaces_->find(name);
      if (one != nullptr && (one->link.kind == "macvlan" || one->link.kind == "ipvlan") && name != node->conf->interface)
        out.add_vmac(name, one->link.mac.value_or(lib::netlink::MacAddress{}));
    }
  }
  out.add(config_->static_addresses, config_->global.default_interface);
  out.add(config_->static_routes);
  out.add(config_->static_rules);
  if (firewall_) out.add_table(config_->global.nftables_table);
  return out;
}

void Daemon::close_path(Node& node) {
  if (node.path) transport_->close(*node.path);
  node.path.reset();
}

void Daemon::open_path(std::size_t index) {
  Node& node = *nodes_[index];
  const VrrpInstance& conf = *node.conf;
  const Interface* const own = interfaces_->find(conf.interface);
  const Interface* const carrier = interfaces_->find(node.interface);
  if (!conf.interface.empty() && (own == nullptr || carrier == nullptr)) return;
  if (!conf.unicast_peers.empty() && !node.source) return;
  unsigned index_of_path = own != nullptr ? own->link.index : 0;
  if (const Interface* const vrf = conf.vrf.empty() ? nullptr : interfaces_->find(conf.vrf); vrf != nullptr) index_of_path = vrf->link.index;
  const bool by_vmac = conf.vmac != VirtualMac::None && !conf.vmac_transmit_base && conf.unicast_peers.empty();
  if (by_vmac && carrier != nullptr) index_of_path = carrier->link.index;
  kernel::Path path = path_of(conf, index_of_path, node.source);
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
  std::optional<Address> source = node.conf->source;
  if (source && node.conf->track_source && !interfaces_->has_address(*source)) source.reset();
  // Who says where adverts come from gets no other address; an IPv4 ipvlan needs one of its own.
  const bool has_rule = node.conf->source || (node.conf->vmac == VirtualMac::Ipvlan && node.conf->family == AF_INET);
  if (!source && !has_rule) {
    std::vector<Address> ours;
    for (const auto& address : node.conf->addresses) ours.push_back(address.address);
    // An IPv6 VMAC has its parent's link-local address; IPv4 adverts come from the parent's own address.
    const bool on_vmac = node.conf->vmac != VirtualMac::None && node.conf->family == AF_INET6;
    const Interface* const own = interfaces_->find(on_vmac ? node.interface : node.conf->interface);
    if (own != nullptr) source = interfaces_->source_address(own->link.index, node.conf->family, ours);
  }
  if (source && node.source && source->same_host(*node.source)) return;
  if (!source && !node.source && node.own_faults != 0) return;
  node.source = source;
  if (source) engine_->set_source(index, *source);
  node.own_faults = source ? 0 : 1;
  if (!node.conf->unicast_peers.empty()) close_path(node);
  if (!node.path) open_path(index);
  tell_faults(index, source ? "" : fmt::format("no IPv{} address for interface", node.conf->family == AF_INET6 ? 6 : 4), Leave::AtOnce);
}

/// What an instance's causes of fault add up to now.
void Daemon::tell_faults(std::size_t index, std::string_view reason, Leave leave) {
  const Node& node = *nodes_[index];
  if (node.is_leaving) return;
  const track::Effect effect = trackers_->table.effect_on(index);
  Actions actions;
  engine_->set_faults(index, effect.faults + node.faults(), effect.pending, reason, leave, loop_.now(), actions);
  run(actions);
}

Instant Daemon::held_until() const {
  const auto delay = startup_delay(config_->global);
  return delay.count() > 0 ? loop_.now() + delay : Instant{};
}

void Daemon::read_interface_states() {
  for (const track::Item& item : std::vector<track::Item>{trackers_->table.items()}) {
    if (item.kind != track::Kind::Interface) continue;
    const auto number = trackers_->table.find(track::Kind::Interface, item.name);
    (void)trackers_->table.set_result(*number, interfaces_->is_up(item.name) ? track::Result::Up : track::Result::Down);
  }
}

/// Weights and causes of fault of all instances, before the engine starts.
void Daemon::tell_all_causes(Actions& actions) {
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    const Node& node = *nodes_[i];
    const track::Effect effect = trackers_->table.effect_on(i);
    const std::string& interface = node.conf->interface;
    const std::string reason = interfaces_->is_up(interface) ? std::string{} : fmt::format("interface {} down", interface);
    engine_->set_weight_sum(i, effect.weight_sum, loop_.now(), actions);
    engine_->set_faults(i, effect.faults + node.faults(), effect.pending, reason, Leave::AtOnce, loop_.now(), actions);
  }
}

void Daemon::begin() {
  began_ = loop_.now();
  interfaces_->add_listener(*this);
  apply_globals();
  for (std::size_t i = 0; i < config_->instances.size(); ++i) nodes_.push_back(std::make_unique<Node>(config_, i, next_key_++));
  engine_ = make_engine();
  statics_->set({.addresses = config_->static_addresses, .routes = config_->static_routes, .rules = config_->static_rules});
  for (std::size_t i = 0; i < nodes_.size(); ++i) open_instance(i);
  sysctls_->restore_leftovers();
  leftovers_.clear(belongings(), *kernel_, *interfaces_, {.write = [this](Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()});
  find_one_router();
  read_interface_states();
  for (std::size_t i = 0; i < nodes_.size(); ++i) update_source(i);
  notifier_->start();
  const Instant held = held_until();
  if (held != Instant{}) logger_.write(Level::Always, fmt::format("Delaying startup for {} seconds", (held - loop_.now()).count() / 1'000'000));
  loop_.refresh_now();
  // What is known already comes before the start, so that nobody enters a state only to leave it.
  Actions actions;
  tell_all_causes(actions);
  started_ = true;
  engine_->start(loop_.now(), held, actions);
  run(actions);
  trackers_->start(nullptr);
  bfds_->use(config_->bfds);
  for (const std::string& line : transport_->describe()) logger_.write(Level::Detail, "VRRP sockpool: " + line);
  tasks_.spawn(keep_time());
}

// ---- time

void Daemon::arm() {
  Instant next = engine_->next_deadline();
  if (nodes_.size() > config_->instances.size()) next = std::min(next, loop_.now() + kLookWhileLeaving);
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
    const Instant due = std::exchange(armed_for_, lib::base::kNever);
    loop_.refresh_now();
    // We stood still. The adverts that came meanwhile count before the timers: nobody becomes master beside one who spoke.
    if (loop_.now() - due > kLate) transport_->read_waiting();
    Actions actions;
    engine_->on_time(loop_.now(), actions);
    run(actions);
    end_leaving();
  }
}

// ---- what the engine says

void Daemon::run(const Actions& actions) {
  for (const Action& action : actions) run_one(action);
  if (started_) arm();
}

void Daemon::run_one(const Action& action) {
  Node& node = *nodes_[action.router];
  switch (action.kind) {
    case ActionKind::SendAdvert: return send_advert(action.router, action.priority);
    case ActionKind::AddAddresses: return add_addresses(action.router);
    case ActionKind::RemoveAddresses: return remove_addresses(action.router);
    case ActionKind::Announce: return announcer_->announce(node.key, node.conf->name, announced_of(node), node.conf->garp);
    case ActionKind::AnnounceLower: return announcer_->announce_lower(node.key);
    case ActionKind::StopAnnouncing: return announcer_->stop(node.key);
    case ActionKind::StateChanged: return on_state(action);
    case ActionKind::GroupChanged:
      events_.publish(report::group_event(config_->groups[action.group].name, action.from, action.to));
      return notifier_->group_changed(config_->groups[action.group], action.to);
    case ActionKind::Log: return logger_.write(action.level, action.text);
    case ActionKind::PriorityChanged:
      events_.publish(report::priority_event(node.conf->name, action.previous, action.priority));
      return notifier_->priority_changed(*node.conf, engine_->status(action.router).state, action.priority);
    case ActionKind::LowerPriority: return notifier_->lower_priority_heard(*node.conf, action.priority);
    case ActionKind::MasterSet:
      events_.publish(report::master_event(node.conf->name, action.sender.host()));
      return node.receiver.forget_complaints();
  }
}

void Daemon::on_state(const Action& action) {
  Node& node = *nodes_[action.router];
  node.last_transition = lib::base::wall_now();
  node.receiver.forget_complaints();
  node.claimants.clear();
  node.master_since = loop_.now();
  if (action.to == State::Master) ++node.receiver.counters().became_master;
  if (action.from == State::Master) ++node.receiver.counters().released_master;
  // The new master's gratuitous ARP is a question: answered from here, the switches would learn the virtual MAC back, just
  // before the addresses go.
  if (engine_->status(action.router).is_releasing) vmacs_->answer_arp(node.interface, false);
  events_.publish(report::state_event(node.conf->name, action.from, action.to, action.priority, action.text));
  notifier_->instance_changed(*node.conf, action.to, action.priority);
}

void Daemon::send_advert(std::size_t index, std::uint8_t priority) {
  Node& node = *nodes_[index];
  if (!node.path || !node.source) return;
  const VrrpInstance& conf = *node.conf;
  Advert advert;
  advert.version = conf.version;
  advert.family = conf.family;
  advert.vrid = conf.vrid;
  advert.priority = priority;
  advert.interval = conf.advert_interval;
  advert.auth_type = static_cast<std::uint8_t>(conf.auth_type);
  if (conf.auth_type != AuthType::Ah) advert.auth_data = auth_data(conf);
  for (const auto& address : conf.addresses) advert.addresses.push_back(address.address);
  if (++node.packet_id == 0) node.packet_id = 1;  // 0 is skipped, as the original does
  const bool unicast = !conf.unicast_peers.empty();
  const bool with_ah = conf.auth_type == AuthType::Ah;
  const std::uint32_t sequence = with_ah ? node.receiver.next_sequence() : 0;
  TrailerGuard* const guard = node.receiver.guard() != nullptr && node.receiver.guard()->signs() ? node.receiver.guard() : nullptr;
  const std::uint64_t stamp = guard != nullptr ? guard->next_sequence(lib::base::wall_now()) : 0;
  const auto send_to = [&](const Address& destination) {
    std::vector<std::uint8_t> message = encode_advert(advert, *node.source, destination, node.receiver.sending_rule());
    if (guard != nullptr) {
      const auto trailer = guard->sign({.family = conf.family, .version = conf.version, .vrid = conf.vrid, .source = *node.source}, message, stamp);
      message.insert(message.end(), trailer.begin(), trailer.end());
    }
    if (conf.family == AF_INET) {
      const Ipv4Header header{.source = *node.source, .destination = destination, .ttl = unicast ? conf.unicast_ttl.value_or(255) : std::uint8_t{255}, .id = node.packet_id};
      message = with_ah ? encode_ah(header, sequence, message, auth_data(conf), &lib::crypto::hmac_md5_96) : encode_ipv4(header, message);
    }
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

/// The addresses that the firewall keeps closed: of an instance that does not accept.
std::vector<kernel::BlockedAddress> Daemon::blocked_by(const Node& node) const {
  std::vector<kernel::BlockedAddress> out;
  if (!firewall_ || node.conf->accept || node.conf->priority == kOwnerPriority) return out;
  const bool by_name = !node.conf->track_primary && !config_->global.nftables_ifindex;  // its interface may go and come back
  for (const auto& each : addresses_->announced(node.key)) {
    const Interface* const place = by_name && kernel::is_link_local(each.address) ? interfaces_->find(each.index) : nullptr;
    out.push_back({.address = each.address, .index = each.index, .interface = place != nullptr ? place->link.name : ""});
  }
  return out;
}

void Daemon::block(const Node& node, const std::vector<kernel::BlockedAddress>& addresses, bool closed) {
  if (addresses.empty()) return;
  const Status done = closed ? firewall_->block(node.conf->name, addresses) : firewall_->unblock(node.conf->name, addresses);
  if (!done) logger_.write(Level::Always, fmt::format("({}): {}", node.conf->name, done.error().message));
}

void Daemon::add_addresses(std::size_t index) {
  const Node& node = *nodes_[index];
  vmacs_->answer_arp(node.interface, true);
  if (addresses_->holds(node.key)) return;
  block(node, blocked_by(node), true);
  addresses_->take(node.key);
}

void Daemon::remove_addresses(std::size_t index) {
  const Node& node = *nodes_[index];
  if (!addresses_->holds(node.key)) return;
  const auto blocked = blocked_by(node);
  addresses_->release(node.key);
  block(node, blocked, false);
}

// ---- stop

void Daemon::stop() {
  if (stopping_) return;
  stopping_ = true;
  if (keeps_kernel_) return;
  trackers_->scripts.end();
  loop_.refresh_now();
  Actions actions;
  engine_->stop_all(loop_.now(), actions);
  run(actions);
  stop_by_ = loop_.now() + kScriptsAtStop;
  if (config_->child_wait) gone_by_ = loop_.now() + *config_->child_wait;
}

bool Daemon::is_gone() const {
  return keeps_kernel_ || loop_.now() >= gone_by_ || (engine_->is_released() && (notifier_->is_idle() || loop_.now() >= stop_by_));
}

}  // namespace vrrpd

#include "vrrpd/daemon.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "vrrpd/report/events.h"

namespace vrrpd {

namespace {

constexpr std::uint8_t kOurs = 18;           // IFAPROT_KEEPALIVED
constexpr std::size_t kMostClaimants = 16;  // of an instance, between two changes of state

}  // namespace

using kernel::Interface;
using kernel::InterfaceChange;
using parsers::keepalived::VrrpInstance;

// ---- from below

void Daemon::on_packet(std::size_t path, const kernel::Received& received) {
  const auto vrid = vrid_of(received.packet, received.family);
  if (!vrid) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.path != path || node.conf->vrid != *vrid || node.conf->family != received.family) continue;
    const RouterStatus& status = engine_->status(i);
    // Elsewhere adverts are not even counted; but who still answers after a resignation waits for the new master's word.
    if (status.state != State::Backup && status.state != State::Master && !status.is_releasing) return;
    const auto outcome = node.receiver.receive(heard(received));
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
    if (!effect.reason.empty()) events_.publish(report::track_event(config_->instances[effect.instance].name, effect.reason));
    Actions actions;
    engine_->set_weight_sum(effect.instance, effect.weight_sum, loop_.now(), actions);
    run(actions);
    tell_faults(effect.instance, effect.reason, leave);
  }
}

void Daemon::on_effect(const track::Effect& effect) { apply_effects({effect}, Leave::Gracefully); }

void Daemon::on_bfd(std::size_t index, bool is_up) {
  const auto& bfd = config_->bfds[index];
  events_.publish(report::bfd_event(bfd.name, is_up));
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
  if (change == InterfaceChange::Gone || change == InterfaceChange::Appeared || change == InterfaceChange::Reconfigured) find_one_router();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.conf->interface != name && node.interface != name) continue;
    if (change == InterfaceChange::Gone) close_path(node);
    if (change == InterfaceChange::Appeared || change == InterfaceChange::Up) {
      if (change == InterfaceChange::Appeared) close_path(node);
      update_source(i);
      if (!node.path) open_path(i);
    }
  }
}

/// With allow_if_changes nobody can say beforehand whether two instances are one virtual router on one link: the later one
/// runs, as with the original, and the earlier waits until the links say otherwise.
void Daemon::find_one_router() {
  if (!config_->global.allow_interface_changes) return;
  const auto link_of = [&](const Node& node) {
    const Interface* const own = interfaces_->find(node.conf->interface);
    if (own == nullptr) return 0U;
    return own->link.kind == "macvlan" || own->link.kind == "ipvlan" ? own->link.parent : own->link.index;
  };
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    Node& node = *nodes_[i];
    const VrrpInstance& conf = *node.conf;
    const unsigned link = link_of(node);
    const auto is_same = [&](const VrrpInstance& other, const Node& its) {
      return other.vrid == conf.vrid && other.family == conf.family && other.unicast_peers.empty() && conf.unicast_peers.empty() &&
             other.multicast_group.same_host(conf.multicast_group) && link != 0 && link_of(its) == link;
    };
    std::size_t other = i + 1;
    while (other < config_->instances.size() && !is_same(config_->instances[other], *nodes_[other])) ++other;
    const bool is_duplicate = other < config_->instances.size();
    if (std::exchange(node.is_duplicate, is_duplicate) == is_duplicate) continue;
    const std::string reason = is_duplicate ? fmt::format("VRID {} for IPv{} is currently duplicated on {}", conf.vrid, conf.family == AF_INET6 ? 6 : 4, config_->instances[other].name) : "";
    if (is_duplicate) logger_.write(Level::Always, fmt::format("({}) - warning, {}", conf.name, reason));
    if (started_) tell_faults(i, reason, Leave::AtOnce);
  }
}

/// Whether an address that came or went can change where an instance's adverts come from. Most are virtual ones, by the
/// hundred: they must cost next to nothing.
static bool concerns(const Node& node, const Address& address, bool gone) {
  if (node.conf->source) return node.conf->track_source && node.conf->source->same_host(address);
  if (address.family() != node.conf->family) return false;
  if (gone) return node.source && node.source->same_host(address);
  return !node.source || address.is_ipv6();  // an IPv6 one may have been on trial until now
}

void Daemon::on_address(const kernel::InterfaceAddress& address, bool gone) {
  const Interface* const interface = interfaces_->find(address.index);
  if (interface == nullptr) return;
  if (logs_all_addresses_ || address.protocol != kOurs)
    logger_.write(logs_all_addresses_ ? Level::Always : Level::Detail,
                  fmt::format("{} address {} {} interface {}", gone ? "Deassigned" : "Assigned", address.address.host(), gone ? "from" : "for", interface->link.name));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = *nodes_[i];
    if (!concerns(node, address.address, gone)) continue;
    const bool is_here = node.conf->interface == interface->link.name || node.interface == interface->link.name;
    if (is_here || node.conf->source) update_source(i);
  }
}

/// Who took over a moment ago hears the last words of the one before, which are no second owner's.
void Daemon::on_claim(const Address& address, const lib::netlink::MacAddress& mac, unsigned index) {
  constexpr lib::base::Duration kSettling{5'000'000};
  for (std::size_t i = 0; i < config_->instances.size(); ++i) {
    Node& node = *nodes_[i];
    const RouterStatus& status = engine_->status(i);
    if (!node.conf->report_duplicates || status.state != State::Master || loop_.now() - node.master_since < kSettling) continue;
    const auto is_it = [&](const auto& one) { return one.address.same_host(address); };
    const bool is_ours = std::any_of(node.conf->addresses.begin(), node.conf->addresses.end(), is_it) || std::any_of(node.conf->excluded.begin(), node.conf->excluded.end(), is_it);
    if (!is_ours) continue;
    for (const auto& [number, interface] : interfaces_->all())
      if (interface.link.mac == mac) return;  // our own, on another interface
    const std::string owner = fmt::format("{:02x}", fmt::join(mac, ":"));
    if (node.claimants.size() >= kMostClaimants || !node.claimants.insert(owner + address.host()).second) continue;  // said already
    const Interface* const interface = interfaces_->find(index);
    logger_.write(Level::Always, fmt::format("({}) second owner of {}: {} on {} says that it has this address", node.conf->name, address.host(), owner, interface != nullptr ? interface->link.name : "?"));
    events_.publish(report::duplicate_event(node.conf->name, address.host(), owner));
  }
}

void Daemon::on_track_group(const std::string& name, unsigned missing) {
  missing_statics_[name] = missing;
  for (const auto& group : config_->track_groups) {
    if (group.name != name) continue;
    for (const std::size_t member : group.members) {
      Node& node = *nodes_[member];
      node.static_faults = 0;
      for (const auto& other : config_->track_groups)
        if (std::find(other.members.begin(), other.members.end(), member) != other.members.end()) node.static_faults += missing_statics_[other.name];
      if (started_) tell_faults(member, missing != 0 ? fmt::format("static entry of track_group {} is missing", name) : "", Leave::Gracefully);
    }
  }
}

void Daemon::on_lost(std::size_t key, const std::string& what) {
  const auto at = std::find_if(nodes_.begin(), nodes_.end(), [key](const auto& node) { return node->key == key; });
  if (at == nodes_.end()) return;
  logger_.write(Level::Always, fmt::format("({}) {} was removed by somebody else", (*at)->conf->name, what));
  Actions actions;
  engine_->on_address_lost(static_cast<std::size_t>(at - nodes_.begin()), loop_.now(), actions);
  run(actions);
}

}  // namespace vrrpd

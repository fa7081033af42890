#include "parsers/keepalived/config.h"

namespace parsers::keepalived {

namespace {

bool same(const std::optional<Address>& a, const std::optional<Address>& b) {
  return a.has_value() == b.has_value() && (!a || a->same_host(*b));
}

}  // namespace

bool IpAddress::same_as(const IpAddress& other) const {
  return address.same_host(other.address) && prefix_length == other.prefix_length && interface == other.interface && label == other.label &&
         same(broadcast, other.broadcast) && same(peer, other.peer) && peer_prefix_length == other.peer_prefix_length && scope == other.scope &&
         home == other.home && no_dad == other.no_dad && managed_temporary == other.managed_temporary && no_prefix_route == other.no_prefix_route &&
         autojoin == other.autojoin && preferred_lifetime_s == other.preferred_lifetime_s && tracked == other.tracked &&
         track_group == other.track_group && use_vmac == other.use_vmac;
}

bool BfdInstance::same_as(const BfdInstance& other) const {
  return name == other.name && neighbor.same_host(other.neighbor) && same(source, other.source) && min_rx_us == other.min_rx_us &&
         min_tx_us == other.min_tx_us && idle_tx_us == other.idle_tx_us && multiplier == other.multiplier && passive == other.passive &&
         ttl == other.ttl && max_hops == other.max_hops && multihop == other.multihop && weight == other.weight && is_for_vrrp() == other.is_for_vrrp() &&
         is_for_checker() == other.is_for_checker();
}

}  // namespace parsers::keepalived

#include "vrrpd/node.h"

#include <algorithm>
#include <utility>

#include "lib/crypto/hmac.h"

namespace vrrpd {

using parsers::keepalived::AuthType;
using parsers::keepalived::VrrpInstance;

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

namespace {

TrailerRules trailer_rules(const VrrpInstance& conf) {
  const auto& auth = *conf.auth_hmac;
  TrailerRules out;
  out.mode = static_cast<TrailerRules::Mode>(auth.mode);
  for (const auto& key : auth.keys) out.keys.push_back({.id = key.id, .secret = {key.secret.begin(), key.secret.end()}});
  out.active_key = auth.active_key;
  out.window = auth.time_window;
  out.monotonic = auth.monotonic;
  out.most_senders = std::max(out.most_senders, conf.unicast_peers.size());
  out.hmac = &lib::crypto::hmac_sha256_128;
  return out;
}

}  // namespace

Expectation expectation(const VrrpInstance& conf) {
  Expectation out;
  out.name = conf.name;
  out.version = conf.version;
  out.family = conf.family;
  out.vrid = conf.vrid;
  out.interval = conf.advert_interval;
  out.auth_type = static_cast<std::uint8_t>(conf.auth_type);
  out.auth_data = auth_data(conf);
  if (conf.auth_hmac) out.trailer = trailer_rules(conf);
  out.ah_digest = &lib::crypto::hmac_md5_96;
  for (const auto& address : conf.addresses) out.addresses.push_back(address.address);
  out.unicast = !conf.unicast_peers.empty();
  out.check_source = conf.check_unicast_source;
  out.skip_check_addresses = conf.skip_check_adv_addr;
  out.checksum_as_v2 = conf.v3_checksum_as_v2;
  out.old_checksum = static_cast<Expectation::OldChecksum>(conf.old_checksum);
  for (const auto& peer : conf.unicast_peers) out.peers.push_back({.address = peer.address, .min_ttl = peer.min_ttl, .max_ttl = peer.max_ttl});
  return out;
}

kernel::Path path_of(const VrrpInstance& conf, unsigned index, std::optional<Address> source) {
  kernel::Path path;
  path.family = conf.family;
  if (conf.auth_type == AuthType::Ah) path.protocol = kAhProtocol;
  path.receive_index = path.send_index = index;
  if (conf.unicast_peers.empty()) path.group = conf.multicast_group;
  else path.source = std::move(source);
  return path;
}

kernel::Holding holding_of(const VrrpInstance& conf, std::string interface) {
  return {.name = conf.name, .interface = std::move(interface), .addresses = conf.addresses, .excluded = conf.excluded, .routes = conf.routes, .rules = conf.rules};
}

HeardPacket heard(const kernel::Received& received) {
  return {.packet = received.packet, .source = received.source, .destination = received.destination, .ttl = received.hop_limit, .when = lib::base::wall_now()};
}

}  // namespace vrrpd

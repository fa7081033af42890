#include "vrrpd/caretaker.h"

#include <fmt/format.h>

#include <filesystem>

#include "vrrpd/kernel/sysctls.h"
#include "vrrpd/kernel/vmac.h"

namespace vrrpd {

using lib::net::Address;
using parsers::keepalived::VirtualMac;
using parsers::keepalived::VrrpInstance;

lib::base::Result<std::unique_ptr<Caretaker>> Caretaker::open(lib::event::Loop& loop, keepalived::Logger& logger, Configuration config, std::string state_file) {
  std::unique_ptr<Caretaker> it{new Caretaker{loop, logger, std::move(config), std::move(state_file)}};
  it->leftovers_.remember_in(std::filesystem::path{it->state_file_}.replace_extension(".held"));
  if (it->leftovers_.is_empty()) return nullptr;
  const auto& global = it->config_->global;
  auto netlink = lib::netlink::Netlink::open(global.vrrp_netlink_command_buffer, global.vrrp_netlink_command_force);
  if (!netlink) return tl::unexpected{netlink.error()};
  it->kernel_ = std::move(*netlink);
  kernel::Interfaces::Settings settings;
  settings.monitor_buffer = global.vrrp_netlink_monitor_buffer;
  settings.force_buffer = global.vrrp_netlink_monitor_force;
  settings.watch_routes = false;
  auto interfaces = kernel::Interfaces::open(loop, *it->kernel_, std::move(settings), it->log());
  if (!interfaces) return tl::unexpected{interfaces.error()};
  it->interfaces_ = std::move(*interfaces);
  for (const VrrpInstance& conf : it->config_->instances) it->listen_for(conf);
  return it;
}

/// Where the others' adverts arrive. The kernel gives what comes with a virtual MAC to the one that has the same, alone.
void Caretaker::listen_for(const VrrpInstance& conf) {
  const kernel::Interface* const own = interfaces_->find(conf.interface);
  const kernel::Interface* const vrf = conf.vrf.empty() ? nullptr : interfaces_->find(conf.vrf);
  if (own == nullptr && !conf.interface.empty()) return;
  unsigned index = 0;
  std::optional<Address> source = conf.source;
  if (own != nullptr) {
    const bool by_vmac = conf.vmac == VirtualMac::Macvlan && !conf.vmac_transmit_base && conf.unicast_peers.empty();
    const auto mac = conf.vmac_address.value_or(kernel::virtual_router_mac(conf.family, conf.vrid));
    const kernel::Interface* const vmac = by_vmac ? kernel::find_vmac(*interfaces_, own->link.index, mac, conf.vmac_name) : nullptr;
    index = (vmac != nullptr ? vmac : vrf != nullptr ? vrf : own)->link.index;
    if (!source) source = interfaces_->source_address(own->link.index, conf.family);
  }
  if (!conf.unicast_peers.empty() && !source) return;
  const auto opened = transport_.open(path_of(conf, index, source));
  if (opened) wards_.push_back({.conf = &conf, .receiver = Receiver{expectation(conf)}, .path = *opened});
  else logger_.write(keepalived::Level::Always, fmt::format("({}): {}", conf.name, opened.error().message));
}

void Caretaker::on_packet(std::size_t path, const kernel::Received& received) {
  const auto vrid = vrid_of(received.packet, received.family);
  for (Ward& ward : wards_) {
    if (ward.path != path || ward.conf->vrid != vrid || ward.conf->family != received.family) continue;
    const auto outcome = ward.receiver.receive(heard(received));
    if (ward.is_given_back || !outcome.advert || outcome.advert->priority == 0) return;
    ward.is_given_back = true;
    leftovers_.give_back(holding_of(*ward.conf, ward.conf->interface), *kernel_, *interfaces_, log(), fmt::format("of the VRRP process that was killed, as {} is master of {} now", outcome.advert->sender.host(), ward.conf->name));
    return;
  }
}

void Caretaker::give_back_all() {
  kernel::Sysctls sysctls;
  sysctls.remember_in(state_file_);
  sysctls.restore_leftovers();
  leftovers_.clear({}, *kernel_, *interfaces_, log());
}

}  // namespace vrrpd

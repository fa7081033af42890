#include "vrrpd/kernel/firewall.h"

#include <fmt/format.h>

#include <vector>

namespace vrrpd::kernel {

using lib::base::Result;
using lib::base::Status;

Firewall::Firewall(std::unique_ptr<lib::netlink::Nftables> nft, FirewallSettings settings, Log log)
    : nft_{std::move(nft)}, settings_{std::move(settings)}, log_{std::move(log)} {}

Result<std::unique_ptr<Firewall>> Firewall::open(FirewallSettings settings, Log log) {
  auto nft = lib::netlink::Nftables::open();
  if (!nft) return tl::unexpected{nft.error()};
  const auto tables = (*nft)->list("list tables");
  if (!tables) return tl::unexpected{tables.error()};
  for (const std::string_view family : {"ip", "ip6"}) {
    const std::string name = fmt::format("{} {}", family, settings.table);
    if (tables->find(fmt::format("table {}\n", name)) == std::string::npos) continue;
    log.always(fmt::format("Deleting old {} table", name));
    if (auto done = (*nft)->run("delete table " + name + "\n"); !done) return tl::unexpected{done.error()};
  }
  // The constructor is private.
  return std::unique_ptr<Firewall>{new Firewall{std::move(*nft), std::move(settings), std::move(log)}};
}

Firewall::~Firewall() {
  for (const bool six : {false, true}) {
    states_[six] = {};
    if (auto done = rebuild(six); !done) log_.always("cannot remove our firewall table: " + done.error().message);
  }
}

Status Firewall::rebuild(bool six) {
  const std::string text = table_text(six, states_[six], settings_, exists_[six]);
  if (text.empty()) return {};
  if (auto done = nft_->run(text); !done) return done;
  exists_[six] = states_[six].needs_table();
  return {};
}

/// Adds it to the state (or takes it away); false where nothing changes.
static bool note(FirewallState& state, const BlockedAddress& one, bool adds) {
  const auto change = [adds](auto& set, const auto& element) { return adds ? set.insert(element).second : set.erase(element) > 0; };
  const std::string text = one.address.host();
  if (!is_link_local(one.address)) return change(state.addresses, text);
  return one.interface.empty() ? change(state.link_locals, std::pair{text, one.index}) : change(state.named_link_locals, std::pair{text, one.interface});
}

/// A set that is there takes or gives elements; the first blocked address of a family brings its sets and rules.
Status Firewall::change(std::string_view verb, std::span<const BlockedAddress> addresses) {
  const bool adds = verb == "add";
  for (const bool six : {false, true}) {
    FirewallState& state = states_[six];
    std::vector<BlockedAddress> changed;
    bool is_first = adds && !state.blocks;
    for (const BlockedAddress& one : addresses) {
      if (one.address.is_ipv6() != six || !note(state, one, adds)) continue;
      changed.push_back(one);
      if (one.interface.empty() || state.names) continue;
      state.names = is_first = true;
    }
    if (changed.empty()) continue;
    state.blocks = true;
    const Status done = is_first ? rebuild(six) : nft_->run(element_text(verb, six, changed, settings_));
    if (!done && is_first) return done;
    if (done) continue;
    // Somebody changed our table: it is made anew from what should be in it.
    exists_[six] = false;
    const std::string name = fmt::format("{} {}", six ? "ip6" : "ip", settings_.table);
    if (auto again = nft_->run("add table " + name + "\ndelete table " + name + "\n" + table_text(six, state, settings_, false)); !again)
      return again;
    exists_[six] = true;
  }
  return {};
}

Status Firewall::block(const std::string& instance, std::span<const BlockedAddress> addresses) {
  log_.detail(fmt::format("({}) setting firewall drop rule", instance));
  return change("add", addresses);
}

Status Firewall::unblock(const std::string& instance, std::span<const BlockedAddress> addresses) {
  log_.detail(fmt::format("({}) removing firewall drop rule", instance));
  return change("delete", addresses);
}

Status Firewall::add_vmac(unsigned vmac, unsigned parent, bool six) {
  states_[six].vmacs[vmac] = parent;
  return rebuild(six);
}

Status Firewall::remove_vmac(unsigned vmac, bool six) {
  if (states_[six].vmacs.erase(vmac) == 0) return {};
  return rebuild(six);
}

}  // namespace vrrpd::kernel

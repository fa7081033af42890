#include "checkerd/daemon.h"

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>

#include "checkerd/owned_file.h"
#include "keepalived/event_line.h"
#include "keepalived/plan/globals_plan.h"
#include "lib/process/limits.h"

namespace checkerd {

using keepalived::EventLine;
using keepalived::Level;
using keepalived::Messenger;
using lib::base::Result;
using lib::base::Status;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::VirtualServer;
using When = Messenger::When;
using LvsDriver = parsers::keepalived::GlobalDefs::LvsDriver;

namespace {

constexpr lib::base::Duration kScriptsAtStop{1'000'000};  // what the scripts of omega get
constexpr std::uint64_t kOtherDescriptors = 256;          // sockets, FIFOs, clients of the runtime socket
constexpr const char* kTable = "checkerd";                // of nftables

}  // namespace

Daemon::Daemon(lib::event::Loop& loop, keepalived::Logger& logger, std::unique_ptr<KeepalivedConfig> config, std::string owned_path)
    : loop_{loop}, logger_{logger}, owned_path_{std::move(owned_path)}, config_{std::move(config)} {}

Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(lib::event::Loop& loop, keepalived::Logger& logger, std::unique_ptr<KeepalivedConfig> config, std::string owned_path) {
  std::unique_ptr<Daemon> daemon{new Daemon{loop, logger, std::move(config), std::move(owned_path)}};
  if (const Status opened = daemon->open(); !opened) return tl::unexpected{opened.error()};
  daemon->begin();
  return daemon;
}

// ---- start

Status Daemon::open_driver() {
  const LvsDriver wanted = config_->global.lvs_driver;
  if (wanted != LvsDriver::Nftables) {
    auto ipvs = driver::open_ipvs();
    if (ipvs) {
      driver_ = std::move(*ipvs);
      return {};
    }
    // Only where there is none: who may not use it would not be told so by nftables.
    if (wanted == LvsDriver::Ipvs || ipvs.error().code == EPERM || ipvs.error().code == EACCES) return tl::unexpected{ipvs.error()};
    say(ipvs.error().message);
    say("Warning - this kernel has no IPVS: virtual servers are done by nftables (lvs_driver ipvs refuses that)");
  }
  auto nftables = driver::open_nftables(kTable);
  if (!nftables) return tl::unexpected{nftables.error()};
  driver_ = std::move(*nftables);
  return {};
}

Status Daemon::open() {
  auto netlink = lib::netlink::Netlink::open();
  if (!netlink) return tl::unexpected{netlink.error()};
  kernel_ = std::move(*netlink);
  if (const Status opened = open_driver(); !opened) return opened;
  keeper_ = std::make_unique<TableKeeper>(loop_, *driver_, [this] { return wanted_of(all_pools()); }, [this](std::string_view line) { say(line); });
  sync_ = std::make_unique<SyncDaemons>(loop_, *driver_, [this](std::string_view line) { say(line); });
  messenger_ = std::make_unique<Messenger>(loop_, config_->global, fifos(), [this](Level level, std::string_view line) { logger_.write(level, line); });
  checkers_ = std::make_unique<checkers::Checkers>(loop_, *config_, static_cast<checkers::Listener&>(*this), checkers::Settings{.shares_checks = !config_->global.no_shared_checks});
  bfds_ = std::make_unique<BfdStates>(loop_, [this](std::size_t bfd, bool is_up) { checkers_->on_bfd(bfd, is_up); },
                                      [this](Level level, std::string_view line) { logger_.write(level, line); });
  return {};
}

std::vector<std::unique_ptr<Pool>> Daemon::make_pools() const {
  std::vector<std::unique_ptr<Pool>> out;
  for (std::size_t i = 0; i < config_->lvs.servers.size(); ++i) out.push_back(std::make_unique<Pool>(config_->lvs.servers[i], config_->lvs.groups, i));
  return out;
}

std::vector<std::size_t> Daemon::all_pools() const {
  std::vector<std::size_t> out(pools_.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

/// Virtual servers with a service in common (two protocols of a group with a mark) change the table together.
void Daemon::find_sharing() {
  std::unordered_map<ServiceKey, std::size_t, ServiceKeyHash> first;
  std::vector<std::size_t> leader = all_pools();
  for (std::size_t i = 0; i < pools_.size(); ++i)
    for (const Service& service : pools_[i]->services()) {
      const std::size_t other = leader[first.try_emplace(service.key, i).first->second], mine = leader[i];
      if (other != mine) std::replace(leader.begin(), leader.end(), mine, other);
    }
  std::vector<std::vector<std::size_t>> members(pools_.size());
  for (std::size_t i = 0; i < pools_.size(); ++i) members[leader[i]].push_back(i);
  sharing_.clear();
  for (std::size_t i = 0; i < pools_.size(); ++i) sharing_.push_back(members[leader[i]]);
}

/// Each check may have a connection or a script's pipe open at the same time as all others.
void Daemon::allow_descriptors() {
  std::uint64_t checks = 0;
  for (const VirtualServer& service : config_->lvs.servers)
    for (const auto& server : service.real_servers) checks += server.checkers.size();
  if (const Status raised = lib::process::raise_descriptor_limit(checks + kOtherDescriptors); !raised)
    say(fmt::format("Warning - {} checks may want more descriptors than there are, those that find none wait: {}", checks, raised.error().message));
}

void Daemon::begin() {
  began_ = loop_.now();
  allow_descriptors();
  loop_.at_round_end([this] { run_pending(); });
  const auto& global = config_->global;
  if (global.lvs_flush)
    if (const Status flushed = driver_->flush(); !flushed) say(flushed.error().message);
  if (global.lvs_tcp_timeout_s || global.lvs_tcpfin_timeout_s || global.lvs_udp_timeout_s) {
    if (const auto before = driver_->timeouts()) timeouts_before_ = *before;
    const driver::Timeouts timeouts{.tcp_s = global.lvs_tcp_timeout_s.value_or(0), .tcp_fin_s = global.lvs_tcpfin_timeout_s.value_or(0), .udp_s = global.lvs_udp_timeout_s.value_or(0)};
    if (const Status set = driver_->set_timeouts(timeouts); !set) say(set.error().message);
  }
  pools_ = make_pools();
  find_sharing();
  suspended_.assign(pools_.size(), false);
  messenger_->start();
  Actions actions;
  for (const auto& pool : pools_) pool->start(actions);
  for (std::size_t i = 0; i < pools_.size(); ++i)
    for (const std::string& remark : remarks_on(config_->lvs.servers[i], *pools_[i])) say(remark);
  if (const auto before = read_owned(owned_path_)) keeper_->take_over(*before);
  else say(before.error().message);
  remember_owned(owned_of(pools_));
  keeper_->bring_about();
  keeper_->begin();
  sync_->use(*config_);
  run(actions, When::Running);
  suspend_or_resume();
  checkers_->start();
  bfds_->use(*config_);
  watch_addresses();
}

/// What the driver does not do as asked, each once.
std::vector<std::string> Daemon::remarks_on(const VirtualServer& conf, const Pool& pool) const {
  std::vector<std::string> out;
  for (const Service& service : pool.services()) {
    const auto add = [&](const std::string& remark) {
      const std::string line = service.key.text() + ": " + remark;
      if (!remark.empty() && std::find(out.begin(), out.end(), line) == out.end()) out.push_back(line);
    };
    add(driver_->remark_on(service));
    for (const auto& server : conf.real_servers) {
      Destination destination;
      destination.address = address_in(service.key, server.address, server.forwarding).value_or(server.address);
      destination.forwarding = server.forwarding;
      destination.upper_threshold = server.upper_threshold;
      destination.lower_threshold = server.lower_threshold;
      add(driver_->remark_on(service, destination));
    }
  }
  return out;
}

/// All that these pools can put into the table.
Table Daemon::owned_of(const std::vector<std::unique_ptr<Pool>>& pools) const {
  Table out;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const VirtualServer& conf = config_->lvs.servers[i];
    for (const Service& service : pools[i]->services()) {
      TableEntry entry{.service = service, .destinations = {}};
      const auto add = [&](const Address& address, const Forwarding& forwarding) {
        if (const auto there = address_in(service.key, address, forwarding)) entry.destinations.push_back({.address = *there, .forwarding = forwarding});
      };
      for (const auto& server : conf.real_servers) add(server.address, server.forwarding);
      if (conf.sorry_server) add(conf.sorry_server->address, conf.sorry_server->forwarding);
      out.entries.push_back(std::move(entry));
    }
  }
  return out;
}

void Daemon::remember_owned(const Table& table) {
  if (const Status written = write_owned(owned_path_, table); !written) say(written.error().message);
}

/// Where something depends on addresses of this host: from the start, or from the reload that brings it.
void Daemon::watch_addresses() {
  const auto& servers = config_->lvs.servers;
  const bool suspends = std::any_of(servers.begin(), servers.end(), [](const VirtualServer& each) { return each.ha_suspend; });
  if (monitor_ || !(suspends || logs_addresses_)) return;
  auto monitor = lib::netlink::Monitor::open(loop_, static_cast<lib::netlink::Listener&>(*this), 0, false, false);
  if (monitor) monitor_ = std::move(*monitor);
  else say("Addresses cannot be watched: " + monitor.error().message);
}

void Daemon::on_address(const lib::netlink::InterfaceAddress& address, bool gone) {
  if (logs_addresses_) {
    std::array<char, IF_NAMESIZE> name{};
    (void)::if_indextoname(address.index, name.data());  // gone with its address: no name
    say(fmt::format("{} address {} {} interface {}", gone ? "Deassigned" : "Assigned", address.address.host(), gone ? "from" : "for", name.data()));
  }
  suspend_or_resume();
}

/// ha_suspend: checks run while the virtual address is on this host.
void Daemon::suspend_or_resume() {
  const auto& servers = config_->lvs.servers;
  if (std::none_of(servers.begin(), servers.end(), [](const VirtualServer& each) { return each.ha_suspend; })) return;
  const auto addresses = kernel_->addresses();
  if (!addresses) return say("ha_suspend: " + addresses.error().message);
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (!servers[i].ha_suspend) continue;
    const bool is_here = std::any_of(addresses->begin(), addresses->end(), [&](const auto& one) { return one.address.same_host(servers[i].address); });
    if (suspended_[i] == !is_here) continue;
    suspended_[i] = !is_here;
    checkers_->set_enabled(i, is_here);
  }
}

// ---- from below

void Daemon::on_verdict(const checkers::CheckerId& id, bool up) {
  Actions actions;
  pools_[id.virtual_server]->on_check(id.server, id.checker, up, actions);
  run_later(std::move(actions));
}

void Daemon::on_weight(const checkers::CheckerId& id, std::int64_t addition) {
  Actions actions;
  pools_[id.virtual_server]->on_weight(id.server, id.checker, addition, actions);
  run_later(std::move(actions));
}

void Daemon::on_mail(const checkers::CheckerId& id, bool up, std::string_view body) {
  const VirtualServer& service = config_->lvs.servers[id.virtual_server];
  const auto& server = service.real_servers[id.server];
  // Of the checker alone: the server itself may stay as it is.
  if (!server.smtp_alert || (config_->global.no_checker_emails && pools_[id.virtual_server]->server(id.server).is_up != up)) return;
  Pending& mail = pending_.emplace_back();
  mail.is_mail = true;
  mail.mail.subject = fmt::format("[{}] Realserver {} of virtual server {} - {}", config_->global.router_id, server.name, service.name, up ? "UP" : "DOWN");
  mail.mail.body = body;
}

/// Lines keep their order.
void Daemon::on_log(Level level, std::string_view line) {
  if (pending_.empty()) return logger_.write(level, line);
  Action& log = pending_.emplace_back().action;
  log.level = level;
  log.text = line;
}

// ---- what the pools say

/// The parts of the table that these pools have, with all who share them.
void Daemon::reconcile_pools(const std::vector<std::size_t>& numbers) {
  std::vector<bool> concerned(pools_.size());
  for (const std::size_t number : numbers)
    for (const std::size_t each : sharing_[number]) concerned[each] = true;
  std::vector<std::size_t> pools;
  std::vector<ServiceKey> keys;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (!concerned[i]) continue;
    pools.push_back(i);
    for (const Service& service : pools_[i]->services()) keys.push_back(service.key);
  }
  keeper_->bring_about(wanted_of(pools), driver_->read_part(keys));
}

Table Daemon::wanted_of(std::span<const std::size_t> pools) const {
  Table wanted;
  for (const std::size_t number : pools) {
    auto entries = pools_[number]->wanted();
    wanted.entries.insert(wanted.entries.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
  }
  return united(wanted);
}

void Daemon::run_later(Actions actions) {
  for (Action& each : actions) pending_.emplace_back().action = std::move(each);
}

void Daemon::run_pending() {
  if (pending_.empty()) return;
  const auto all = std::exchange(pending_, {});
  std::vector<std::size_t> changed;
  for (const Pending& each : all)
    if (!each.is_mail && each.action.kind == ActionKind::TableChanged) changed.push_back(each.action.virtual_server);
  if (!changed.empty()) reconcile_pools(changed);
  for (const Pending& each : all) {
    if (each.is_mail) messenger_->send_mail(each.mail);
    else run(each.action, When::Running);
  }
  logger_.flush();  // its own turn in this round may be over
}

void Daemon::run(const Actions& actions, When when) {
  for (const Action& action : actions) run(action, when);
}

void Daemon::run(const Action& action, When when) {
  switch (action.kind) {
    case ActionKind::Log: logger_.write(action.level, action.text); break;
    case ActionKind::TableChanged: break;  // done, for all at once
    case ActionKind::ServerChanged: tell_server(action, when); break;
    case ActionKind::QuorumChanged: tell_quorum(action, when); break;
  }
}

void Daemon::tell_server(const Action& action, When when) {
  if (!action.tells && !config_->global.rs_init_notifies) return;
  const VirtualServer& service = config_->lvs.servers[action.virtual_server];
  const auto& server = service.real_servers[action.server];
  const char* const word = action.up ? "UP" : "DOWN";
  if (const auto& script = action.up ? server.notify_up : server.notify_down; script) messenger_->run_script(*script, {}, when);
  // The original's lines end with a zero byte.
  messenger_->write_fifos(std::string_view{fmt::format("RS {} {} {}\n", server.name, service.name, word) + '\0'});
  events_.publish(EventLine{"server"}.text("virtual_server", service.name).text("server", server.name).text("state", word).end());
  if (action.text.empty() || !server.smtp_alert) return;
  messenger_->send_mail({.subject = fmt::format("[{}] Realserver {} of virtual server {} - {}", config_->global.router_id, server.name, service.name, word), .body = "=> " + action.text + " <="});
}

void Daemon::tell_quorum(const Action& action, When when) {
  const VirtualServer& service = config_->lvs.servers[action.virtual_server];
  const char* const word = action.up ? "UP" : "DOWN";
  if (const auto& script = action.up ? service.quorum_up : service.quorum_down; script) messenger_->run_script(*script, {}, when);
  messenger_->write_fifos(std::string_view{fmt::format("VS {} {}\n", service.name, word) + '\0'});
  events_.publish(EventLine{"quorum"}.text("virtual_server", service.name).text("state", word).end());
  if (action.text.empty() || !service.smtp_alert) return;
  messenger_->send_mail({.subject = fmt::format("[{}] Virtualserver {} - {}", config_->global.router_id, service.name, word), .body = "=> " + action.text + " <="});
}

// ---- reload and stop

Status Daemon::reload(std::unique_ptr<KeepalivedConfig> config) {
  if (is_stopped_) return lib::base::failure("Stopping already");
  run_pending();  // it speaks of servers of the old file
  const ReloadPlan plan = plan_reload(*config_, *config);
  if (plan.changes.is_refused()) return lib::base::failure(keepalived::plan::refusal(plan.changes));
  // The last words about what goes name servers of the old file.
  Actions last_words;
  for (const std::size_t gone : plan.removed) pools_[gone]->remove(last_words);
  for (const VirtualServerMatch& match : plan.servers)
    if (match.was) pools_[*match.was]->leave(match.removed, last_words);
  run(last_words, When::Running);
  const Table owned_before = owned_of(pools_);
  const Configuration before = std::exchange(config_, Configuration{std::move(config)});
  const auto old_pools = std::exchange(pools_, make_pools());
  Actions actions;
  std::vector<bool> suspended;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const VirtualServerMatch& match = plan.servers[i];
    if (match.was) pools_[i]->adopt(*old_pools[*match.was], match, actions);
    else pools_[i]->start(actions);
    const auto said = match.was ? remarks_on(before->lvs.servers[*match.was], *old_pools[*match.was]) : std::vector<std::string>{};
    for (const std::string& remark : remarks_on(config_->lvs.servers[i], *pools_[i]))
      if (std::find(said.begin(), said.end(), remark) == said.end()) say(remark);
    suspended.push_back(match.was && suspended_[*match.was]);
  }
  suspended_ = std::move(suspended);
  find_sharing();
  messenger_->use(config_->global, fifos());
  Table owned = owned_of(pools_);
  const std::size_t wanted = owned.entries.size();
  owned.entries.insert(owned.entries.end(), owned_before.entries.begin(), owned_before.entries.end());
  remember_owned(owned);
  keeper_->bring_about();
  owned.entries.resize(wanted);
  remember_owned(owned);  // what went is nobody's now
  run(actions, When::Running);
  sync_->use(*config_);
  allow_descriptors();
  checkers_->use(*config_, plan, {.shares_checks = !config_->global.no_shared_checks});
  bfds_->use(*config_);
  watch_addresses();
  suspend_or_resume();
  return {};
}

void Daemon::stop() {
  if (std::exchange(is_stopped_, true)) return;
  run_pending();
  checkers_.reset();
  keeper_->end();
  monitor_.reset();
  bfds_.reset();
  Actions actions;
  for (const auto& pool : pools_) pool->stop(actions);
  using Flush = parsers::keepalived::GlobalDefs::FlushOnStop;
  if (keeps_table_) driver_->keep();
  else if (config_->global.lvs_flush_on_stop == Flush::All) (void)driver_->flush();  // logged by nobody: we are leaving
  else keeper_->bring_about();
  if (!keeps_table_) (void)::unlink(owned_path_.c_str());  // gone already: as wanted
  run(actions, When::AtStop);
  sync_->stop();
  if (timeouts_before_)
    if (const Status set = driver_->set_timeouts(*timeouts_before_); !set) say(set.error().message);
  stop_by_ = loop_.now() + kScriptsAtStop;
}

}  // namespace checkerd

// A daemon's desk for tests: two virtual servers with real pools, made-up checks and counters; what is asked of it is noted.
#pragma once

#include <memory>

#include "checkerd/report/desk.h"
#include "tests/unit/checkerd/core/things.h"

namespace things {

class FakeDesk final : public report::Desk {
 public:
  FakeDesk() {
    config_.lvs.servers.push_back(service({1, 3}));
    VirtualServer marked = service({5});
    marked.kind = VirtualServer::Kind::Fwmark;
    marked.fwmark = 5;
    marked.name = "FWM 5";
    marked.protocol = Protocol::None;
    config_.lvs.servers.push_back(marked);
    config_.global.router_id = "LB";
  }
  /// After changes of the configuration.
  void make_pools() {
    pools_.clear();
    for (std::size_t i = 0; i < config_.lvs.servers.size(); ++i) pools_.push_back(std::make_unique<Pool>(config_.lvs.servers[i], config_.lvs.groups, i));
    Actions ignored;
    for (auto& each : pools_) each->start(ignored);
  }
  KeepalivedConfig& conf() { return config_; }
  Pool& its_pool(std::size_t number) { return *pools_[number]; }

  const KeepalivedConfig& config() const override { return config_; }
  const Pool& pool(std::size_t number) const override { return *pools_[number]; }
  checkers::Load load() const override { return {.checks = 3, .running = 1, .runs = 77, .worst_delay = lib::base::Duration{2500}}; }
  checkers::CheckStatus check_status(const checkers::CheckerId& id) const override {
    checkers::CheckStatus out;
    out.up = id.server == 0;
    out.has_run = true;
    out.failures = id.server == 0 ? 0 : 2;
    out.history.push_back({.when = lib::base::WallTime{lib::base::Duration{1'795'256'822'360'577}}, .took = lib::base::Duration{1250}, .passed = true, .detail = {}});
    if (!out.up) out.history.push_back({.when = lib::base::WallTime{lib::base::Duration{1'795'256'828'360'577}}, .took = lib::base::Duration{300}, .passed = false, .detail = "HTTP status 503 \"x\""});
    return out;
  }
  lib::base::Result<std::vector<driver::ServiceUse>> usage() const override {
    if (fails_) return lib::base::failure("no table");
    std::vector<driver::ServiceUse> out;
    for (const auto& pool : pools_)
      for (const TableEntry& entry : pool->wanted()) {
        driver::ServiceUse use{.service = entry.service, .traffic = {.connections = 9, .packets_in = 90, .packets_out = 0, .bytes_in = 900, .bytes_out = 0}, .destinations = {}};
        std::uint32_t count = 0;
        for (const Destination& each : entry.destinations) use.destinations.push_back({.destination = each, .active = ++count, .inactive = 10 + count, .persistent = 0, .traffic = {.connections = count}});
        out.push_back(std::move(use));
      }
    return out;
  }
  const char* driver_name() const override { return "memory"; }
  lib::base::Duration uptime() const override { return lib::base::Duration{61'000'000}; }
  void override_state(std::size_t v, std::size_t r, Override state) override {
    Actions ignored;
    its_pool(v).override_state(r, state, ignored);
  }
  void override_weight(std::size_t v, std::size_t r, std::optional<std::uint32_t> weight) override {
    Actions ignored;
    its_pool(v).override_weight(r, weight, ignored);
  }
  void enable_checks(std::size_t v, std::size_t r, bool enabled) override { asked_.push_back(std::to_string(v) + ' ' + std::to_string(r) + (enabled ? " on" : " off")); }

  std::vector<std::string> asked_;
  bool fails_ = false;

 private:
  KeepalivedConfig config_;
  std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace things

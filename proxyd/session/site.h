// What runs of one configuration: its frontends, backends and loggers. A reload makes the next one; streams end on the one that
// they began with, and it goes with the last of them.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxyd/config/model.h"
#include "proxyd/listen/frontend.h"
#include "proxyd/logs/logger.h"
#include "proxyd/servers/backend.h"

namespace proxyd::session {

struct Process;

struct Site {
  explicit Site(Process& owner) : process{owner} {}

  Process& process;
  std::shared_ptr<const config::Config> config;              // first: the rest looks at it
  std::shared_ptr<lib::log::TargetTable> log_targets;        // begins with that of the site before
  std::vector<std::unique_ptr<logs::ProxyLogger>> loggers;   // by proxy index
  std::vector<std::shared_ptr<servers::Backend>> backends;   // in declaration order
  std::vector<std::unique_ptr<listen::Frontend>> frontends;  // in declaration order
  std::vector<listen::Frontend*> frontend_of;                // by proxy index; null when it has none
  std::vector<servers::Backend*> backend_of;                 // by proxy index; null when it has none
  std::unordered_map<std::string_view, servers::Backend*> backend_by_name;
  std::unordered_map<std::string_view, listen::Frontend*> frontend_by_name;
  std::vector<servers::Server*> server_by_number;            // null: no server of this site

  /// The same server in this site, or null.
  servers::Server* find_same(const servers::ServerState& server) const {
    return server.number < server_by_number.size() ? server_by_number[server.number] : nullptr;
  }
};

class Worker;

/// A thread's hold on a site, counted by that thread alone.
struct SiteHold {
  std::shared_ptr<Site> site;
  Worker* worker = nullptr;
  std::uint32_t users = 0;
};

/// Keeps a site as long as a conversation needs it. Belongs to the hold's thread.
class SitePin {
 public:
  explicit SitePin(SiteHold& hold) : hold_{&hold} { ++hold.users; }
  SitePin(const SitePin& other) : SitePin{*other.hold_} {}
  SitePin& operator=(const SitePin& other) {
    ++other.hold_->users;
    let_go();
    hold_ = other.hold_;
    return *this;
  }
  ~SitePin() { let_go(); }
  Site& operator*() const { return *hold_->site; }
  Site* operator->() const { return hold_->site.get(); }
  bool holds(const SiteHold& hold) const { return hold_ == &hold; }

 private:
  void let_go() {
    if (--hold_->users == 0) forget(*hold_);
  }
  static void forget(SiteHold& hold);  // unless it is its thread's newest
  SiteHold* hold_;
};

}  // namespace proxyd::session

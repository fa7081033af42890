// Tells the network where the virtual addresses are: the schedule of gratuitous ARPs and unsolicited neighbour adverts of
// each instance (vrrp-behaviour section 11), paced per interface where garp_interval, gna_interval or a garp_group ask.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/unique_fd.h"
#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

using parsers::keepalived::GarpTimes;

/// One address to announce, on the interface where it lives.
struct Announced {
  unsigned index = 0;
  Address address;
  bool on_quiet_vmac = false;   // on a VMAC that sends no adverts: garp_extra_if concerns it
};

class Announcer {
 public:
  struct Pacing {
    Duration garp_interval{0}, gna_interval{0};               // of every interface on its own
    std::vector<parsers::keepalived::GarpGroup> groups;       // of the interfaces that a group names, together
  };
  /// `interfaces` outlives it. Sockets are opened when first needed.
  Announcer(lib::event::Loop& loop, const Interfaces& interfaces, Pacing pacing, Log log);
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  /// A new master's schedule: `master_repeat` rounds over all addresses now and again after `master_delay`, then each
  /// `master_refresh`. Replaces what ran for that router.
  void announce(std::size_t router, const std::string& name, std::vector<Announced> addresses, const GarpTimes& times);
  /// After an advert of lower priority. Only for a router that announces.
  void announce_lower(std::size_t router);
  /// One round for addresses that came by a reload or for a source address, outside any schedule. They join the router's
  /// schedule when `join`.
  void announce_more(std::size_t router, const std::string& name, std::vector<Announced> addresses, bool join);
  /// Reload: what a running schedule goes on with. What is queued is sent.
  void update(std::size_t router, const std::string& name, std::vector<Announced> addresses, const GarpTimes& times);
  /// The whole first block again, by demand (D-Bus SendGarp, runtime API).
  void repeat(std::size_t router);
  /// Drops the schedule and what is queued: no longer master.
  void stop(std::size_t router);
  void set_pacing(Pacing pacing);

  std::uint64_t arps_sent() const { return arps_sent_; }
  std::uint64_t adverts_sent() const { return adverts_sent_; }
  std::size_t queued() const;

 private:
  struct Schedule {
    std::string name;
    std::vector<Announced> addresses;
    GarpTimes times;
    lib::base::Instant next_block = lib::base::kNever, next_lower = lib::base::kNever;
    lib::base::Instant next_refresh = lib::base::kNever, next_extra = lib::base::kNever;
  };
  struct Item {
    std::size_t router = 0;
    unsigned index = 0;
    Address address;
    bool is_router = false;
    bool is_news = false;        // nobody knows yet that the address is here: before all that only repeats
    std::uint64_t turn = 0;      // both queues of a lane are sent in this order
  };
  enum class Tidings { New, Repeated };
  /// Interfaces that share a pace: one, or a garp_group. ARPs and neighbour adverts have a queue each.
  struct Lane {
    std::array<std::deque<Item>, 2> queues;
    std::array<lib::base::Instant, 2> next{};
    std::array<Duration, 2> interval{};
  };

  Lane& lane_of(const Interface& interface);
  void enqueue(std::size_t router, const std::string& name, const std::vector<Announced>& addresses, unsigned rounds,
               Tidings tidings = Tidings::Repeated);
  void enqueue_extra(std::size_t router, const Schedule& schedule);
  void run_schedules(lib::base::Instant now);
  bool drain(lib::base::Instant now);
  static std::optional<std::size_t> next_queue(const Lane& lane, lib::base::Instant now);
  lib::base::Instant next_deadline() const;
  void send(const Item& item);
  Status send_arp(const Interface& interface, const Address& address);
  Status send_neighbour_advert(const Interface& interface, const Address& address, bool is_router);
  lib::event::Task<void> run();

  lib::event::Loop& loop_;
  const Interfaces& interfaces_;
  Pacing pacing_;
  Log log_;
  std::map<std::size_t, Schedule> schedules_;
  std::map<std::string, Lane> lanes_;       // by interface, or "#N" of a group
  lib::base::UniqueFd arp_socket_, icmp_socket_;
  std::uint64_t arps_sent_ = 0, adverts_sent_ = 0, turns_ = 0;
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;             // last: it uses the rest
};

}  // namespace vrrpd::kernel

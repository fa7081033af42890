// What decides in vrrpd: all virtual routers of a node with their sync groups (RFC 9568 section 6.4, RFC 3768 section
// 6.4, vrrp-behaviour sections 1, 2, 5, 6, 7, 16). Pure: no socket, clock, log or address; each event appends to `out`
// what the shell must do, in order. The simulator runs hundreds of these against each other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepalived/level.h"
#include "lib/base/time.h"
#include "lib/net/address.h"

namespace vrrpd {

using lib::base::Duration;
using lib::base::Instant;
using lib::net::Address;

/// As configurations, logs, notify scripts and JSON number them. RFC 9568 calls Master "Active".
enum class State : std::uint8_t { Init = 0, Backup = 1, Master = 2, Fault = 3, Deleted = 97, Stop = 98 };
const char* state_name(State state);  // "INIT", "BACKUP", "MASTER", "FAULT", "DELETED", "STOP"

/// What the engine needs to know of one vrrp_instance.
struct RouterSettings {
  std::string name;
  std::uint8_t version = 2;
  std::uint8_t priority = 100;               // base priority; 255: owner of the addresses
  Duration advert_interval{1'000'000};
  Duration preempt_delay{0};
  unsigned down_timer_adverts = 3;
  bool wants_master = false;                 // "state MASTER"
  bool preempt = true;
  bool lower_prio_no_advert = false, higher_prio_send_advert = false, owner_ignore_adverts = false;
  std::optional<std::uint8_t> timer_expired_backup;  // the highest priority among the others: who sleeps longer than it waits goes back
  std::optional<std::size_t> group;
  Address source;                            // for equal priorities; may change: set_source()
  bool make_before_break = true;             // go on answering after priority 0 until the new master speaks
  bool advertise_priority_change = true;     // a change of effective priority counts at once, sent and heard
};

struct GroupSettings {
  std::string name;
  std::vector<std::size_t> members;
};

/// An advert that passed every check of the packet room and the receiver.
struct HeardAdvert {
  std::uint8_t priority = 0;
  Duration interval{0};
  Address sender;
};

enum class ActionKind : std::uint8_t {
  SendAdvert,        // with `priority` (0: resign)
  AddAddresses,      // addresses, then routes, rules; firewall first
  RemoveAddresses,   // the reverse
  Announce,          // gratuitous ARP / unsolicited NA: a new master's schedule
  AnnounceLower,     // the garp_lower_prio_* schedule
  StopAnnouncing,    // what is queued is dropped
  StateChanged,      // `from` -> `to`: notify, mail, FIFO, subscribers; `text` says why, for events
  GroupChanged,      // the same for group `group`
  Log,               // `text`, at `level`
  PriorityChanged,   // effective priority `previous` -> `priority`
  LowerPriority,     // as master: an advert of lower priority from `sender` (notify_master_rx_lower_pri)
  MasterSet,         // `sender` is the master now
};

using keepalived::Level;

struct Action {
  ActionKind kind{};
  std::size_t router = 0;
  std::size_t group = 0;
  State from{}, to{};
  std::uint8_t priority = 0, previous = 0;
  Level level = Level::Always;
  Address sender;
  std::string text;                          // Log: the line in the original's words; StateChanged: a reason
};
using Actions = std::vector<Action>;

/// What is told about one router.
struct RouterStatus {
  State state = State::Init;
  State wanted = State::Backup;
  std::uint8_t base_priority = 0, effective_priority = 0;
  unsigned faults = 0;
  Duration master_down{0};                   // the present length of the master-down timer
  Duration master_interval{0};               // of the master heard, or our own
  Address master;
  Instant deadline = lib::base::kNever;      // the next timer
  bool is_releasing = false;                 // resigned, and still answering (make before break)
};

/// How a master gives its addresses up.
enum class Leave : std::uint8_t {
  Gracefully,  // priority 0, and, with make_before_break, answering until the new master speaks
  AtOnce,
};

class Engine {
 public:
  Engine(std::vector<RouterSettings> routers, std::vector<GroupSettings> groups);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// A reload, before the start: goes on where `before` stands. `was[i]` is the number that router i had there, if it was
  /// there; groups are found by their names. What the settings say anew takes effect at the start.
  void adopt(const Engine& before, const std::vector<std::optional<std::size_t>>& was);
  /// Faults and priorities that are known before the start are set first; then this, once. Until `held_until`
  /// (vrrp_startup_delay) new routers ignore adverts and no timer of theirs runs.
  void start(Instant now, Instant held_until, Actions& out);

  void on_advert(std::size_t router, const HeardAdvert& advert, Instant now, Actions& out);
  /// Everything that is due at `now`. A call that comes early does nothing.
  void on_time(Instant now, Actions& out);
  Instant next_deadline() const;

  /// Causes of fault are counted by their owner: `faults` is how many stand now. `pending`: scripts whose first result is
  /// still to come keep the router in Init. `reason` names the cause that came ("interface eth0 down").
  /// `leave` says how a master gives up: a link that is down answers nobody any more.
  void set_faults(std::size_t router, unsigned faults, unsigned pending, std::string_view reason, Leave leave, Instant now,
                  Actions& out);
  /// The sum of tracked weights changed. Clamped to 1..254; an owner's priority never changes.
  void set_weight_sum(std::size_t router, int sum, Instant now, Actions& out);
  /// The runtime API: base priority until further notice; nullopt: as configured.
  void override_priority(std::size_t router, std::optional<std::uint8_t> priority, Instant now, Actions& out);
  void set_source(std::size_t router, const Address& source);
  /// Somebody removed one of a master's tracked addresses, routes or rules: resigns and competes again.
  void on_address_lost(std::size_t router, Instant now, Actions& out);

  /// Leaves in order (SIGTERM, or the instance is gone from the file): priority 0, addresses, notify.
  void stop(std::size_t router, State to, Instant now, Actions& out);
  void stop_all(Instant now, Actions& out);
  bool is_released() const;                  // nobody holds addresses any more

  const RouterStatus& status(std::size_t router) const;
  State group_state(std::size_t group) const;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

/// RFC 3768 section 6.1 and RFC 9568 section 6.1, in each version's unit.
Duration skew_time(std::uint8_t version, std::uint8_t priority, Duration master_interval);
Duration master_down_interval(std::uint8_t version, std::uint8_t priority, Duration master_interval, unsigned adverts);

}  // namespace vrrpd

// One virtual server with its real servers: what check results make of it (checker-behaviour "Scheduling of checks", "Pool
// changes", "Quorum", "Weight"). Pure: results in; log lines, notifications and the wanted table out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkerd/core/reload_plan.h"
#include "checkerd/core/service.h"
#include "checkerd/core/table.h"
#include "keepalived/level.h"

namespace checkerd {

using keepalived::Level;

enum class ActionKind : std::uint8_t {
  Log,            // `text`
  TableChanged,   // the wanted table is another one: reconcile now, before what follows
  ServerChanged,  // real server `server` is up or down (`up`): notify script, FIFO line; mail if it has a `text`
  QuorumChanged,  // the virtual server is up or down (`up`): quorum script, FIFO line, mail with `text`
};

struct Action {
  ActionKind kind{};
  std::size_t virtual_server = 0, server = 0;
  bool up = false;
  bool tells = true;              // false: notified only with rs_init_notifies (a server that began up)
  Level level = Level::Always;
  std::string text;               // Log: the line in the original's words. Else what a mail says: "Gained quorum 1+0=1 <= 2",
                                  // "Shutting down"; empty where the checker sends the mail
  bool operator==(const Action&) const = default;
};
using Actions = std::vector<Action>;

/// By whom a server's state is overruled. Drain: no new connections, with or without quorum, but those that are go on.
enum class Override : std::uint8_t { None, Up, Down, Drain };

struct CheckerState {
  bool up = true;
  bool has_reported = false;
  std::int64_t addition = 0;      // to the server's weight
};

struct ServerState {
  bool is_up = true;              // every checker says so
  bool is_alive = true;           // the same, unless overruled: what the pool goes by
  bool is_in_table = false;
  std::uint32_t weight = 1;       // effective: configured and additions, or overruled; 0 while drained; 0 .. 2147483647
  std::uint32_t table_weight = 0; // what the table has, or would have
  std::vector<CheckerState> checkers;
  Override override_state = Override::None;
  std::optional<std::uint32_t> override_weight;
};

class Pool {
 public:
  /// `conf` and `groups` outlive the pool. Checkers begin up, alpha ones down; a server with one that is down begins down.
  Pool(const parsers::keepalived::VirtualServer& conf, const std::vector<parsers::keepalived::VirtualServerGroup>& groups, std::size_t number);

  /// The first state of the quorum. Like adopt(), leave(), remove() and stop() it says no TableChanged: the caller
  /// reconciles once for all pools, before it carries out the actions.
  void start(Actions& out);
  /// A checker's verdict. The first one must be told even where it is what the checker began with: an alpha checker that
  /// fails at once is notified, and a server that a reload kept down has to come up. Others are welcome, and change nothing.
  void on_check(std::size_t server, std::size_t checker, bool up, Actions& out);
  /// What a checker adds to the server's weight: MISC_CHECK with misc_dynamic (the new weight minus the configured one), FILE_CHECK.
  void on_weight(std::size_t server, std::size_t checker, std::int64_t addition, Actions& out);
  void override_state(std::size_t server, Override state, Actions& out);
  void override_weight(std::size_t server, std::optional<std::uint32_t> weight, Actions& out);
  /// A reload: the same virtual server with other values goes on where `before` was; in place of start(). A checker that is
  /// new in a known server begins as those were that it comes in place of.
  void adopt(const Pool& before, const VirtualServerMatch& match, Actions& out);
  /// The old pool's last words about real servers that a reload takes away; numbers of the old file.
  void leave(const std::vector<std::size_t>& servers, Actions& out) const;
  /// ... and about itself, when the whole virtual server goes.
  void remove(Actions& out);
  /// The end of the program; omega tells it to scripts. From here on nothing is wanted in the table.
  void stop(Actions& out);

  /// Its part of the wanted table: one entry a service; groups have many.
  std::vector<TableEntry> wanted() const;
  const std::vector<Service>& services() const { return services_; }
  const ServerState& server(std::size_t index) const { return servers_[index]; }
  bool has_quorum() const { return has_quorum_; }
  /// The sum of the effective weights of servers that are alive.
  std::uint64_t live_weight() const;
  /// The sorry server takes the connections.
  bool is_sorry() const { return !has_quorum_ && conf_.sorry_server.has_value(); }

 private:
  void say(std::string text, Actions& out) const;
  void tell_server(std::size_t index, bool up, bool tells, std::string text, Actions& out) const;
  void tell_quorum(std::string text, Actions& out) const;
  void say_alive(std::size_t index, Actions& out) const;
  void say_weight(std::size_t index, std::uint32_t from, Actions& out) const;
  void say_sorry_comes(Actions& out) const;
  void say_sorry_goes(Actions& out) const;
  std::string balance(bool gained) const;
  bool gains_quorum() const;
  bool loses_quorum() const;
  void begin_quorum(Actions& out);
  void review_quorum(Actions& out);
  void review_quorum_after_reload(const Pool& before, Actions& out);
  void take_over(std::size_t index, const Pool& before, const ServerMatch& match);
  void say_leaving(const char* doing, std::size_t index, Actions& out) const;
  void judge(std::size_t index);
  std::uint32_t weight_of(std::size_t index) const;
  void after_change(std::size_t index, bool was_alive, std::uint32_t old_weight, Actions& out);
  bool place(std::size_t index);
  bool place_all();

  const parsers::keepalived::VirtualServer& conf_;
  const std::vector<parsers::keepalived::VirtualServerGroup>& groups_;
  std::size_t number_;
  std::vector<Service> services_;
  std::vector<ServerState> servers_;
  bool has_quorum_ = true;
  bool is_ended_ = false;
};

}  // namespace checkerd

// One virtual server with its real servers: what check results make of it (checker-behaviour "Scheduling of checks", "Pool
// changes", "Quorum", "Weight"). Pure: results in; log lines, notifications and the wanted table out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkerd/core/table.h"
#include "keepalived/level.h"

namespace checkerd {

using keepalived::Level;

enum class ActionKind : std::uint8_t {
  Log,            // `text`
  TableChanged,   // the wanted table is another one: reconcile now, before what follows
  ServerChanged,  // real server `server` is up or down (`up`): notify script, FIFO line, mail where asked
  QuorumChanged,  // the virtual server is up or down (`up`): quorum script, FIFO line, mail
};

struct Action {
  ActionKind kind{};
  std::size_t virtual_server = 0, server = 0;
  bool up = false;
  bool tells = true;              // false: a change that is not notified (the first success of a server that began up)
  Level level = Level::Always;
  std::string text;               // Log: the line in the original's words; QuorumChanged: "Gained quorum 1+0=1 <= 2"
};
using Actions = std::vector<Action>;

/// By whom a server's state is overruled.
enum class Override : std::uint8_t { None, Up, Down, Drain };

struct ServerState {
  bool is_up = false;             // every checker says so
  bool is_in_table = false;
  std::int64_t weight = 1;        // effective, before clamping
  std::vector<bool> checkers_up;
  Override override_state = Override::None;
  std::optional<std::uint32_t> override_weight;
};

class Pool {
 public:
  /// `conf` and `groups` outlive the pool. Servers that are not alpha begin up.
  Pool(const parsers::keepalived::VirtualServer& conf, const std::vector<parsers::keepalived::VirtualServerGroup>& groups, std::size_t number);

  void start(Actions& out);
  /// A checker's verdict that differs from the last one, or the first of an alpha checker.
  void on_check(std::size_t server, std::size_t checker, bool up, Actions& out);
  /// What a checker adds to the server's weight: MISC_CHECK with misc_dynamic (the new weight minus the configured one), FILE_CHECK.
  void on_weight(std::size_t server, std::size_t checker, std::int64_t addition, Actions& out);
  void override_state(std::size_t server, Override state, Actions& out);
  void override_weight(std::size_t server, std::optional<std::uint32_t> weight, Actions& out);
  /// A reload: the same virtual server with other values. `was[i]`: the number that server i had, `checker_was[i][k]` likewise.
  void adopt(const Pool& before, const std::vector<std::optional<std::size_t>>& was,
             const std::vector<std::vector<std::optional<std::size_t>>>& checker_was);
  /// The end: what omega asks for.
  void stop(Actions& out);

  /// Its part of the wanted table: one entry a service; groups have many.
  std::vector<TableEntry> wanted() const;
  const ServerState& server(std::size_t index) const;
  bool has_quorum() const;
  std::int64_t live_weight() const;

 private:
  const parsers::keepalived::VirtualServer& conf_;
  const std::vector<parsers::keepalived::VirtualServerGroup>& groups_;
  std::size_t number_;
  std::vector<ServerState> servers_;
  bool has_quorum_ = true;
};

}  // namespace checkerd

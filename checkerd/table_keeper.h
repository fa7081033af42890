// Brings the table to what is wanted, and keeps it so: what fails is tried again, what somebody else takes away comes back.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "checkerd/core/reconcile.h"
#include "checkerd/driver/driver.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/event/wait.h"

namespace checkerd {

class TableKeeper {
 public:
  using Wanted = std::function<Table()>;
  using Log = std::function<void(std::string_view)>;
  /// `driver` outlives it. `wanted`: all of the table that should be there now.
  TableKeeper(lib::event::Loop& loop, driver::Driver& driver, Wanted wanted, Log log);
  TableKeeper(const TableKeeper&) = delete;
  TableKeeper& operator=(const TableKeeper&) = delete;

  /// Takes over what a killed predecessor may have left.
  void take_over(const Table& left) { owned_.update(left, {}); }
  /// Looks after the table from now on, until end().
  void begin();
  void end();
  /// All of it.
  void bring_about() { bring_about(wanted_(), driver_.read()); }
  /// A part: what is wanted of it, what there is of it.
  void bring_about(const Table& wanted, const lib::base::Result<Table>& actual);

 private:
  lib::event::Task<void> look_after();
  void repair();
  bool carry_out(const Table& wanted, const std::vector<Change>& changes);
  void complain(std::string text);

  driver::Driver& driver_;
  const Wanted wanted_;
  const Log log_;
  Owned owned_;
  bool has_failed_ = false;               // a change since the last one that brought all about
  std::set<std::string> complaints_;      // said already, and not to be said again while it lasts
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;
};

}  // namespace checkerd

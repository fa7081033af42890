// reload_time_file: a file with the time of the next reload (extras, "Reload support files").
#pragma once

#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "keepalived/level.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"

namespace keepalived {

/// "HH:MM:SS", "YY-MM-DD HH:MM:SS" or "YYYY-MM-DD HH:MM:SS", local time. A time alone is today, or tomorrow when it has
/// passed. Nothing: no such time.
std::optional<std::time_t> parse_reload_time(std::string_view text, std::time_t now);

/// Looks at the file each second, reloads when its time has come, and deletes it then unless it is to repeat.
class ReloadSchedule {
 public:
  using Log = std::function<void(Level, std::string_view)>;
  ReloadSchedule(lib::event::Loop& loop, std::function<void()> reload, Log log);
  /// An empty path ends it.
  void use(std::string path, bool repeats);

 private:
  lib::event::Task<void> run();
  void look();
  void forget(const char* why);

  lib::event::Loop& loop_;
  std::function<void()> reload_;
  Log log_;
  std::string path_, text_;             // what the file said last
  bool repeats_ = false, has_file_ = false;
  std::optional<std::time_t> when_;
  lib::event::TaskGroup tasks_;
};

}  // namespace keepalived

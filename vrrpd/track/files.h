// Watches the track_files: the first number in each, read again whenever somebody closes it after writing, moves or
// removes it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "vrrpd/track/sink.h"

namespace vrrpd::track {

/// The first integer of a text: decimal, 0x or 0 as a prefix; anything else is 0. Values beyond an int are clamped.
int first_number(std::string_view text);

class Files {
 public:
  Files(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink);
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// Writes what `init_file` asks for (not on a reload), reads all, and goes on watching.
  enum class Start : std::uint8_t { Fresh, Reload };
  void start(Start how);

 private:
  lib::event::Task<void> watch();
  void watch_directory(const std::string& path);
  void write_initial(const parsers::keepalived::TrackFile& file);
  void read_file(std::size_t index);
  void read_all();
  void on_events(std::string_view events);

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig& config_;
  Table& table_;
  Sink& sink_;
  lib::event::Descriptor inotify_;
  std::map<int, std::string> directories_;  // by watch
  lib::event::TaskGroup tasks_;
};

}  // namespace vrrpd::track

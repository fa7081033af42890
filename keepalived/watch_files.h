// Watches track_files: the first number in each, read again whenever somebody closes it after
// writing, moves or removes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"

namespace keepalived {

/// The first integer of a text: decimal, 0x or 0 as a prefix; anything else is 0. Values beyond an int are clamped.
int first_number(const char* text);

class FileListener {
 public:
  virtual ~FileListener() = default;
  /// `file`: into KeepalivedConfig::track_files.
  virtual void on_file(std::size_t file, int value) = 0;
  virtual void on_file_trouble(std::string line) = 0;
};

class WatchFiles {
 public:
  enum class First : std::uint8_t { Now, Soon };
  /// `files`: those to watch. Writes what their init_file asks for when `is_fresh`. `first`: when it says the first values.
  WatchFiles(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, std::vector<std::size_t> files, bool is_fresh, First first, FileListener& listener);
  WatchFiles(const WatchFiles&) = delete;
  WatchFiles& operator=(const WatchFiles&) = delete;

 private:
  lib::event::Task<void> watch(First first);
  bool watch_directories();
  void write_initial(const parsers::keepalived::TrackFile& file);
  void read_file(std::size_t index);
  void read_all();
  void on_events(std::string_view events);

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig& config_;
  std::vector<std::size_t> files_;
  FileListener& listener_;
  lib::event::Descriptor inotify_;
  std::map<int, std::string> directories_;  // by watch
  lib::event::TaskGroup tasks_;
};

}  // namespace keepalived

// Watches the track_files that FILE_CHECKs name: the first number in each, read again whenever somebody closes it after
// writing, moves or removes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"

namespace checkerd::checkers {

class FileListener {
 public:
  virtual ~FileListener() = default;
  /// `file`: into KeepalivedConfig::track_files.
  virtual void on_file(std::size_t file, int value) = 0;
  virtual void on_file_trouble(std::string line) = 0;
};

class WatchFiles {
 public:
  /// `files`: those to watch. Writes what their init_file asks for when `is_fresh`. Says the first values soon, not now.
  WatchFiles(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, std::vector<std::size_t> files, bool is_fresh, FileListener& listener);
  WatchFiles(const WatchFiles&) = delete;
  WatchFiles& operator=(const WatchFiles&) = delete;

 private:
  lib::event::Task<void> watch();
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

}  // namespace checkerd::checkers

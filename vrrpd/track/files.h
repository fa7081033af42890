// The track_files' numbers go into the table.
#pragma once

#include <memory>
#include <string>

#include "keepalived/watch_files.h"
#include "lib/event/loop.h"
#include "vrrpd/track/sink.h"

namespace vrrpd::track {

class Files final : private keepalived::FileListener {
 public:
  Files(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink)
      : loop_{loop}, config_{config}, table_{table}, sink_{sink} {}
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// Writes what `init_file` asks for (not on a reload), reads all, and goes on watching.
  enum class Start : std::uint8_t { Fresh, Reload };
  void start(Start how);

 private:
  void on_file(std::size_t file, int value) override;
  void on_file_trouble(std::string line) override { sink_.on_log(Level::Always, line); }

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig& config_;
  Table& table_;
  Sink& sink_;
  std::unique_ptr<keepalived::WatchFiles> watch_;
};

}  // namespace vrrpd::track

// A notify_fifo: made if it is not there, opened so that writing never waits, taken away again if we made it.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "parsers/keepalived/config.h"

namespace keepalived {

class Fifo {
 public:
  Fifo() = default;
  ~Fifo() { close(); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  lib::base::Status open(const parsers::keepalived::NotifyFifo& conf);
  void close();
  /// Nobody else has it open as we do: of two daemons with one FIFO, the first runs its reader.
  bool is_first() const { return is_first_; }
  bool is_open() const { return static_cast<bool>(fd_); }
  /// A line that the pipe has no room for is lost and counted.
  void write(std::string_view line);
  std::uint64_t lost() const { return lost_; }

 private:
  lib::base::UniqueFd fd_;
  bool is_first_ = false;
  std::string made_;  // the path, if we made it
  std::uint64_t lost_ = 0;
};

}  // namespace keepalived

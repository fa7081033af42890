// The rings of a running process: what "ring" sections and "log tcp@..." lines say, opened.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/loop.h"
#include "lib/log/ring.h"
#include "proxyd/config/model.h"

namespace proxyd::logs {

struct OpenRing {
  const config::Ring& conf;
  lib::log::Ring lines;
};

/// Whether a "backing-file" is used: what only looks at a configuration must not touch the file of a running process.
enum class RingFiles : std::uint8_t { Open, LeaveAlone };

class Rings {
 public:
  /// Call once, before a chroot hides the files. The error says which ring could not be opened and why.
  lib::base::Status open(const std::vector<config::Ring>& rings, RingFiles files);
  /// Null when there is none of that name.
  OpenRing* find(std::string_view name) const;
  const std::vector<std::unique_ptr<OpenRing>>& all() const { return rings_; }
  /// Begins to pass lines on to the rings' servers. The loop's thread ends the tasks before the rings go.
  void forward(lib::event::Loop& loop, lib::event::TaskGroup& tasks) const;

 private:
  std::vector<std::unique_ptr<OpenRing>> rings_;  // in the configuration's order
};

}  // namespace proxyd::logs

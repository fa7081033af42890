// Events that people and other daemons follow: lines kept for a while, and streamed to whoever subscribed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/runtime/call.h"

namespace lib::runtime {

class Feed {
 public:
  /// The last `keeps` lines are kept, for `show events` and for subscribers that read slowly.
  explicit Feed(std::size_t keeps = 1000) : keeps_{keeps} {}
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// One line, without its end.
  void publish(std::string line);
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  friend lib::event::Task<void> follow(Call&, Feed&, std::function<std::string()>);
  std::size_t keeps_;
  std::uint64_t next_ = 0;                         // number of the line that comes next
  std::deque<std::string> lines_;
  std::vector<lib::event::Waiter*> followers_;
};

/// Answers a `subscribe` command: what `now` says (lines, each with its end), then each line as it is published, until the
/// client leaves. A quiet feed says `{"type":"alive"}` every ten seconds; who reads too slowly is told how many lines it
/// lost. `feed` outlives the task.
lib::event::Task<void> follow(Call& call, Feed& feed, std::function<std::string()> now);

}  // namespace lib::runtime

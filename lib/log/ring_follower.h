// A coroutine's reader of a ring: new lines wake its waiter, whichever thread wrote them.
#pragma once

#include <memory>
#include <string>

#include "lib/event/wait.h"
#include "lib/log/ring.h"

namespace lib::log {

/// Belongs to the thread of the waiter's loop. Ring and waiter outlive it.
class RingFollower {
 public:
  RingFollower(Ring& ring, Ring::From from, event::Waiter& waiter);
  ~RingFollower();
  RingFollower(const RingFollower&) = delete;
  RingFollower& operator=(const RingFollower&) = delete;
  /// False: there is no line, and the waiter is notified when there is one.
  bool next(std::string& line) { return reader_.next(line); }
  std::uint64_t position() const { return reader_.position(); }
  void set_grip(Ring::Grip grip) { reader_.set_grip(grip); }

 private:
  /// Outlives the follower where a thread is just about to ring it.
  struct Bell {
    event::Loop* loop;
    event::Waiter* waiter;  // null once the follower is gone; used on the loop's thread only
  };
  std::shared_ptr<Bell> bell_;
  Ring::Reader reader_;
};

}  // namespace lib::log

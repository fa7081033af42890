#include "lib/log/ring_follower.h"

#include <utility>

namespace lib::log {

RingFollower::RingFollower(Ring& ring, Ring::From from, event::Waiter& waiter)
    : bell_{std::make_shared<Bell>(Bell{&waiter.loop(), &waiter})}, reader_{ring, from, [bell = bell_] {
        bell->loop->post([bell] {
          if (bell->waiter != nullptr) bell->waiter->notify();
        });
      }} {}

RingFollower::~RingFollower() { bell_->waiter = nullptr; }

}  // namespace lib::log

#include "lib/runtime/feed.h"

#include <algorithm>

namespace lib::runtime {

namespace {

constexpr lib::base::Duration kAliveEvery{10'000'000};

/// Wakes its waiter at each new line while it lives.
class Following {
 public:
  Following(std::vector<lib::event::Waiter*>& all, lib::event::Waiter& mine) : all_{all}, mine_{mine} { all_.push_back(&mine_); }
  ~Following() { std::erase(all_, &mine_); }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

 private:
  std::vector<lib::event::Waiter*>& all_;
  lib::event::Waiter& mine_;
};

}  // namespace

void Feed::publish(std::string line) {
  lines_.push_back(std::move(line));
  if (lines_.size() > keeps_) lines_.pop_front();
  ++next_;
  for (lib::event::Waiter* follower : followers_) follower->notify();
}

lib::event::Task<void> follow(Call& call, Feed& feed, std::function<std::string()> now) {
  const Following following{feed.followers_, call.waiter};
  std::uint64_t next = feed.next_;
  call.out += now();
  while (true) {
    const std::uint64_t oldest = feed.next_ - feed.lines_.size();
    if (next < oldest) {
      call.out += "{\"type\":\"lost\",\"lines\":" + std::to_string(oldest - next) + "}\n";
      next = oldest;
    }
    for (; next < feed.next_; ++next) call.out += feed.lines_[static_cast<std::size_t>(next - oldest)] + '\n';
    const bool is_there = co_await call.flush();
    if (!is_there) co_return;
    if (next < feed.next_) continue;
    const lib::event::Instant quiet_until = call.waiter.now() + kAliveEvery;
    const lib::event::Wake wake = co_await call.waiter.until(quiet_until);
    if (wake.timed_out()) call.out += "{\"type\":\"alive\"}\n";
  }
}

}  // namespace lib::runtime

// The ports that a server's "source" range lends to its connections, each to one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

namespace proxyd::servers {

class PortPool {
 public:
  PortPool(std::uint16_t lowest, std::uint16_t highest);
  /// The one that was given back longest ago; 0: all are lent.
  std::uint16_t take();
  void give_back(std::uint16_t port);

 private:
  std::mutex mutex_;
  std::deque<std::uint16_t> free_;
};

}  // namespace proxyd::servers

#include "proxyd/servers/port_pool.h"

namespace proxyd::servers {

PortPool::PortPool(std::uint16_t lowest, std::uint16_t highest) {
  for (std::uint32_t port = lowest; port <= highest; ++port) free_.push_back(static_cast<std::uint16_t>(port));
}

std::uint16_t PortPool::take() {
  const std::lock_guard guard{mutex_};
  if (free_.empty()) return 0;
  const std::uint16_t port = free_.front();
  free_.pop_front();
  return port;
}

void PortPool::give_back(std::uint16_t port) {
  const std::lock_guard guard{mutex_};
  free_.push_back(port);
}

}  // namespace proxyd::servers

#include "proxyd/stats/facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace proxyd::stats {

bool Selection::wants(ObjectKind kind) const {
  return types < 0 || ((types >> static_cast<unsigned>(kind)) & 1) != 0;
}

void narrow(ProxyFacts& proxy, const Selection& selection) {
  const std::size_t all = proxy.servers.size();
  const auto running = std::count_if(proxy.servers.begin(), proxy.servers.end(), [](const ObjectFacts& server) {
    return server.operation != servers::Operation::Stopped;
  });
  if (selection.hide_down || selection.hide_maintenance) {
    std::erase_if(proxy.servers, [&](const ObjectFacts& server) {
      const bool down = server.operation == servers::Operation::Stopped || server.in_maintenance();
      return (selection.hide_down && down) || (selection.hide_maintenance && server.in_maintenance());
    });
    if (proxy.backend)
      proxy.backend->status += fmt::format(" ({}/{})", running, all);
  }
  const auto foreign = [&](const ObjectFacts& object) {
    return selection.server_id >= 0 && object.id != static_cast<std::uint32_t>(selection.server_id);
  };
  std::erase_if(proxy.servers, foreign);
  std::erase_if(proxy.listeners, foreign);
  if (!selection.wants(ObjectKind::Frontend)) proxy.frontend.reset();
  if (!selection.wants(ObjectKind::Backend)) proxy.backend.reset();
  if (!selection.wants(ObjectKind::Server)) proxy.servers.clear();
  if (!selection.wants(ObjectKind::Listener)) proxy.listeners.clear();
}

}  // namespace proxyd::stats

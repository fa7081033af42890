#include "proxyd/config/model.h"

#include <fmt/format.h>

namespace proxyd::config {

std::string ConfigPlace::text() const {
  return fmt::format("{}:{}", file == nullptr ? std::string{} : *file, line);
}

const Proxy* Config::find_backend(std::string_view name) const {
  for (const auto& each : proxies)
    if (each->is_backend && each->name == name) return each.get();
  return nullptr;
}

const Proxy* Config::find_frontend(std::string_view name) const {
  for (const auto& each : proxies)
    if (each->is_frontend && each->name == name) return each.get();
  return nullptr;
}

bool Config::needs_network_rights() const {
  if (global.sandbox.sets_marks) return true;
  const auto needs = [](const ConnectSource& source) { return source.spoof != ConnectSource::Spoof::None || !source.interface.empty(); };
  for (const auto& each : proxies) {
    if (each->disabled) continue;
    if (needs(each->source)) return true;
    for (const Server& server : each->servers)
      if (needs(server.source)) return true;
  }
  return false;
}

bool Config::needs_name_space_rights() const {
  for (const auto& each : proxies) {
    if (each->disabled) continue;
    for (const Server& server : each->servers)
      if (server.name_space != nullptr || server.client_namespace) return true;
  }
  return false;
}

std::size_t Config::listener_count() const {
  std::size_t count = global.stats_sockets.size();
  for (const auto& each : proxies)
    if (each->is_frontend && !each->disabled) count += each->binds.size();
  return count;
}

}  // namespace proxyd::config

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

namespace {

bool needs_privileges(const ConnectSource& source) {
  return source.spoof != ConnectSource::Spoof::None || !source.interface.empty();
}

}  // namespace

bool Config::needs_privileges() const {
  for (const auto& each : proxies) {
    if (each->disabled) continue;
    if (config::needs_privileges(each->source)) return true;
    for (const Server& server : each->servers)
      if (config::needs_privileges(server.source) || server.name_space != nullptr || server.client_namespace) return true;
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

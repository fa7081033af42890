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

std::size_t Config::listener_count() const {
  std::size_t count = global.stats_sockets.size();
  for (const auto& each : proxies)
    if (each->is_frontend && !each->disabled) count += each->binds.size();
  return count;
}

}  // namespace proxyd::config

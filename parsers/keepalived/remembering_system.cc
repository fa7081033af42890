#include "parsers/keepalived/remembering_system.h"

namespace parsers::keepalived {
namespace {

template <class Map, class Key, class Ask>
auto remember(Map& known, const Key& key, Ask ask) {
  if (const auto found = known.find(key); found != known.end()) return found->second;
  return known.emplace(typename Map::key_type{key}, ask()).first->second;
}

}  // namespace

std::optional<InterfaceFacts> RememberingSystem::find_interface(std::string_view name) const {
  return remember(interfaces_, name, [&] { return host_.find_interface(name); });
}

std::optional<UserFacts> RememberingSystem::find_user(std::string_view name) const {
  return remember(users_, name, [&] { return host_.find_user(name); });
}

std::optional<gid_t> RememberingSystem::find_group(std::string_view name) const {
  return remember(groups_, name, [&] { return host_.find_group(name); });
}

ScriptFacts RememberingSystem::check_script(std::string_view command, uid_t uid, gid_t gid) const {
  const std::tuple key{std::string{command}, uid, gid};
  return remember(scripts_, key, [&] { return host_.check_script(command, uid, gid); });
}

std::optional<std::uint32_t> RememberingSystem::find_route_name(std::string_view file, std::string_view name, const NameFolders& folders) const {
  const std::tuple key{std::string{file}, std::string{name}, folders};
  return remember(route_names_, key, [&] { return host_.find_route_name(file, name, folders); });
}

}  // namespace parsers::keepalived

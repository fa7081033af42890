#include "proxyd/config/guids.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "lib/base/file.h"
#include "proxyd/config/draft.h"
#include "proxyd/config/stats_file.h"

namespace proxyd::config {

namespace {

using Rows = std::map<std::string_view, KeptCounters>;

std::shared_ptr<const KeptCounters> find_kept(const Rows& rows, const std::string& guid) {
  const auto found = guid.empty() ? rows.end() : rows.find(guid);
  return found == rows.end() ? nullptr : std::make_shared<const KeptCounters>(found->second);
}

}  // namespace

std::string claim_guid(Draft& draft, std::string_view guid, std::string owner, std::string place) {
  if (std::string fault = fault_of_guid(guid); !fault.empty()) return fault;
  const auto [found, is_free] = draft.guids.try_emplace(std::string{guid}, Draft::GuidOwner{std::move(owner), std::move(place)});
  if (is_free) return {};
  return fmt::format("GUID '{}' is already that of {} (declared at {})", guid, found->second.who, found->second.place);
}

void load_stats_file(Draft& draft) {
  const std::string& path = draft.config->global.stats_file;
  if (path.empty()) return;
  const auto text = lib::base::read_file(path);
  if (!text) return draft.warning(Place{}, fmt::format("config : Can't open stats-file '{}': {}", path, std::strerror(errno)));
  const StatsFile file = read_stats_file(*text);
  for (const StatsFault& fault : file.faults)
    draft.warning(Place{}, fmt::format("config : stats-file '{}', line {}: {}.", path, fault.line, fault.what));
  if (file.more_faults != 0)
    draft.warning(Place{}, fmt::format("config : stats-file '{}': {} more lines are broken.", path, file.more_faults));
  for (const auto& proxy : draft.config->proxies) {
    if (proxy->is_frontend) proxy->kept_front = find_kept(file.front, proxy->guid);
    if (proxy->is_backend) proxy->kept_back = find_kept(file.back, proxy->guid);
    for (Bind& bind : proxy->binds) bind.kept = find_kept(file.front, bind.guid);
    for (Server& server : proxy->servers) server.kept = find_kept(file.back, server.guid);
  }
}

}  // namespace proxyd::config

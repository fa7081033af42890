#include "proxyd/config/state_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "lib/base/file.h"
#include "proxyd/config/draft.h"
#include "proxyd/config/server_state.h"

namespace proxyd::config {

namespace {

std::string path_of(const Global& global, std::string_view name) {
  if (name.starts_with('/') || global.server_state_base.empty()) return std::string{name};
  return fmt::format("{}{}{}", global.server_state_base, global.server_state_base.ends_with('/') ? "" : "/", name);
}

/// A file and where its rows stand; empty where it cannot be used.
struct StateFile {
  std::string text;
  std::map<std::pair<std::string_view, std::string_view>, StateRow> rows;
};

/// `owner` begins each warning; `kind` is "global " or nothing.
std::unique_ptr<StateFile> open_file(Draft& draft, const std::string& path, std::string_view owner, std::string_view kind, std::string_view end) {
  auto file = std::make_unique<StateFile>();
  auto read = lib::base::read_file(path);
  if (!read) {
    draft.warning(Place{}, fmt::format("config : {}: Can't open {}server state file '{}': {}{}", owner, kind, path, std::strerror(errno), end));
    return file;
  }
  file->text = std::move(*read);
  StateRows found = read_state_rows(file->text);
  if (found.fault == StateFileFault::NoVersion)
    draft.warning(Place{}, fmt::format("config : {}: Can't get version of the {}server state file '{}'.", owner, kind, path));
  if (found.fault == StateFileFault::Corrupt)
    draft.warning(Place{}, fmt::format("config : {}: corrupted {}server state file '{}' at line {}.", owner, kind, path, found.line));
  if (found.fault != StateFileFault::None) return file;
  for (StateRow& row : found.rows) {
    const auto key = std::pair{row.backend(), row.server()};
    file->rows.emplace(key, std::move(row));  // the first of a name counts
  }
  return file;
}

void hand_out(Draft& draft, const Proxy& proxy, Server& server, const StateRow& row) {
  std::vector<std::string> faults, remarks;
  ServerState state = read_server_state(row, faults, remarks);
  const std::string who = fmt::format("server '{}/{}'", proxy.name, server.name);
  if (!faults.empty())
    return draft.warning(Place{}, fmt::format("config : server-state application failed for {}, {}", who, fmt::join(faults, ", ")));
  if (!remarks.empty())
    draft.warning(Place{}, fmt::format("config : server-state partially applied for {}, {}", who, fmt::join(remarks, ", ")));
  server.remembered = std::make_shared<const ServerState>(std::move(state));
}

}  // namespace

void load_server_states(Draft& draft) {
  const Global& global = draft.config->global;
  std::unique_ptr<StateFile> common;
  if (!global.server_state_file.empty()) common = open_file(draft, path_of(global, global.server_state_file), "config", "global ", "");
  for (std::size_t i = 0; i < draft.config->proxies.size(); ++i) {
    Proxy& proxy = *draft.config->proxies[i];
    if (!proxy.is_backend || proxy.server_states == ServerStates::None) continue;
    std::unique_ptr<StateFile> own;
    if (proxy.server_states == ServerStates::Local) {
      const std::string& name = proxy.server_state_name.empty() ? proxy.name : proxy.server_state_name;
      own = open_file(draft, path_of(global, name), fmt::format("Proxy '{}'", proxy.name), "", ".");
    } else if (common == nullptr) {
      draft.warning(Place{}, fmt::format("config : {} configured to load server state file from global section 'server-state-file' directive. "
                                         "Unfortunately, 'server-state-file' is not set!", draft.proxies[i].title()));
    }
    const StateFile* const file = own != nullptr ? own.get() : common.get();
    if (file == nullptr) continue;
    for (Server& server : proxy.servers) {
      const auto found = file->rows.find({proxy.name, server.name});
      if (found != file->rows.end()) hand_out(draft, proxy, server, found->second);
    }
  }
}

}  // namespace proxyd::config

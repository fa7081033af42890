#include "proxyd/stats/admin.h"

#include <optional>

#include "lib/base/text.h"
#include "proxyd/session/worker.h"

namespace proxyd::stats {

using servers::Operation;

namespace {

using Kind = AdminAction::Kind;

/// By "#id" or by name.
servers::Backend* find_backend(const session::Site& site, std::string_view name) {
  const std::optional<std::uint32_t> id =
      name.starts_with('#') ? lib::base::parse_number<std::uint32_t>(name.substr(1)) : std::nullopt;
  for (const auto& backend : site.backends)
    if (id ? backend->conf.id == *id : backend->conf.name == name) return backend.get();
  return nullptr;
}

/// True when something was done, not only asked for.
bool apply(Kind kind, servers::Backend& backend, servers::Server& server, lib::base::Instant now) {
  constexpr std::string_view kWhy = "changed from Web interface";
  switch (kind) {
    case Kind::Ready:
      backend.set_admin(server, 0, servers::kForcedMaint | servers::kForcedDrain, now);
      return true;
    case Kind::Drain:
      backend.set_admin(server, servers::kForcedDrain, servers::kForcedMaint, now);
      return true;
    case Kind::Maintain: backend.set_admin(server, servers::kForcedMaint, 0, now); return true;
    case Kind::LeaveMaintenance: {
      const bool was_out = (server.admin.load() & servers::kForcedMaint) != 0;
      if (was_out) backend.set_admin(server, 0, servers::kForcedMaint, now);
      return was_out;
    }
    case Kind::ChecksOff:
    case Kind::ChecksOn:
      if (!server.conf.check) return false;
      backend.set_check_enabled(server, kind == Kind::ChecksOn);
      return true;
    case Kind::ForceUp: backend.set_operation(server, Operation::Running, kWhy, now); return true;
    case Kind::ForceNoBalance: backend.set_operation(server, Operation::Stopping, kWhy, now); return true;
    case Kind::ForceDown: backend.set_operation(server, Operation::Stopped, kWhy, now); return true;
    case Kind::Agent: return false;
  }
  return false;
}

}  // namespace

std::string_view apply_admin_form(const AdminForm& form, session::Site& site, lib::base::Instant now) {
  if (!form.has_action || form.backend.empty() || form.servers.empty()) return "NONE";
  const AdminAction* action = find_admin_action(form.action);
  servers::Backend* backend = find_backend(site, form.backend);
  if (action == nullptr || backend == nullptr) return "ERRP";
  std::size_t known = 0;
  std::size_t changed = 0;
  for (const std::string& name : form.servers) {
    servers::Server* server = backend->find_server(name);
    if (server == nullptr) continue;
    ++known;
    if (apply(action->kind, *backend, *server, now)) ++changed;
  }
  if (known == 0) return "ERRP";
  if (known < form.servers.size()) return "PART";
  return changed == 0 ? "NONE" : "DONE";
}

}  // namespace proxyd::stats

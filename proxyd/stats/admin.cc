#include "proxyd/stats/admin.h"

#include <array>
#include <mutex>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/session/worker.h"

namespace proxyd::stats {

using servers::Operation;

namespace {

using Kind = AdminAction::Kind;

constexpr auto kActions = std::to_array<AdminAction>({
    {"ready", "Set state to READY", Kind::Ready},
    {"drain", "Set state to DRAIN", Kind::Drain},
    {"maint", "Set state to MAINT", Kind::Maintain},
    {"dhlth", "Health: disable checks", Kind::ChecksOff},
    {"ehlth", "Health: enable checks", Kind::ChecksOn},
    {"hrunn", "Health: force UP", Kind::ForceUp},
    {"hnolb", "Health: force NOLB", Kind::ForceNoBalance},
    {"hdown", "Health: force DOWN", Kind::ForceDown},
    {"enable", "", Kind::LeaveMaintenance},
    {"disable", "", Kind::Maintain},
    {"stop", "", Kind::Drain},
    // no server has an agent: these change nothing
    {"dagent", "", Kind::Agent},
    {"eagent", "", Kind::Agent},
    {"arunn", "", Kind::Agent},
    {"adown", "", Kind::Agent},
});

int hex_digit(char c) {
  const char lower = lib::base::to_lower(c);
  if (lib::base::is_digit(c)) return c - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Undoes %XX and +. What is not a valid escape stays as it is.
std::string decode_form_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

const AdminAction* find_action(std::string_view word) {
  for (const AdminAction& action : kActions)
    if (action.word == word) return &action;
  return nullptr;
}

/// By "#id" or by name.
servers::Backend* find_backend(const session::Process& process, std::string_view name) {
  const std::optional<std::uint32_t> id =
      name.starts_with('#') ? lib::base::parse_number<std::uint32_t>(name.substr(1)) : std::nullopt;
  for (const auto& backend : process.backends)
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

std::span<const AdminAction> admin_actions() { return kActions; }

AdminForm parse_admin_form(std::string_view body) {
  AdminForm form;
  for (const std::string_view field : lib::base::split(body, '&')) {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = decode_form_text(field.substr(0, equals));
    std::string value = decode_form_text(lib::base::trim(field.substr(equals + 1)));
    if (name == "action") {
      form.has_action = true;
      form.action = std::move(value);
    } else if (name == "b") {
      form.backend = std::move(value);
    } else if (name == "s") {
      form.servers.push_back(std::move(value));
    }
  }
  return form;
}

std::string_view apply_admin_form(const AdminForm& form, session::Process& process, lib::base::Instant now) {
  if (!form.has_action || form.backend.empty() || form.servers.empty()) return "NONE";
  const AdminAction* action = find_action(form.action);
  servers::Backend* backend = find_backend(process, form.backend);
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

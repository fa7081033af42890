#include "proxyd/config/references.h"

#include <fmt/format.h>

#include <algorithm>

namespace proxyd::config {

namespace {

using samples::Reference;

std::string_view kind_name(Reference::Kind kind) {
  switch (kind) {
    case Reference::Kind::Backend: return "backend";
    case Reference::Kind::Frontend: return "frontend";
    case Reference::Kind::UserList: return "userlist";
    case Reference::Kind::Server: break;
  }
  return "server";
}

std::string owner_name(const Draft& draft, const Reference& reference) {
  return reference.owner < draft.proxies.size() ? draft.proxies[reference.owner].proxy->name : std::string{};
}

void refuse(Draft& draft, const Reference& reference, std::string_view what) {
  draft.alert({}, fmt::format("config : parsing [{}]: {} in arg {} of {} in proxy '{}'.", reference.place, what,
                              reference.argument, reference.used_by, owner_name(draft, reference)));
}

void refuse_name(Draft& draft, const Reference& reference) {
  refuse(draft, reference, fmt::format("unable to find {} '{}' referenced", kind_name(reference.kind), reference.text));
}

void resolve_server(Draft& draft, Reference& reference) {
  if (reference.text.empty()) return refuse(draft, reference, "missing server name");
  const std::size_t slash = reference.text.find('/');
  std::string_view server = reference.text;
  std::size_t index = reference.owner;
  if (slash != std::string::npos) {
    const std::string_view backend = server.substr(0, slash);
    const auto found = draft.backends.find(backend);
    if (found == draft.backends.end())
      return refuse(draft, reference, fmt::format("unable to find proxy '{}' referenced", backend));
    index = found->second;
    server = server.substr(slash + 1);
  }
  if (index >= draft.proxies.size()) return;  // in a defaults section: each proxy that uses it has its own
  const Proxy& proxy = *draft.proxies[index].proxy;
  const auto found = std::find_if(proxy.servers.begin(), proxy.servers.end(),
                                  [server](const Server& each) { return each.name == server; });
  if (found == proxy.servers.end())
    return refuse(draft, reference, fmt::format("unable to find server '{}' in proxy '{}', referenced", server, proxy.name));
  reference.proxy = static_cast<std::int32_t>(index);
  reference.server = static_cast<std::int32_t>(found - proxy.servers.begin());
}

void resolve(Draft& draft, Reference& reference) {
  if (reference.kind == Reference::Kind::Server) return resolve_server(draft, reference);
  if (reference.kind == Reference::Kind::UserList) {
    const std::vector<UserList>& lists = draft.config->user_lists;
    const auto found = std::find_if(lists.begin(), lists.end(),
                                    [&](const UserList& each) { return each.name == reference.text; });
    if (found == lists.end()) return refuse_name(draft, reference);
    reference.proxy = static_cast<std::int32_t>(found - lists.begin());
    return;
  }
  if (reference.text.empty()) return;  // the present one
  const auto& names = reference.kind == Reference::Kind::Backend ? draft.backends : draft.frontends;
  const auto found = names.find(reference.text);
  if (found == names.end()) return refuse_name(draft, reference);
  reference.proxy = static_cast<std::int32_t>(found->second);
}

}  // namespace

void resolve_references(Draft& draft) {
  for (const std::shared_ptr<Reference>& each : draft.environment.references) resolve(draft, *each);
  draft.environment.references.clear();
}

}  // namespace proxyd::config

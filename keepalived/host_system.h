// The running host as a configuration is checked against it.
#pragma once

#include "parsers/keepalived/system.h"

namespace keepalived {

class HostSystem : public parsers::keepalived::System {
 public:
  std::optional<parsers::keepalived::InterfaceFacts> find_interface(std::string_view name) const override;
  std::optional<parsers::keepalived::UserFacts> find_user(std::string_view name) const override;
  std::optional<gid_t> find_group(std::string_view name) const override;
  parsers::keepalived::ScriptFacts check_script(std::string_view command, uid_t uid, gid_t gid) const override;
  std::optional<std::uint32_t> find_route_name(std::string_view file, std::string_view name, const parsers::keepalived::NameFolders& folders) const override;
  std::optional<std::uint32_t> find_vrf_table(std::string_view name) const override;
  std::optional<std::string> find_base_interface(std::string_view name) const override;
  std::string host_name() const override;
  std::optional<std::string> resolve(std::string_view host) const override;
  parsers::keepalived::SecretFile read_secret(const std::string& path) const override;
  bool is_root() const override;
};

}  // namespace keepalived

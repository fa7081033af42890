// The host's answers, each asked for once: a file names the same interface, user and script hundreds of times, and one load
// should see one state of the host anyway.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "parsers/keepalived/system.h"

namespace parsers::keepalived {

class RememberingSystem : public System {
 public:
  explicit RememberingSystem(const System& host) : host_{host} {}

  std::optional<InterfaceFacts> find_interface(std::string_view name) const override;
  std::optional<UserFacts> find_user(std::string_view name) const override;
  std::optional<gid_t> find_group(std::string_view name) const override;
  ScriptFacts check_script(std::string_view command, uid_t uid, gid_t gid) const override;
  std::optional<std::uint32_t> find_route_name(std::string_view file, std::string_view name, const NameFolders& folders) const override;
  std::optional<std::uint32_t> find_vrf_table(std::string_view name) const override { return host_.find_vrf_table(name); }
  std::optional<std::string> find_base_interface(std::string_view name) const override { return host_.find_base_interface(name); }
  std::string host_name() const override { return host_.host_name(); }
  std::optional<std::string> resolve(std::string_view host) const override { return host_.resolve(host); }
  SecretFile read_secret(const std::string& path) const override { return host_.read_secret(path); }
  std::optional<std::string> check_regex(const std::string& pattern, std::uint32_t options) const override { return host_.check_regex(pattern, options); }
  bool is_root() const override { return host_.is_root(); }

 private:
  const System& host_;
  mutable std::map<std::string, std::optional<InterfaceFacts>, std::less<>> interfaces_;
  mutable std::map<std::string, std::optional<UserFacts>, std::less<>> users_;
  mutable std::map<std::string, std::optional<gid_t>, std::less<>> groups_;
  mutable std::map<std::tuple<std::string, uid_t, gid_t>, ScriptFacts> scripts_;
  mutable std::map<std::tuple<std::string, std::string, NameFolders>, std::optional<std::uint32_t>> route_names_;
};

}  // namespace parsers::keepalived

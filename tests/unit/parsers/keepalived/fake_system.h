// A host that tests read configurations on, and what they were told.
#pragma once

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "lib/base/text.h"
#include "parsers/keepalived/load.h"

namespace parsers::keepalived::test {

/// A host with eth0 and eth1, root, and every script.
struct FakeSystem : System {
  std::optional<InterfaceFacts> find_interface(std::string_view name) const override {
    if (name != "eth0" && name != "eth1") return std::nullopt;
    InterfaceFacts facts;
    facts.name = name;
    return facts;
  }
  std::optional<UserFacts> find_user(std::string_view name) const override {
    if (name == "root") return UserFacts{};
    if (name == "nobody") return UserFacts{.uid = 65534, .gid = 65534, .supplementary = {}};
    return std::nullopt;
  }
  std::optional<gid_t> find_group(std::string_view name) const override {
    return name == "root" ? std::optional<gid_t>{0} : std::nullopt;
  }
  ScriptFacts check_script(std::string_view command, uid_t, gid_t) const override {
    ScriptFacts facts;
    facts.path = command;
    if (command.find("missing") != std::string_view::npos) {
      facts.found = ScriptFacts::Found::Missing;
      facts.error_code = ENOENT;
    }
    facts.is_insecure = command.find("insecure") != std::string_view::npos;
    return facts;
  }
  std::optional<std::uint32_t> find_route_name(std::string_view, std::string_view name, const NameFolders&) const override {
    if (name == "link") return 253;
    return lib::base::parse_number<std::uint32_t>(name);
  }
  std::string host_name() const override { return "lb1.example.com"; }
  std::optional<std::string> resolve(std::string_view) const override { return std::nullopt; }
  SecretFile read_secret(const std::string&) const override { return {.text = std::string(40, 'k')}; }
  std::optional<std::string> check_regex(const std::string& pattern, std::uint32_t) const override {
    if (!pattern.ends_with('(')) return std::nullopt;
    return "Invalid regex: '" + pattern + "' at offset 4: missing closing parenthesis";
  }
  bool is_root() const override { return true; }
};

inline Loaded read(const std::string& text) { return load_text("f.conf", text, {.path = {}, .config_id = {}, .testing = true}, FakeSystem{}); }

inline std::vector<std::string> said(const Loaded& loaded) {
  std::vector<std::string> out;
  for (const Finding& finding : loaded.findings) out.push_back(finding.prefix + finding.diagnostic.message);
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace parsers::keepalived::test

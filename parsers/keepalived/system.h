// What a configuration is checked against and a parser cannot know: the host's interfaces, accounts, scripts, names. The
// daemon answers from the running system, tests from a table.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/values.h"

namespace parsers::keepalived {

/// One network interface as the kernel has it.
struct InterfaceFacts {
  std::string name;
  unsigned index = 0;
  unsigned mtu = 1500;
  bool is_loopback = false;
  bool has_multicast = true;
};

struct UserFacts {
  uid_t uid = 0;
  gid_t gid = 0;  // the account's own group
  std::vector<gid_t> supplementary;
};

/// How a script's file stands (keepalived's "script security" rules, vrrp-behaviour section 8).
struct ScriptFacts {
  enum class Found : std::uint8_t { Usable, Missing, NotAccessible, NotExecutable, NotInPath };
  Found found = Found::Usable;
  int error_code = 0;       // errno for Missing and NotAccessible
  std::string path;         // absolute, after a search in PATH
  std::string real_path;    // without symbolic links
  bool searched = false;    // the name had no slash: it was found by searching PATH
  bool is_insecure = false; // a part of its path can be written by others than root
  bool is_text = false;     // has no #! and is no program: must be run by a shell
};

/// A file with a secret in it (auth_hmac): only its owner may read it.
struct SecretFile {
  enum class Found : std::uint8_t { Usable, NotReadable, Open, TooLarge };
  Found found = Found::Usable;
  std::string text;         // without the line's end
};

class System {
 public:
  virtual ~System() = default;
  virtual std::optional<InterfaceFacts> find_interface(std::string_view name) const = 0;
  virtual std::optional<UserFacts> find_user(std::string_view name) const = 0;
  virtual std::optional<gid_t> find_group(std::string_view name) const = 0;
  /// Looks at a script's file as `uid`/`gid` would run it.
  virtual ScriptFacts check_script(std::string_view command, uid_t uid, gid_t gid) const = 0;
  /// A name in rt_tables, rt_scopes, rt_protos, rt_dsfield, rt_realms, group, or a number.
  virtual std::optional<std::uint32_t> find_route_name(std::string_view file, std::string_view name, const NameFolders& folders) const = 0;
  /// What a macvlan or ipvlan stands on.
  virtual std::optional<std::string> find_base_interface(std::string_view) const { return std::nullopt; }
  /// The routing table of a VRF interface.
  virtual std::optional<std::uint32_t> find_vrf_table(std::string_view) const { return std::nullopt; }
  virtual std::string host_name() const = 0;
  /// Name to address, for smtp_server. Numeric text is not asked for.
  virtual std::optional<std::string> resolve(std::string_view host) const = 0;
  virtual SecretFile read_secret(const std::string& path) const = 0;
  /// What is wrong with a pattern of HTTP_GET (its options: bits of RegexOption), as lib/probe says it: "Invalid regex: '(' at
  /// offset 1: missing closing parenthesis". Who runs no checks has no opinion.
  virtual std::optional<std::string> check_regex(const std::string&, std::uint32_t) const { return std::nullopt; }
  virtual bool is_root() const = 0;
};

}  // namespace parsers::keepalived

// Keywords of "global" about what the process gives up: "insecure-fork-wanted", "insecure-setuid-wanted", "setcap", "sandbox".
#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>

#include "config.h"
#include "lib/base/text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"

namespace proxyd::config {

namespace {

struct NamedCapability {
  std::string_view name;
  unsigned number;
};

/// What a proxy has a use for; no other can be kept.
constexpr auto kCapabilities = std::to_array<NamedCapability>({
    {"cap_net_admin", CAP_NET_ADMIN},
    {"cap_net_bind_service", CAP_NET_BIND_SERVICE},
    {"cap_net_raw", CAP_NET_RAW},
    {"cap_sys_admin", CAP_SYS_ADMIN},
});

struct NamedAnswer {
  std::string_view name;
  Sandbox::SystemCalls value;
};

constexpr auto kAnswers = std::to_array<NamedAnswer>({
    {"deny", Sandbox::SystemCalls::DenyOthers},
    {"kill", Sandbox::SystemCalls::KillAtOthers},
    {"log", Sandbox::SystemCalls::LogOthers},
});

void parse_fork(Line& line) { line.global().sandbox.may_fork = !line.negated; }

void parse_setuid(Line& line) { line.global().sandbox.may_gain = true; }

void parse_setcap(Line& line) {
  std::string known;
  for (const NamedCapability& each : kCapabilities) known += (known.empty() ? "'" : ", '") + std::string{each.name} + '\'';
  if (!line.has(1)) return line.alert(1, fmt::format("'setcap' : missing capability name(s), supported ones are {}.", known));
  for (const std::string_view name : lib::base::split(line.word(1), ',')) {
    const auto found = std::find_if(kCapabilities.begin(), kCapabilities.end(), [&](const NamedCapability& each) { return each.name == name; });
    if (found == kCapabilities.end()) return line.alert(1, fmt::format("'setcap' : unsupported capability '{}', supported ones are {}.", name, known));
    line.global().sandbox.kept_capabilities |= std::uint64_t{1} << found->number;
  }
}

void parse_sandbox(Line& line) {
  if (line.word(1) != "seccomp") return line.alert(1, fmt::format("'sandbox' expects 'seccomp', got '{}'.", line.word(1)));
  const std::string_view word = line.has(2) ? line.word(2) : "deny";
  const auto found = std::find_if(kAnswers.begin(), kAnswers.end(), [&](const NamedAnswer& each) { return each.name == word; });
  if (found == kAnswers.end()) return line.alert(2, fmt::format("'sandbox seccomp' expects 'deny', 'kill' or 'log', got '{}'.", word));
  line.global().sandbox.system_calls = found->value;
#ifndef HAVE_SECCOMP
  line.alert(1, "'sandbox seccomp' : this program was built without libseccomp.");
#endif
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "insecure-fork-wanted",
     .scope = kGlobal,
     .max_args = 0,
     .parse = parse_fork,
     .negatable = true,
     .doc = "Let the process start others once it runs."},
    {.name = "insecure-setuid-wanted",
     .scope = kGlobal,
     .max_args = 0,
     .parse = parse_setuid,
     .doc = "Let programs that it starts gain rights by their set-uid bit."},
    {.name = "setcap",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_setcap,
     .usage = "<capability>[,<capability>...]",
     .doc = "Capabilities that outlive the change of user: cap_net_raw, cap_net_admin, cap_net_bind_service, cap_sys_admin."},
    {.name = "sandbox",
     .scope = kGlobal,
     .max_args = 2,
     .parse = parse_sandbox,
     .usage = "seccomp [deny | kill | log]",
     .doc = "Ours: only system calls that a proxy makes. Others fail (deny, the default), end the process (kill), or are logged by the kernel (log)."},
});

}  // namespace

const KeywordTable& sandbox_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config

// What a process gives up once everything is opened, as "global" says it.
#pragma once

#include <cstdint>

namespace proxyd::config {

struct Sandbox {
  bool may_fork = false;                // "insecure-fork-wanted"
  bool may_gain = false;                // "insecure-setuid-wanted": a set-uid program that it runs gets its owner's rights
  std::uint64_t kept_capabilities = 0;  // "setcap", one bit each: they outlive the change of user
  enum class SystemCalls : std::uint8_t { All, DenyOthers, KillAtOthers, LogOthers } system_calls = SystemCalls::All;  // ours: "sandbox seccomp"
  bool sets_marks = false;              // a rule sets the mark of packets, which not everyone may
};

}  // namespace proxyd::config

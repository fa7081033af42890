// proxyd's arguments, those of haproxy. Pure: reads argv, decides nothing and prints nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proxyd {

/// What the arguments ask for.
struct CommandLine {
  enum class Action : std::uint8_t {
    Run,
    Check,         // -c
    ShowVersion,   // -v
    ShowBuild,     // -vv
    ShowNumber,    // -vq: "0.1.0"
    ShowShort,     // -vqs
    ShowBranch,    // -vqb: "0.1"
    ShowUsage,     // -h: banner and usage, exit 0
    BadUsage,      // unknown option or no file: banner on stdout, usage on stderr, exit 1
    Refuse,        // `error` says why, as an [ALERT]; exit 1
    DumpKeywords,  // -dK: may come with files (then after the check) or without
    Explain,       // "explain": what would become of a request, in `words`
    Plan,          // --plan: what a reload would change
    Evaluate,      // -cc: `condition`; exit 0 true, 1 false, 2 error
  };
  Action action = Action::Run;
  std::string error;                  // Refuse
  std::vector<std::string> files;     // -f and after "--", in order; files or directories
  std::vector<std::string> plan_files;  // --plan: what the other files are to become
  std::string change_directory;       // -C
  std::string condition;              // -cc
  std::vector<std::string> words;     // explain: what follows it
  std::vector<std::string> dump_classes;  // -dK: acl cfg cli cnv flt smp svc, "all", "help"

  bool verbose = false;               // -V; wins over quiet
  bool quiet = false;                 // -q
  bool daemon = false;                // -D
  bool debug = false;                 // -d: foreground, transactions on stdout
  bool foreground = false;            // -db (and -d): ignores "daemon"
  bool warnings_are_fatal = false;    // -dW
  bool diagnostics = false;           // -dD

  std::string pid_file;               // -p; empty: the configuration's
  std::uint32_t maxconn = 0;          // -n; 0: the configuration's
  std::uint32_t default_maxconn = 0;  // -N
  std::uint32_t memory_limit_mb = 0;  // -m
  std::string local_peer;             // -L; empty: the host's name
  bool no_splice = false;             // -dS
  bool no_reuse_port = false;         // -dR
  bool ignore_resolution_failures = false;  // -dr
  bool verifies_servers = true;       // -dV unsets it
  bool may_fork = false;              // -dI
  bool lists_objects = false;         // -dL
  bool dumps_configuration = false;   // -dC
  std::uint32_t anonymous_key = 0;    // of -dC; 0: everything is shown
  bool shows_processors = false;      // -dc
  std::optional<std::string> archive;  // -dA: the file, empty: standard output
  bool master_worker = false;         // -W, -Ws
  bool tells_manager = false;         // -Ws: the service manager hears of starts, reloads and the end
  std::vector<std::string> master_sockets;  // -S: "<address>[,<bind option>...]"
  std::string sockets_from;           // -x: the stats socket of a process whose listening sockets are taken over

  /// SIGUSR1 (-sf) or SIGTERM (-st) to these once started.
  std::vector<pid_t> old_processes;
  enum class OldEnd : std::uint8_t { Finish, Terminate } old_end = OldEnd::Finish;
};

/// Reads the arguments without the program's name.
CommandLine parse_command_line(std::span<const char* const> arguments);

/// Called as "haproxy" (a link that stands in its place), the program calls itself so, with a version that scripts can compare.
void take_name(std::string_view argv0);
/// "haproxy" or "proxyd".
std::string_view program();

/// The lines that -v prints and that stand above the usage text.
std::string version_text();
/// What -vv prints: the version, how it was built, what it can do.
std::string build_text();
/// The usage text, with the name the program was called by.
std::string usage_text(std::string_view program);
/// Names that `.if feature(NAME)` knows as present.
std::span<const std::string_view> features();
/// "3.4.0": the release of HAProxy whose language ours is, for `.if version_atleast`.
std::string_view haproxy_version();
/// "3.0.11": that of the library that runs, for `.if openssl_version_atleast`.
std::string_view openssl_version();

}  // namespace proxyd

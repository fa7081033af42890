#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <array>

#include <fmt/format.h>

#include "config.h"
#include "lib/base/version.h"
#include "lib/process/limits.h"
#include "proxyd/command_line.h"

namespace proxyd {
namespace {

#ifdef HAVE_SECCOMP
constexpr bool kHasSeccomp = true;
#else
constexpr bool kHasSeccomp = false;
#endif

/// What this build can do, in haproxy's words; sorted. `.if feature(NAME)` knows the present ones.
struct Feature {
  std::string_view name;
  bool present;
};
constexpr auto kFeatures = std::to_array<Feature>({
    {"ACCEPT4", true},      {"CRYPT_H", true},  {"EPOLL", true},   {"GETADDRINFO", true}, {"LIBCRYPT", true},
    {"LINUX_CAP", true},    {"LINUX_SPLICE", true}, {"LUA", false}, {"NS", false},        {"OPENSSL", true},
    {"PCRE2", true},        {"PCRE2_JIT", true}, {"POLL", true},   {"PROMEX", false},     {"QUIC", false},
    {"SECCOMP", kHasSeccomp}, {"SLZ", false},   {"SYSTEMD", true}, {"TFO", true},         {"THREAD", true},
    {"TPROXY", true},       {"ZLIB", false},
});

constexpr std::size_t kPresent = [] {
  std::size_t count = 0;
  for (const Feature& feature : kFeatures) count += feature.present ? 1 : 0;
  return count;
}();

constexpr auto kPresentNames = [] {
  std::array<std::string_view, kPresent> names{};
  std::size_t at = 0;
  for (const Feature& feature : kFeatures)
    if (feature.present) names[at++] = feature.name;
  return names;
}();

std::string running_on() {
  utsname system{};
  if (::uname(&system) != 0) return "unknown";
  return fmt::format("{} {} {} {}", system.sysname, system.release, system.version, system.machine);
}

}  // namespace

void take_name(std::string_view argv0) {
  static const std::string standing_in = fmt::format("{}-triad{}", haproxy_version(), lib::base::version());
  const bool stands_in = argv0.substr(argv0.rfind('/') + 1) == "haproxy";
  const lib::base::Product own = lib::base::product();
  lib::base::present_as({.name = stands_in ? "haproxy" : "proxyd",
                         .version = stands_in ? std::string_view{standing_in} : lib::base::version(),
                         .released = own.released});
}

std::string_view program() { return lib::base::product().name == "haproxy" ? "haproxy" : "proxyd"; }

std::string version_text() {
  return fmt::format(
      "{} version {} {} - {}\n"
      "Status: development branch - part of Triad, runs the files of HAProxy.\n"
      "Known bugs: {}issues\n"
      "Running on: {}\n",
      program() == "haproxy" ? "HAProxy" : "proxyd", lib::base::product().version, lib::base::product().released,
      lib::base::project_url(), lib::base::project_url(), running_on());
}

std::string build_text() {
  std::string text = version_text();
  text += fmt::format("Build options :\n  TARGET  = linux-glibc\n  CC      = {}\n  STD     = C++{}\n", __VERSION__,
                      __cplusplus / 100 % 100);
#ifdef _GLIBCXX_ASSERTIONS
  text += "  DEBUG   = library assertions\n";
#endif
  text += "\nFeature list :";
  for (const Feature& feature : kFeatures) text += fmt::format(" {}{}", feature.present ? '+' : '-', feature.name);
  text += "\n\nDefault settings :\n  bufsize = 16384, maxrewrite = 1024, maxpollevents = 64\n\n";
  text += fmt::format("Built with multi-threading support (MAX_THREADS={}, default={}).\n", 64, lib::process::usable_processors());
  text += fmt::format("Built with OpenSSL version : {}\nRunning on OpenSSL version : {}\n", OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION));
  text += "OpenSSL library supports TLS extensions : yes\n"
          "OpenSSL library supports SNI : yes\n"
          "OpenSSL library supports : TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3\n"
          "Built with network namespace support.\n"
          "Built with transparent proxy support using: IP_TRANSPARENT IPV6_TRANSPARENT\n"
          "Encrypted password support via crypt(3): yes\n";
  text += fmt::format("Built with gcc compiler version {}\n", __VERSION__);
  text += "\nAvailable polling systems :\n      epoll : pref=300,  test result OK\nTotal: 1 (1 usable), will use epoll.\n\n"
          "Available multiplexer protocols :\n"
          "(protocols marked as <default> cannot be specified using 'proto' keyword)\n"
          "         h2 : mode=HTTP  side=FE|BE  mux=H2    flags=HTX|HOL_RISK|NO_UPG\n"
          "  <default> : mode=HTTP  side=FE|BE  mux=H1    flags=HTX\n"
          "         h1 : mode=HTTP  side=FE|BE  mux=H1    flags=HTX|NO_UPG\n"
          "  <default> : mode=TCP   side=FE|BE  mux=PASS  flags=\n"
          "       none : mode=TCP   side=FE|BE  mux=PASS  flags=NO_UPG\n"
          "\nAvailable services : none\n\n"
          "Available filters :\n\t[BWLIM] bwlim-in\n\t[BWLIM] bwlim-out\n\n";
  return text;
}

std::string usage_text(std::string_view program) {
  return fmt::format(
      "Usage : {} [-f <cfgfile|cfgdir>]* [ -vdVD ] [ -n <maxconn> ] [ -N <maxpconn> ]\n"
      "        [ -p <pidfile> ] [ -m <max megs> ] [ -C <dir> ] [-- <cfgfile>*]\n"
      "        -v shows the version ; -vv how it was built ; -vq, -vqs, -vqb only the number\n"
      "        -d debug mode, in the foreground ; -db only stays in the foreground\n"
      "        -V speaks, whatever -q says ; -q says nothing\n"
      "        -D goes to the background ; -C changes to <dir> before files are read\n"
      "        -W a master process watches a worker and reloads ; -Ws and tells the service manager\n"
      "        -S <bind>[,<option>...] is the master's socket\n"
      "        -c checks the files and exits ; -cc <condition> evaluates a condition and exits\n"
      "        -n limits the connections of the process\n"
      "        -N sets the default limit of each proxy\n"
      "        -m limits the memory, in megabytes\n"
      "        -L sets the local peer's name (the host's name by default)\n"
      "        -p writes the process's number to a file\n"
      "        -dS no splicing ; -dR no SO_REUSEPORT ; -dV servers' certificates are not verified\n"
      "        -dL lists the loaded object files after the check ; -dA{{<file>}} archives them\n"
      "        -dC{{<key>}} prints the configuration as it was read, with a key anonymously ; -dc shows processors and threads\n"
      "        --plan <file> tells what a reload from the files to that one would change\n"
      "        -dK{{class[,...]}} lists the known keywords (\"help\" lists the classes)\n"
      "        -dr servers whose name is not found do not stop the start\n"
      "        -dW warnings are fatal ; -dD more about what looks suspicious\n"
      "        -sf/-st [pid ]* finishes/terminates old processes once started\n"
      "        -x <unix socket> takes over the listening sockets of the process behind it\n"
      "        -h shows this\n"
      "\n",
      program);
}

std::span<const std::string_view> features() { return kPresentNames; }

std::string_view haproxy_version() { return "3.4.0"; }

std::string_view openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace proxyd

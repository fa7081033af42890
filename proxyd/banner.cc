#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <array>

#include <fmt/format.h>

#include "lib/base/version.h"
#include "proxyd/command_line.h"

namespace proxyd {
namespace {

/// What this build can do, in haproxy's words; sorted. `.if feature(NAME)` knows the present ones.
struct Feature {
  std::string_view name;
  bool present;
};
constexpr auto kFeatures = std::to_array<Feature>({
    {"ACCEPT4", true},      {"CRYPT_H", true},  {"EPOLL", true},   {"GETADDRINFO", true}, {"LIBCRYPT", true},
    {"LINUX_SPLICE", true}, {"LUA", false},     {"NS", false},     {"OPENSSL", true},     {"PCRE2", true},
    {"PCRE2_JIT", true} ,   {"POLL", true},     {"PROMEX", false}, {"QUIC", false},       {"SLZ", false},
    {"SYSTEMD", true},      {"TFO", true},      {"THREAD", true},  {"TPROXY", true},      {"ZLIB", false},
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

std::string version_text() {
  return fmt::format(
      "proxyd version {} - {}\n"
      "Status: development branch - part of Triad, runs the files of HAProxy.\n"
      "Known bugs: {}issues\n"
      "Running on: {}\n",
      lib::base::version(), lib::base::project_url(), lib::base::project_url(), running_on());
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
  text += "\n\nDefault settings :\n  bufsize = 16384, maxrewrite = 1024\n\n"
          "Built with multi-threading support.\n"
          "Encrypted password support via crypt(3): yes\n";
  text += fmt::format("Built with OpenSSL version : {}\nRunning on OpenSSL version : {}\n", OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION));
  text += "OpenSSL library supports : TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3\n\n"
          "Available polling systems :\n      epoll : by libev\n\n"
          "Available multiplexer protocols :\n"
          "         h2 : mode=HTTP  side=FE|BE\n"
          "         h1 : mode=HTTP  side=FE|BE\n"
          "       none : mode=TCP   side=FE|BE\n";
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
      "        -c checks the files and exits ; -cc <condition> evaluates a condition and exits\n"
      "        -n limits the connections of the process\n"
      "        -N sets the default limit of each proxy\n"
      "        -m limits the memory, in megabytes\n"
      "        -L sets the local peer's name (the host's name by default)\n"
      "        -p writes the process's number to a file\n"
      "        -dS no splicing ; -dR no SO_REUSEPORT\n"
      "        -dK{{class[,...]}} lists the known keywords (\"help\" lists the classes)\n"
      "        -dr servers whose name is not found do not stop the start\n"
      "        -dW warnings are fatal ; -dD more about what looks suspicious\n"
      "        -sf/-st [pid ]* finishes/terminates old processes once started\n"
      "        -h shows this\n"
      "\n",
      program);
}

std::span<const std::string_view> features() { return kPresentNames; }

std::string_view haproxy_version() { return "3.4.0"; }

std::string_view openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace proxyd

#include <catch2/catch.hpp>

#include <array>

#include "parsers/common/suggest.h"

using parsers::common::suggest;

namespace {

constexpr auto kWords = std::to_array<std::string_view>(
    {"acl",          "balance",      "bind",       "cookie",   "default_backend",
     "errorfile",    "http-request", "log-format", "maxconn",  "mode",
     "monitor-uri",  "option",       "retries",    "server",   "stats",
     "timeout",      "use_backend",  "check",      "weight",   "ssl",
     "accept-proxy", "verifyhost",   "httplog",    "httpchk",  "http-server-close",
     "forwardfor",   "chroot",       "daemon",     "nbthread", "tune.bufsize",
     "ulimit-n",     "pidfile"});

struct Slip {
  std::string_view word, meant;
};

// What haproxy 2.6 -c says to the same words.
constexpr auto kSlips = std::to_array<Slip>({{"tiemout", "timeout"},
                                             {"timout", "timeout"},
                                             {"optoin", "option"},
                                             {"htplog", "httplog"},
                                             {"forwardfr", "forwardfor"},
                                             {"blance", "balance"},
                                             {"mdoe", "mode"},
                                             {"defualt_backend", "default_backend"},
                                             {"use-backend", "use_backend"},
                                             {"servr", "server"},
                                             {"errrorfile", "errorfile"},
                                             {"cookei", "cookie"},
                                             {"http-reqest", "http-request"},
                                             {"monitr-uri", "monitor-uri"},
                                             {"maxcon", "maxconn"},
                                             {"bnd", "bind"},
                                             {"http-serverclose", "http-server-close"},
                                             {"httpcheck", "httpchk"},
                                             {"log-fromat", "log-format"},
                                             {"acls", "acl"},
                                             {"timeouts", "timeout"},
                                             {"stat", "stats"},
                                             {"retris", "retries"},
                                             {"sll", "ssl"},
                                             {"accpt-proxy", "accept-proxy"},
                                             {"chekc", "check"},
                                             {"wieght", "weight"},
                                             {"no-verifyhost", "verifyhost"},
                                             {"chrot", "chroot"},
                                             {"deamon", "daemon"},
                                             {"nbthreads", "nbthread"},
                                             {"tune.bufsze", "tune.bufsize"},
                                             {"ulimitn", "ulimit-n"},
                                             {"pid-file", "pidfile"}});

}  // namespace

TEST_CASE("a slip of the fingers finds the word that haproxy finds", "[suggest]") {
  for (const Slip& slip : kSlips) {
    CAPTURE(slip.word);
    CHECK(suggest(slip.word, kWords) == slip.meant);
  }
}

TEST_CASE("a word like no other gets no suggestion", "[suggest]") {
  CHECK(suggest("xyzzy", kWords).empty());
  CHECK(suggest("foo", kWords).empty());
  CHECK(suggest("", kWords).empty());
  CHECK(suggest("acl", {}).empty());
  CHECK(suggest(std::string(100'000, 'a'), kWords).empty());
}

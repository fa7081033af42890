#include <catch2/catch.hpp>

#include "proxyd/config/load.h"
#include "tests/unit/proxyd/config/loaded.h"

using namespace proxyd::config;

namespace {

/// The sample of a "log" line with that word, or what is said of it.
struct Sampled {
  explicit Sampled(const std::string& word)
      : loaded{"listen l\n  bind :1\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\n  log 127.0.0.1 sample " + word +
               " local0\n"} {}
  const LogSample& sample() const { return loaded.config->proxies[0]->logs[0].sample; }
  std::string fault() const {
    const std::string said = loaded.first();
    return said.substr(std::min(said.find("log : ") + 6, said.size()));
  }
  Loaded loaded;
};

}  // namespace

TEST_CASE("a ring section says how much it keeps and in what form", "[config][ring]") {
  const Loaded loaded{"ring one\n  description \"my lines\"\n  format rfc5424\n  maxlen 1200\n  size 32764\n  timeout connect 5s\n"
                      "  timeout server 10s\n  server s 127.0.0.1:6514 log-proto octet-count\n  server t /run/log.sock\nring two\n"};
  CHECK(loaded.diagnostics.all().empty());
  CHECK(loaded.ring(0).name == "buf0");
  const Ring& one = loaded.ring(1);
  CHECK(one.name == "one");
  CHECK(one.description == "my lines");
  CHECK(one.style == LogFormatStyle::Rfc5424);
  CHECK(one.max_length == 1200);
  CHECK(one.size == 32764);
  CHECK(one.connect_timeout == std::chrono::seconds{5});
  CHECK(one.server_timeout == std::chrono::seconds{10});
  REQUIRE(one.servers.size() == 2);
  CHECK(one.servers[0].octet_count);
  CHECK(one.servers[0].where.text() == "127.0.0.1:6514");
  CHECK_FALSE(one.servers[1].octet_count);
  const Ring& two = loaded.ring(2);
  CHECK(two.description == "two");
  CHECK(two.style == LogFormatStyle::Raw);
  CHECK(two.size == 16384);
  CHECK(two.max_length == 16384);
}

TEST_CASE("mistakes in a ring section are told in the original's words", "[config][ring]") {
  CHECK(Loaded{"ring\n"}.first() == "config : parsing [t.cfg:1] : missing ring name.");
  CHECK(Loaded{"ring a\nring a\n"}.first() == "config : parsing [t.cfg:2] : sink named 'a' already exists.");
  CHECK(Loaded{"ring stderr\n"}.first() == "config : parsing [t.cfg:1] : sink named 'stderr' already exists.");
  CHECK(Loaded{"ring a/b\n"}.first() == "config : parsing [t.cfg:1] : invalid ring name 'a/b' (character '/' is not permitted).");
  const auto said = [](std::string_view line) { return Loaded{"ring a\n  " + std::string{line} + '\n'}.first(); };
  CHECK(said("foo") == "config : parsing [t.cfg:2] : unknown statement 'foo'.");
  CHECK(said("format x") == "config : parsing [t.cfg:2] : unknown format 'x'.");
  CHECK(said("maxlen 0") == "config : parsing [t.cfg:2] : invalid size '0' for new sink buffer.");
  CHECK(said("size x") == "config : parsing [t.cfg:2] : invalid size 'x' for new sink buffer.");
  CHECK(said("size 10k") ==
        "config : parsing [t.cfg:2] : ignoring new size '10' that is smaller than current size '16384' for ring 'a'.");
  CHECK(Loaded{"ring a\n  size 10\n"}.config == nullptr);
  CHECK(said("timeout connect x") ==
        "config : parsing [t.cfg:2]: unexpected character 'x' in argument to <timeout connect>.");
  CHECK(said("backing-file /nonexistent/x") ==
        "config : parsing [t.cfg:2] : cannot open backing-file '/nonexistent/x' for ring 'a': No such file or directory.");
  CHECK(said("server s udp@127.0.0.1:1").starts_with("config : [t.cfg:2] : 'server a/s' : "));
  CHECK(said("maxlen 30000") == "config : ring 'a' event max length '30000' exceeds size, forced to size '16384'.");
}

TEST_CASE("lines for a stream socket go through a ring of their own", "[config][ring]") {
  const Loaded loaded{"global\n  log tcp@127.0.0.1:6514 format iso local0\nring r\nfrontend f\n  bind :1\n  timeout client 1s\n"
                      "  log global\n  log ring@r local0\n  log ring@buf0 local0\n"};
  CHECK(loaded.diagnostics.all().empty());
  const Ring& made = loaded.ring(2);
  CHECK(made.name == "ring#1");
  CHECK(made.description == "created from logserver declared into 't.cfg' at line 2");
  CHECK(made.style == LogFormatStyle::Iso);
  CHECK(made.servers.at(0).where.text() == "127.0.0.1:6514");
  const std::vector<LogTarget>& logs = loaded.config->proxies[0]->logs;
  REQUIRE(logs.size() == 3);
  CHECK(logs[0].ring == "ring#1");
  CHECK(logs[1].ring == "r");
}

TEST_CASE("a log line that names no ring is refused", "[config][ring]") {
  CHECK(Loaded{"global\n  log ring@x local0\n"}.first() ==
        "config : global log server declared in file 't.cfg' at line 2 uses unknown ring named 'x'.");
  CHECK(Loaded{"frontend f\n  bind :1\n  timeout client 1s\n  log ring@stdout local0\n"}.first() ==
        "config : log server declared in proxy section 'f' in file 't.cfg' at line 4 uses incompatible ring named 'stdout'.");
}

TEST_CASE("samples of log lines are ranges of ranks", "[config]") {
  const Sampled one{"2:3"};
  REQUIRE(one.loaded.config != nullptr);
  CHECK(one.sample().size == 3);
  CHECK(one.sample().ranges.at(0).low == 2);
  CHECK(one.sample().ranges.at(0).high == 2);
  const Sampled three{"7,1-2,4,:10"};
  REQUIRE(three.loaded.config != nullptr);
  REQUIRE(three.sample().ranges.size() == 3);
  CHECK(three.sample().ranges[0].high == 2);
  CHECK(three.sample().ranges[2].low == 7);

  CHECK(Sampled{"1"}.fault() == "Missing sample size");
  CHECK(Sampled{":5"}.fault() == "no sampling ranges given");
  CHECK(Sampled{"1:"}.fault() == "wrong sample size '' for sample range '1'");
  CHECK(Sampled{"1,2:x"}.fault() == "wrong sample size 'x' for sample range '1,2'");
  CHECK(Sampled{"0:5"}.fault() == "wrong sample range '0'");
  CHECK(Sampled{"1,x,3:5"}.fault() == "wrong sample range 'x,3'");
  CHECK(Sampled{"5-5:5"}.fault() == "wrong sample range '5-5'");
  CHECK(Sampled{"3,1-3:5"}.fault() == "ranges are overlapping");
  CHECK(Sampled{"6:5"}.fault() == "sample size 5 should be greater or equal to 6 the maximum of the high ranges limits");
}

#include "checkerd/checkers/checkers.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "checkerd/checkers/ping_range.h"
#include "tests/unit/checkerd/checkers/bench.h"
#include "tests/unit/lib/probe/peer.h"

using namespace bench;

namespace {

MiscCheck script(const std::string& line, bool dynamic = false) {
  MiscCheck out;
  out.command.argv = {"/bin/sh", "-c", line};
  out.command.text = line;
  out.command.uid = ::getuid();
  out.command.gid = ::getgid();
  out.timeout = 2s;
  out.dynamic = dynamic;
  return out;
}

HttpCheck page(const std::string& path) {
  HttpCheck out;
  out.urls.emplace_back().path = path;
  return out;
}

/// A file of its own, gone in the end.
struct Scratch {
  std::string path = "/tmp/checkers_test." + std::to_string(::getpid()) + "." + std::to_string(++count);
  ~Scratch() { ::unlink(path.c_str()); }
  void write(const std::string& text) const { std::ofstream{path} << text; }
  static inline int count = 0;
};

/// Takes a port whose listener can be closed and opened again.
struct Door {
  lib::net::Endpoint where = closed_port();
  lib::base::UniqueFd fd;
  void open() {
    auto made = lib::net::listen_stream(where, lib::net::ListenOptions{});
    REQUIRE(made);
    fd = std::move(*made);
  }
};

std::string shares(const CheckStatus& status) { return std::to_string(status.shared_with); }

}  // namespace

TEST_CASE("a TCP_CHECK follows its server down and up, and says so once each", "[checkers]") {
  Loop loop;
  Door door;
  door.open();
  const KeepalivedConfig config = config_of({{checker(TcpCheck{}, door.where.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  CHECK(ears.heard == std::vector<std::string>{"Activating healthchecker for service [RS0]:tcp:80 for VS [VS0]:tcp:80"});
  ears.heard.clear();
  REQUIRE(until(loop, [&] { return checkers.load().runs >= 4; }));
  CHECK(ears.heard == std::vector<std::string>{"TCP connection to [RS0]:tcp:80 success.", "verdict 0.0 up"});
  ears.heard.clear();
  door.fd.reset();
  REQUIRE(until(loop, [&] { return checkers.status({0, 0, 0}).failures >= 3; }));
  CHECK(ears.heard == std::vector<std::string>{"TCP_CHECK on service [RS0]:tcp:80 failed.", "verdict 0.0 down", "mail 0.0 => TCP CHECK failed on service <="});
  ears.heard.clear();
  door.open();
  REQUIRE(until(loop, [&] { return checkers.status({0, 0, 0}).up; }));
  CHECK(ears.heard == std::vector<std::string>{"TCP connection to [RS0]:tcp:80 success.", "verdict 0.0 up", "mail 0.0 => TCP CHECK succeed on service <="});
}

TEST_CASE("the last ten runs are remembered with time and reason", "[checkers]") {
  Loop loop;
  const KeepalivedConfig config = config_of({{checker(TcpCheck{}, closed_port().ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return checkers.load().runs >= 12 && !checkers.status({0, 0, 0}).is_running; }));
  const CheckStatus status = checkers.status({0, 0, 0});
  CHECK_FALSE(status.up);
  CHECK(status.has_run);
  REQUIRE(status.history.size() == 10);
  CHECK(status.history.back().detail == "Connection refused");
  CHECK_FALSE(status.history.back().passed);
  CHECK(status.history.front().when < status.history.back().when);
}

TEST_CASE("identical checks run once and serve all; not so when that is turned off", "[checkers]") {
  for (const bool shared : {true, false}) {
    Loop loop;
    const lib::net::Endpoint closed = closed_port();
    Checker other = checker(TcpCheck{}, closed.ip);
    other.times.delay_loop = 25ms;
    const KeepalivedConfig config = config_of({{checker(TcpCheck{}, closed.ip)}, {checker(TcpCheck{}, closed.ip)}, {other}});
    Ears ears;
    Checkers checkers{loop, config, ears, quick(shared)};
    checkers.start();
    CHECK(checkers.load().checks == (shared ? 2U : 3U));
    CHECK(shares(checkers.status({0, 0, 0})) == (shared ? "1" : "0"));
    CHECK(shares(checkers.status({2, 0, 0})) == "0");
    REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down") && ears.has("verdict 1.0 down") && ears.has("verdict 2.0 down"); }));
    CHECK(ears.has("TCP_CHECK on service [RS1]:tcp:80 failed."));
  }
}

TEST_CASE("log_all_failures: each failed attempt has a line until the server is down", "[checkers]") {
  Loop loop;
  Door door;
  door.open();
  Checker conf = checker(TcpCheck{}, door.where.ip);
  conf.times.log_all_failures = true;
  conf.times.retry = 2;
  const KeepalivedConfig config = config_of({{conf}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up"); }));
  door.fd.reset();
  REQUIRE(until(loop, [&] { return checkers.status({0, 0, 0}).failures >= 6; }));
  CHECK(ears.count("TCP connection to [RS0]:tcp:80 failed.") == 3);
  CHECK(ears.count("TCP_CHECK on service [RS0]:tcp:80 failed after 2 retries.") == 1);
}

TEST_CASE("a disabled check runs nothing and keeps its verdict", "[checkers]") {
  Loop loop;
  Door door;
  door.open();
  const KeepalivedConfig config = config_of({{checker(TcpCheck{}, door.where.ip)}, {checker(TcpCheck{}, door.where.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick(false)};
  checkers.set_enabled(1, false);
  checkers.start();
  CHECK(ears.has("Suspending healthchecker for service [RS1]:tcp:80 for VS [VS1]:tcp:80"));
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up"); }));
  door.fd.reset();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  spend(loop, 50ms);
  CHECK_FALSE(checkers.status({1, 0, 0}).has_run);
  CHECK(checkers.status({1, 0, 0}).up);
  CHECK_FALSE(checkers.status({1, 0, 0}).is_enabled);
  checkers.set_enabled(1, true);
  REQUIRE(until(loop, [&] { return ears.has("verdict 1.0 down"); }));
}

TEST_CASE("a server that was disabled hears of what its shared check saw meanwhile", "[checkers]") {
  Loop loop;
  const lib::net::Endpoint closed = closed_port();
  const KeepalivedConfig config = config_of({{checker(TcpCheck{}, closed.ip)}, {checker(TcpCheck{}, closed.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.set_enabled(1, false);
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  spend(loop, 30ms);
  CHECK_FALSE(ears.has("verdict 1.0 down"));
  checkers.set_enabled(1, true);
  REQUIRE(until(loop, [&] { return ears.has("verdict 1.0 down"); }));
  CHECK(ears.count("verdict 0.0 down") == 1);
}

TEST_CASE("pages in order, with the status that decides", "[checkers]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhello"}};
  HttpCheck two = page("/one");
  two.urls.emplace_back().path = "/two";
  const KeepalivedConfig config = config_of({{checker(two, peer.endpoint.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up"); }));
  const std::size_t one = peer.received.find("GET /one HTTP/1.0\r\n"), second = peer.received.find("GET /two HTTP/1.0\r\n");
  CHECK(one == 0);
  CHECK(second != std::string::npos);
  CHECK(ears.has("http_check for RS [RS0]:tcp:80 VS [VS0]:tcp:80 url /one: content_length (3) does not match received bytes (5)"));
  CHECK(ears.has("Remote Web server [RS0]:tcp:80 succeed on service."));
  CHECK_FALSE(ears.has("HTTP status code success to [RS0]:tcp:80 url(/one)"));
  peer.answer = {.pieces = {"HTTP/1.0 503 No\r\n\r\n"}};
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  CHECK(checkers.status({0, 0, 0}).history.back().detail == "HTTP status 503");
  CHECK(ears.has("mail 0.0 => CHECK failed on service : HTTP/SSL request failed <="));
  peer.answer = {.pieces = {"HTTP/1.0 200 OK\r\n\r\nhello"}};
  ears.heard.clear();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up"); }));
  CHECK(ears.has("HTTP status code success to [RS0]:tcp:80 url(/one)"));
  CHECK(ears.has("HTTP status code success to [RS0]:tcp:80 url(/two)"));
}

TEST_CASE("a wrong regex is said and left out; a right one decides", "[checkers]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.0 200 OK\r\n\r\nhello"}};
  HttpCheck wrong = page("/a"), absent = page("/b"), caseless = page("/c");
  wrong.urls[0].regex.emplace().pattern = "(";
  absent.urls[0].regex.emplace().pattern = "HELLO";
  caseless.urls[0].regex.emplace().pattern = "HELLO";
  caseless.urls[0].regex->options = 1U << static_cast<unsigned>(RegexOption::Caseless);
  const KeepalivedConfig config = config_of({{checker(wrong, peer.endpoint.ip)}, {checker(absent, peer.endpoint.ip)}, {checker(caseless, peer.endpoint.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  CHECK(ears.has("([RS0]:tcp:80) Invalid regex: '(' at offset 1: missing closing parenthesis - ignoring the regex"));
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up") && ears.has("verdict 1.0 down") && ears.has("verdict 2.0 up"); }));
}

TEST_CASE("a script's exit status is the verdict, and with misc_dynamic the weight", "[checkers][misc]") {
  Loop loop;
  Scratch file;
  file.write("0");
  const std::string line = "exit $(cat " + file.path + ")";
  KeepalivedConfig config = config_of({{checker(script(line))}, {checker(script(line, true))}});
  config.lvs.servers[1].real_servers[0].weight = 5;
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up") && ears.has("verdict 1.0 up"); }));
  CHECK(ears.has("Misc check for [[RS0]:tcp:80 VS [VS0]:tcp:80] by [/bin/sh] succeeded."));
  file.write("52");
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down") && ears.has("weight 1.0 45"); }));
  CHECK(checkers.status({1, 0, 0}).up);
  CHECK(ears.has("Misc check for [[RS0]:tcp:80 VS [VS0]:tcp:80] by [/bin/sh] failed with retry disabled (exited with status 52)."));
  CHECK(ears.has("mail 0.0 => MISC CHECK failed on service <="));
  file.write("0");
  REQUIRE(until(loop, [&] { return ears.has("weight 1.0 0"); }));
  file.write("1");
  REQUIRE(until(loop, [&] { return ears.has("verdict 1.0 down"); }));
}

TEST_CASE("a script that takes too long is ended with all that it started, and is a failure", "[checkers][misc]") {
  Loop loop;
  Scratch file;
  MiscCheck slow = script("sleep 30 & echo $! >" + file.path + "; wait");
  slow.timeout = 100ms;
  const KeepalivedConfig config = config_of({{checker(slow)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  CHECK(ears.has("Misc check for [[RS0]:tcp:80 VS [VS0]:tcp:80] by [/bin/sh] timed out with retry disabled."));
  CHECK(ears.has("mail 0.0 => MISC CHECK timed out on service <="));
  pid_t sleeper = 0;
  std::ifstream{file.path} >> sleeper;
  REQUIRE(sleeper > 0);
  CHECK(until(loop, [&] {
    std::ifstream status{"/proc/" + std::to_string(sleeper) + "/stat"};
    std::string number, name, state;
    status >> number >> name >> state;
    return state.empty() || state == "Z";
  }));
}

TEST_CASE("a script that is not there is a failure, not the end", "[checkers][misc]") {
  Loop loop;
  MiscCheck missing = script("");
  missing.command.argv = {"/nonexistent/program"};
  const KeepalivedConfig config = config_of({{checker(missing)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  CHECK(ears.has("Misc check for [[RS0]:tcp:80 VS [VS0]:tcp:80] by [/nonexistent/program] failed with retry disabled (exited with status 127)."));
}

TEST_CASE("a track file's number times its weight is added at once", "[checkers][file]") {
  Loop loop;
  Scratch file;
  file.write("3");
  KeepalivedConfig config = config_of({{checker(FileCheck{.file = 0, .weight = {.value = 5}})}, {checker(FileCheck{.file = 0, .weight = {}})}});
  TrackFile& tracked = config.track_files.emplace_back();
  tracked.name = "wf";
  tracked.path = file.path;
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("weight 0.0 15") && ears.has("verdict 1.0 down"); }));
  CHECK(ears.has("([RS1]:tcp:80): tracked file wf now FAULT state"));
  CHECK(ears.has("verdict 0.0 up"));
  file.write("-500000000");
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down"); }));
  file.write("0");
  REQUIRE(until(loop, [&] { return ears.count("verdict 0.0 up") == 2 && ears.has("verdict 1.0 up"); }));
  CHECK(ears.has("([RS1]:tcp:80): tracked file wf leaving FAULT state"));
  CHECK(ears.has("weight 0.0 0"));
}

TEST_CASE("a BFD session's state is the verdict", "[checkers][bfd]") {
  Loop loop;
  KeepalivedConfig config = config_of({{checker(BfdCheck{})}});
  config.bfds.emplace_back().name = "BFD1";
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  ears.heard.clear();
  checkers.on_bfd(0, true);
  CHECK(ears.heard == std::vector<std::string>{"verdict 0.0 up"});
  ears.heard.clear();
  checkers.on_bfd(0, false);
  checkers.on_bfd(0, false);
  CHECK(ears.heard == std::vector<std::string>{"BFD check of [BFD1] RS([RS0]:tcp:80) is DOWN", "verdict 0.0 down", "mail 0.0 => BFD CHECK BFD1 failed on service <="});
}

TEST_CASE("what a session did while its check was disabled is heard when it is enabled", "[checkers][bfd]") {
  Loop loop;
  KeepalivedConfig config = config_of({{checker(BfdCheck{})}});
  config.bfds.emplace_back().name = "BFD1";
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  checkers.on_bfd(0, true);
  checkers.set_enabled(0, false);
  ears.heard.clear();
  checkers.on_bfd(0, false);
  CHECK(ears.heard.empty());
  checkers.set_enabled(0, true);
  CHECK(ears.has("verdict 0.0 down"));
}

namespace {

/// In a network namespace of its own, whose ping_group_range is empty. 0: as it should be; 77: no namespace to be had.
int ping_in_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) return 77;
  {
    const lib::base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq link{};
    std::strcpy(link.ifr_name, "lo");
    link.ifr_flags = IFF_UP;
    if (::ioctl(fd.get(), SIOCSIFFLAGS, &link) != 0) return 77;
  }
  const auto range = [] {
    std::string low, high;
    std::ifstream{"/proc/sys/net/ipv4/ping_group_range"} >> low >> high;
    return low + ' ' + high;
  };
  if (range() != "1 0") return 77;
  Loop loop;
  Checker nobody = checker(PingCheck{}, *Address::parse("10.99.99.99"));
  const KeepalivedConfig config = config_of({{checker(PingCheck{}, *Address::parse("127.0.0.1"))}, {checker(PingCheck{}, *Address::parse("::1"))}, {nobody}});
  Ears ears;
  {
    Checkers checkers{loop, config, ears, quick()};
    checkers.start();
    if (range() == "1 0") return 2;
    if (!until(loop, [&] { return ears.has("verdict 0.0 up") && ears.has("verdict 1.0 up") && ears.has("verdict 2.0 down"); })) return 3;
    if (!ears.has("ICMP connection to [RS1]:tcp:80 success.") || !ears.has("ICMP CHECK on service [RS2]:tcp:80 failed.")) return 4;
  }
  return range() == "1 0" ? 0 : 5;
}

}  // namespace

TEST_CASE("PING_CHECK widens ping_group_range while it runs, over IPv4 and IPv6", "[checkers][ping]") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ping_in_namespace());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    WARN("no network namespace: not tested");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a reload keeps the state of checks that are the same, and begins new ones", "[checkers][reload]") {
  Loop loop;
  const lib::net::Endpoint closed = closed_port(), other = closed_port();
  const KeepalivedConfig before = config_of({{checker(TcpCheck{}, closed.ip)}, {checker(TcpCheck{}, other.ip)}});
  Ears ears;
  Checkers checkers{loop, before, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 down") && ears.has("verdict 1.0 down"); }));
  ears.heard.clear();
  // The second goes on as the first; its former neighbour is gone; one more shares its check.
  const KeepalivedConfig after = config_of({{checker(TcpCheck{}, other.ip)}, {checker(TcpCheck{}, other.ip)}});
  checkers.use(after, {{CheckerId{0, 0, 0}, CheckerId{1, 0, 0}}}, quick());
  CHECK(checkers.load().checks == 1);
  CHECK_FALSE(checkers.status({0, 0, 0}).up);
  CHECK(checkers.status({0, 0, 0}).history.size() >= 1);
  REQUIRE(until(loop, [&] { return ears.has("verdict 1.0 down"); }));  // the new one hears how it stands
  CHECK_FALSE(ears.has("verdict 0.0 down"));
}

TEST_CASE("a server that joins a check that is up hears so, whatever was thought of it before", "[checkers][reload]") {
  Loop loop;
  Door door;
  door.open();
  const KeepalivedConfig before = config_of({{checker(TcpCheck{}, door.where.ip)}, {checker(TcpCheck{}, closed_port().ip)}});
  Ears ears;
  Checkers checkers{loop, before, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up") && ears.has("verdict 1.0 down"); }));
  ears.heard.clear();
  const KeepalivedConfig after = config_of({{checker(TcpCheck{}, door.where.ip)}, {checker(TcpCheck{}, door.where.ip)}});
  checkers.use(after, {{CheckerId{0, 0, 0}, CheckerId{0, 0, 0}}}, quick());
  REQUIRE(until(loop, [&] { return ears.has("verdict 1.0 up"); }));
  CHECK_FALSE(ears.has("verdict 0.0 up"));
}

TEST_CASE("a reload while a script runs: what stays goes on, what goes is ended", "[checkers][reload][misc]") {
  Loop loop;
  Scratch file, gone;
  MiscCheck stays = script("sleep 0.3; echo ran >" + file.path), goes = script("echo $$ >" + gone.path + "; exec sleep 30");
  const KeepalivedConfig before = config_of({{checker(goes)}, {checker(stays)}});
  Ears ears;
  Checkers checkers{loop, before, ears, quick()};
  checkers.start();
  pid_t sleeper = 0;
  REQUIRE(until(loop, [&] {
    std::ifstream{gone.path} >> sleeper;
    return sleeper > 0 && checkers.load().running == 2;
  }));
  const KeepalivedConfig after = config_of({{checker(stays)}});
  checkers.use(after, {{CheckerId{0, 0, 0}, CheckerId{1, 0, 0}}}, quick());
  CHECK(checkers.load().running == 1);
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up"); }));
  CHECK(until(loop, [&] { return ::access(("/proc/" + std::to_string(sleeper)).c_str(), F_OK) != 0; }));
  std::string text;
  std::ifstream{file.path} >> text;
  CHECK(text == "ran");
}

TEST_CASE("checks that find no descriptor are neither good nor bad, and come back", "[checkers][faults]") {
  Loop loop;
  Door door;
  door.open();
  const KeepalivedConfig config = config_of({{checker(TcpCheck{}, door.where.ip)}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("verdict 0.0 up") && !checkers.status({0, 0, 0}).is_running; }));
  std::vector<lib::base::UniqueFd> all;
  while (true) {
    lib::base::UniqueFd fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    if (!fd) break;
    all.push_back(std::move(fd));
  }
  REQUIRE(until(loop, [&] { return ears.has("TCP connect fail to create socket. Rescheduling."); }));
  spend(loop, 60ms);
  CHECK(ears.count("TCP connect fail to create socket. Rescheduling.") == 1);
  CHECK(checkers.status({0, 0, 0}).up);
  CHECK(checkers.status({0, 0, 0}).history.back().detail == "General socket error (Too many open files)");
  all.clear();
  REQUIRE(until(loop, [&] { return checkers.status({0, 0, 0}).history.back().passed; }));
}

TEST_CASE("a source address that is not ours only puts the check off", "[checkers][faults]") {
  Loop loop;
  Checker conf = checker(TcpCheck{}, closed_port().ip);
  conf.target.from = *Address::parse("203.0.113.77");
  const KeepalivedConfig config = config_of({{conf}});
  Ears ears;
  Checkers checkers{loop, config, ears, quick()};
  checkers.start();
  REQUIRE(until(loop, [&] { return ears.has("TCP socket bind failed. Rescheduling."); }));
  CHECK(checkers.status({0, 0, 0}).up);
  CHECK_FALSE(checkers.status({0, 0, 0}).has_run);
}

TEST_CASE("first runs are spread over the warm-up", "[checkers]") {
  Loop loop;
  const lib::net::Endpoint closed = closed_port();
  std::vector<std::vector<Checker>> all;
  for (int i = 0; i < 100; ++i) {
    Checker conf = checker(TcpCheck{}, closed.ip);
    conf.times.warmup = 10s;
    all.push_back({conf});
  }
  const KeepalivedConfig config = config_of(all);
  Ears ears;
  Settings settings = quick(false);
  settings.first_delay = 1s;
  Checkers checkers{loop, config, ears, settings};
  checkers.start();
  int early = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const auto wait = checkers.status({i, 0, 0}).next - loop.now();
    CHECK(wait >= 1s - 10ms);
    CHECK(wait <= 11s);
    if (wait < 6s) ++early;
  }
  CHECK(early > 25);
  CHECK(early < 75);
}

TEST_CASE("ping_group_range is widened to include our group, and put back", "[checkers][ping]") {
  CHECK(widened("1\t0", 0) == "0\t0");
  CHECK(widened("0\t2147483647", 1000) == "");
  CHECK(widened("100\t200", 50) == "50\t200");
  CHECK(widened("100\t200", 300) == "100\t300");
  CHECK(widened("nonsense", 0) == "");
  Scratch file;
  file.write("1\t0\n");
  const auto text = [&] {
    std::string low, high;
    std::ifstream{file.path} >> low >> high;
    return low + ' ' + high;
  };
  {
    PingRange range;
    CHECK(range.widen(file.path));
    const std::string own = std::to_string(::getegid());
    CHECK(text() == own + ' ' + own);
  }
  CHECK(text() == "1 0");
  {
    PingRange range;
    CHECK(range.widen(file.path));
    file.write("7\t9\n");  // somebody else's
  }
  CHECK(text() == "7 9");
}

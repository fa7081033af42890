#include "proxyd/logs/logger.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <string>

using namespace proxyd;
using lib::log::Level;
using lib::net::Address;
using logs::LogRecord;
using logs::ProxyLogger;

namespace {

/// A frontend whose log goes to a pipe, and what came out of it.
class Bench {
 public:
  Bench() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    out_.reset(ends[0]);
    in_.reset(ends[1]);
    proxy.name = "front";
    proxy.is_frontend = true;
    proxy.mode = config::Mode::Http;
    proxy.log_line = config::LogLine::HttpLog;
    config::LogTarget target;
    target.kind = config::LogTarget::Kind::Fd;
    target.fd = in_.get();
    target.style = config::LogFormatStyle::Short;
    proxy.logs.push_back(target);
  }

  template <class Write>
  std::string written(Write write) {
    lib::log::TargetTable table;
    const ProxyLogger logger{proxy, global, table, "proxyd"};
    lib::log::Sender sender{table};
    write(logger, sender);
    sender.flush();
    std::string text(100000, '\0');
    const ssize_t size = ::read(out_.get(), text.data(), text.size());
    return size < 0 ? std::string{} : text.substr(0, static_cast<std::size_t>(size));
  }
  std::string line(const LogRecord& record) {
    return written([&](const ProxyLogger& logger, lib::log::Sender& sender) { logger.write(sender, record); });
  }

  config::Proxy proxy;
  config::Global global;

 private:
  lib::base::UniqueFd out_, in_;
};

LogRecord request(int status = 200, std::string_view flags = "----") {
  LogRecord record;
  record.client = Address::ipv4(0x7f000001, 1000);
  record.destination = Address::ipv4(0x7f000001, 80);
  record.accepted = lib::base::WallTime{std::chrono::seconds{1795220365}};
  record.status = status;
  record.bytes_from_client = 10;
  record.method = "GET";
  record.uri = "/";
  record.version = "HTTP/1.1";
  flags.copy(record.termination, 4);
  return record;
}

std::string masked_pid(std::string text) {
  const std::string pid = std::to_string(::getpid());
  const std::size_t at = text.find(pid);
  return at == std::string::npos ? text : text.replace(at, pid.size(), "PID");
}

}  // namespace

TEST_CASE("a stream's line goes to the proxy's targets at level info", "[logs]") {
  Bench bench;
  CHECK(bench.line(request()) ==
        "<6>127.0.0.1:1000 [21/Nov/2026:00:19:25.000] front front/<NOSRV> -1/-1/-1/-1/0 200 0 - - ---- 0/0/0/0/0 0/0 "
        "\"GET / HTTP/1.1\"\n");
}

TEST_CASE("the tag is log-tag, else the program's name", "[logs]") {
  Bench bench;
  bench.proxy.log_line = config::LogLine::Custom;
  bench.proxy.log_format = "%ST";
  bench.proxy.logs[0].style = config::LogFormatStyle::Local;
  CHECK(masked_pid(bench.line(request())).substr(18) == " proxyd[PID]: 200\n");
  bench.global.log_tag = "global";
  CHECK(masked_pid(bench.line(request())).substr(18) == " global[PID]: 200\n");
  bench.proxy.log_tag = "own";
  CHECK(masked_pid(bench.line(request())).substr(18) == " own[PID]: 200\n");
  bench.global.log_send_hostname = "box";
  CHECK(masked_pid(bench.line(request())).substr(18) == " own[PID]: 200\n");  // "format local" is never with a host name
  bench.proxy.logs[0].style = config::LogFormatStyle::Unset;
  CHECK(masked_pid(bench.line(request())).substr(18) == " box own[PID]: 200\n");
}

TEST_CASE("without targets nothing is written", "[logs]") {
  Bench bench;
  bench.proxy.logs.clear();
  lib::log::TargetTable table;
  const ProxyLogger logger{bench.proxy, bench.global, table, "proxyd"};
  CHECK_FALSE(logger.is_on());
  CHECK_FALSE(logger.logs_streams());
  lib::log::Sender sender{table};
  logger.write(sender, request());
  logger.write_state_event(sender, 1, "x");
  CHECK_FALSE(sender.has_pending());
}

TEST_CASE("which streams count as errors", "[logs]") {
  struct Row {
    int status;
    const char* flags;
    bool error;
  };
  // As haproxy 2.6 does with log-separate-errors.
  const Row rows[] = {
      {200, "----", false}, {404, "----", false}, {302, "LR--", false}, {404, "LR--", false}, {500, "LR--", true},
      {403, "PR--", true},  {400, "CR--", true},  {503, "SC--", true},  {-1, "cD--", true},   {502, "----", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status, row.flags);
    config::Proxy proxy;
    const LogRecord record = request(row.status, row.flags);
    CHECK(logs::level_of(proxy, record) == Level::Info);
    proxy.log_separate_errors = true;
    CHECK((logs::level_of(proxy, record) == Level::Err) == row.error);
    CHECK(logs::is_worth_logging(proxy, record));
    proxy.dontlog_normal = true;
    CHECK(logs::is_worth_logging(proxy, record) == row.error);
  }
  config::Proxy proxy;
  proxy.log_separate_errors = true;
  LogRecord retried = request();
  retried.retries = 1;
  CHECK(logs::level_of(proxy, retried) == Level::Err);
  LogRecord moved = request();
  moved.redispatched = true;
  CHECK(logs::level_of(proxy, moved) == Level::Err);
  moved.level = 2;
  CHECK(logs::level_of(proxy, moved) == Level::Crit);
}

TEST_CASE("dontlognull leaves out clients that never said anything", "[logs]") {
  Bench bench;
  LogRecord silent = request(400, "CR--");
  silent.bytes_from_client = 0;
  silent.bad_request = true;
  CHECK_FALSE(bench.line(silent).empty());
  bench.proxy.dontlog_null = true;
  CHECK(bench.line(silent).empty());
  silent.client_spoke = true;  // half a request
  CHECK_FALSE(bench.line(silent).empty());
  CHECK_FALSE(bench.line(request()).empty());
  LogRecord banner = request();  // TCP: only the server spoke
  banner.bytes_from_client = 0;
  banner.bytes_to_client = 3;
  CHECK(bench.line(banner).empty());
}

TEST_CASE("tcplog is written in TCP mode, and where httplog cannot be", "[logs]") {
  Bench bench;
  bench.proxy.mode = config::Mode::Tcp;
  const std::string expected =
      "<6>127.0.0.1:1000 [21/Nov/2026:00:19:25.000] front front/<NOSRV> -1/-1/0 0 -- 0/0/0/0/0 0/0\n";
  CHECK(bench.line(request()) == expected);
  bench.proxy.log_line = config::LogLine::TcpLog;
  CHECK(bench.line(request()) == expected);
  bench.proxy.mode = config::Mode::Http;
  CHECK(bench.line(request()) == expected);
}

TEST_CASE("connections without a log format are announced", "[logs]") {
  Bench bench;
  bench.proxy.log_line = config::LogLine::Connect;
  const auto announce = [&] {
    return bench.written([](const ProxyLogger& logger, lib::log::Sender& sender) {
      CHECK(logger.is_on());
      CHECK_FALSE(logger.logs_streams());
      logger.write_connect(sender, request());
    });
  };
  CHECK(announce() == "<6>Connect from 127.0.0.1:1000 to 127.0.0.1:80 (front/HTTP)\n");
  bench.proxy.mode = config::Mode::Tcp;
  CHECK(announce() == "<6>Connect from 127.0.0.1:1000 to 127.0.0.1:80 (front/TCP)\n");
}

TEST_CASE("a connection that failed is told with its listener's name or number", "[logs]") {
  Bench bench;
  config::Bind bind;
  bind.id = 1;
  const auto tell = [&] {
    return bench.written([&](const ProxyLogger& logger, lib::log::Sender& sender) {
      logger.write_connection_error(sender, request(), bind, "Connection closed while waiting for PROXY protocol header", nullptr);
    });
  };
  CHECK(tell() ==
        "<6>127.0.0.1:1000 [21/Nov/2026:00:19:25.000] front/1: Connection closed while waiting for PROXY protocol "
        "header\n");
  bind.name = "nm";
  bench.proxy.log_separate_errors = true;
  CHECK(tell() ==
        "<3>127.0.0.1:1000 [21/Nov/2026:00:19:25.000] front/nm: Connection closed while waiting for PROXY protocol "
        "header\n");
}

TEST_CASE("state events keep their level", "[logs]") {
  Bench bench;
  CHECK(bench.written([](const ProxyLogger& logger, lib::log::Sender& sender) {
    logger.write_state_event(sender, 1, "Server b/s is DOWN.");
    logger.write_state_event(sender, 99, "x");
  }) == "<1>Server b/s is DOWN.\n<7>x\n");
}

TEST_CASE("%lc counts the lines of its frontend", "[logs]") {
  Bench bench;
  bench.proxy.log_line = config::LogLine::Custom;
  bench.proxy.log_format = "%lc";
  CHECK(bench.written([](const ProxyLogger& logger, lib::log::Sender& sender) {
    for (int i = 0; i < 3; ++i) logger.write(sender, request());
  }) == "<6>0\n<6>1\n<6>2\n");
}

TEST_CASE("addresses that cost a system call are asked for only where they are shown", "[logs]") {
  Bench bench;
  bench.proxy.log_line = config::LogLine::Custom;
  const auto shown = [&](const char* format) {
    bench.proxy.log_format = format;
    std::string answer;
    (void)bench.written([&](const ProxyLogger& logger, lib::log::Sender&) {
      answer += logger.shows_destination() ? 'd' : '-';
      answer += logger.shows_back_addresses() ? 'b' : '-';
    });
    return answer;
  };
  CHECK(shown("%ci:%cp") == "--");
  CHECK(shown("%fp") == "d-");
  CHECK(shown("%fi") == "d-");
  for (const char* format : {"%bi", "%bp", "%si", "%sp"}) CHECK(shown(format) == "-b");
  bench.proxy.log_line = config::LogLine::HttpLog;
  CHECK(shown("") == "--");
}


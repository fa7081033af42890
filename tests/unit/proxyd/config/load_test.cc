#include "proxyd/config/load.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "proxyd/config/known_keywords.h"
#include "tests/unit/proxyd/config/loaded.h"

using namespace proxyd::config;

namespace {

constexpr auto kTimeouts = "  timeout connect 1s\n  timeout client 2s\n  timeout server 3s\n";

std::string with_defaults(std::string_view rest) {
  return std::string{"defaults\n  mode http\n"} + kTimeouts + std::string{rest};
}

}  // namespace

TEST_CASE("a proxy begins with the defaults above it", "[config]") {
  const Loaded loaded{
      with_defaults("  retries 5\n  option forwardfor except 10.0.0.0/8\n  balance leastconn\n"
                    "listen a\n  bind :1\n  retries 7\n  server s 127.0.0.1:1\n"
                    "defaults\n" +
                    std::string{kTimeouts} + "listen b\n  bind :2\n")};
  CHECK(loaded.diagnostics.all().empty());
  const Proxy& a = loaded.proxy(0);
  CHECK(a.mode == Mode::Http);
  CHECK(a.retries == 7);
  CHECK(a.algorithm == Algorithm::LeastConn);
  CHECK(a.forward_for.enabled);
  CHECK(a.forward_for.header == "x-forwarded-for");
  CHECK(a.forward_for.except->bits == 8);
  CHECK(a.timeouts.server == std::chrono::seconds{3});
  const Proxy& b = loaded.proxy(1);
  CHECK(b.mode == Mode::Tcp);
  CHECK(b.retries == 3);
}

TEST_CASE("named defaults are used by name and build on each other", "[config]") {
  const Loaded loaded{"defaults base\n  mode http\n" + std::string{kTimeouts} +
                      "defaults more from base\n  retries 9\nfrontend f from more\n  bind "
                      ":1\nbackend b from base\n"};
  CHECK(loaded.diagnostics.all().empty());
  CHECK(loaded.proxy(0).mode == Mode::Http);
  CHECK(loaded.proxy(0).retries == 9);
  CHECK(loaded.proxy(1).retries == 3);
}

TEST_CASE("addresses and ranges of a bind line become sockets with numbers", "[config]") {
  const Loaded loaded{
      with_defaults("frontend f\n  bind :80,:81 name web\n  bind 127.0.0.1:8000-8003 id 2\n")};
  const Proxy& f = loaded.proxy(0);
  REQUIRE(f.binds.size() == 6);
  CHECK(f.binds[1].where.ip.port() == 81);
  CHECK(f.binds[1].name == "web");
  CHECK(f.binds[0].id == 1);
  CHECK(f.binds[2].id == 2);
  CHECK(f.binds[1].id == 3);
  CHECK(f.binds[5].where.ip.port() == 8003);
  CHECK(loaded.config->listener_count() == 6);
}

TEST_CASE("a server takes what default-server says, and may take it back", "[config]") {
  const Loaded loaded{with_defaults(
      "backend b\n  default-server check inter 1s fall 5 backup weight 10 maxconn 20\n"
      "  server one 127.0.0.1:80\n  server two 10.0.0.2:81 no-check no-backup rise 4 id 7\n"
      "  server map 10.0.0.3:+100 disabled no-check\n")};
  CHECK(loaded.diagnostics.all().empty());
  const Proxy& b = loaded.proxy(0);
  REQUIRE(b.servers.size() == 3);
  CHECK(b.servers[0].check);
  CHECK(b.servers[0].inter == std::chrono::seconds{1});
  CHECK(b.servers[0].fall == 5);
  CHECK(b.servers[0].backup);
  CHECK(b.servers[0].weight == 10);
  CHECK(b.servers[0].id == 1);
  CHECK_FALSE(b.servers[1].check);
  CHECK_FALSE(b.servers[1].backup);
  CHECK(b.servers[1].rise == 4);
  CHECK(b.servers[1].id == 7);
  CHECK(b.servers[2].id == 3);
  CHECK(b.servers[2].port_is_mapped);
  CHECK(b.servers[2].port_offset == 100);
}

TEST_CASE("use_backend and default_backend find their backends", "[config]") {
  const Loaded loaded{with_defaults(
      "frontend f\n  bind :1\n  acl a hdr(host) -i x.example\n  acl a hdr(host) -i y.example\n"
      "  use_backend one if a !{ path_beg /no } or LOCALHOST\n  use_backend two unless a\n"
      "  default_backend two\nbackend one\nbackend two\n")};
  CHECK(loaded.diagnostics.all().empty());
  const Proxy& f = loaded.proxy(0);
  REQUIRE(f.use_backend.size() == 2);
  CHECK(f.use_backend[0].backend_index == 1);
  REQUIRE(f.use_backend[0].condition->alternatives.size() == 2);
  CHECK(f.use_backend[0].condition->alternatives[0][0].acl->terms.size() == 2);
  CHECK(f.use_backend[0].condition->alternatives[0][1].negated);
  CHECK(f.use_backend[1].condition->unless);
  CHECK(f.default_backend == 2);
}

TEST_CASE("a frontend and a backend may share a name", "[config]") {
  const Loaded loaded{
      with_defaults("frontend web\n  bind :1\n  default_backend web\nbackend web\n")};
  CHECK(loaded.diagnostics.all().empty());
  CHECK(loaded.proxy(0).default_backend == 1);
  CHECK(loaded.config->find_backend("web") == loaded.config->proxies[1].get());
  CHECK(loaded.config->find_frontend("web") == loaded.config->proxies[0].get());
}

TEST_CASE("log global stands for the targets of global", "[config]") {
  const Loaded loaded{
      "global\n  log 127.0.0.1 local2\n  log /dev/log local0 notice err\n" +
      with_defaults(
          "  log global\n  option httplog\nfrontend f\n  bind :1\n  log 10.0.0.1:5514 len 2048 "
          "format rfc5424 daemon\n")};
  CHECK(loaded.diagnostics.all().empty());
  const std::vector<LogTarget>& logs = loaded.proxy(0).logs;
  REQUIRE(logs.size() == 3);
  CHECK(logs[0].where.text() == "127.0.0.1:514");
  CHECK(logs[0].facility == 18);
  CHECK(logs[1].kind == LogTarget::Kind::Unix);
  CHECK(logs[1].max_level == 5);
  CHECK(logs[1].min_level == 3);
  CHECK(logs[2].length == 2048);
  CHECK(logs[2].style == LogFormatStyle::Rfc5424);
  CHECK(loaded.proxy(0).log_line == LogLine::HttpLog);
}

TEST_CASE("no log forgets the targets so far", "[config]") {
  const Loaded loaded{"global\n  log 127.0.0.1 local2\n" +
                      with_defaults("  log global\nlisten l\n  bind :1\n  no log\n")};
  CHECK(loaded.proxy(0).logs.empty());
}

TEST_CASE("options can be set, taken back and defaulted", "[config]") {
  const Loaded loaded{
      with_defaults("  option http-server-close\n  option dontlognull\n  option redispatch\n"
                    "listen a\n  bind :1\n  no option http-server-close\n  no option dontlognull\n"
                    "listen b\n  bind :2\n  option httpclose\n  no option redispatch\n"
                    "  default option dontlognull\n  no option tcp-smart-accept\n")};
  CHECK(loaded.diagnostics.all().empty());
  CHECK(loaded.proxy(0).connection_mode == ConnectionMode::KeepAlive);
  CHECK_FALSE(loaded.proxy(0).dontlog_null);
  CHECK(loaded.proxy(0).redispatch == -1);
  CHECK(loaded.proxy(1).connection_mode == ConnectionMode::Close);
  CHECK(loaded.proxy(1).redispatch == 0);
  CHECK_FALSE(loaded.proxy(1).dontlog_null);
  CHECK_FALSE(loaded.proxy(1).tcp_smart_accept);
}

TEST_CASE("httpchk takes a URI, a method, a version and a host", "[config]") {
  const Loaded loaded{
      with_defaults("backend a\n  option httpchk\nbackend b\n  option httpchk /x\n"
                    "backend c\n  option httpchk HEAD /y HTTP/1.1 www\n")};
  CHECK(loaded.proxy(0).http_check.method == "OPTIONS");
  CHECK(loaded.proxy(1).http_check.uri == "/x");
  CHECK(loaded.proxy(2).http_check.method == "HEAD");
  CHECK(loaded.proxy(2).http_check.version == "HTTP/1.1");
  CHECK(loaded.proxy(2).http_check.headers.front().second == "www");
  CHECK(loaded.proxy(2).check_type == CheckType::Http);
}

TEST_CASE("any stats line turns the page on", "[config]") {
  const Loaded loaded{with_defaults(
      "listen s\n  bind :1\n  stats uri /status\n  stats refresh 60s\n  stats auth a:b\n"
      "  stats admin if LOCALHOST\n  stats scope .\n")};
  CHECK(loaded.diagnostics.all().empty());
  const StatsPage& page = loaded.proxy(0).stats;
  CHECK(page.enabled);
  CHECK(page.uri == "/status");
  CHECK(page.refresh_s == 60);
  CHECK(page.users == std::vector<std::string>{"a:b"});
  CHECK(page.admin.size() == 1);
}

TEST_CASE("fullconn is a tenth of what the frontends may send", "[config]") {
  const Loaded loaded{
      "global\n  maxconn 1000\n" +
      with_defaults(
          "frontend f\n  bind :1\n  maxconn 100\n  default_backend b\n  use_backend b if TRUE\n"
          "frontend g\n  bind :2\n  default_backend b\nbackend b\nbackend c\n  fullconn 7\n")};
  CHECK(loaded.proxy(2).fullconn_at(1000) == 110);
  CHECK(loaded.proxy(2).fullconn_at(2000) == 210);
  CHECK(loaded.proxy(3).fullconn_at(1000) == 7);
}

TEST_CASE("proxies and servers are numbered as the original numbers them", "[config]") {
  const std::string proxies = with_defaults(
      "listen a\n  bind :1\nlisten b\n  bind :2\n  id 1\nlisten c\n  bind :3\nbackend d\n"
      "  server s1 127.0.0.1:1\n  server s2 127.0.0.1:1 id 1\n  server s3 127.0.0.1:1\n");
  const Loaded alone{proxies};
  CHECK(alone.proxy(0).id == 2);
  CHECK(alone.proxy(1).id == 1);
  CHECK(alone.proxy(2).id == 4);
  CHECK(alone.proxy(3).id == 5);
  CHECK(alone.proxy(3).servers[0].id == 2);
  CHECK(alone.proxy(3).servers[1].id == 1);
  CHECK(alone.proxy(3).servers[2].id == 4);
  // The runtime socket's own proxy takes number 1.
  const Loaded with_socket{"global\n  stats socket /x\n" +
                           with_defaults("listen a\n  bind :1\nlisten b\n  bind :2\n")};
  CHECK(with_socket.proxy(0).id == 2);
  CHECK(with_socket.proxy(1).id == 3);
  CHECK(Loaded{with_defaults("listen a\n  bind :1\n")}.proxy(0).id == 1);
}

TEST_CASE("every mistake of a file is reported, then the verdict", "[config]") {
  const Loaded loaded{"frontend f\n  bind :1 nope\n  foo\n  timeout client x\n"};
  CHECK(loaded.config == nullptr);
  CHECK(loaded.diagnostics.alerts() == 5);
  CHECK(loaded.diagnostics.all().back().message == "config : Fatal errors found in configuration.");
  CHECK(loaded.diagnostics.all()[3].message ==
        "config : Error(s) found in configuration file : t.cfg");
}

TEST_CASE("a keyword given twice is an alert that stops nothing", "[config]") {
  const Loaded loaded{"global\n  maxconn 10\n  maxconn 20\n"};
  REQUIRE(loaded.config != nullptr);
  CHECK(loaded.first() == "config : parsing [t.cfg:3] : 'maxconn' already specified. Continuing.");
  CHECK(loaded.config->global.maxconn == 10);
}

TEST_CASE("bare milliseconds in a check interval are warned about", "[config]") {
  const Loaded loaded{with_defaults("backend b\n  server s 127.0.0.1:1 check inter 3\n")};
  REQUIRE(loaded.config != nullptr);
  REQUIRE(loaded.diagnostics.all().size() == 1);
  CHECK(loaded.first() ==
        "config : [t.cfg:7] : 'server b/s' : 'inter 3' means 3 milliseconds and is run so; 'inter "
        "3s' was "
        "very likely meant.");
  CHECK(loaded.proxy(0).servers[0].inter == std::chrono::milliseconds{3});
  CHECK(Loaded{with_defaults("backend b\n  server s 127.0.0.1:1 check inter 3ms fastinter 10\n")}
            .diagnostics.all()
            .empty());
}

TEST_CASE("known keywords are refused as such, in every place", "[config]") {
  const auto refused = [](std::string_view rest) {
    const Loaded loaded{with_defaults(rest)};
    return loaded.config == nullptr &&
           loaded.first().find("is known but not built yet") != std::string::npos;
  };
  CHECK(refused("frontend f\n  http-request use-service x\n"));
  CHECK(refused("backend b\n  filter compression\n"));
  CHECK(refused("frontend f\n  bind :1 quic-socket listener\n"));
  CHECK(refused("backend b\n  server s 127.0.0.1:1 socks4 127.0.0.1:2\n"));
  CHECK(refused("backend b\n  balance sticky\n"));
  CHECK(refused("backend b\n  option tcp-check\n"));
  CHECK(refused("resolvers r\n  nameserver a 127.0.0.1:53\n"));
  CHECK(refused("global\n  lua-load x\n"));
  CHECK(refused("global\n  stats calculate-max-counters\n"));
  CHECK(refused("frontend f\n  bind :1\n  log 127.0.0.1 profile x local0\n"));
}

TEST_CASE("the dump lists each keyword once, sorted", "[config]") {
  const std::string dump = dump_keywords();
  CHECK(dump.find("timeout client <time> [defaults,frontend,listen]") != std::string::npos);
  CHECK(dump.find("bind <address> name <name>") != std::string::npos);
  CHECK(dump.find("option httplog [clf]") != std::string::npos);
  CHECK(std::count(dump.begin(), dump.end(), '\n') > 150);
}

TEST_CASE("the table of known keywords is sorted within its places", "[config]") {
  const auto known = known_keywords();
  CHECK(
      std::is_sorted(known.begin(), known.end(), [](const KnownKeyword& a, const KnownKeyword& b) {
        return a.place != b.place ? a.place < b.place : a.name < b.name;
      }));
  CHECK(is_known(KeywordPlace::Proxy, "stick-table"));
  CHECK(is_known(KeywordPlace::Proxy, "http-check"));
  CHECK_FALSE(is_known(KeywordPlace::Proxy, "http-chec"));
}

TEST_CASE("a file with too many wrong lines is given up, whatever its size", "[config]") {
  std::string text = with_defaults("listen a\n  bind :1\n");
  for (int i = 0; i < 100'000; ++i) text += "  bogus\n";
  const Loaded loaded{text + "listen a\n"};
  CHECK(loaded.config == nullptr);
  const auto& all = loaded.diagnostics.all();
  REQUIRE(all.size() == parsers::haproxy::kMostBadLines + 3);
  CHECK(all[all.size() - 3].message == "config : parsing [t.cfg:58]: too many fatal errors (50), stopping now.");
  CHECK(all.back().message == "config : Fatal errors found in configuration.");
}

TEST_CASE("a listen section may have the name of a backend above it, which the name then means", "[config]") {
  const Loaded loaded{with_defaults(
      "backend a\n  server s 127.0.0.1:1\nlisten a\n  bind :1\nfrontend b\n  bind :2\n  default_backend a\n")};
  REQUIRE(loaded.diagnostics.all().size() == 1);
  CHECK(loaded.first() == "config : parsing [t.cfg:8]: rules and commands that name 'a' mean the backend declared at "
                          "t.cfg:6, not this listen section.");
  CHECK(loaded.diagnostics.all()[0].severity == parsers::common::Severity::Notice);
  CHECK(loaded.proxy(2).default_backend == 0u);
  const Loaded other_way{with_defaults("listen a\n  bind :1\nbackend a\n  server s 127.0.0.1:1\n")};
  CHECK(other_way.first() == "config : Parsing [t.cfg:8]: backend 'a' has the same name as proxy 'a' declared at t.cfg:6.");
}

#include <catch2/catch.hpp>

#include "parsers/keepalived/virtual_server.h"
#include "tests/unit/parsers/keepalived/fake_system.h"

using namespace parsers::keepalived;
using namespace parsers::keepalived::test;
using namespace std::chrono_literals;

namespace {

/// A complete virtual server with these lines in it, before its real servers.
std::string service(const std::string& lines, const std::string& servers = "  real_server 10.1.1.1 80 {\n  }\n", const std::string& head = "10.0.0.1 80") {
  return "virtual_server " + head + " {\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n" + lines + servers + "}\n";
}

/// The same with one real server that has this checker.
std::string checked(const std::string& checker, const std::string& lines = "", const std::string& server = "") {
  return service(lines, "  real_server 10.1.1.1 80 {\n" + server + checker + "  }\n");
}

const VirtualServer& only(const Loaded& loaded) {
  REQUIRE(loaded.config.lvs.servers.size() == 1);
  return loaded.config.lvs.servers[0];
}

const Checker& only_checker(const Loaded& loaded) {
  REQUIRE(only(loaded).real_servers.size() == 1);
  REQUIRE(only(loaded).real_servers[0].checkers.size() == 1);
  return only(loaded).real_servers[0].checkers[0];
}

}  // namespace

TEST_CASE("a virtual server of the notes", "[keepalived][lvs][notes]") {
  const Loaded loaded = read(
      "virtual_server 192.168.88.86 80 { #定义LVS虚拟服务器\n delay_loop 5 #健康检查\n lb_algo wrr\n lb_kind DR\n persistence_timeout 60\n"
      " protocol TCP\n real_server 192.168.88.83 80 {\n weight 1\n TCP_CHECK {\n connect_timeout 2\n retry 3\n delay_before_retry 3\n }\n }\n"
      " real_server 192.168.88.84 80 {\n weight 2\n HTTP_GET {\n url {\n path /\n status_code 200\n }\n connect_timeout 2\n }\n }\n}\n");
  CHECK(said(loaded).empty());
  const VirtualServer& it = only(loaded);
  CHECK(it.name == "[192.168.88.86]:tcp:80");
  CHECK(it.scheduler == "wrr");
  CHECK(it.persistence_timeout_s == 60);
  CHECK(it.quorum == 1);
  REQUIRE(it.real_servers.size() == 2);
  const RealServer& first = it.real_servers[0];
  CHECK(first.name == "[192.168.88.83]:tcp:80");
  CHECK(first.forwarding.method == Forwarding::Method::Direct);
  CHECK(first.smtp_alert);
  REQUIRE(first.checkers.size() == 1);
  const Checker& tcp = first.checkers[0];
  CHECK(tcp.keyword() == std::string{"TCP_CHECK"});
  CHECK(tcp.target.to.text() == "192.168.88.83:80");
  CHECK(tcp.target.timeout == 2s);
  CHECK(tcp.times == CheckTimes{.delay_loop = 5s, .warmup = 5s, .delay_before_retry = 3s, .retry = 3, .alpha = false, .log_all_failures = false});
  CHECK(it.real_servers[1].weight == 2);
  const Checker& http = it.real_servers[1].checkers[0];
  CHECK(http.times.retry == 1);
  CHECK(http.times.delay_before_retry == 3s);
  const auto& urls = std::get_if<HttpCheck>(&http.what)->urls;
  REQUIRE(urls.size() == 1);
  CHECK(urls[0].accepts(200));
  CHECK_FALSE(urls[0].accepts(204));
}

TEST_CASE("nb_get_retry is taken as retry in TCP_CHECK as in HTTP_GET", "[keepalived][lvs][notes]") {
  const Loaded tcp = read(checked("TCP_CHECK {\n nb_get_retry 3\n}\n"));
  CHECK(said(tcp) == Lines{"(f.conf: Line 7) nb_get_retry is deprecated - please use 'retry'"});
  CHECK(only_checker(tcp).times.retry == 3);
  const Loaded ping = read(checked("PING_CHECK {\n nb_get_retry 3\n}\n"));
  CHECK(said(ping) == Lines{"(f.conf: Line 7) Unknown keyword 'nb_get_retry'"});
}

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/parsers/keepalived/lvs_fixture.h"

using namespace parsers::keepalived;
using namespace parsers::keepalived::test;
using namespace std::chrono_literals;

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

TEST_CASE("a bare virtual server has the original's defaults", "[keepalived][lvs]") {
  const Loaded loaded = read("virtual_server 10.0.0.1 80 {\n real_server 10.1.1.1 {\n }\n}\n");
  const VirtualServer& it = only(loaded);
  CHECK(it.protocol == Protocol::Udp);
  CHECK(it.scheduler == "wlc");
  CHECK(it.persistence_timeout_s == 0);
  CHECK(it.persistence_mask == 0xffffffff);
  CHECK_FALSE(it.smtp_alert);
  CHECK_FALSE((it.alpha || it.omega || it.ha_suspend || it.one_packet));
  REQUIRE(it.real_servers.size() == 1);
  CHECK(it.real_servers[0].address.text() == "10.1.1.1:80");
  CHECK(it.real_servers[0].forwarding == Forwarding{});
  CHECK(it.real_servers[0].weight == 1);
  CHECK(it.real_servers[0].checkers.empty());
}

TEST_CASE("lb_kind is that of the real servers behind it, and of all that have none at the end", "[keepalived][lvs]") {
  const Loaded loaded = read("virtual_server 10.0.0.1 80 {\n lb_algo rr\n protocol TCP\n real_server 10.1.1.1 80 {\n }\n lb_kind TUN\n"
                             " real_server 10.1.1.2 80 {\n }\n real_server 10.1.1.3 80 {\n lvs_method NAT\n }\n lb_kind DR\n}\n");
  CHECK(said(loaded).empty());
  const auto& servers = only(loaded).real_servers;
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].forwarding.method == Forwarding::Method::Direct);
  CHECK(servers[1].forwarding.method == Forwarding::Method::Tunnel);
  CHECK(servers[2].forwarding.method == Forwarding::Method::Nat);
}

TEST_CASE("a tunnel has a type, a port and a checksum", "[keepalived][lvs]") {
  const Loaded loaded = read(service("  lb_kind TUN type gue port 6080 remcsum\n"));
  const Forwarding expected{.method = Forwarding::Method::Tunnel, .tunnel = Forwarding::Tunnel::Gue, .checksum = Forwarding::Checksum::Remote, .tunnel_port = 6080};
  CHECK(only(loaded).real_servers[0].forwarding == expected);
}

TEST_CASE("DR and TUN keep the port of the service, NAT has its own", "[keepalived][lvs]") {
  const Loaded loaded = read(service("", "  real_server 10.1.1.1 8080 {\n }\n real_server 10.1.1.2 8080 {\n lvs_method DR\n }\n real_server 10.1.1.3 {\n }\n"));
  CHECK(said(loaded) == Lines{"WARNING - virtual server [10.0.0.1]:tcp:80 and real server [10.1.1.2]:tcp:8080 ports don't match - resetting"});
  const auto& servers = only(loaded).real_servers;
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].address.port() == 8080);
  CHECK(servers[1].address.port() == 80);
  CHECK(servers[2].address.port() == 80);
}

TEST_CASE("two servers that become one with the service's port are one", "[keepalived][lvs]") {
  const Loaded loaded = read(service("", "  real_server 10.1.1.1 {\n }\n real_server 10.1.1.1 80 {\n }\n"));
  CHECK(only(loaded).real_servers.size() == 1);
  CHECK(loaded.test_status() == 0);
}

TEST_CASE("a fwmark service takes the family of its servers", "[keepalived][lvs]") {
  const auto family = [](const std::string& lines, const std::string& address) {
    return only(read("virtual_server fwmark 5 {\n lb_algo rr\n" + lines + " real_server " + address + " {\n }\n}\n")).family;
  };
  CHECK(family(" lb_kind DR\n", "10.1.1.1") == AF_INET);
  CHECK(family(" lb_kind DR\n", "2001:db8::1") == AF_INET6);
  CHECK(family(" lb_kind TUN\n", "2001:db8::1") == AF_INET6);
  CHECK(family(" lb_kind TUN\n ip_family inet6\n", "10.1.1.1") == AF_INET6);
}

TEST_CASE("only tunnels may lead to servers of another family", "[keepalived][lvs]") {
  const Loaded loaded = read(service("", "  real_server 10.1.1.1 80 {\n }\n real_server 2001:db8::1 80 {\n lvs_method TUN\n }\n real_server 2001:db8::2 80 {\n }\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 11) Address family of virtual server and real server 2001:db8::2 don't match - skipping real server."});
  CHECK(only(loaded).real_servers.size() == 2);
}

TEST_CASE("persistence", "[keepalived][lvs]") {
  CHECK(only(read(service("  persistence_timeout\n"))).persistence_timeout_s == 360);
  const Loaded mask = read(service("  persistence_granularity 255.255.0.0\n"));
  CHECK(only(mask).persistence_mask == 0xffff0000);
  CHECK(only(mask).persistence_timeout_s == 360);
  const Loaded prefix = read(service("  persistence_granularity 64\n", "  real_server 2001:db8::2 80 {\n }\n", "2001:db8::1 80"));
  CHECK(only(prefix).persistence_prefix == 64);
  CHECK(only(prefix).name == "[2001:db8::1]:tcp:80");
  CHECK(only(read(service("  persistence_timeout 0\n"))).persistence_timeout_s == 0);
  // Without a port a service must be persistent.
  CHECK(only(read(service("", "  real_server 10.1.1.1 {\n }\n", "10.0.0.1"))).persistence_timeout_s == 360);
}

TEST_CASE("scheduler flags need the hash scheduler before them", "[keepalived][lvs]") {
  CHECK(only(read(service("  sh-port\n"))).scheduler_flags == 0);
  CHECK(only(read(service("  lb_algo sh\n sh-port\n"))).scheduler_flags == 2);
  CHECK(only(read(service("  lb_algo mh\n mh-port\n mh-fallback\n"))).scheduler_flags == 3);
  CHECK(only(read(service("  flag-1\n flag-3\n"))).scheduler_flags == 5);
}

TEST_CASE("a quorum is at most the weight of all servers, and above its hysteresis", "[keepalived][lvs]") {
  const Loaded loaded = read(service("  quorum 9\n hysteresis 8\n weight 3\n", "  real_server 10.1.1.1 80 {\n }\n real_server 10.1.1.2 80 {\n weight 2\n }\n"));
  CHECK(only(loaded).quorum == 5);
  CHECK(only(loaded).hysteresis == 4);
  const Loaded none = read(service("", "  real_server 10.1.1.1 80 {\n weight 0\n }\n"));
  CHECK(only(none).quorum == 0);
  CHECK(only(none).hysteresis == 0);
}

TEST_CASE("mail is sent for real servers and not for virtual ones, unless a keyword says otherwise", "[keepalived][lvs]") {
  const auto alerts = [](const std::string& global, const std::string& virtual_lines, const std::string& real_lines) {
    const Loaded loaded = read("global_defs {\n" + global + "}\n" + service(virtual_lines, "  real_server 10.1.1.1 80 {\n" + real_lines + "  }\n"));
    return std::pair{only(loaded).smtp_alert, only(loaded).real_servers[0].smtp_alert};
  };
  CHECK(alerts("", "", "") == std::pair{false, true});
  CHECK(alerts("  smtp_alert\n", "", "") == std::pair{true, true});
  CHECK(alerts("  smtp_alert\n smtp_alert_checker off\n", "", "") == std::pair{false, false});
  CHECK(alerts("  smtp_alert_checker off\n", "  smtp_alert\n", "  smtp_alert yes\n") == std::pair{true, true});
}

TEST_CASE("a sorry server has the service's port and method, or its own", "[keepalived][lvs]") {
  const Loaded plain = read(service("  sorry_server 10.9.9.9\n"));
  REQUIRE(only(plain).sorry_server);
  CHECK(only(plain).sorry_server->name == "[10.9.9.9]:tcp:80");
  const Loaded own = read(service("  lb_kind DR\n sorry_server 10.9.9.9 8080\n sorry_server_lvs_method NAT\n sorry_server_inhibit\n"));
  CHECK(only(own).sorry_server->address.port() == 8080);
  CHECK(only(own).sorry_server->forwarding.method == Forwarding::Method::Nat);
  CHECK(only(own).sorry_server->inhibit);
}

TEST_CASE("groups hold ranges, nets and marks", "[keepalived][lvs]") {
  const Loaded loaded = read("virtual_server_group G {\n 10.0.0.250-255 80\n 10.0.0.250-10.0.1.3 81\n 10.0.2.8/29\n 2001:db8::1-ff 80\n 2001:db8::10/124\n fwmark 5 inet6\n}\n" +
                             service("", "  real_server 10.1.1.1 80 {\n }\n", "group G") + service("  protocol UDP\n", "  real_server 10.1.1.1 {\n }\n", "group G"));
  REQUIRE(loaded.config.lvs.groups.size() == 1);
  const auto& entries = loaded.config.lvs.groups[0].entries;
  REQUIRE(entries.size() == 6);
  CHECK(entries[0].last.text() == "10.0.0.255:80");
  CHECK(entries[1].last.text() == "10.0.1.3:81");
  CHECK(entries[2].first.text() == "10.0.2.8:0");
  CHECK(entries[2].last.text() == "10.0.2.15:0");
  CHECK(entries[3].last.text() == "[2001:db8::ff]:80");
  CHECK(entries[4].last.host() == "2001:db8::1f");
  CHECK(entries[5].fwmark == 5);
  CHECK(entries[5].family == AF_INET6);
  REQUIRE(loaded.config.lvs.servers.size() == 2);
  CHECK(loaded.config.lvs.servers[0].name == "[G]:0");
  CHECK(loaded.config.lvs.servers[1].name == "[G]:1");
  CHECK(loaded.config.lvs.servers[1].real_servers[0].address.port() == 0);  // that of the connection
}

TEST_CASE("a group may stand behind its virtual server; one that is nowhere takes it along", "[keepalived][lvs]") {
  const std::string group = "virtual_server_group G {\n 10.0.0.1 80\n}\n";
  CHECK(read(service("", "  real_server 10.1.1.1 80 {\n }\n", "group G") + group).config.lvs.servers.size() == 1);
  const Loaded nowhere = read(service("", "  real_server 10.1.1.1 80 {\n }\n", "group H") + group);
  CHECK(nowhere.config.lvs.servers.empty());
  CHECK(nowhere.test_status() == 0);
}

TEST_CASE("the first script of a kind counts, and those that cannot run are dropped", "[keepalived][lvs]") {
  const Loaded loaded = read("global_defs {\n enable_script_security\n script_user root\n}\n" +
                             service("  quorum_up \"/x/up a\" nobody\n quorum_up /x/second\n quorum_down /x/missing\n"));
  REQUIRE(only(loaded).quorum_up);
  CHECK(only(loaded).quorum_up->argv == Lines{"/x/up", "a"});
  CHECK(only(loaded).quorum_up->uid == 65534);
  CHECK_FALSE(only(loaded).quorum_down);
}

TEST_CASE("one daemon does not complain about what is the other's", "[keepalived][lvs]") {
  const std::string text = "vrrp_instance VI_1 {\n foo\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n" + service("  bar\n");
  const auto as = [&](LoadOptions::Reads reads) {
    return load_text("f.conf", text, {.path = {}, .config_id = {}, .testing = false, .reads = reads}, FakeSystem{});
  };
  CHECK(said(as(LoadOptions::Reads::Everything)).size() == 2);
  const Loaded vrrp = as(LoadOptions::Reads::Vrrp);
  CHECK(said(vrrp) == Lines{"(f.conf: Line 2) Unknown keyword 'foo'"});
  CHECK(vrrp.config.lvs.places.size() == 1);
  CHECK(vrrp.config.lvs.servers.empty());
  const Loaded checkers = as(LoadOptions::Reads::Checkers);
  CHECK(said(checkers) == Lines{"(f.conf: Line 13) Unknown keyword 'bar'"});
  CHECK(checkers.config.instances.size() == 1);
}

TEST_CASE("global settings of the load balancer", "[keepalived][lvs]") {
  const Loaded loaded = read("global_defs {\n lvs_timeouts tcp 900 udp 0\n lvs_flush_onstop VS\n lvs_sync_daemon eth0 VI_1 id 7 ttl 3\n nftables_ipvs\n lvs_driver nftables\n"
                             " checker_rt_priority 500\n lvs_process_name abc\n}\nvrrp_instance VI_1 {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n");
  const GlobalDefs& global = loaded.config.global;
  CHECK(global.lvs_tcp_timeout_s == 900);
  CHECK(global.lvs_udp_timeout_s == 0);
  CHECK_FALSE(global.lvs_tcpfin_timeout_s);
  CHECK(global.lvs_flush_on_stop == GlobalDefs::FlushOnStop::OwnServers);
  REQUIRE(global.lvs_sync_daemon);
  CHECK(global.lvs_sync_daemon->instance == "VI_1");
  CHECK(global.lvs_sync_daemon->id == 7);
  CHECK(global.lvs_sync_daemon->ttl == 3);
  CHECK(global.nftables_ipvs_table == "keepalived_ipvs");
  CHECK(global.lvs_driver == GlobalDefs::LvsDriver::Nftables);
  CHECK(global.checker.realtime_priority == 99);
  CHECK(global.checker.process_name == "abc");
}

TEST_CASE("every virtual server of the notes has its servers and all its checks", "[keepalived][lvs][notes]") {
  const char* const folder = std::getenv("NOTES");
  if (folder == nullptr) return;  // only under make, which knows where they are
  struct Notes : FakeSystem {
    std::optional<InterfaceFacts> find_interface(std::string_view) const override { return InterfaceFacts{}; }
  };
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    if (!file.path().filename().string().starts_with("lvs-")) continue;
    INFO(file.path().string());
    std::ostringstream text;
    text << std::ifstream{file.path()}.rdbuf();
    const LoadOptions options{.path = {}, .config_id = {}, .reads = LoadOptions::Reads::Checkers};
    const Loaded loaded = load_text("f.conf", text.str(), options, Notes{});
    CHECK_FALSE(loaded.refused_lvs);
    for (const Finding& finding : loaded.findings) {
      INFO(finding.diagnostic.message);
      CHECK((finding.complaint == Complaint::Log || finding.diagnostic.message == "nb_get_retry is deprecated - please use 'retry'"));
    }
    REQUIRE_FALSE(loaded.config.lvs.servers.empty());
    CHECK(loaded.config.lvs.servers.size() == loaded.config.lvs.places.size());
    for (const VirtualServer& service : loaded.config.lvs.servers) {
      REQUIRE(service.real_servers.size() == 2);
      for (const RealServer& server : service.real_servers) {
        CHECK(server.forwarding.method == Forwarding::Method::Direct);
        REQUIRE(server.checkers.size() == 1);
        CHECK(server.checkers[0].times.retry == 3);
      }
    }
    ++files;
  }
  CHECK(files == 8);
}

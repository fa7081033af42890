// The table as ipvsadm prints it, statistics in three forms, the data dump, names.
#include <catch2/catch.hpp>

#include <sstream>

#include <nlohmann/json.hpp>

#include "checkerd/report/dumps.h"
#include "checkerd/report/ipvs_text.h"
#include "checkerd/report/names.h"
#include "checkerd/report/statistics.h"
#include "tests/unit/checkerd/report/fake_desk.h"

using namespace things;

namespace {

driver::ServiceUse use_of(ServiceKey key) {
  driver::ServiceUse out;
  out.service.key = key;
  return out;
}

/// The service's line alone.
std::string line_of(const driver::ServiceUse& use) {
  const std::string text = report::ipvs_text("first", {use});
  return text.substr(text.find("InActConn\n") + 10);
}

const ServiceKey kTcp{.family = AF_INET, .protocol = Protocol::Tcp, .address = at("10.0.0.1"), .fwmark = 0};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the table has ipvsadm's columns", "[checkerd][report]") {
  driver::ServiceUse use = use_of(kTcp);
  use.service.scheduler = "wrr";
  use.service.persistence_timeout_s = 50;
  Destination one{.address = at("192.168.67.128"), .forwarding = {}, .weight = 1};
  one.forwarding.method = Forwarding::Method::Direct;
  use.destinations.push_back({.destination = one, .active = 3, .inactive = 12, .traffic = {}});
  CHECK(report::ipvs_text("IP Virtual Server version 1.2.1 (size=4096)", {use}) ==
        "IP Virtual Server version 1.2.1 (size=4096)\n"
        "Prot LocalAddress:Port Scheduler Flags\n"
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
        "TCP  10.0.0.1:80 wrr persistent 50\n"
        "  -> 192.168.67.128:80            Route   1      3          12        \n");
}

TEST_CASE("a service's line has its flags, mask and engine", "[checkerd][report]") {
  driver::ServiceUse use = use_of(kTcp);
  use.service.scheduler = "sh";
  use.service.scheduler_flags = 3;
  CHECK(line_of(use) == "TCP  10.0.0.1:80 sh (sh-fallback,sh-port)\n");
  use.service.scheduler = "rr";
  use.service.scheduler_flags = 5;
  use.service.one_packet = true;
  use.service.key.protocol = Protocol::Udp;
  CHECK(line_of(use) == "UDP  10.0.0.1:80 rr (flag-1,flag-3) ops\n");
  use = use_of(kTcp);
  use.service.persistence_timeout_s = 60;
  use.service.persistence_mask = 0xffffff00;
  use.service.persistence_engine = "sip";
  CHECK(line_of(use) == "TCP  10.0.0.1:80 wlc persistent 60 mask 255.255.255.0 pe sip\n");
  use.service.key.family = AF_INET6;
  use.service.key.address = at("fd00::1", 53);
  use.service.persistence_prefix = 64;
  use.service.persistence_engine.clear();
  CHECK(line_of(use) == "TCP  [fd00::1]:53 wlc persistent 60 mask 64\n");
  CHECK(line_of(use_of({.family = AF_INET, .protocol = Protocol::None, .address = {}, .fwmark = 5})) == "FWM  5 wlc\n");
  CHECK(line_of(use_of({.family = AF_INET6, .protocol = Protocol::None, .address = {}, .fwmark = 5})) == "FWM  5 IPv6 wlc\n");
}

TEST_CASE("without IPVS the first line names the driver", "[checkerd][report]") { CHECK(report::ipvs_first_line("nftables") == "Virtual servers by nftables"); }

TEST_CASE("statistics have a row for each virtual and real server", "[checkerd][report]") {
  FakeDesk desk;
  desk.make_pools();
  Actions ignored;
  desk.its_pool(0).on_check(0, 0, false, ignored);
  const std::string csv = report::statistics_csv(desk);
  std::istringstream lines{csv};
  std::string line;
  std::getline(lines, line);
  CHECK(line.starts_with("# virtual_server,server,status,up,weight,active_connections,"));
  std::vector<std::string> rows;
  while (std::getline(lines, line)) rows.push_back(line);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].starts_with("10.0.0.1:80/tcp,VIRTUAL,up,1,3,1,11,0,2,1,9,90,0,900,0"));
  CHECK(rows[1].starts_with("10.0.0.1:80/tcp,10.0.1.1:80,down,0,1,0,0,0,1,1,0,"));
  CHECK(rows[2].starts_with("10.0.0.1:80/tcp,10.0.1.2:80,up,1,3,1,11,0,1,0,1,"));

  const auto json = nlohmann::json::parse(report::statistics_json(desk));
  REQUIRE(json.size() == 5);
  CHECK(json[1]["status"] == "down");
  CHECK(json[2]["inactive_connections"] == 11);

  const std::string metrics = report::statistics_prometheus(desk);
  CHECK(has(metrics, "checkerd_server_up{virtual_server=\"10.0.0.1:80/tcp\",server=\"10.0.1.1:80\"} 0\n"));
  CHECK(has(metrics, "checkerd_virtual_server_connections_total{virtual_server=\"fwmark:5\"} 9\n"));
  CHECK(has(metrics, "# TYPE checkerd_server_weight gauge\n"));
}

TEST_CASE("statistics without a table have the states all the same", "[checkerd][report]") {
  FakeDesk desk;
  desk.make_pools();
  desk.fails_ = true;
  CHECK(has(report::statistics_csv(desk), "10.0.0.1:80/tcp,10.0.1.1:80,up,1,1,0,0,0,1,0,0,"));
}

TEST_CASE("names without spaces lead back to their servers", "[checkerd][report]") {
  FakeDesk desk;
  auto& lvs = desk.conf().lvs;
  lvs.groups.push_back({.name = "web", .entries = {}, .place = {}});
  VirtualServer grouped = service({1});
  grouped.kind = VirtualServer::Kind::Group;
  grouped.name = "[web]:0";
  lvs.servers.push_back(grouped);
  VirtualServer datagrams = service({1});
  datagrams.protocol = Protocol::Udp;
  datagrams.name = "[10.0.0.1]:udp:80";
  lvs.servers.push_back(datagrams);
  CHECK(report::short_name(lvs, 2) == "group:web/tcp");
  for (std::size_t i = 0; i < lvs.servers.size(); ++i) {
    CHECK(report::find_virtual_server(lvs, report::short_name(lvs, i)) == i);
    CHECK(report::find_virtual_server(lvs, lvs.servers[i].name) == i);
  }
  CHECK(report::find_virtual_server(lvs, "group:web") == 2);
  CHECK(report::find_virtual_server(lvs, "10.0.0.1:80") == 0);
  CHECK_FALSE(report::find_virtual_server(lvs, "10.0.0.1").has_value());
  CHECK_FALSE(report::find_virtual_server(lvs, "").has_value());
  CHECK(report::find_real_server(lvs.servers[0], "[10.0.1.2]:tcp:80") == 1);
}

TEST_CASE("the data dump has keepalived's shape", "[checkerd][report]") {
  FakeDesk desk;
  auto& first = desk.conf().lvs.servers[0];
  first.scheduler = "wrr";
  first.persistence_timeout_s = 50;
  first.sorry_server = sorry();
  first.real_servers[0].forwarding = {.method = Forwarding::Method::Tunnel, .tunnel = Forwarding::Tunnel::Gue, .checksum = Forwarding::Checksum::Remote, .tunnel_port = 6080};
  parsers::keepalived::HttpCheck http;
  http.urls.resize(1);
  http.urls[0].path = "/health";
  http.urls[0].status_codes = {{200, 200}, {300, 302}};
  http.urls[0].regex.emplace();
  http.urls[0].regex->pattern = "OK.*";
  http.urls[0].regex->options = 1U << static_cast<unsigned>(parsers::keepalived::RegexOption::Caseless);
  first.real_servers[1].checkers[0].what = http;
  desk.conf().lvs.tls.password = "secret";
  desk.conf().lvs.tls.key = "/etc/key.pem";
  desk.make_pools();
  Actions ignored;
  desk.its_pool(0).on_check(1, 0, false, ignored);
  const std::string text = report::data_text(desk);
  for (const char* const part : {
           "------< Global definitions >------\n Network namespace = (default)\n",
           " Router ID = LB\n",
           "------< SSL definitions >------\n Password : ********\n Key file : /etc/key.pem\n",
           "------< LVS Topology >------\n",
           " ------< Virtual server >------\n VS VIP = 10.0.0.1, VPORT = 80\n   Address family = inet\n   lvs_sched = wrr\n",
           "   persistence timeout = 50\n   protocol = TCP\n   alpha is OFF\n   omega is OFF\n   quorum = 1, hysteresis = 0\n",
           "   sorry server = [10.0.1.99]:tcp:80\n     forwarding method = NAT\n     Inhibit on failure is OFF\n   alive = 1\n   quorum_state_up = 1\n",
           "   RIP = 10.0.1.1, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1\n   forwarding method = TUN, type = GUE, port = 6080, remote checksum\n",
           "   alive = 0\n   num failed checkers = 1\n   RS set = 0\n",
           " VS FWMARK = 5\n",
           "------< Health checkers >------\n [10.0.0.1]:tcp:80 -> [10.0.1.1]:tcp:80\n   Enabled = yes\n   Up = yes\n   Has run = yes\n   Current weight = 0\n   Alpha = no\n   Delay loop = 60000000 us\n",
           "   Connection\n     Dest = [10.0.1.1]:80\n     Timeout = 5.000000\n   Keepalive method = TCP_CHECK\n   Last ran = 1795256822.360577 (",
           "   Keepalive method = HTTP_GET, http protocol 1.0\n",
           "   Checked url = /health\n     HTTP Status Code(s)\n       200\n       300-302\n     Regex = \"OK.*\"\n     Regex options: caseless\n",
           "   Last result = failed: HTTP status 503 \"x\"\n",
       }) {
    INFO(part);
    CHECK(has(text, part));
  }
  CHECK_FALSE(has(text, "secret"));
}

TEST_CASE("every kind of check can be dumped", "[checkerd][report]") {
  using namespace parsers::keepalived;
  FakeDesk desk;
  desk.conf().track_files.push_back({.name = "weights", .path = "/run/w", .weight = {.value = 1}, .initial_value = {}, .overwrite = false, .place = {}});
  desk.conf().bfds.push_back({});
  desk.conf().bfds[0].name = "peer";
  auto& server = desk.conf().lvs.servers[0].real_servers[0];
  server.checkers.clear();
  MiscCheck misc;
  misc.command.argv = {"/bin/check", "-x"};
  misc.dynamic = true;
  UdpCheck udp;
  udp.payload = {1, 2};
  udp.needs_reply = true;
  udp.reply = {1, 2};
  udp.reply_mask = {0xff, 0x0f};
  HttpCheck tls;
  tls.tls = true;
  tls.urls.resize(1);
  for (const Checker::What& what : {Checker::What{PingCheck{}}, {SmtpCheck{}}, {DnsCheck{.type = 28, .name = "www.example.org"}}, {misc}, {BfdCheck{}}, {udp}, {FileCheck{.file = 0, .weight = {.value = 2}}}, {tls}}) {
    Checker each;
    each.what = what;
    server.checkers.push_back(each);
  }
  desk.make_pools();
  const std::string text = report::data_text(desk);
  for (const char* const part : {
           "   Keepalive method = PING_CHECK\n", "   Keepalive method = SMTP_CHECK\n   helo = smtpchecker.keepalived.org\n", "   Keepalive method = DNS_CHECK\n   Type = AAAA\n   Name = www.example.org\n",
           "   Keepalive method = MISC_CHECK\n   script = '/bin/check' '-x'\n   timeout = 60\n   dynamic = YES\n   uid:gid = 0:0\n", "   Keepalive method = BFD_CHECK\n   Name = peer\n",
           "   Payload len = 2\n   Require reply = yes\n     Min reply length = 0\n     Max reply length = 255\n     Reply data len = 2\n     Reply data mask = yes\n",
           "   Keepalive method = FILE_CHECK\n     Tracked file = weights\n", "   Keepalive method = SSL_GET, http protocol 1.0\n", "   Tracked Files\n     weights, weight 2\n   Tracked BFDs\n     peer\n",
           "------< Checker track files >------\n Track file = weights\n   File = /run/w\n   Weight = 1\n   Tracking instances :\n     [10.0.0.1]:tcp:80 -> [10.0.1.1]:tcp:80, weight 2\n",
           "------< Checker track BFDs >------\n Checker Track BFD = peer\n   Tracking RS :\n   [10.0.1.1]:tcp:80\n"}) {
    INFO(part);
    CHECK(has(text, part));
  }
}

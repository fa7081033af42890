#include <catch2/catch.hpp>

#include "parsers/keepalived/escapes.h"
#include "tests/unit/parsers/keepalived/lvs_fixture.h"

using namespace parsers::keepalived;
using namespace parsers::keepalived::test;
using namespace std::chrono_literals;

namespace {

const HttpCheck& http_of(const Checker& checker) {
  const auto* const http = std::get_if<HttpCheck>(&checker.what);
  REQUIRE(http != nullptr);
  return *http;
}

}  // namespace

TEST_CASE("nb_get_retry is taken as retry in TCP_CHECK as in HTTP_GET", "[keepalived][lvs][notes]") {
  const Loaded tcp = read(checked("TCP_CHECK {\n nb_get_retry 3\n}\n"));
  CHECK(said(tcp) == Lines{"(f.conf: Line 7) nb_get_retry is deprecated - please use 'retry'"});
  CHECK(only_checker(tcp).times.retry == 3);
  const Loaded ping = read(checked("PING_CHECK {\n nb_get_retry 3\n}\n"));
  CHECK(said(ping) == Lines{"(f.conf: Line 7) Unknown keyword 'nb_get_retry'"});
}

TEST_CASE("each kind of check has its own number of retries and pause", "[keepalived][lvs]") {
  const auto times = [](const std::string& checker) { return only_checker(read(checked(checker))).times; };
  CHECK(times("TCP_CHECK {\n}\n") == CheckTimes{.delay_loop = 60s, .warmup = 60s, .delay_before_retry = 1s, .retry = 1, .alpha = false, .log_all_failures = false});
  CHECK(times("SSL_GET {\n url {\n path /\n }\n}\n").delay_before_retry == 3s);
  CHECK(times("DNS_CHECK {\n delay_loop 7\n}\n") == CheckTimes{.delay_loop = 7s, .warmup = 7s, .delay_before_retry = 7s, .retry = 3, .alpha = false, .log_all_failures = false});
  CHECK(times("DNS_CHECK {\n delay_loop 7\n delay_before_retry 0\n}\n").delay_before_retry == 7s);
  CHECK(times("MISC_CHECK {\n misc_path /x/a\n}\n").retry == 0);
}

TEST_CASE("a checker takes from its real server, and that from the virtual server, wherever they say it", "[keepalived][lvs]") {
  const Loaded loaded = read("virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n retry 2\n delay_loop 5\n real_server 10.1.1.1 80 {\n"
                             " TCP_CHECK {\n retry 0\n }\n TCP_CHECK {\n alpha no\n log_all_failures\n }\n delay_loop 4\n alpha\n }\n connect_timeout 2.5\n warmup 1\n}\n");
  const auto& checkers = only(loaded).real_servers[0].checkers;
  REQUIRE(checkers.size() == 2);
  CHECK(checkers[0].times == CheckTimes{.delay_loop = 4s, .warmup = 1s, .delay_before_retry = 1s, .retry = 0, .alpha = true, .log_all_failures = false});
  CHECK(checkers[1].times == CheckTimes{.delay_loop = 4s, .warmup = 1s, .delay_before_retry = 1s, .retry = 2, .alpha = false, .log_all_failures = true});
  CHECK(checkers[0].target.timeout == 2500ms);
}

TEST_CASE("where a check connects, and from where", "[keepalived][lvs]") {
  const CheckTarget plain = only_checker(read(checked("TCP_CHECK {\n}\n"))).target;
  CHECK(plain.to.text() == "10.1.1.1:80");
  CHECK_FALSE(plain.from);
  const CheckTarget given = only_checker(read(checked("TCP_CHECK {\n connect_ip 10.2.2.2\n connect_port 81\n bindto 10.3.3.3\n bind_port 99\n bind_if eth0\n fwmark 5\n}\n"))).target;
  CHECK(given.to.text() == "10.2.2.2:81");
  REQUIRE(given.from);
  CHECK(given.from->text() == "10.3.3.3:99");
  CHECK(given.interface == "eth0");
  CHECK(given.fwmark == 5);
  const CheckTarget port_only = only_checker(read(checked("TCP_CHECK {\n bind_port 99\n}\n"))).target;
  REQUIRE(port_only.from);
  CHECK(port_only.from->text() == "0.0.0.0:99");
}

TEST_CASE("a check follows the port that its server is given", "[keepalived][lvs]") {
  const Loaded loaded = read(service("  lb_kind DR\n", "  real_server 10.1.1.1 8080 {\n TCP_CHECK {\n }\n }\n"));
  CHECK(only_checker(loaded).target.to.text() == "10.1.1.1:80");
}

TEST_CASE("a link-local address needs an interface", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("TCP_CHECK {\n connect_ip fe80::1\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 8) Checker link local address fe80::1 requires a bind_if"});
  CHECK(only(loaded).real_servers[0].checkers.empty());
}

TEST_CASE("the Host of a page: url, checker, real server, virtual server", "[keepalived][lvs]") {
  const auto host = [](const std::string& url, const std::string& checker, const std::string& server, const std::string& whole) {
    const auto line = [](const std::string& name) { return name.empty() ? name : "virtualhost " + name + '\n'; };
    const Loaded loaded = read(checked("HTTP_GET {\n url {\n path /\n" + line(url) + "}\n" + line(checker) + "}\n", line(whole), line(server)));
    return http_of(only_checker(loaded)).urls[0].host;
  };
  CHECK(host("u", "c", "r", "v") == "u");
  CHECK(host("", "c", "r", "v") == "c");
  CHECK(host("", "", "r", "v") == "r");
  CHECK(host("", "", "", "v") == "v");
  CHECK(host("", "", "", "") == "");
}

TEST_CASE("SNI is sent where it is asked for, and never from the real server's name", "[keepalived][lvs]") {
  const auto sni = [](const std::string& lines, const std::string& server = "", const std::string& whole = "") {
    return http_of(only_checker(read(checked("SSL_GET {\n url {\n path /\n}\n" + lines + "}\n", whole, server)))).urls[0].sni;
  };
  CHECK(sni("virtualhost c\n") == "");
  CHECK(sni("enable_sni\nvirtualhost c\n") == "c");
  CHECK(sni("sni_name s\nvirtualhost c\n") == "s");
  CHECK(sni("enable_sni\n", "virtualhost r\n", "virtualhost v\n") == "v");
}

TEST_CASE("what a page must answer", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("HTTP_GET {\n url {\n path /\n digest 9B3A0c85a887a256d6939da88aabd8cd\n status_code 200-299 404 700\n regex \"ok\\\\d \\\"x\"\n"
                                     " regex_options caseless dotall\n regex_no_match\n regex_max_offset 100\n regex_stack 10 20\n }\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 10) Invalid HTTP_GET status code '700'"});
  const HttpUrl& url = http_of(only_checker(loaded)).urls[0];
  REQUIRE(url.digest);
  CHECK((*url.digest)[0] == 0x9b);
  CHECK((*url.digest)[15] == 0xcd);
  CHECK(url.accepts(204));
  CHECK(url.accepts(404));
  CHECK_FALSE(url.accepts(301));
  REQUIRE(url.regex);
  CHECK(url.regex->pattern == "ok\\d \"x");
  CHECK(url.regex->has(RegexOption::Caseless));
  CHECK(url.regex->has(RegexOption::Dotall));
  CHECK_FALSE(url.regex->has(RegexOption::Utf));
  CHECK(url.regex->no_match);
  CHECK(url.regex->max_offset == 100);
  CHECK(url.regex->stack_max == 20);
}

TEST_CASE("a pattern that cannot be compiled is told with the place in it", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("HTTP_GET {\n url {\n path /\n regex \"bad(\"\n }\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 10) Invalid regex: 'bad(' at offset 4: missing closing parenthesis"});
  CHECK_FALSE(http_of(only_checker(loaded)).urls[0].regex);
}

TEST_CASE("tls_compliant belongs to SSL_GET; the url has the last word", "[keepalived][lvs]") {
  const Loaded tls = read(checked("SSL_GET {\n tls_compliant\n url {\n path /a\n }\n url {\n path /b\n tls_compliant no\n }\n}\n"));
  CHECK(http_of(only_checker(tls)).urls[0].tls_compliant);
  CHECK_FALSE(http_of(only_checker(tls)).urls[1].tls_compliant);
  const Loaded plain = read(checked("HTTP_GET {\n tls_compliant\n url {\n path /a\n }\n}\n"));
  CHECK(said(plain) == Lines{"(f.conf: Line 7) Unknown keyword 'tls_compliant'"});
}

TEST_CASE("host blocks of SMTP_CHECK are checkers of their own", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("SMTP_CHECK {\n host {\n connect_ip 10.2.2.2\n connect_port 25\n retry 5\n }\n host {\n }\n retry 4\n helo_name \"my name\"\n}\n"));
  CHECK(loaded.test_status() == 0);
  const auto& checkers = only(loaded).real_servers[0].checkers;
  REQUIRE(checkers.size() == 2);
  CHECK(checkers[0].target.to.text() == "10.2.2.2:25");
  CHECK(checkers[0].times.retry == 5);
  CHECK(checkers[1].target.to.text() == "10.1.1.1:80");
  CHECK(checkers[1].times.retry == 4);
  CHECK(std::get_if<SmtpCheck>(&checkers[1].what)->helo_name == "my name");
}

TEST_CASE("a UDP reply is compared under a mask", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("UDP_CHECK {\n payload Ab12f 3 456 546443123\n require_reply 4xX5 f x\n}\n"));
  CHECK(said(loaded).empty());
  const UdpCheck& udp = *std::get_if<UdpCheck>(&only_checker(loaded).what);
  CHECK(udp.payload == std::vector<std::uint8_t>{0xab, 0x12, 0x0f, 0x03, 0x45, 0x06, 0x54, 0x64, 0x43, 0x12, 0x03});
  CHECK(udp.needs_reply);
  CHECK(udp.reply == std::vector<std::uint8_t>{0x40, 0x05, 0x0f, 0x00});
  CHECK(udp.reply_mask == std::vector<std::uint8_t>{0xf0, 0x0f, 0xff, 0xf0});
  CHECK(udp.max_reply == 255);
}

TEST_CASE("DNS names and types", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("DNS_CHECK {\n type dnskey\n name a..b\n name www.example.com.\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 8) DNS_CHECK name 'a..b' has empty label - ignoring"});
  const DnsCheck& dns = *std::get_if<DnsCheck>(&only_checker(loaded).what);
  CHECK(dns.type == 48);
  CHECK(dns.name == "www.example.com.");
}

TEST_CASE("a script has the virtual server's delay_loop to finish, not its own", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("MISC_CHECK {\n user nobody\n misc_path \"/x/check 'a b' c\"\n misc_dynamic\n delay_loop 3\n}\n", "delay_loop 9\n"));
  const MiscCheck& misc = *std::get_if<MiscCheck>(&only_checker(loaded).what);
  CHECK(misc.command.argv == Lines{"/x/check", "a b", "c"});
  CHECK(misc.command.uid == 65534);
  CHECK(misc.timeout == 9s);
  CHECK(misc.dynamic);
  const Loaded given = read(checked("MISC_CHECK {\n misc_path /x/check\n misc_timeout 2\n}\n"));
  CHECK(std::get_if<MiscCheck>(&only_checker(given).what)->timeout == 2s);
}

TEST_CASE("a script that is not there leaves its server without that checker", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("MISC_CHECK {\n misc_path /x/missing\n}\n"));
  CHECK(only(loaded).real_servers[0].checkers.empty());
  CHECK(loaded.test_status() == 0);
}

TEST_CASE("BFD sessions and files are found by their names", "[keepalived][lvs]") {
  const std::string before = "track_file other {\n file /run/o\n}\ntrack_file load {\n file /run/load\n weight 3\n}\nbfd_instance A {\n neighbor_ip 10.0.0.8\n vrrp\n}\n"
                             "bfd_instance B {\n neighbor_ip 10.0.0.9\n}\n";
  const Loaded loaded = read(before + checked("BFD_CHECK {\n name B\n}\nBFD_CHECK {\n name A\n}\nFILE_CHECK {\n track_file load\n}\nFILE_CHECK {\n track_file other\n weight -2 reverse\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 24) ([10.1.1.1]:tcp:80) BFD_CHECK - BFD A not configured"});  // it is for VRRP only
  const auto& checkers = only(loaded).real_servers[0].checkers;
  REQUIRE(checkers.size() == 3);
  CHECK(std::get_if<BfdCheck>(&checkers[0].what)->bfd == 1);
  CHECK(*std::get_if<FileCheck>(&checkers[1].what) == FileCheck{.file = 1, .weight = {.value = 3, .reverse = false}});
  CHECK(*std::get_if<FileCheck>(&checkers[2].what) == FileCheck{.file = 0, .weight = {.value = -2, .reverse = true}});
}

TEST_CASE("checkers are equal when everything but their place is", "[keepalived][lvs]") {
  const Checker one = only_checker(read(checked("TCP_CHECK {\n retry 2\n}\n")));
  const Checker two = only_checker(read("\n\n" + checked("TCP_CHECK {\n}\n", "retry 2\n")));
  const Checker other = only_checker(read(checked("TCP_CHECK {\n retry 3\n}\n")));
  CHECK(one == two);
  CHECK_FALSE(one == other);
}

TEST_CASE("a missing parameter ends reading without a word about what is not complete", "[keepalived][lvs]") {
  const Loaded loaded = read(checked("HTTP_GET {\n url {\n path\n }\n}\n"));
  CHECK(said(loaded) == Lines{"(f.conf: Line 8) *** Configuration line starting `path` is missing a parameter after keyword `path` at word position 2"});
  CHECK(loaded.test_status() == 2);
  CHECK(loaded.refused_lvs);
}

TEST_CASE("words with quotes and escapes", "[keepalived]") {
  CHECK(split_escaped(R"("a b" 'c "d"' e\ f)") == Lines{"a b", "c \"d\"", "e f"});
  CHECK(split_escaped(R"("\x41\102\t\\d\q\cA")") == Lines{std::string{"AB\t\\dq"} + '\x01'});
  CHECK(split_escaped("  ").empty());
  CHECK(split_escaped("\\") == Lines{"\\"});
}

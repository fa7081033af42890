// Lines as keepalived 2.2.7 wrote them in a virtual machine, and as checker-behaviour.md has them.
#include "checkerd/checkers/words.h"

#include <catch2/catch.hpp>

#include "checkerd/checkers/probe_plan.h"

using namespace checkerd::checkers;
using namespace parsers::keepalived;
using lib::event::ChildExit;
using lib::probe::Outcome;
using lib::probe::Report;

namespace {

const std::string kServer = "[10.1.0.11]:tcp:80", kService = "[10.3.0.100]:tcp:101";
const Names kNames{kServer, kService};

Checker checker(Checker::What what, unsigned retry = 1) {
  Checker out;
  out.what = std::move(what);
  out.times.retry = retry;
  out.target.to = *lib::net::Address::parse("10.1.0.11");
  out.target.to.set_port(80);
  return out;
}

HttpCheck pages(bool tls = false) {
  HttpCheck out;
  out.tls = tls;
  out.urls.push_back({.path = "/x", .host = {}, .sni = {}, .digest = {}, .regex = {}});
  return out;
}

Report failed(Outcome outcome, std::size_t step = 0) {
  Report out;
  out.outcome = outcome;
  out.step = step;
  return out;
}

std::string down(const Checker& conf, const Report& report, bool was_first = false) {
  Decision decision;
  decision.is_news = decision.changed = true;
  decision.retries_done = conf.times.retry;
  return verdict_line(conf, kNames, decision, report, was_first);
}

Decision retry(unsigned number = 0) {
  Decision out;
  out.retries = true;
  out.retries_done = number;
  return out;
}

std::string attempt(const Checker& conf, const Report& report) { return attempt_line(conf, kNames, retry(), report); }
std::string up(const Checker& conf) { return verdict_line(conf, kNames, Decision{}, Report{}, false); }

}  // namespace

TEST_CASE("TCP, UDP and ICMP checks speak as the original does", "[checkers][words]") {
  const Report refused = failed(Outcome::ConnectFailed), late = failed(Outcome::ConnectTimeout);
  CHECK(up(checker(TcpCheck{})) == "TCP connection to [10.1.0.11]:tcp:80 success.");
  CHECK(down(checker(TcpCheck{}), refused, true) == "TCP_CHECK on service [10.1.0.11]:tcp:80 failed.");
  CHECK(down(checker(TcpCheck{}), refused) == "TCP_CHECK on service [10.1.0.11]:tcp:80 failed after 1 retries.");
  CHECK(down(checker(TcpCheck{}, 0), refused) == "TCP_CHECK on service [10.1.0.11]:tcp:80 failed.");
  CHECK(attempt(checker(TcpCheck{}), refused) == "TCP connection to [10.1.0.11]:tcp:80 failed.");
  CHECK(attempt(checker(TcpCheck{}), late) == "TCP connection to [10.1.0.11]:tcp:80 timeout.");
  CHECK(up(checker(UdpCheck{})) == "UDP connection to [10.1.0.11]:tcp:80 success.");
  CHECK(down(checker(UdpCheck{}, 2), late) == "UDP_CHECK on service [10.1.0.11]:tcp:80 failed after 2 retries.");
  CHECK(attempt(checker(UdpCheck{}), late) == "UDP connection to [10.1.0.11]:tcp:80 failed.");
  CHECK(up(checker(PingCheck{})) == "ICMP connection to [10.1.0.11]:tcp:80 success.");
  CHECK(down(checker(PingCheck{}), late, true) == "ICMP CHECK on service [10.1.0.11]:tcp:80 failed.");
  CHECK(down(checker(PingCheck{}, 3), late) ==
        "ICMP CHECK on service [10.1.0.11]:tcp:80 of [10.3.0.100]:tcp:101 failed after 3 retries.");
  CHECK(attempt(checker(PingCheck{}), failed(Outcome::AnswerTimeout)) == "ICMP connection to address [10.1.0.11]:tcp:80 timeout.");
}

TEST_CASE("HTTP_GET and SSL_GET speak as the original does", "[checkers][words]") {
  const Checker plain = checker(pages()), tls = checker(pages(true), 3);
  CHECK(up(plain) == "Remote Web server [10.1.0.11]:tcp:80 succeed on service.");
  CHECK(down(plain, failed(Outcome::WrongStatus), true) == "HTTP_CHECK on service [10.1.0.11]:tcp:80 failed after 1 retries.");
  CHECK(down(tls, failed(Outcome::WrongStatus)) == "SSL_CHECK on service [10.1.0.11]:tcp:80 failed after 3 retries.");
  CHECK(down(checker(pages(), 0), failed(Outcome::WrongStatus)) == "HTTP_CHECK on service [10.1.0.11]:tcp:80 failed.");
  CHECK(attempt(plain, failed(Outcome::ConnectFailed)) == "Connection failed server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::ConnectTimeout)) == "Timeout connecting server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::SocketError)) == "Error connecting server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::AnswerTimeout, 2)) == "Timeout WEB read server [10.1.0.11]:tcp:80.");
  Report begun = failed(Outcome::AnswerTimeout, 2);
  begun.has_begun = true;
  CHECK(attempt(plain, begun) == "Timeout HTTP read server [10.1.0.11]:tcp:80.");
  CHECK(attempt(tls, begun) == "Timeout SSL read server [10.1.0.11]:tcp:80.");
  CHECK(attempt(tls, failed(Outcome::TlsFailed, 1)) == "SSL handshake/communication error connecting to server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::NoAnswer, 2)) == "Read, no data received from  server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::WrongStatus, 2)) == "HTTP status code error to server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::WrongDigest, 2)) == "MD5 digest error to server [10.1.0.11]:tcp:80.");
  CHECK(attempt(plain, failed(Outcome::WrongBody, 2)) == "Regex match failed server [10.1.0.11]:tcp:80.");

  HttpUrl url{.path = "/x", .host = {}, .sni = {}, .digest = {}, .regex = {}};
  CHECK(page_line(url, kNames) == "HTTP status code success to [10.1.0.11]:tcp:80 url(/x)");
  url.digest.emplace();
  CHECK(page_line(url, kNames) == "MD5 digest success to [10.1.0.11]:tcp:80 url(/x)");
  url.regex.emplace();
  CHECK(page_line(url, kNames) == "Regex match success to [10.1.0.11]:tcp:80 url(/x)");
  Report page;
  page.promised = 50;
  page.received = 5;
  CHECK(length_line(url, kNames, page) ==
        "http_check for RS [10.1.0.11]:tcp:80 VS [10.3.0.100]:tcp:101 url /x: content_length (50) does not match received bytes (5)");
  page.received = 50;
  CHECK(length_line(url, kNames, page).empty());
}

TEST_CASE("SMTP_CHECK and DNS_CHECK say the reason with the verdict", "[checkers][words]") {
  const Checker smtp = checker(SmtpCheck{}), dns = checker(DnsCheck{}, 3);
  CHECK(up(smtp) == "Remote SMTP server [10.1.0.11]:tcp:80 succeed on service.");
  CHECK(up(dns).empty());
  CHECK(down(smtp, failed(Outcome::ConnectFailed)) == "SMTP_CHECK Could not connect to server [10.1.0.11]:80");
  CHECK(down(smtp, failed(Outcome::ConnectTimeout)) == "SMTP_CHECK Connection timeout to server [10.1.0.11]:80");
  CHECK(down(smtp, failed(Outcome::WrongStatus, 1)) == "SMTP_CHECK Bad greeting banner from server [10.1.0.11]:80");
  CHECK(down(smtp, failed(Outcome::WrongStatus, 3)) == "SMTP_CHECK Bad HELO response from server [10.1.0.11]:80");
  CHECK(down(smtp, failed(Outcome::NoAnswer, 1)) == "SMTP_CHECK Read failure from server [10.1.0.11]:80");
  CHECK(attempt(smtp, failed(Outcome::AnswerTimeout, 1)) == "SMTP_CHECK Read timeout from server [10.1.0.11]:80");
  CHECK(down(dns, failed(Outcome::AnswerTimeout, 2), true) == "DNS_CHECK ([10.1.0.11]:tcp:80) read timeout from socket");
  CHECK(down(dns, failed(Outcome::AnswerTimeout, 2)) == "DNS_CHECK ([10.1.0.11]:tcp:80) read timeout from socket after 3 retries");
  Report nxdomain = failed(Outcome::WrongStatus, 2);
  nxdomain.code = 3;
  CHECK(attempt(dns, nxdomain) == "DNS_CHECK ([10.1.0.11]:tcp:80) read error occurred. (rcode = 3)");
  Report refused = failed(Outcome::SocketError, 1);
  refused.system_error = 111;
  refused.info = "Connection refused";
  CHECK(attempt(dns, refused) == "DNS_CHECK ([10.1.0.11]:tcp:80) failed to read socket; errno 111 (Connection refused)");
  CHECK(attempt(dns, failed(Outcome::ConnectFailed)) == "DNS_CHECK ([10.1.0.11]:tcp:80) connection error.");
}

TEST_CASE("MISC_CHECK names its program and how it ended", "[checkers][words]") {
  MiscCheck misc;
  misc.command.argv = {"/usr/sbin/m1", "a"};
  const Checker conf = checker(misc, 1);
  const auto line = [&](unsigned retries, ChildExit end, bool passed) {
    Decision decision;
    decision.is_news = true;
    decision.retries_done = retries;
    return misc_verdict_line(conf, kNames, decision, end, passed);
  };
  const std::string begin = "Misc check for [[10.1.0.11]:tcp:80 VS [10.3.0.100]:tcp:101] by [/usr/sbin/m1] ";
  CHECK(line(0, {}, true) == begin + "succeeded.");
  CHECK(line(1, {.timed_out = false, .code = 3, .signal = 0}, false) == begin + "failed after 1 retry (exited with status 3).");
  CHECK(line(2, {.timed_out = false, .code = 1, .signal = 0}, false) == begin + "failed after 2 retries (exited with status 1).");
  CHECK(line(0, {.timed_out = false, .code = 0, .signal = 9}, false) == begin + "failed with retry disabled (due to signal 9).");
  CHECK(line(0, {.timed_out = true, .code = 0, .signal = 15}, false) == begin + "timed out with retry disabled.");
  CHECK(line(1, {.timed_out = true, .code = 0, .signal = 15}, false) == begin + "timed out after 1 retry.");
  CHECK(misc_mail_body({.timed_out = true, .code = 0, .signal = 15}, false) == "=> MISC CHECK timed out on service <=");
  CHECK(misc_mail_body({}, true) == "=> MISC CHECK succeeded on service <=");
}

TEST_CASE("while a server is down only HTTP goes on telling of failures", "[checkers][words]") {
  const Report late = failed(Outcome::AnswerTimeout);
  CHECK(attempt_line(checker(TcpCheck{}), kNames, Decision{}, late).empty());
  CHECK(attempt_line(checker(SmtpCheck{}), kNames, Decision{}, late).empty());
  CHECK_FALSE(attempt_line(checker(pages()), kNames, Decision{}, late).empty());
  MiscCheck misc;
  misc.command.argv = {"/usr/sbin/m1"};
  const Checker script = checker(misc, 2);
  const std::string begin = "Misc check for [[10.1.0.11]:tcp:80 VS [10.3.0.100]:tcp:101] by [/usr/sbin/m1] ";
  const ChildExit three{.timed_out = false, .code = 3, .signal = 0};
  CHECK(misc_attempt_line(script, kNames, Decision{}, three).empty());
  CHECK(misc_attempt_line(script, kNames, retry(), three) == begin + "failed, will do 2 retries (exited with status 3).");
  CHECK(misc_attempt_line(script, kNames, retry(1), three) == begin + "failed on retry 1/2 (exited with status 3).");
}

TEST_CASE("mails say what the original's do", "[checkers][words]") {
  const Report good, bad = failed(Outcome::ConnectFailed);
  CHECK(mail_body(checker(TcpCheck{}), good) == "=> TCP CHECK succeed on service <=");
  CHECK(mail_body(checker(TcpCheck{}), bad) == "=> TCP CHECK failed on service <=");
  CHECK(mail_body(checker(UdpCheck{}), bad) == "=> UDP CHECK failed on service <=");
  CHECK(mail_body(checker(PingCheck{}), bad) == "=> ICMP CHECK failed on service <=");
  CHECK(mail_body(checker(pages()), good) == "=> CHECK succeed on service <=");
  CHECK(mail_body(checker(pages()), bad) == "=> CHECK failed on service : HTTP/SSL request failed <=");
  CHECK(mail_body(checker(SmtpCheck{}), good) == "=> CHECK succeed on service <=");
  CHECK(mail_body(checker(DnsCheck{}), bad) == "=> DNS_CHECK: failed on service <=");
}

TEST_CASE("an HTTP request has the original's bytes", "[checkers][plan]") {
  using Version = HttpCheck::Version;
  const lib::net::Address v4 = checker(TcpCheck{}).target.to;
  lib::net::Address v6 = *lib::net::Address::parse("::1");
  v6.set_port(8080);
  CHECK(http_request(Version::Http10, "/id", "", v4) == "GET /id HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 10.1.0.11:80\r\n\r\n");
  CHECK(http_request(Version::Http10, "/id", "", v6) == "GET /id HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: [::1]:8080\r\n\r\n");
  CHECK(http_request(Version::Http10, "/", "foo.example", v4) == "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: foo.example\r\n\r\n");
  CHECK(http_request(Version::Http11, "/", "foo.example", v4) ==
        "GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: foo.example\r\n\r\n");
  CHECK(http_request(Version::Http10Close, "/", "foo.example", v4) ==
        "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: foo.example\r\n\r\n");
}

// Each kind of check against a server that does right, and one that does not.
#include "lib/crypto/md5.h"
#include "tests/unit/checkerd/checkers/bench.h"
#include "tests/unit/lib/probe/datagrams.h"
#include "tests/unit/lib/probe/peer.h"
#include "tests/unit/lib/probe/tls_peer.h"

using namespace bench;

namespace {

struct Stage {
  Loop loop;
  Ears ears;
  KeepalivedConfig config;
  std::unique_ptr<Checkers> checkers;
  void play(std::vector<std::vector<Checker>> servers) {
    config = config_of(servers);
    checkers = std::make_unique<Checkers>(loop, config, ears, quick());
    checkers->start();
  }
  bool hears(const std::string& line) {
    return until(loop, [&] { return ears.has(line); });
  }
};

}  // namespace

TEST_CASE("SSL_GET: the page over TLS, with its name", "[checkers][kinds]") {
  Stage stage;
  TlsPeer peer{TlsManner::Polite, "HTTP/1.0 200 OK\r\n\r\nhello"}, rude{TlsManner::ClosesInHandshake, ""};
  lib::crypto::Md5 digest;
  digest.add("hello");
  HttpCheck check;
  check.tls = true;
  HttpUrl& url = check.urls.emplace_back();
  url.path = "/index.html";
  url.host = url.sni = "www.example";
  url.digest = digest.finish();
  url.tls_compliant = true;
  Checker bad = checker(check, rude.where.ip);
  bad.times.log_all_failures = true;
  stage.play({{checker(check, peer.where.ip)}, {bad}});
  REQUIRE(stage.hears("verdict 0.0 up"));
  CHECK(peer.sni == "www.example");
  CHECK(peer.request == "GET /index.html HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: www.example\r\n\r\n");
  REQUIRE(stage.hears("verdict 1.0 down"));
  CHECK(stage.ears.has("SSL handshake/communication error connecting to server [RS1]:tcp:80."));
  CHECK(stage.ears.has("SSL_CHECK on service [RS1]:tcp:80 failed."));
}

TEST_CASE("SMTP_CHECK: greeting, HELO, QUIT", "[checkers][kinds]") {
  Stage stage;
  Peer peer{stage.loop}, busy{stage.loop};
  peer.answer = {.pieces = {"220 hi\r\n", "250 hello\r\n", "221 bye\r\n"}, .gap = 10ms, .reads_first = false};
  busy.answer = {.pieces = {"421 too busy\r\n"}, .reads_first = false};
  stage.play({{checker(SmtpCheck{}, peer.endpoint.ip)}, {checker(SmtpCheck{}, busy.endpoint.ip)}});
  CHECK(stage.hears("verdict 0.0 up"));
  CHECK(stage.ears.has("Remote SMTP server [RS0]:tcp:80 succeed on service."));
  REQUIRE(stage.hears("verdict 1.0 down"));
  const std::string line = "SMTP_CHECK Bad greeting banner from server [127.0.0.1]:" + std::to_string(busy.endpoint.ip.port());
  CHECK(stage.ears.count(line) == 1);
}

TEST_CASE("DNS_CHECK: an answer without error, to a query of its own number", "[checkers][kinds]") {
  Stage stage;
  Datagrams good{stage.loop}, bad{stage.loop};
  good.echoes_id = bad.echoes_id = true;
  good.answers = {std::string{"\0\0\x81\x80\0\1\0\0\0\0\0\0", 12}};
  bad.answers = {std::string{"\0\0\x81\x82\0\1\0\0\0\0\0\0", 12}};
  stage.play({{checker(DnsCheck{.type = 28, .name = "www.example"}, good.where.ip)}, {checker(DnsCheck{}, bad.where.ip)}});
  CHECK(stage.hears("verdict 0.0 up"));
  const std::string first = good.received.substr(0, 2);
  CHECK(good.received.substr(12) == std::string{"\3www\7example\0\0\x1c\0\1", 17});
  REQUIRE(stage.hears("verdict 1.0 down"));
  CHECK(stage.ears.has("DNS_CHECK ([RS1]:tcp:80) read error occurred. (rcode = 2)"));
  REQUIRE(until(stage.loop, [&] { return good.received.substr(0, 2) != first; }));  // another number for each query
}

TEST_CASE("UDP_CHECK: silence is enough, unless a reply is asked for", "[checkers][kinds]") {
  Stage stage;
  Datagrams silent{stage.loop}, speaking{stage.loop};
  speaking.answers = {"pong"};
  UdpCheck plain, wanted;
  plain.payload = wanted.payload = {'p', 'i', 'n', 'g'};
  wanted.needs_reply = true;
  wanted.reply = {'p', 0, 'n'};
  wanted.reply_mask = {0xff, 0, 0xff};
  Checker quiet = checker(plain, silent.where.ip);
  quiet.target.timeout = 30ms;
  Checker unanswered = checker(wanted, silent.where.ip);
  unanswered.target.timeout = 30ms;
  lib::net::Endpoint closed;
  {
    Datagrams gone{stage.loop};
    closed = gone.where;
  }
  stage.play({{quiet}, {checker(wanted, speaking.where.ip)}, {unanswered}, {checker(plain, closed.ip)}});
  CHECK(stage.hears("verdict 0.0 up"));
  CHECK(stage.hears("verdict 1.0 up"));
  CHECK(speaking.received == "ping");
  CHECK(stage.hears("verdict 2.0 down"));
  CHECK(stage.hears("verdict 3.0 down"));
  CHECK(stage.ears.has("UDP_CHECK on service [RS3]:tcp:80 failed."));
}

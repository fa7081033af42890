// Whole plans against servers that behave, and that do not: slow, silent, endless, impolite.
#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <cstring>
#include <optional>

#include "lib/crypto/md5.h"
#include "lib/probe/body_pattern.h"
#include "lib/probe/dns.h"
#include "lib/probe/icmp.h"
#include "lib/probe/probe.h"
#include "lib/tls/client.h"
#include "tests/unit/lib/probe/datagrams.h"
#include "tests/unit/lib/probe/peer.h"
#include "tests/unit/lib/probe/tls_peer.h"

using namespace lib::probe;
using namespace std::chrono_literals;
using lib::event::Loop;

namespace {

lib::event::Task<void> run_into(Plan plan, Loop& loop, std::optional<Report>& report) {
  lib::event::Waiter waiter{loop};
  report = co_await run(plan, waiter);
}

Report outcome_of(Loop& loop, Plan plan) {
  std::optional<Report> report;
  lib::event::TaskGroup tasks;
  loop.refresh_now();
  tasks.spawn(run_into(std::move(plan), loop, report));
  for (int round = 0; round < 200000 && !report; ++round) loop.run_once(10ms);
  REQUIRE(report);
  return *report;
}

Plan to(const lib::net::Endpoint& where, lib::base::Duration patience = 2s) {
  Plan plan;
  plan.steps.emplace_back().emplace<Connect>().where = where;
  plan.connecting = plan.answering = patience;
  return plan;
}

Plan page(const lib::net::Endpoint& where, ExpectHttpPage wanted = {}, lib::base::Duration patience = 2s) {
  Plan plan = to(where, patience);
  plan.steps.emplace_back().emplace<Send>().bytes = "GET / HTTP/1.0\r\n\r\n";
  plan.steps.emplace_back() = std::move(wanted);
  return plan;
}

Plan tls_page(const lib::net::Endpoint& where, ExpectHttpPage wanted = {}, std::string sni = {}, lib::base::Duration patience = 2s) {
  Plan plan = page(where, std::move(wanted), patience);
  auto context = lib::tls::ClientContext::make(lib::tls::ClientSettings{});
  REQUIRE(context);
  StartTls start;
  start.context = *context;
  start.sni = std::move(sni);
  plan.steps.insert(plan.steps.begin() + 1, Step{std::move(start)});
  return plan;
}

Plan datagram(const lib::net::Endpoint& where, std::string bytes, Step expect, lib::base::Duration patience = 2s) {
  Plan plan = to(where, patience);
  std::get<Connect>(plan.steps[0]).transport = Connect::Transport::Datagram;
  plan.steps.emplace_back().emplace<Send>().bytes = std::move(bytes);
  plan.steps.push_back(std::move(expect));
  return plan;
}

lib::crypto::Md5Digest md5(std::string_view text) {
  lib::crypto::Md5 digest;
  digest.add(text);
  return digest.finish();
}

long resident_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

// ---- HTTP

TEST_CASE("a page is read to the connection's end and judged by digest and pattern", "[probe][page]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.0 200 OK\r\n", "\r\nhel", "lo"}, .gap = 2ms};
  ExpectHttpPage wanted;
  wanted.digest = md5("hello");
  wanted.pattern = *BodyPattern::make({.expression = "^hello$", .options = 0, .min_offset = 0, .max_offset = {}});
  const Report good = outcome_of(loop, page(peer.endpoint, wanted));
  CHECK(good.outcome == Outcome::Passed);
  CHECK(good.code == 200);
  CHECK(good.received == 5);
  wanted.pattern_must_match = false;
  CHECK(outcome_of(loop, page(peer.endpoint, wanted)).outcome == Outcome::WrongBody);
  wanted.digest = md5("other");
  CHECK(outcome_of(loop, page(peer.endpoint, wanted)).outcome == Outcome::WrongDigest);
}

TEST_CASE("a server that accepts and never answers costs its timeout", "[probe][page][faults]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {}, .stays = true};
  const Report report = outcome_of(loop, page(peer.endpoint, {}, 60ms));
  CHECK(report.outcome == Outcome::AnswerTimeout);
  CHECK_FALSE(report.has_begun);
  CHECK(report.took >= 59ms);
  CHECK(report.took < 1s);
}

TEST_CASE("a server that answers a byte at a time costs its timeout, counted from the connection", "[probe][page][faults]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = std::vector<std::string>(1000, "H"), .gap = 10ms};
  const Report report = outcome_of(loop, page(peer.endpoint, {}, 100ms));
  CHECK(report.outcome == Outcome::AnswerTimeout);
  CHECK(report.has_begun);
  CHECK(report.took >= 99ms);
  CHECK(report.took < 1s);
}

TEST_CASE("a complete page on a connection that stays open is no end, as for the original", "[probe][page]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}, .stays = true};
  CHECK(outcome_of(loop, page(peer.endpoint, {}, 60ms)).outcome == Outcome::AnswerTimeout);
}

TEST_CASE("a server that closes without a byte gave no answer", "[probe][page]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {}};
  CHECK(outcome_of(loop, page(peer.endpoint)).outcome == Outcome::NoAnswer);
}

namespace {

/// Sends 100 MB from a thread.
struct Flood {
  explicit Flood(std::size_t size) {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    where.ip = lib::net::Address::ipv4(0x7f000001, 0);
    (void)::bind(listener, where.ip.raw(), where.ip.raw_size());
    (void)::listen(listener, 1);
    where.ip = lib::net::local_address(listener);
    thread = std::thread{[this, size] {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      char request[512];
      (void)!::recv(fd, request, sizeof request, 0);
      std::string head = "HTTP/1.0 200 OK\r\n\r\n";
      (void)!::send(fd, head.data(), head.size(), MSG_NOSIGNAL);
      const std::string block(1'000'000, 'x');
      for (std::size_t sent = 0; sent < size;) {
        const ssize_t count = ::send(fd, block.data(), block.size(), MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      ::close(fd);
    }};
  }
  ~Flood() {
    ::shutdown(listener, SHUT_RDWR);
    thread.join();
    ::close(listener);
  }
  int listener = -1;
  lib::net::Endpoint where;
  std::thread thread;
};

}  // namespace

TEST_CASE("100 MB cost no memory, and others have their turn meanwhile", "[probe][page][faults]") {
  for (const bool hashed : {false, true}) {
    INFO((hashed ? "with digest" : "without"));
    Loop loop;
    Flood flood{100'000'000};
    const long before = resident_kib();
    ExpectHttpPage wanted;
    wanted.wants_digest = hashed;
    std::optional<Report> report;
    lib::event::TaskGroup tasks;
    tasks.spawn(run_into(page(flood.where, wanted, 20s), loop, report));
    auto longest = lib::base::Duration{0};
    while (!report) {
      const auto began = lib::base::monotonic_now();
      loop.run_once(10ms);
      longest = std::max(longest, std::chrono::duration_cast<lib::base::Duration>(lib::base::monotonic_now() - began));
    }
    CHECK(report->outcome == Outcome::Passed);
    CHECK(report->received == 100'000'000);
    CHECK(report->digest.has_value() == hashed);
    CHECK(resident_kib() - before < 16384);  // OpenSSL and sanitizers keep some
    CHECK(longest < 500ms);  // a busy machine; alone it is about 1 ms
  }
}

TEST_CASE("100 MB within a short timeout are cut off", "[probe][page][faults]") {
  Loop loop;
  Flood flood{4'000'000'000U};
  const double before = cpu_seconds();
  const Report report = outcome_of(loop, page(flood.where, {}, 200ms));
  CHECK(report.outcome == Outcome::AnswerTimeout);
  CHECK(report.took < 2s);
  CHECK(cpu_seconds() - before < 1.0);
}

// ---- TLS

TEST_CASE("a page over TLS, with the name that SNI asks for", "[probe][tls]") {
  Loop loop;
  TlsPeer peer{TlsManner::Polite, "HTTP/1.0 200 OK\r\n\r\nhello"};
  ExpectHttpPage wanted;
  wanted.digest = md5("hello");
  wanted.wants_goodbye = true;
  CHECK(outcome_of(loop, tls_page(peer.where, wanted, "www.example")).outcome == Outcome::Passed);
  CHECK(peer.sni == "www.example");
  CHECK(peer.request == "GET / HTTP/1.0\r\n\r\n");
}

TEST_CASE("a missing close_notify matters only to who wants it", "[probe][tls]") {
  Loop loop;
  TlsPeer peer{TlsManner::Rude, "HTTP/1.0 200 OK\r\n\r\nhello"};
  CHECK(outcome_of(loop, tls_page(peer.where)).outcome == Outcome::Passed);
  ExpectHttpPage strict;
  strict.wants_goodbye = true;
  CHECK(outcome_of(loop, tls_page(peer.where, strict)).outcome == Outcome::NoGoodbye);
}

TEST_CASE("a server that closes in the handshake, or speaks no TLS, fails it", "[probe][tls][faults]") {
  Loop loop;
  {
    TlsPeer peer{TlsManner::ClosesInHandshake, ""};
    const Report report = outcome_of(loop, tls_page(peer.where));
    CHECK(report.outcome == Outcome::TlsFailed);
    CHECK(report.step == 1);
    CHECK_FALSE(report.info.empty());
  }
  TlsPeer plain{TlsManner::SpeaksPlain, "HTTP/1.0 400 Bad Request\r\n\r\n"};
  const Report report = outcome_of(loop, tls_page(plain.where));
  CHECK(report.outcome == Outcome::TlsFailed);
  CHECK(report.info == "wrong version number");
}

TEST_CASE("a handshake that is not answered ends with the time to connect", "[probe][tls][faults]") {
  Loop loop;
  TlsPeer peer{TlsManner::Silent, ""};
  const Report report = outcome_of(loop, tls_page(peer.where, {}, {}, 80ms));
  CHECK(report.outcome == Outcome::TlsTimeout);
  CHECK(report.took < 1s);
}

TEST_CASE("files that cannot be loaded are named", "[tls]") {
  const auto context = lib::tls::ClientContext::make(lib::tls::ClientSettings{.ca_file = {}, .certificate_file = "/nonexistent.pem", .key_file = {}, .key_password = {}});
  REQUIRE_FALSE(context);
  CHECK(context.error().message.starts_with("cannot load certificate '/nonexistent.pem': "));
}

// ---- SMTP

TEST_CASE("an SMTP conversation passes by its codes", "[probe][smtp]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"220-a\r\n220 b\r\n", "250 hello\r\n", "221 bye\r\n"}, .gap = 5ms, .reads_first = false};
  const auto talk = [&] {
    Plan plan = to(peer.endpoint, 500ms);
    plan.steps.emplace_back().emplace<ExpectSmtp>().code = 220;
    plan.steps.emplace_back().emplace<Send>().bytes = "HELO me\r\n";
    plan.steps.emplace_back().emplace<ExpectSmtp>().code = 250;
    plan.steps.emplace_back().emplace<Send>().bytes = "QUIT\r\n";
    plan.steps.emplace_back().emplace<ExpectSmtp>();
    return outcome_of(loop, std::move(plan));
  };
  CHECK(talk().outcome == Outcome::Passed);
  peer.answer = {.pieces = {"554 go away\r\n"}, .reads_first = false};
  const Report refused = talk();
  CHECK(refused.outcome == Outcome::WrongStatus);
  CHECK(refused.code == 554);
  CHECK(refused.step == 1);
  peer.answer = {.pieces = {"220 hi\r\n", "500 what\r\n"}, .gap = 5ms, .reads_first = false};
  CHECK(talk().step == 3);
  peer.answer = {.pieces = {"220 " + std::string(100'000, 'x')}, .reads_first = false, .stays = true};
  CHECK(talk().outcome == Outcome::InvalidAnswer);
  peer.answer = {.pieces = {}, .reads_first = false, .stays = true};
  CHECK(talk().outcome == Outcome::AnswerTimeout);
}

// ---- datagrams

TEST_CASE("a DNS answer passes by its id and code; others are passed over", "[probe][dns]") {
  Loop loop;
  Datagrams server{loop};
  const auto query = encode_dns_query(0x1234, 6, ".");
  const std::string bytes{query->begin(), query->end()};
  const std::string answer{"\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12}, other{"\x99\x99\x81\x80\0\1\0\0\0\0\0\0", 12}, nxdomain{"\x12\x34\x81\x83\0\1\0\0\0\0\0\0", 12};
  server.answers = {other, answer};
  CHECK(outcome_of(loop, datagram(server.where, bytes, ExpectDns{0x1234})).outcome == Outcome::Passed);
  CHECK(server.received == bytes);
  server.answers = {nxdomain};
  const Report report = outcome_of(loop, datagram(server.where, bytes, ExpectDns{0x1234}));
  CHECK(report.outcome == Outcome::WrongStatus);
  CHECK(report.code == 3);
  CHECK(report.info == "NXDOMAIN");
  server.answers = {"short"};
  CHECK(outcome_of(loop, datagram(server.where, bytes, ExpectDns{0x1234})).outcome == Outcome::InvalidAnswer);
  server.answers = {other};
  CHECK(outcome_of(loop, datagram(server.where, bytes, ExpectDns{0x1234}, 50ms)).outcome == Outcome::AnswerTimeout);
}

TEST_CASE("a UDP reply is compared under its mask, and by size where bytes are given", "[probe][udp]") {
  Loop loop;
  Datagrams server{loop};
  server.answers = {"abcd"};
  ExpectDatagram any;
  CHECK(outcome_of(loop, datagram(server.where, "x", any)).outcome == Outcome::Passed);
  ExpectDatagram like;
  like.bytes = {'a', 'X', 'c'};
  like.mask = {0xff, 0x00, 0xff};
  CHECK(outcome_of(loop, datagram(server.where, "x", like)).outcome == Outcome::Passed);
  like.mask[1] = 0x0f;
  CHECK(outcome_of(loop, datagram(server.where, "x", like)).outcome == Outcome::WrongBody);
  like.mask[1] = 0;
  like.largest = 3;
  CHECK(outcome_of(loop, datagram(server.where, "x", like)).outcome == Outcome::WrongBody);
  like.largest = 100;
  like.smallest = 5;
  CHECK(outcome_of(loop, datagram(server.where, "x", like)).outcome == Outcome::WrongBody);
}

TEST_CASE("an empty datagram is sent, and silence is success where no reply is wanted", "[probe][udp]") {
  Loop loop;
  Datagrams server{loop};
  const Report report = outcome_of(loop, datagram(server.where, "", ExpectNoError{}, 50ms));
  CHECK(report.outcome == Outcome::Passed);
  CHECK(report.took >= 49ms);
  CHECK(server.count == 1);
}

TEST_CASE("a UDP port where nobody listens is an error", "[probe][udp]") {
  Loop loop;
  lib::net::Endpoint where;
  {
    Datagrams server{loop};
    where = server.where;
  }
  const Report report = outcome_of(loop, datagram(where, "x", ExpectNoError{}, 500ms));
  CHECK(report.outcome == Outcome::SocketError);
  CHECK(report.info == "Connection refused");
}

TEST_CASE("an echo comes back where ICMP sockets are allowed", "[probe][icmp]") {
  Loop loop;
  Plan plan;
  auto& connect = plan.steps.emplace_back().emplace<Connect>();
  connect.where.ip = lib::net::Address::ipv4(0x7f000001, 0);
  connect.transport = Connect::Transport::Ping;
  const auto echo = encode_echo(IcmpFamily::V4, 77, 128);
  plan.steps.emplace_back().emplace<Send>().bytes.assign(echo.begin(), echo.end());
  plan.steps.emplace_back().emplace<ExpectEcho>().sequence = 77;
  plan.connecting = plan.answering = 500ms;
  const Report report = outcome_of(loop, std::move(plan));
  const lib::base::UniqueFd allowed{::socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)};
  CHECK(report.outcome == (allowed ? Outcome::Passed : Outcome::NotStarted));
}

// ---- where it comes from

TEST_CASE("an interface or mark that cannot be used is a matter of binding", "[probe][connect]") {
  Loop loop;
  Peer peer{loop};
  Plan plan = to(peer.endpoint);
  std::get<Connect>(plan.steps[0]).interface = "nonexistent0";
  CHECK(outcome_of(loop, std::move(plan)).outcome == Outcome::BindFailed);
  Plan marked = to(peer.endpoint);
  std::get<Connect>(marked.steps[0]).fwmark = 5;
  std::get<Connect>(marked.steps[0]).interface = "lo";
  std::get<Connect>(marked.steps[0]).source = lib::net::Address::ipv4(0x7f000005);
  const Report report = outcome_of(loop, std::move(marked));
  CHECK(report.outcome == (::geteuid() == 0 ? Outcome::Passed : Outcome::BindFailed));
}

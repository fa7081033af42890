// The readers of what checked services answer: HTTP, DNS, SMTP, ICMP.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "lib/crypto/md5.h"
#include "lib/probe/dns.h"
#include "lib/probe/http_answer.h"
#include "lib/probe/icmp.h"
#include "lib/probe/page_judge.h"
#include "lib/probe/smtp_reply.h"

using namespace lib::probe;

namespace {

struct Page {
  Report report;
  bool passed = false;
};

/// The page in pieces of `piece` bytes.
Page judge(const ExpectHttpPage& wanted, std::string_view bytes, std::size_t piece) {
  PageJudge judge{wanted};
  while (!bytes.empty()) {
    judge.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  Page out;
  out.passed = judge.finish(out.report);
  return out;
}

lib::crypto::Md5Digest md5(std::string_view text) {
  lib::crypto::Md5 digest;
  digest.add(text);
  return digest.finish();
}

}  // namespace

TEST_CASE("a page is judged the same in pieces of any size", "[probe][http]") {
  struct Case {
    std::string bytes;
    Outcome outcome;
    int code;
    std::uint64_t received;
  };
  const std::vector<Case> table = {
      {"HTTP/1.0 200 OK\r\n\r\nhello", Outcome::Passed, 200, 5},
      {"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", Outcome::Passed, 204, 0},
      {"HTTP/1.1 200\r\n\r\n", Outcome::Passed, 200, 0},
      {"HTTP/1.0 301 Moved\r\nLocation: /\r\n\r\n", Outcome::WrongStatus, 301, 0},
      {"HTTP/1.0 503 No\r\n\r\nbad", Outcome::WrongStatus, 503, 3},
      {"HTTP/1.0 2000 x\r\n\r\n", Outcome::WrongStatus, 0, 0},
      {"HTTP/1.0 20\r\n\r\n", Outcome::WrongStatus, 0, 0},
      {"HTTP/1.0\r\n\r\n", Outcome::WrongStatus, 0, 0},
      {"garbage 200 whatever\r\n\r\nbody", Outcome::Passed, 200, 4},
      {"no head at all", Outcome::InvalidAnswer, 0, 0},
      {"HTTP/1.0 200 OK\n\nhello", Outcome::InvalidAnswer, 0, 0},
      {"HTTP/1.0 200 OK\r\nX: \r\r\n\r\nhello", Outcome::Passed, 200, 5},
      {"HTTP/1.0 200 OK\r\nX: " + std::string(20000, 'a') + "\r\n\r\nhello", Outcome::Passed, 200, 5},
      {"", Outcome::NoAnswer, 0, 0},
  };
  ExpectHttpPage wanted;
  wanted.statuses = {{200, 299}};
  for (const Case& row : table) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{100000}}) {
      INFO(row.bytes.substr(0, 40) << " in pieces of " << piece);
      const Page page = judge(wanted, row.bytes, piece);
      CHECK(page.report.outcome == row.outcome);
      CHECK(page.passed == (row.outcome == Outcome::Passed));
      CHECK(page.report.code == row.code);
      CHECK(page.report.received == row.received);
    }
  }
}

TEST_CASE("the digest is that of the bytes that Content-Length promises", "[probe][http]") {
  ExpectHttpPage wanted;
  wanted.digest = md5("hello");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, std::size_t{1000}}) {
    CHECK(judge(wanted, "HTTP/1.0 200 OK\r\n\r\nhello", piece).passed);
    const Page longer = judge(wanted, "HTTP/1.0 200 OK\r\ncontent-LENGTH:  5 \r\n\r\nhelloworld", piece);
    CHECK(longer.passed);
    CHECK(longer.report.promised == 5U);
    CHECK(longer.report.received == 10);
    CHECK(judge(wanted, "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhello", piece).passed);
    CHECK(judge(wanted, "HTTP/1.0 200 OK\r\n\r\nhelloworld", piece).report.outcome == Outcome::WrongDigest);
    CHECK(judge(wanted, "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nhello", piece).report.outcome == Outcome::WrongDigest);
  }
  CHECK(lib::crypto::hex(md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
}

TEST_CASE("a Content-Length that is no number promises nothing", "[probe][http]") {
  for (const char* const value : {"", "x", "5x", "-5", "99999999999999999999999", "5 5"}) {
    INFO(value);
    HttpAnswer answer;
    CHECK(answer.feed("HTTP/1.0 200 OK\r\nContent-Length: " + std::string{value} + "\r\n\r\n").empty());
    CHECK(answer.has_head());
    CHECK_FALSE(answer.promised());
  }
}

TEST_CASE("once nothing in a body matters the rest can be skipped", "[probe][http]") {
  const ExpectHttpPage plain;
  PageJudge status_only{plain};
  CHECK_FALSE(status_only.needs_no_more());
  status_only.feed("HTTP/1.0 200 OK\r\n\r\n");
  CHECK(status_only.needs_no_more());
  status_only.skip(100);
  Report report;
  CHECK(status_only.finish(report));
  CHECK(report.received == 100);

  ExpectHttpPage hashed;
  hashed.digest = md5("hello");
  PageJudge promised{hashed};
  promised.feed("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhell");
  CHECK_FALSE(promised.needs_no_more());
  promised.feed("o");
  CHECK(promised.needs_no_more());
}

// ---- DNS

TEST_CASE("a DNS query is one recursive question of class IN", "[probe][dns][rfc1035]") {
  const auto root = encode_dns_query(0x1234, 6, ".");
  REQUIRE(root);
  CHECK(*root == std::vector<std::uint8_t>{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1});
  const auto named = encode_dns_query(1, 28, "www.a.example.");
  REQUIRE(named);
  const std::vector<std::uint8_t> name{3, 'w', 'w', 'w', 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 28, 0, 1};
  CHECK(std::vector<std::uint8_t>(named->begin() + 12, named->end()) == name);
  CHECK(encode_dns_query(1, 28, "www.a.example") == named);
}

TEST_CASE("what is no domain name gives no query", "[probe][dns][rfc1035]") {
  const std::string label(63, 'a');
  CHECK(encode_dns_query(1, 1, label));
  CHECK_FALSE(encode_dns_query(1, 1, label + "a"));
  CHECK_FALSE(encode_dns_query(1, 1, "a..b"));
  CHECK_FALSE(encode_dns_query(1, 1, ".a"));
  CHECK_FALSE(encode_dns_query(1, 1, "a.."));
  const std::string most = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  CHECK(encode_dns_query(1, 1, most));
  CHECK_FALSE(encode_dns_query(1, 1, most + "b"));
}

TEST_CASE("of a DNS answer its id and code are read", "[probe][dns][rfc1035]") {
  std::vector<std::uint8_t> wire{0x12, 0x34, 0x81, 0x83, 0, 1, 0, 2, 0, 0, 0, 0};
  const auto answer = decode_dns_answer(wire);
  REQUIRE(answer);
  CHECK(answer->id == 0x1234);
  CHECK(answer->code == 3);
  CHECK(answer->answers == 2);
  CHECK(std::string{dns_code_name(answer->code)} == "NXDOMAIN");
  CHECK(std::string{dns_code_name(15)} == "an unknown code");
  wire[2] = 0x01;
  CHECK_FALSE(decode_dns_answer(wire));  // a query
  wire[2] = 0x81;
  wire.pop_back();
  CHECK_FALSE(decode_dns_answer(wire));
  CHECK_FALSE(decode_dns_answer({}));
}

// ---- SMTP

TEST_CASE("an SMTP reply is read to its last line, byte by byte or at once", "[probe][smtp][rfc5321]") {
  struct Case {
    std::string bytes;
    SmtpReply::State state;
    unsigned code;
    std::size_t used;
  };
  const std::vector<Case> table = {
      {"220 hi\r\n", SmtpReply::State::Complete, 220, 8},
      {"220 hi\n", SmtpReply::State::Complete, 220, 7},
      {"220\r\n", SmtpReply::State::Complete, 220, 5},
      {"220-one\r\n220 two\r\n250 x", SmtpReply::State::Complete, 220, 18},
      {"220-one\r\n221 two\r\n", SmtpReply::State::Bad, 220, 12},
      {"hello\r\n", SmtpReply::State::Bad, 0, 1},
      {"22\r\n", SmtpReply::State::Bad, 0, 4},
      {"999 x\r\n", SmtpReply::State::Bad, 0, 3},
      {"220 no end", SmtpReply::State::Reading, 220, 10},
  };
  for (const Case& row : table) {
    INFO(row.bytes);
    SmtpReply whole, pieces;
    std::size_t used = 0, all = 0;
    CHECK(whole.feed(row.bytes, used) == row.state);
    CHECK(used == row.used);
    CHECK(whole.code() == row.code);
    SmtpReply::State state = SmtpReply::State::Reading;
    for (std::size_t at = 0; at < row.bytes.size() && state == SmtpReply::State::Reading; ++at) {
      state = pieces.feed(std::string_view{row.bytes}.substr(at, 1), used);
      all += used;
    }
    CHECK(state == row.state);
    CHECK(all == row.used);
  }
}

TEST_CASE("an SMTP reply without end is bad", "[probe][smtp]") {
  SmtpReply reply;
  std::size_t used = 0;
  const std::string line(1000, 'x');
  CHECK(reply.feed("220 ", used) == SmtpReply::State::Reading);
  SmtpReply::State state = SmtpReply::State::Reading;
  for (int i = 0; i < 100 && state == SmtpReply::State::Reading; ++i) state = reply.feed(line, used);
  CHECK(state == SmtpReply::State::Bad);
}

// ---- ICMP

TEST_CASE("an echo reply is known by its type and sequence number", "[probe][icmp]") {
  std::vector<std::uint8_t> echo = encode_echo(IcmpFamily::V4, 0x0102, 128);
  CHECK(echo.size() == 136);
  CHECK(echo[0] == 8);
  CHECK_FALSE(decode_echo_reply(IcmpFamily::V4, echo));
  echo[0] = 0;
  CHECK(decode_echo_reply(IcmpFamily::V4, echo) == 0x0102);
  CHECK_FALSE(decode_echo_reply(IcmpFamily::V6, echo));
  echo[0] = 129;
  CHECK(decode_echo_reply(IcmpFamily::V6, echo) == 0x0102);
  echo.resize(7);
  CHECK_FALSE(decode_echo_reply(IcmpFamily::V6, echo));
}

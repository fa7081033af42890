// gRPC's health check: the question's bytes and what answers mean.
#include "lib/probe/grpc_health.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

using lib::probe::GrpcHealthAnswer;
using Verdict = GrpcHealthAnswer::Verdict;

namespace {

const std::string kHead = "HTTP/2.0 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n";

std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (const int each : list) out += static_cast<char>(each);
  return out;
}

std::string prefixed(const std::string& message, char flag = 0) {
  return std::string{flag} + bytes({0, 0, static_cast<int>(message.size() >> 8U), static_cast<int>(message.size() & 255U)}) + message;
}

std::string chunk(const std::string& body) { return fmt::format("{:x}\r\n{}\r\n", body.size(), body); }

/// A whole answer with this body and these trailers.
std::string answer(const std::string& body, const std::string& trailers = "grpc-status: 0\r\n") {
  return kHead + (body.empty() ? std::string{} : chunk(body)) + "0\r\n" + trailers + "\r\n";
}

/// Without a body: the head says all.
std::string head_only(const std::string& fields) {
  return "HTTP/2.0 200 OK\r\ncontent-type: application/grpc\r\n" + fields + "content-length: 0\r\n\r\n";
}

GrpcHealthAnswer read(std::string_view text, std::size_t piece, bool ends = true) {
  GrpcHealthAnswer out;
  for (std::size_t at = 0; at < text.size(); at += piece) out.feed(text.substr(at, piece));
  if (ends) out.end();
  return out;
}

}  // namespace

TEST_CASE("the question is a message with its length in front", "[probe][grpc]") {
  using lib::probe::encode_grpc_health_request;
  CHECK(encode_grpc_health_request("") == bytes({0, 0, 0, 0, 0}));
  CHECK(encode_grpc_health_request("a.B") == bytes({0, 0, 0, 0, 5, 0x0a, 3}) + "a.B");
  const std::string long_name(300, 'x');
  CHECK(encode_grpc_health_request(long_name) == bytes({0, 0, 0, 1, 0x2f, 0x0a, 0xac, 2}) + long_name);
  CHECK(lib::probe::grpc_health_text("a:1", "") ==
        "POST /grpc.health.v1.Health/Check HTTP/1.1\r\nhost: a:1\r\ncontent-type: application/grpc\r\nte: trailers\r\nuser-agent: triad\r\n"
        "transfer-encoding: chunked\r\n\r\n5\r\n" + bytes({0, 0, 0, 0, 0}) + "\r\n0\r\n\r\n");
}

TEST_CASE("answers of health services are judged the same in pieces of any size", "[probe][grpc]") {
  struct Case {
    std::string text;
    Verdict verdict;
    unsigned code;
    std::string info;
  };
  const std::string serving = prefixed(bytes({8, 1}));
  const std::vector<Case> table = {
      {answer(serving), Verdict::Serving, 0, ""},
      {"HTTP/2.0 103 Early Hints\r\nlink: </a>\r\n\r\n" + answer(serving), Verdict::Serving, 0, ""},
      {kHead + chunk(serving.substr(0, 3)) + chunk(serving.substr(3)) + "0\r\ngrpc-status: 0\r\ngrpc-message: \r\n\r\n", Verdict::Serving, 0, ""},
      {"HTTP/2.0 200 OK\r\ncontent-type: application/grpc+proto\r\ngrpc-status: 0\r\ncontent-length: 7\r\n\r\n" + serving, Verdict::Serving, 0, ""},
      {"HTTP/2.0 200 OK\r\ncontent-type: Application/GRPC;a=b\r\ntransfer-encoding: chunked\r\n\r\n" + chunk(serving) + "0\r\ngrpc-status: 0\r\n\r\n",
       Verdict::Serving, 0, ""},
      // What is not known is passed over; the last one counts.
      {answer(prefixed(bytes({0x12, 2, 'a', 'b', 8, 2, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x28, 0x80, 1, 8, 1}))), Verdict::Serving, 0, ""},
      {answer(prefixed("")), Verdict::NotServing, 0, "UNKNOWN"},
      {answer(prefixed(bytes({8, 0}))), Verdict::NotServing, 0, "UNKNOWN"},
      {answer(prefixed(bytes({8, 2}))), Verdict::NotServing, 0, "NOT_SERVING"},
      {answer(prefixed(bytes({8, 3}))), Verdict::NotServing, 0, "SERVICE_UNKNOWN"},
      {answer(prefixed(bytes({8, 0x81, 1}))), Verdict::NotServing, 0, "serving status 129"},
      // gRPC's own statuses, in trailers and in a head alone
      {head_only("grpc-status: 5\r\ngrpc-message: unknown service\r\n"), Verdict::NotServing, 5, "NOT_FOUND: unknown service"},
      {head_only("grpc-status: 12\r\n"), Verdict::NotServing, 12, "UNIMPLEMENTED"},
      {answer(serving, "grpc-status: 14\r\ngrpc-message: 50%25 %e2%82 %7\r\n"), Verdict::NotServing, 14, "UNAVAILABLE: 50% ?? %7"},
      {head_only("grpc-status: 2\r\ngrpc-message: a%0d%0a\"b%22%zz\r\n"), Verdict::NotServing, 2, "UNKNOWN: a???b?%zz"},
      {head_only("grpc-status: 2\r\ngrpc-message: " + std::string(500, 'm') + "\r\n"), Verdict::NotServing, 2, "UNKNOWN: " + std::string(128, 'm')},
      {head_only("grpc-status: 99\r\n"), Verdict::NotServing, 99, "grpc-status 99"},
      {head_only("grpc-status: x\r\n"), Verdict::Invalid, 0, "odd grpc-status"},
      {head_only("grpc-status: -1\r\n"), Verdict::Invalid, 0, "odd grpc-status"},
      {head_only("grpc-status: 99999999999\r\n"), Verdict::Invalid, 0, "odd grpc-status"},
      {head_only(""), Verdict::Invalid, 0, "no grpc-status"},
      {answer(serving, ""), Verdict::Invalid, 0, "no grpc-status"},
      // HTTP's
      {"HTTP/2.0 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", Verdict::NotServing, 503, "HTTP status 503"},
      {"HTTP/2.0 404 Not Found\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n", Verdict::NotServing, 404, "HTTP status 404"},
      {"HTTP/2.0 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nok", Verdict::Invalid, 0, "content-type is not application/grpc"},
      {"HTTP/2.0 200 OK\r\ncontent-type: application/grpcx\r\ncontent-length: 2\r\n\r\nok", Verdict::Invalid, 0, "content-type is not application/grpc"},
      {"garbage\r\n\r\n", Verdict::Invalid, 0, "invalid response"},
      // messages
      {answer(""), Verdict::Invalid, 0, "no message"},
      {answer(serving.substr(0, 4)), Verdict::Invalid, 0, "message was cut"},
      {answer(serving.substr(0, 6)), Verdict::Invalid, 0, "message was cut"},
      {answer(prefixed(bytes({8, 1}), 1)), Verdict::Invalid, 0, "message is compressed"},
      {answer(prefixed(bytes({8, 1}), 2)), Verdict::Invalid, 0, "odd message"},
      {answer(serving + serving), Verdict::Invalid, 0, "more than one message"},
      {answer(bytes({0, 0xff, 0xff, 0xff, 0xff, 8, 1})), Verdict::Invalid, 0, "message too long"},
      {answer(prefixed(std::string(5000, 'x'))), Verdict::Invalid, 0, "message too long"},
      {answer(prefixed(bytes({8}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({8, 0x81}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({10, 1, 'a'}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({0, 1}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({0x12, 5, 'a'}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({0x1b}))), Verdict::Invalid, 0, "odd message"},
      {answer(prefixed(bytes({0x25, 1}))), Verdict::Invalid, 0, "odd message"},
      // ends before its time
      {"", Verdict::Invalid, 0, "no answer"},
      {kHead, Verdict::Invalid, 0, "answer was cut"},
      {kHead + chunk(serving), Verdict::Invalid, 0, "answer was cut"},
      {kHead + chunk(serving) + "0\r\ngrpc-status: 0\r\n", Verdict::Invalid, 0, "answer was cut"},
  };
  for (const Case& each : table) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      const GrpcHealthAnswer got = read(each.text, piece);
      INFO(each.text << " in pieces of " << piece);
      CHECK(got.verdict() == each.verdict);
      CHECK(got.code() == each.code);
      CHECK(got.info() == each.info);
    }
  }
}

TEST_CASE("an answer stays open until its trailers came", "[probe][grpc]") {
  const std::string serving = prefixed(bytes({8, 1}));
  CHECK(read(kHead + chunk(serving), 1, false).verdict() == Verdict::Open);
  CHECK(read(kHead + chunk(serving) + "0\r\ngrpc-status: 0\r\n", 1, false).verdict() == Verdict::Open);
}

TEST_CASE("an answer without end is given up", "[probe][grpc]") {
  GrpcHealthAnswer hints;
  for (int round = 0; round < 10'000 && !hints.is_decided(); ++round) hints.feed("HTTP/2.0 103 Early Hints\r\nlink: </a>\r\n\r\n");
  CHECK(hints.info() == "answer too long");
}

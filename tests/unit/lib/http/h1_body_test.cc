#include "lib/http/h1_body.h"

#include <catch2/catch.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace lib::http;
using namespace std::string_literals;

namespace {

struct Followed {
  std::string forwarded;
  std::size_t consumed = 0;
  std::uint64_t payload = 0;
  bool finished = false;
  BodyFault fault = BodyFault::None;
  std::size_t position = 0;  // from the body's beginning
  bool operator==(const Followed&) const = default;
};

/// Feeds the text in pieces, as a buffer would: what was not consumed is presented again. Every
/// call sees a heap block of its exact size.
template <class NextPiece>
Followed follow(std::string_view text, ChunkMode mode, NextPiece next_piece) {
  ChunkScanner scanner{mode};
  Followed result;
  std::string held;
  std::size_t fed = 0;
  while (!result.finished && result.fault == BodyFault::None && fed < text.size()) {
    const std::size_t count = std::min(text.size() - fed, next_piece());
    held += text.substr(fed, count);
    fed += count;
    const auto block = std::make_unique<char[]>(held.size());
    held.copy(block.get(), held.size());
    const ChunkScan found = scanner.scan(block.get(), held.size());
    REQUIRE(found.forward <= found.consumed);
    REQUIRE(found.consumed <= held.size());
    result.forwarded.append(block.get(), found.forward);
    result.position = result.consumed + found.position;
    result.consumed += found.consumed;
    held.erase(0, found.consumed);
    result.finished = found.finished;
    result.fault = found.fault;
  }
  result.payload = scanner.payload();
  if (result.fault == BodyFault::None) result.position = 0;
  return result;
}

Followed follow(std::string_view text, ChunkMode mode = ChunkMode::Keep) {
  return follow(text, mode, [] { return SIZE_MAX; });
}

struct Row {
  std::string body;
  std::string forwarded;
  BodyFault fault = BodyFault::None;
};

}  // namespace

TEST_CASE("chunked bodies go on as they stand, without extensions", "[http][h1][rfc9112]") {
  const std::vector<Row> rows{
      {"3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"},
      {"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
       "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"},
      {"3;x=y\r\nabc\r\n0;z\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {"3 \t;x=\"y\"\r\nabc\r\n0 \r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {"003\r\nabc\r\n000\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {"0\r\nX-T: 1\r\nY:2\r\n\r\n", "0\r\nx-t: 1\r\ny:2\r\n\r\n"},
      {"0\r\n\r\nGET", "0\r\n\r\n"},
      {"0\r\nContent-Length: 5\r\nX: 1\r\nHost: b\r\nConnection: close\r\n\r\n",
       "0\r\nx: 1\r\n\r\n"},
  };
  for (const Row& row : rows) {
    INFO(row.body);
    const Followed found = follow(row.body);
    CHECK(found.fault == BodyFault::None);
    CHECK(found.finished);
    CHECK(found.forwarded == row.forwarded);
  }
}

TEST_CASE("bad chunk framing is refused, with its place", "[http][h1][smuggling]") {
  struct Bad {
    std::string body;
    BodyFault fault;
    std::size_t position;
  };
  const std::vector<Bad> rows{
      {"zz\r\n", BodyFault::BadChunkSize, 0},
      {"\r\nabc", BodyFault::BadChunkSize, 0},
      {" 3\r\n", BodyFault::BadChunkSize, 0},
      {"-3\r\n", BodyFault::BadChunkSize, 0},
      {"0x3\r\n", BodyFault::BadChunkSize, 1},
      {"3 x\r\n", BodyFault::BadChunkSize, 2},
      {"3\nabc\n0\n\n", BodyFault::BadChunkLineEnd, 1},
      {"3;x\nabc\r\n", BodyFault::BadChunkLineEnd, 3},
      {"3;a\rb\r\nabc\r\n", BodyFault::BadChunkExtension, 3},
      {"3;a\0b\r\nabc\r\n"s, BodyFault::BadChunkExtension, 3},
      {"FFFFFFFFFFFFFFFF\r\n", BodyFault::ChunkTooLarge, 15},
      {"1000000000000000000000\r\n", BodyFault::ChunkTooLarge, 15},
      {"3\r\nabcX\r\n", BodyFault::BadChunkDataEnd, 6},
      {"3\r\nabc\rX", BodyFault::BadChunkDataEnd, 7},
      {"3\r\nabc\n0\r\n\r\n", BodyFault::BadChunkDataEnd, 6},
      {"0\r\n\n", BodyFault::BadTrailer, 3},
      {"0\r\nX\r\n\r\n", BodyFault::BadTrailer, 4},
      {"0\r\nX : 1\r\n\r\n", BodyFault::BadTrailer, 4},
      {"0\r\n: 1\r\n\r\n", BodyFault::BadTrailer, 3},
      {"0\r\n X: 1\r\n\r\n", BodyFault::BadTrailer, 3},
      {"0\r\nX: 1\n\r\n", BodyFault::BadTrailer, 7},
      {"0\r\nX: a\rb\r\n\r\n", BodyFault::BadTrailer, 7},
      {"0\r\nX: a\0b\r\n\r\n"s, BodyFault::BadTrailer, 7},
      {"0\r\nTransfer-Encoding: x\r\n\r\n", BodyFault::BadTrailer, 3},
      {"3;" + std::string(5000, 'x') + "\r\n", BodyFault::ChunkLineTooLong, ChunkScanner::kMaxLine},
      {"0\r\nX: " + std::string(9000, 'x') + "\r\n", BodyFault::TrailersTooLarge,
       3 + ChunkScanner::kMaxTrailers},
  };
  for (const Bad& row : rows) {
    INFO(row.body.substr(0, 60));
    const Followed found = follow(row.body);
    CHECK(found.fault == row.fault);
    CHECK(found.position == row.position);
    CHECK_FALSE(found.finished);
    CHECK_FALSE(text(found.fault).empty());
    const Followed bytewise = follow(row.body, ChunkMode::Keep, [] { return std::size_t{1}; });
    CHECK(bytewise.fault == row.fault);
    CHECK(bytewise.position == row.position);
  }
}

TEST_CASE("stripping leaves the payload alone", "[http][h1]") {
  const Followed found = follow("3;x\r\nabc\r\n2\r\nde\r\n0\r\nX: 1\r\n\r\nnext", ChunkMode::Strip);
  CHECK(found.forwarded == "abcde");
  CHECK(found.payload == 5);
  CHECK(found.finished);
  CHECK(found.consumed == 28);
}

TEST_CASE("trailers are taken out where they are not wanted, and are still looked at", "[http][h1]") {
  const Followed found = follow("3\r\nabc\r\n0\r\nX: 1\r\nY: 2\r\n\r\nnext", ChunkMode::KeepWithoutTrailers);
  CHECK(found.forwarded == "3\r\nabc\r\n0\r\n\r\n");
  CHECK(found.finished);
  CHECK(follow("0\r\nno colon\r\n\r\n", ChunkMode::KeepWithoutTrailers).fault == BodyFault::BadTrailer);
}

TEST_CASE("however a chunked body is split, the outcome is the same", "[http][h1][property]") {
  std::mt19937 random{20261121};
  const std::vector<std::string> bodies{
      "3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\nCookie: a\r\n\r\nnext request",
      "5\r\n\r\n0\r\n\r\n1a\r\n" + std::string(26, '\n') + "\r\n0\r\n\r\n",
      "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1 ;q\r\nd\r\n00\r\n\r\n",
      "3\r\nabc\r\n3\r\nabcX",
  };
  for (const std::string& body : bodies) {
    for (const ChunkMode mode : {ChunkMode::Keep, ChunkMode::Strip}) {
      const Followed whole = follow(body, mode);
      for (std::size_t at = 1; at < body.size(); ++at) {
        bool is_first = true;
        const Followed split =
            follow(body, mode, [&] { return std::exchange(is_first, false) ? at : SIZE_MAX; });
        CHECK(split == whole);
      }
      for (int round = 0; round < 50; ++round)
        CHECK(follow(body, mode, [&] { return std::size_t{1} + random() % 5; }) == whole);
    }
  }
}

TEST_CASE("changed chunked bodies never lead out of bounds", "[http][h1][property]") {
  std::mt19937 random{7};
  const std::string good = "3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n";
  for (int round = 0; round < 2000; ++round) {
    std::string body = good;
    for (unsigned change = 0; change <= random() % 4; ++change)
      body[random() % body.size()] = "\r\n\0 ;0a:X\x80\xff"[random() % 11];
    const Followed whole = follow(body);
    CHECK(follow(body, ChunkMode::Keep, [] { return std::size_t{1}; }) == whole);
  }
}

TEST_CASE("payload may go past unseen", "[http][h1]") {
  ChunkScanner scanner;
  std::string head = "8\r\nab";
  ChunkScan found = scanner.scan(head.data(), head.size());
  CHECK(found.forward == 5);
  CHECK(scanner.chunk_left() == 6);
  scanner.skip(6);
  CHECK(scanner.payload() == 8);
  std::string end = "\r\n0\r\n\r\n";
  found = scanner.scan(end.data(), end.size());
  CHECK(found.finished);
  CHECK(found.forward == end.size());
}

TEST_CASE("chunk size lines are plain hexadecimal", "[http][h1]") {
  CHECK(chunk_size_line(0).text() == "0\r\n");
  CHECK(chunk_size_line(10).text() == "A\r\n");
  CHECK(chunk_size_line(16384).text() == "4000\r\n");
  CHECK(chunk_size_line(UINT64_MAX).text() == "FFFFFFFFFFFFFFFF\r\n");
}

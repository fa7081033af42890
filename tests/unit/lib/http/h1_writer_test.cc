#include "lib/http/h1_writer.h"

#include <catch2/catch.hpp>

#include <optional>

#include "tests/unit/lib/http/h1_support.h"

using namespace http_test;

namespace {

struct Edited {
  explicit Edited(std::string text, std::size_t room = 1024)
      : bytes{std::move(text)}, area(room, '?') {
    REQUIRE(parse_request_head({bytes.data(), bytes.size()}, {}, state, head) ==
            HeadStatus::Complete);
    writer.emplace(head, std::span<char>{area});
  }
  std::vector<std::string> pieces() {
    std::array<iovec, 64> out;
    const std::size_t count = writer->gather(out);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i)
      texts.emplace_back(static_cast<char*>(out[i].iov_base), out[i].iov_len);
    return texts;
  }
  std::string flat() {
    std::string text(writer->total(), '\0');
    return writer->flatten(text) == text.size() ? text : "does not fit";
  }
  std::string bytes;
  std::string area;
  HeadState state;
  RequestHead head;
  std::optional<HeadWriter> writer;
};

constexpr char kPlain[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\nbody";

}  // namespace

TEST_CASE("an unchanged head is one piece, where it was received", "[http][h1]") {
  Edited edited{kPlain};
  std::array<iovec, 4> out;
  REQUIRE(edited.writer->gather(out) == 1);
  CHECK(out[0].iov_base == edited.bytes.data());
  CHECK(out[0].iov_len == edited.head.size);
  CHECK(edited.writer->used() == 0);
}

TEST_CASE("added lines share one piece with the empty line", "[http][h1]") {
  Edited edited{kPlain};
  CHECK(edited.writer->add("X-Forwarded-For", "1.2.3.4"));
  CHECK(edited.writer->add("Z", ""));
  CHECK(edited.head.value_of(FieldId::XForwardedFor) == "1.2.3.4");
  CHECK(edited.head.find("z") != nullptr);
  const std::vector<std::string> pieces = edited.pieces();
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0] == "GET /a HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\n");
  CHECK(pieces[1] == "x-forwarded-for: 1.2.3.4\r\nz: \r\n\r\n");
}

TEST_CASE("dropped and replaced lines leave the others where they are", "[http][h1]") {
  Edited edited{kPlain};
  edited.writer->drop("X");
  CHECK(edited.head.find("x") == nullptr);
  CHECK(edited.pieces() ==
        std::vector<std::string>{"GET /a HTTP/1.1\r\nhost: a\r\n", "y: 2\r\n\r\n"});

  Edited replaced{kPlain};
  CHECK(replaced.writer->replace_value(*replaced.head.find(FieldId::Host), "other"));
  CHECK(replaced.head.value_of(FieldId::Host) == "other");
  CHECK(replaced.pieces() ==
        std::vector<std::string>{"GET /a HTTP/1.1\r\n", "host: other\r\n", "x: 1\r\ny: 2\r\n\r\n"});
}

TEST_CASE("the words of the start line can be replaced", "[http][h1]") {
  Edited edited{kPlain};
  CHECK(edited.writer->set_target("/new"));
  CHECK(edited.writer->set_method("POST"));
  CHECK(edited.head.method == Method::Post);
  CHECK(edited.head.target_text() == "/new");
  CHECK(edited.flat() == "POST /new HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\n\r\n");
  CHECK(edited.pieces().size() == 2);

  std::string bytes = "HTTP/1.0 200 OK\r\n\r\n";
  HeadState state;
  ResponseHead head;
  REQUIRE(parse_response_head({bytes.data(), bytes.size()}, {}, {}, state, head) ==
          HeadStatus::Complete);
  std::array<char, 64> area;
  HeadWriter writer{head, area};
  CHECK(writer.set_status(404, "Not here"));
  std::string text(writer.total(), '\0');
  CHECK(writer.flatten(text) == text.size());
  CHECK(text == "HTTP/1.0 404 Not here\r\n\r\n");
  CHECK(head.status == 404);
}

TEST_CASE("lines not received by the book are rebuilt", "[http][h1]") {
  Edited edited{"GET  /a  HTTP/1.1\nHost:a\nX: 1 \r\nY: 2\r\n\n"};
  CHECK(edited.flat() == "GET /a HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\n\r\n");
  std::string joined;
  for (const std::string& piece : edited.pieces()) joined += piece;
  CHECK(joined == edited.flat());
}

TEST_CASE("without room an edit fails and changes nothing", "[http][h1]") {
  Edited edited{kPlain, 10};
  CHECK_FALSE(edited.writer->add("Long-Name", "value"));
  CHECK_FALSE(edited.writer->replace_value(*edited.head.find(FieldId::Host), "long value"));
  CHECK_FALSE(edited.writer->set_target("/long/target"));
  CHECK(edited.writer->used() == 0);
  CHECK(edited.flat() == "GET /a HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\n\r\n");
  CHECK(edited.writer->add("b", "12345"));
  CHECK(edited.flat() == "GET /a HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\nb: 12345\r\n\r\n");
  CHECK(edited.pieces().size() == 3);  // the empty line has no room behind b
}

TEST_CASE("too few entries are said, a flat copy is left", "[http][h1]") {
  Edited edited{"GET /a HTTP/1.1\nHost:a\nX:1\nY:2\n\n", 0};
  std::array<iovec, 3> out;
  CHECK(edited.writer->gather(out) == 0);
  CHECK(edited.flat() == "GET /a HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2\r\n\r\n");
}

TEST_CASE("more fields than fit inside are taken", "[http][h1]") {
  Edited edited{kPlain, 20000};
  for (int i = 0; i < 500; ++i) REQUIRE(edited.writer->add("n" + std::to_string(i), "v"));
  CHECK(edited.head.fields.size() == 503);
  CHECK(edited.head.value_of(FieldId::Host) == "a");
  CHECK(edited.head.value(*edited.head.find("n499")) == "v");
  CHECK(edited.pieces().size() == 2);
}

TEST_CASE("connection is said for each hop anew", "[http][h1]") {
  const auto sent = [](std::string text, Persistence wish) {
    return parse(text, {}, {}, {}, wish).forwarded;
  };
  CHECK(sent("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", Persistence::KeepAlive) ==
        "GET / HTTP/1.1\r\n\r\n");
  CHECK(sent("GET / HTTP/1.1\r\n\r\n", Persistence::Close) ==
        "GET / HTTP/1.1\r\nconnection: close\r\n\r\n");
  CHECK(sent("GET / HTTP/1.0\r\nConnection: keep-alive, x\r\n\r\n", Persistence::Close) ==
        "GET / HTTP/1.0\r\nconnection: x\r\n\r\n");
  CHECK(sent("GET / HTTP/1.1\r\nConnection: foo\r\n\r\n", Persistence::Close) ==
        "GET / HTTP/1.1\r\nconnection: foo\r\nconnection: close\r\n\r\n");
  const std::string upgrade = "GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
  CHECK(sent(upgrade, Persistence::Close) == upgrade);
  const std::string offer =
      "HTTP/1.1 200 OK\r\nconnection: upgrade\r\nupgrade: h2\r\ncontent-length: 3\r\n\r\n";
  CHECK(parse<ResponseHead>(offer, {}, {}, {}, Persistence::Close).forwarded == offer);
  CHECK(sent("GET / HTTP/1.0\r\n\r\n", Persistence::KeepAlive) ==
        "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
}

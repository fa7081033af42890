#include "proxyd/logs/render_object.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace proxyd::logs;
using lib::net::Address;

// The object's form is that of 3.4 (2.6 does not know the encodings); the rest is RFC 8259 and RFC 8949.

namespace {

LogRecord good() {
  LogRecord record;
  record.backend = record.server = "s1";
  record.client = Address::ipv4(0x7f000001, 57582);
  record.status = 200;
  record.bytes_to_client = 106;
  record.method = "GET";
  record.uri = "/x";
  record.version = "HTTP/1.1";
  record.request = 0;
  return record;
}

std::string line_of(std::string_view text, const LogRecord& record, bool as_soon = false) {
  const auto format = proxyd::formats::compile_format(text, proxyd::formats::NeedsMode::Http);
  REQUIRE(format);
  LineContext context;
  context.frontend = "fe";
  context.as_soon = as_soon;
  std::string room(70000, '?');
  lib::log::Dates dates;
  LineWriter out{room.data(), 64000};
  render(*format, record, context, dates, out);
  return room.substr(0, out.size());
}

/// The JSON text of a request target.
std::string shown(std::string_view uri) {
  LogRecord record = good();
  record.uri = uri;
  const std::string line = line_of("%{+json}o %(u)HU", record);
  REQUIRE(line.starts_with("{\"u\": "));
  return line.substr(6, line.size() - 7);
}

}  // namespace

TEST_CASE("json: items with names, numbers as numbers, what is missing as empty text", "[logs][rfc8259]") {
  CHECK(line_of("%{+json}o %(ci)ci text %(st)ST %b %(b)B %(x)CC %(fe)f", good()) ==
        R"({"ci": "127.0.0.1", "st": 200, "b": 106, "x": "", "fe": "fe"})");
  CHECK(line_of("%{+json}o nothing %ci", good()) == "{}");
}

TEST_CASE("json: types that the name asks for", "[logs][rfc8259]") {
  CHECK(line_of("%{+json}o %(a:str)HM %(b:sint)ST %(c)ST %(d:sint)HM", good()) == R"({"a": "GET", "b": 200, "c": 200, "d": 0})");
}

TEST_CASE("json: timers that never were are negative, growing numbers have no plus", "[logs][rfc8259]") {
  CHECK(line_of("%{+json}o %(tr)TR %(tw)Tw %(b)B %(ta)Ta", good(), true) == R"({"tr": 0, "tw": -1, "b": 106, "ta": 0})");
}

TEST_CASE("json: text is escaped as JSON wants it, not as log lines do", "[logs][rfc8259]") {
  CHECK(shown("/a\"b\\c#d") == R"("/a\"b\\c#d")");
  CHECK(shown("/\x01\n\x1f\x7f") == R"("/\u0001\u000A\u001F\u007F")");
  CHECK(shown("/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == "\"/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST_CASE("json: bytes that are no UTF-8 do not break the line", "[logs][rfc8259]") {
  CHECK(shown("/\xe9") == R"("/\u00E9")");
  CHECK(shown("/\xc3") == R"("/\u00C3")");
  CHECK(shown("/\xc0\x80") == R"("/\u00C0\u0080")");           // longer than needed
  CHECK(shown("/\xe0\x80\x80") == R"("/\u00E0\u0080\u0080")");
  CHECK(shown("/\xed\xa0\x80") == R"("/\u00ED\u00A0\u0080")");  // half of a surrogate pair
  CHECK(shown("/\xf4\x90\x80\x80") == R"("/\u00F4\u0090\u0080\u0080")");
  CHECK(shown("/\xff\xc3\xa9") == "\"/\\u00FF\xc3\xa9\"");
}

TEST_CASE("json: flags of single items do not change the object", "[logs][rfc8259]") {
  CHECK(line_of("%{+json}o %(m){+Q}HM %(p){+X}cp", good()) == R"({"m": "GET", "p": "E0EE"})");
}

TEST_CASE("cbor: a map without a given length, in hexadecimal", "[logs][rfc8949]") {
  CHECK(line_of("%{+cbor}o %(ci)ci %(st)ST", good()) == "BF" "626369" "693132372E302E302E31" "627374" "18C8" "FF");
}

TEST_CASE("cbor: numbers in their shortest form, below zero as well", "[logs][rfc8949]") {
  LogRecord record = good();
  const auto number = [&](std::uint64_t bytes) {
    record.bytes_to_client = bytes;
    const std::string line = line_of("%{+cbor}o %(b)B", record);
    REQUIRE(line.starts_with("BF6162"));
    return line.substr(6, line.size() - 8);
  };
  CHECK(number(0) == "00");
  CHECK(number(23) == "17");
  CHECK(number(24) == "1818");
  CHECK(number(255) == "18FF");
  CHECK(number(256) == "190100");
  CHECK(number(65536) == "1A00010000");
  CHECK(number(4294967296) == "1B0000000100000000");
  CHECK(line_of("%{+cbor}o %(t)Tw", record) == "BF617420FF");  // -1
}

TEST_CASE("cbor: text that is no UTF-8 goes as bytes", "[logs][rfc8949]") {
  LogRecord record = good();
  record.uri = "/\xc3\xa9";
  CHECK(line_of("%{+cbor}o %(u)HU", record) == "BF6175632FC3A9FF");
  record.uri = "/\xe9";
  CHECK(line_of("%{+cbor}o %(u)HU", record) == "BF6175422FE9FF");
}

TEST_CASE("cbor: names are text whatever they are made of", "[logs][rfc8949]") {
  CHECK(line_of("%{+cbor}o %(\xc3\xa9)ST", good()) == "BF62C3A918C8FF");
  CHECK(line_of("%{+cbor}o %(\xe9)ST", good()) == "BF62C3A918C8FF");
}

TEST_CASE("cbor: +bin writes the bytes themselves", "[logs][rfc8949]") {
  CHECK(line_of("%{+cbor,+bin}o %(st)ST", good()) == "\xbf\x62st\x18\xc8\xff");
}

#include "lib/base/text.h"

#include <catch2/catch.hpp>

using namespace lib::base;
using namespace std::chrono_literals;

TEST_CASE("times are read with their units, a bare number in the unit asked for", "[base][text]") {
  CHECK(parse_time("3").value == 3ms);
  CHECK(parse_time("3", 1s).value == 3s);
  CHECK(parse_time("250us", 1us).value == 250us);
  CHECK(parse_time("10s").value == 10s);
  CHECK(parse_time("1m").value == 1min);
  CHECK(parse_time("2h").value == 2h);
  CHECK(parse_time("1d").value == 24h);
}

TEST_CASE("a time says what is wrong with it and where", "[base][text]") {
  CHECK(parse_time("5y").fault == UnitFault::UnexpectedCharacter);
  CHECK(parse_time("5y").position == 1);
  CHECK(parse_time("").fault == UnitFault::UnexpectedCharacter);
  CHECK(parse_time("30d").fault == UnitFault::Overflow);
  CHECK(parse_time("99999999999999999999999").fault == UnitFault::Overflow);
  CHECK(parse_time("500us").fault == UnitFault::Underflow);
}

TEST_CASE("sizes are read with k, m and g", "[base][text]") {
  CHECK(parse_size("64").value == 64);
  CHECK(parse_size("16k").value == 16384);
  CHECK(parse_size("2M").value == 2u << 20);
  CHECK(parse_size("1g").value == 1u << 30);
  CHECK(parse_size("1x").fault == UnitFault::UnexpectedCharacter);
}

TEST_CASE("text splits, trims and compares as plain bytes", "[base][text]") {
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(equal_ignoring_case("Content-LENGTH", "content-length"));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
  CHECK(parse_number<int>("12") == 12);
  CHECK_FALSE(parse_number<int>("12x"));
}

TEST_CASE("spans are compact", "[base][text]") {
  CHECK(compact_span(0) == "0s");
  CHECK(compact_span(61) == "1m1s");
  CHECK(compact_span(3725) == "1h2m");
  CHECK(compact_span(90000) == "1d1h");
}

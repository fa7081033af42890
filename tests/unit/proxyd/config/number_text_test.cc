#include "proxyd/config/number_text.h"

#include <catch2/catch.hpp>

using namespace proxyd::config;
using namespace std::chrono_literals;

TEST_CASE("leading digits count and the rest is ignored", "[config]") {
  CHECK(leading_number("12abc") == 12);
  CHECK(leading_number("abc") == 0);
  CHECK(leading_number("-7x") == -7);
  CHECK(leading_number("+7") == 7);
  CHECK(leading_number(" 7") == 7);
  CHECK(leading_number("") == 0);
  CHECK(leading_number("99999999999999999999999") > 2147483647);
}

TEST_CASE("delays have one unit and round up to it", "[config]") {
  CHECK(read_delay("5s", 1ms).value == 5s);
  CHECK(read_delay("5", 1ms).value == 5ms);
  CHECK(read_delay("5", 1ms).bare);
  CHECK(read_delay("30", 1s).value == 30s);
  CHECK(read_delay("1us", 1ms).value == 1ms);
  CHECK(read_delay("500ms", 1s).value == 1s);
  CHECK(read_delay("1m", 1ms).value == 1min);
  CHECK(read_delay("2d", 1ms).value == 48h);
  CHECK(read_delay("0", 1ms).value == 0us);
}

TEST_CASE("what follows a delay is warned about, what is none is a fault", "[config]") {
  const Delay two = read_delay("1h30m", 1ms);
  CHECK(two.fault == DelayFault::None);
  CHECK(two.value == 1h);
  CHECK(two.trailing == '3');
  CHECK(read_delay("5y", 1ms).character == 'y');
  CHECK(read_delay("abc", 1ms).character == 'a');
  CHECK(read_delay("", 1ms).fault == DelayFault::UnexpectedCharacter);
  CHECK(read_delay("30d", 1ms).fault == DelayFault::Overflow);
  CHECK(read_delay("2147483647", 1ms).fault == DelayFault::None);
  CHECK(read_delay("2147483648", 1ms).fault == DelayFault::Overflow);
  CHECK(read_delay("1000d", 1s).fault == DelayFault::None);
}

#include "proxyd/session/cookie_dates.h"

#include <catch2/catch.hpp>

using proxyd::session::append_date;
using proxyd::session::DatedValue;
using proxyd::session::split_dates;

TEST_CASE("dates of a persistence cookie are quarters of seconds in five base64 digits", "[session][cookie]") {
  std::string text = "s1";
  append_date(text, 1'700'000'000);
  append_date(text, 0);
  const DatedValue read = split_dates(text);
  CHECK(text == "s1|ZVPxA|AAAAA");  // 425,000,000 quarters
  CHECK(read.server == "s1");
  CHECK(read.idle == 1'700'000'000);
  CHECK(read.first == 0);
}

TEST_CASE("what is no date counts as none", "[session][cookie]") {
  CHECK(split_dates("s1").idle == 0);
  CHECK(split_dates("s1|").idle == 0);
  CHECK(split_dates("s1|x|y").idle == 0);
  CHECK(split_dates("s1|????\?|awDVj").first > 0);
  CHECK(split_dates("|awDVj").server.empty());
}

#include <catch2/catch.hpp>

#include "keepalived/reload_schedule.h"

using namespace keepalived;

namespace {

std::time_t at(const char* text) {
  std::tm fields{};
  REQUIRE(::strptime(text, "%Y-%m-%d %H:%M:%S", &fields) != nullptr);
  fields.tm_isdst = -1;
  return std::mktime(&fields);
}

}  // namespace

TEST_CASE("a reload time alone is the next one of that clock time") {
  const std::time_t noon = at("2026-11-21 12:00:00");
  CHECK(parse_reload_time("13:30:05", noon) == at("2026-11-21 13:30:05"));
  CHECK(parse_reload_time("11:59:59", noon) == at("2026-11-22 11:59:59"));
}

TEST_CASE("a reload time with a date has two or four digits for its year") {
  const std::time_t noon = at("2026-11-21 12:00:00");
  CHECK(parse_reload_time("2027-01-02 03:04:05", noon) == at("2027-01-02 03:04:05"));
  CHECK(parse_reload_time("27-01-02 03:04:05", noon) == at("2027-01-02 03:04:05"));
  CHECK(parse_reload_time("20-01-02 03:04:05", noon) == at("2020-01-02 03:04:05"));
}

TEST_CASE("what is no reload time is nothing") {
  for (const char* text : {"", "soon", "25:00:00", "13:30", "2027-13-02 03:04:05", "2027-01-02", "13:30:05 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_reload_time(text, 0));
  }
}

#include "lib/log/dates.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

namespace {

void set_zone(const char* zone) {
  ::setenv("TZ", zone, 1);
  ::tzset();
}

}  // namespace

TEST_CASE("dates are written as the logs of the originals write them", "[log]") {
  set_zone("UTC-1");  // one hour east of Greenwich
  lib::log::Dates dates;
  const std::int64_t second = 1795216234;  // 2026-11-20 23:10:34 UTC
  CHECK(dates.syslog(second) == "Nov 21 00:10:34");
  CHECK(dates.common(second) == "21/Nov/2026:00:10:34");
  CHECK(dates.common_zoned(second) == "21/Nov/2026:00:10:34 +0100");
  CHECK(dates.common_utc(second) == "20/Nov/2026:23:10:34 +0000");
  CHECK(dates.iso(second) == "2026-11-21T00:10:34");
  CHECK(dates.iso_zone(second) == "+01:00");
  set_zone("UTC");
}

TEST_CASE("a day of one digit is padded with a blank in syslog's date only", "[log]") {
  set_zone("UTC");
  lib::log::Dates dates;
  const std::int64_t second = 1788220800;  // 2026-09-01 00:00:00
  CHECK(dates.syslog(second) == "Sep  1 00:00:00");
  CHECK(dates.common(second) == "01/Sep/2026:00:00:00");
}

TEST_CASE("zones west of Greenwich with half hours have a minus", "[log]") {
  set_zone("NST3:30");
  lib::log::Dates dates;
  CHECK(dates.common_zoned(1788220800) == "31/Aug/2026:20:30:00 -0330");
  CHECK(dates.iso_zone(1788220800) == "-03:30");
  set_zone("UTC");
}

TEST_CASE("seconds that share a place in the cache do not show each other's date", "[log]") {
  set_zone("UTC");
  lib::log::Dates dates;
  CHECK(dates.common(0) == "01/Jan/1970:00:00:00");
  CHECK(dates.common(64) == "01/Jan/1970:00:01:04");
  CHECK(dates.common(0) == "01/Jan/1970:00:00:00");
}

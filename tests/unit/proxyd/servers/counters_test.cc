#include "proxyd/servers/counters.h"

#include <catch2/catch.hpp>

using namespace proxyd::servers;
using namespace std::chrono_literals;

TEST_CASE("cells of several threads add up", "[counters]") {
  Cells cells{3};
  cells.of(0)[Count::ReqTot].add();
  cells.of(2)[Count::ReqTot].add(4);
  CHECK(cells.sum(Count::ReqTot) == 5);
  CHECK(cells.sum(Count::BytesIn) == 0);
  cells.clear();
  CHECK(cells.sum(Count::ReqTot) == 0);
}

TEST_CASE("a status belongs to a class", "[counters]") {
  CHECK(status_class(101) == Count::Rsp1xx);
  CHECK(status_class(204) == Count::Rsp2xx);
  CHECK(status_class(304) == Count::Rsp3xx);
  CHECK(status_class(499) == Count::Rsp4xx);
  CHECK(status_class(500) == Count::Rsp5xx);
  CHECK(status_class(600) == Count::RspOther);
  CHECK(status_class(99) == Count::RspOther);
}

TEST_CASE("a gauge remembers its highest value", "[counters]") {
  Gauge gauge;
  gauge.up();
  gauge.up();
  gauge.down();
  CHECK(gauge.value() == 1);
  CHECK(gauge.max() == 2);
  CHECK_FALSE(gauge.try_up(1));
  CHECK(gauge.try_up(2));
  CHECK(gauge.try_up(0));
  CHECK(gauge.max() == 2);
  gauge.note_highest();
  CHECK(gauge.max() == 3);
}

TEST_CASE("a rate slides over one second", "[counters]") {
  Rate rate;
  lib::base::Instant now{100s};
  CHECK(rate.per_second(now) == 0);
  for (int at = 0; at < 100; ++at) rate.tick(now + 1ms * at);
  CHECK(rate.per_second(now + 900ms) == 100);
  CHECK(rate.max() == 100);
  CHECK(rate.per_second(now + 1250ms) == 75);
  CHECK(rate.per_second(now + 1999ms) == 0);
  rate.tick(now + 1500ms);
  CHECK(rate.per_second(now + 1500ms) == 51);
  CHECK(rate.per_second(now + 5s) == 0);
  rate.tick(now + 7s);
  CHECK(rate.per_second(now + 7s) == 1);
  CHECK(rate.max() == 100);
}

TEST_CASE("a mean follows the last thousand values", "[counters]") {
  SlidingMean mean;
  CHECK(mean.mean() == 0);
  mean.add(10);
  mean.add(20);
  CHECK(mean.mean() == 15);
  for (int at = 0; at < 20000; ++at) mean.add(100);
  CHECK(mean.mean() == 100);
  CHECK(mean.max() == 100);
}

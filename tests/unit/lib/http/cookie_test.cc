#include "lib/http/cookie.h"

#include <catch2/catch.hpp>

#include <string>

using lib::http::CookiePairs;
using lib::http::split_set_cookie;

namespace {

/// The line without the pair of that name.
std::string without(std::string_view line, std::string_view name) {
  CookiePairs pairs{line};
  while (pairs.next()) {
    if (pairs.name() != name) continue;
    const CookiePairs::Cut cut = pairs.cut();
    return std::string{line.substr(0, cut.begin)} + std::string{cut.glue} + std::string{line.substr(cut.end)};
  }
  return "not found";
}

}  // namespace

TEST_CASE("cookies are read one after the other, quotes and commas as haproxy has them", "[http][cookie]") {
  CookiePairs pairs{"a=1; b = \"x;y\" ,c; =v;d="};
  REQUIRE(pairs.next());
  CHECK(pairs.name() == "a");
  CHECK(pairs.value() == "1");
  REQUIRE(pairs.next());
  CHECK(pairs.name() == "b");
  CHECK(pairs.value() == "\"x;y\"");
  REQUIRE(pairs.next());
  CHECK(pairs.name() == "c");
  CHECK_FALSE(pairs.has_value());
  REQUIRE(pairs.next());
  CHECK(pairs.name().empty());
  REQUIRE(pairs.next());
  CHECK(pairs.name() == "d");
  CHECK(pairs.has_value());
  CHECK(pairs.value().empty());
  CHECK_FALSE(pairs.next());
}

TEST_CASE("a cookie that is taken out leaves a well-formed line, as measured on the original", "[http][cookie]") {
  CHECK(without("x=1; K=b; y=2", "K") == "x=1; y=2");
  CHECK(without("x=1;K=b;y=2", "K") == "x=1; y=2");
  CHECK(without("x=1,K=b,y=2", "K") == "x=1, y=2");
  CHECK(without("x=1 ;  K=b ; y=2", "K") == "x=1; y=2");
  CHECK(without("K=b; y=2", "K") == "y=2");
  CHECK(without("x=1; K=b", "K") == "x=1");
  CHECK(without("K=b", "K").empty());
  CHECK(without("", "K") == "not found");
  CHECK(without(";;", "K") == "not found");
}

TEST_CASE("a Set-Cookie field gives its name and value", "[http][cookie]") {
  CHECK(split_set_cookie("K=v; path=/").name == "K");
  CHECK(split_set_cookie("K = \"v;w\" ; path=/").value == "\"v;w\"");
  CHECK(split_set_cookie("K").value.data() == nullptr);
  CHECK(split_set_cookie("K=").value.data() != nullptr);
  CHECK(split_set_cookie("").name.empty());
}

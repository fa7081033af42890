#include "proxyd/formats/format.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "lib/base/text.h"

using proxyd::formats::compile_format;
using proxyd::formats::NeedsMode;

TEST_CASE("the built-in formats compile where they are used", "[logs]") {
  for (const std::string_view text : {proxyd::formats::kHttpLogFormat, proxyd::formats::kHttpLogClfFormat}) {
    CAPTURE(text);
    CHECK(compile_format(text, NeedsMode::Http));
  }
  for (const std::string_view text : {proxyd::formats::kTcpLogFormat, proxyd::formats::kTcpLogClfFormat}) {
    CAPTURE(text);
    CHECK(compile_format(text, NeedsMode::Any));
  }
}

TEST_CASE("every alias compiles in HTTP mode, and its name is found", "[logs]") {
  for (const proxyd::formats::Alias& alias : proxyd::formats::aliases()) {
    CAPTURE(alias.name);
    CHECK(proxyd::formats::find_alias(alias.name) == &alias);
    CHECK_FALSE(alias.doc.empty());
    const auto format = compile_format("%" + std::string{alias.name}, NeedsMode::Http);
    CHECK(static_cast<bool>(format));
  }
}

TEST_CASE("aliases are sorted by name without regard to case and unique", "[logs]") {
  const auto lower = [](std::string_view name) {
    std::string text{name};
    std::ranges::transform(text, text.begin(), lib::base::to_lower);
    return text;
  };
  const auto all = proxyd::formats::aliases();
  for (std::size_t i = 1; i < all.size(); ++i) {
    CAPTURE(all[i].name);
    CHECK(lower(all[i - 1].name) <= lower(all[i].name));
    CHECK(all[i - 1].name != all[i].name);
  }
}

TEST_CASE("faults of formats are worded as haproxy words them", "[logs]") {
  struct Row {
    const char* format;
    const char* message;
    std::size_t offset;
  };
  const Row rows[] = {
      {"%ci %foo",
       "no such format alias 'foo'. If you wanted to emit the '%' character verbatim, you need to use '%%'.", 4},
  };
  for (const Row& row : rows) {
    CAPTURE(row.format);
    const auto format = compile_format(row.format, NeedsMode::Http);
    REQUIRE_FALSE(format);
    CHECK(format.error().message == row.message);
  }
}

TEST_CASE("HTTP's aliases are refused in TCP mode", "[logs]") {
  for (const char* text : {"%tr", "%r", "%HM", "%TR", "%Tr", "%CC"}) {
    CAPTURE(text);
    const auto format = compile_format(text, NeedsMode::Any);
    REQUIRE_FALSE(format);
    CHECK(format.error().message == "format alias '" + std::string{text + 1} + "' is reserved for HTTP mode.");
  }
}

#include "lib/runtime/command_line.h"

#include <catch2/catch.hpp>

using namespace lib::runtime;
using Words = std::vector<std::string>;

TEST_CASE("a line falls into commands at semicolons and into words at blanks", "[runtime]") {
  const CommandLine line = split_command_line("  show   info ;\tshow stat -1 4 -1 ");
  REQUIRE(line.commands.size() == 2);
  CHECK(line.commands[0] == Words{"show", "info"});
  CHECK(line.commands[1] == Words{"show", "stat", "-1", "4", "-1"});
  CHECK(!line.payload_end);
}

TEST_CASE("a backslash takes away a character's meaning and quotes have none", "[runtime]") {
  const CommandLine line = split_command_line(R"(echo a\;b c\ d "e f" \\ g\)");
  REQUIRE(line.commands.size() == 1);
  CHECK(line.commands[0] == Words{"echo", "a;b", "c d", "\"e", "f\"", "\\", "g\\"});
}

TEST_CASE("an empty line is one command without words; empty commands between others vanish", "[runtime]") {
  CHECK(split_command_line("").commands == std::vector<Words>{{}});
  CHECK(split_command_line(" ; ;").commands == std::vector<Words>{{}});
  CHECK(split_command_line("a;;b;").commands == std::vector<Words>{{"a"}, {"b"}});
}

TEST_CASE("<< at the end of a line announces a payload, with or without a mark", "[runtime]") {
  const CommandLine plain = split_command_line("show version; add map x <<");
  REQUIRE(plain.payload_end);
  CHECK(plain.payload_end->empty());
  CHECK(plain.commands.back() == Words{"add", "map", "x"});
  CHECK(split_command_line("add map x <<%EOF").payload_end == "%EOF");
  CHECK(!split_command_line("add map x << y").payload_end);
  CHECK(!split_command_line("add map x \\<<").payload_end);
  CHECK(!split_command_line("add map x <\\<").payload_end);
  CHECK(!split_command_line("add map x <").payload_end);
}

TEST_CASE("words beyond the sixty-fourth are left out", "[runtime]") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "x ";
  CHECK(split_command_line(text).commands[0].size() == kMaxWords);
}

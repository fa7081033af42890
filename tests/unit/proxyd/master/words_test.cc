#include "proxyd/master/words.h"

#include <catch2/catch.hpp>

#include "proxyd/master/prefix.h"
#include "proxyd/master/show_proc.h"

using namespace proxyd::master;
using lib::runtime::Level;

TEST_CASE("a worker's settings arrive as they were sent", "[master]") {
  const ReadyWords words{.settings = {.max_reloads = 3, .exit_on_failure = false}, .version = "3.4.0-x"};
  const auto read = read_ready(ready_text(words));
  REQUIRE(read);
  CHECK(read->settings == words.settings);
  CHECK(read->version == "3.4.0-x");
  CHECK_FALSE(read_ready("ready\n"));
  CHECK_FALSE(read_ready("ready\nx\n1\nv\n"));
  CHECK_FALSE(read_ready("log\nready\n"));
}

TEST_CASE("a client's level arrives as it was sent", "[master]") {
  for (const Level level : {Level::User, Level::Operator, Level::Admin}) CHECK(read_client(client_text(level)) == level);
  CHECK_FALSE(read_client("client\n"));
  CHECK_FALSE(read_client("client\nroot\n"));
}

TEST_CASE("a line falls apart into commands and whom they are for", "[master]") {
  const auto commands = split_commands("@1 show info;  show proc; @!12  a\\;b ;@");
  REQUIRE(commands.size() == 4);
  CHECK(commands[0].prefix == "@1");
  CHECK(commands[0].command == "show info");
  CHECK(commands[1].prefix.empty());
  CHECK(commands[1].command == "show proc");
  CHECK(commands[2].prefix == "@!12");
  CHECK(commands[2].command == "a\\;b ");
  CHECK(commands[3].prefix == "@");
  CHECK(commands[3].command.empty());
  CHECK_FALSE(commands[0].is_line);
  const auto line = split_commands("show proc; @@1 show info; show stat");
  REQUIRE(line.size() == 2);
  CHECK(line[1].is_line);
  CHECK(line[1].prefix == "@1");
  CHECK(line[1].command == "show info; show stat");
  CHECK(split_commands("@@!7").front().prefix == "@!7");
  CHECK(split_commands("").size() == 1);
  CHECK(split_commands("\\").front().command == "\\");
}

TEST_CASE("a prefix finds the master, the current worker, or any process by its number", "[master]") {
  Roster roster{"HAProxy"};
  Actions out;
  roster.on_launched(7, {});
  roster.on_ready(7, {}, "v", out);
  roster.on_reload(Reload::Soft, out);
  roster.on_launched(8, {});
  roster.on_ready(8, {}, "v", out);
  const auto target = [&](std::string_view prefix) { return find_target(prefix, roster, 5); };
  for (const char* each : {"@", "@master", "@0", "@!5"}) CHECK(target(each) == Target{});
  CHECK(target("@1") == Target{.kind = Target::Kind::Worker, .pid = 8});
  CHECK(target("@!8") == Target{.kind = Target::Kind::Worker, .pid = 8});
  CHECK(target("@!7") == Target{.kind = Target::Kind::Worker, .pid = 7});
  for (const char* each : {"@2", "@7", "@!9", "@x", "@!", "@-1"}) {
    CAPTURE(each);
    CHECK(target(each).kind == Target::Kind::Nobody);
  }
}

TEST_CASE("show proc has the original's columns", "[master]") {
  using namespace std::chrono_literals;
  Roster roster{"HAProxy"};
  Actions out;
  const lib::base::Instant begin{};
  roster.on_launched(7, begin);
  roster.on_ready(7, {}, "3.4", out);
  roster.on_reload(Reload::Soft, out);
  roster.on_launched(8, begin + 90000s);
  roster.on_ready(8, {}, "3.4", out);
  CHECK(show_proc(roster, 5, begin, "3.4", begin + 90061s) ==
        "#<PID>          <type>          <reloads>       <uptime>        <version>      \n"
        "5               master          1 [failed: 0]   1d01h01m01s     3.4            \n"
        "# workers\n"
        "8               worker          0               0d00h01m01s     3.4            \n"
        "# old workers\n"
        "7               worker          1               1d01h01m01s     3.4            \n"
        "# programs\n");
}

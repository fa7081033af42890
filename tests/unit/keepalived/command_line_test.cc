#include <catch2/catch.hpp>

#include <signal.h>

#include "keepalived/command_line.h"

using namespace keepalived;

namespace {

std::string fault_of(const std::vector<std::string>& words) {
  const auto parsed = parse_command_line(words);
  return parsed ? "" : parsed.error().message;
}

}  // namespace

TEST_CASE("the options of people's units and habits", "[vrrp][cli]") {
  const auto unit = parse_command_line({"--dont-fork", "-D", "-S", "6"});
  REQUIRE(unit);
  CHECK(unit->foreground);
  CHECK(unit->detail == 1);
  CHECK(unit->facility == 22);  // local6
  CHECK(unit->config_file == "/etc/keepalived/keepalived.conf");
  const auto lab = parse_command_line({"-nlP", "-f", "a.conf", "-pb.pid", "--vrrp_pid=c.pid", "--use-file", "d.conf"});
  REQUIRE(lab);
  CHECK(lab->foreground);
  CHECK(lab->log_console);
  CHECK_FALSE(lab->run_checkers);
  CHECK(lab->config_file == "d.conf");
  CHECK(lab->pid_file == "b.pid");
  CHECK(lab->vrrp_pid_file == "c.pid");
  const auto rare = parse_command_line({"-x", "-A", "unix:/x", "-a", "-Mpattern"});
  REQUIRE(rare);
  CHECK(rare->notes.size() == 1);
  CHECK(rare->address_monitoring);
  CHECK(rare->core_dump);
  CHECK(rare->core_pattern == "pattern");
  CHECK(parse_command_line({"-M"})->core_pattern == "core");
}

TEST_CASE("optional arguments must be attached", "[vrrp][cli]") {
  const auto alone = parse_command_line({"-t", "-f", "x"});
  REQUIRE(alone);
  CHECK(alone->test);
  CHECK(alone->test_log.empty());
  CHECK(parse_command_line({"-tlog"})->test_log == "log");
  CHECK(parse_command_line({"--config-test=log"})->test_log == "log");
}

TEST_CASE("what is wrong is named as the original names it", "[vrrp][cli]") {
  CHECK(fault_of({"-z"}) == "Unknown option -z");
  CHECK(fault_of({"-g"}) == "-g requires configure option --enable-log-file");
  CHECK(fault_of({"--zap"}) == "Unknown option --zap");
  CHECK(fault_of({"-f"}) == "Missing parameter for option -f");
  CHECK(parse_command_line({"stray", "words"})->notes == std::vector<std::string>{"Unexpected argument(s): stray words"});
  CHECK(parse_command_line({"-S", "x"})->notes == std::vector<std::string>{"Invalid log facility 'x'"});
  CHECK(parse_command_line({"-S", "x"})->fails_test);
  CHECK(parse_command_line({"-S", "local3"})->facility == 19);
  CHECK_FALSE(parse_command_line({"-S", "local3"})->fails_test);
  CHECK(parse_command_line({"-S", ""})->facility == 16);
  CHECK(parse_command_line({"-S", ""})->notes.empty());
  CHECK(parse_command_line({"-u", "9999"})->notes == std::vector<std::string>{"Invalid --umask option 9999"});
  CHECK_FALSE(parse_command_line({"-u", "9999"})->fails_test);
  CHECK_FALSE(parse_command_line({"-u", "9999"})->umask);
}

TEST_CASE("signals by name", "[vrrp][cli]") {
  CHECK(signal_number("STOP") == SIGTERM);
  CHECK(signal_number("RELOAD") == SIGHUP);
  CHECK(signal_number("JSON") == SIGRTMIN + 2);
  CHECK(signal_number("nonsense") == 0);
}

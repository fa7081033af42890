#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "proxyd/config/server_state.h"

namespace proxyd::config {
namespace {

const std::string kRow = "3 be 1 s1 10.0.0.1 2 0 5 10 100 6 3 4 6 0 0 0 - 8080 - 0 81 10.0.0.2 - 0";

StateFileFault fault_of(const std::string& text) { return read_state_rows(text).fault; }

TEST_CASE("a state file is rows behind the version", "[server_state]") {
  const std::string text = "1\n# be_id be_name\n\n" + kRow + "\n";  // what rows point into
  const StateRows file = read_state_rows(text);
  REQUIRE(file.fault == StateFileFault::None);
  REQUIRE(file.rows.size() == 1);
  CHECK(file.rows[0].backend() == "be");
  CHECK(file.rows[0].server() == "s1");
}

TEST_CASE("a file of another version, or without one, is of no use", "[server_state]") {
  for (const char* const text : {"", "1", "2\n", "hello\n", "1x\n", "1 1\n", "1\r\n"}) {
    CAPTURE(text);
    CHECK(fault_of(text) == StateFileFault::NoVersion);
  }
  CHECK(fault_of(" 1\n") == StateFileFault::None);
  CHECK(fault_of("01\n") == StateFileFault::None);
}

TEST_CASE("a file that was cut off is of no use, and says where", "[server_state]") {
  const StateRows cut = read_state_rows("1\n# x\n" + kRow);
  CHECK(cut.fault == StateFileFault::Corrupt);
  CHECK(cut.line == 2);
  CHECK(cut.rows.empty());
  CHECK(fault_of("1\n" + kRow + "\nfoo bar\n") == StateFileFault::Corrupt);
  CHECK(fault_of("1\n# " + std::string(3000, 'x') + "\n") == StateFileFault::Corrupt);
}

ServerState read(const std::string& line, std::vector<std::string>& faults, std::vector<std::string>& remarks) {
  const std::string text = "1\n" + line + "\n";
  const StateRows file = read_state_rows(text);
  REQUIRE(file.rows.size() == 1);
  return read_server_state(file.rows[0], faults, remarks);
}

TEST_CASE("a row says what a server was", "[server_state]") {
  std::vector<std::string> faults, remarks;
  const ServerState state = read(kRow, faults, remarks);
  CHECK(faults.empty());
  CHECK(remarks.empty());
  CHECK(state.operation == 2);
  CHECK(state.weight == 5);
  CHECK(state.initial_weight == 10);
  CHECK(state.since_s == 100);
  CHECK(state.check_health == 4);
  CHECK(state.address->text() == "10.0.0.1:0");
  CHECK(state.port == 8080);
  CHECK(state.check_port == 81);
  CHECK(state.check_address->text() == "10.0.0.2:0");
}

TEST_CASE("numbers that cannot be are named", "[server_state]") {
  std::vector<std::string> faults, remarks;
  (void)read("3 be 1 s1 x 9 9 300 x 1 99 9 1 99 0 2 0 - 99999 -", faults, remarks);
  const std::vector<std::string> expected = {
      "invalid srv_op_state value '9'",     "invalid srv_admin_state value '9'",  "invalid srv_uweight value '300'",
      "invalid srv_iweight value 'x'",      "invalid srv_check_status value '99'", "invalid srv_check_result value '9'",
      "invalid srv_check_state value '99'", "invalid bk_f_forced_id value '2'",   "invalid srv_port value '99999'"};
  CHECK(faults == expected);
  CHECK(remarks.empty());
  faults.clear();
  (void)read("3 be 1 s1 x 2 0 1 1 1 6 3 1 6 0 0 0 - 80 - 0 x y z 5", faults, remarks);
  CHECK(faults.empty());
  CHECK(remarks == std::vector<std::string>{"provided port is not an integer", "invalid addr 'y'", "agent checks are not enabled on this server"});
}

}  // namespace
}  // namespace proxyd::config

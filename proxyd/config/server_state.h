// The text of state files: what "show servers state" printed before the last stop (management guide, version 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/address.h"

namespace proxyd::config {

/// A server as it was. Numbers are those of "show servers state".
struct ServerState {
  std::uint32_t operation = 0, admin = 0;
  std::uint32_t weight = 0, initial_weight = 0;
  std::int64_t since_s = 0;  // since its last change, when it was written down
  std::uint32_t check_status = 0, check_result = 0, check_health = 0, check_bits = 0;
  std::optional<lib::net::Address> address;
  std::uint16_t port = 0;
  std::uint16_t check_port = 0;  // 0: none of its own
  std::optional<lib::net::Address> check_address;
};

/// A line of a state file, in words.
struct StateRow {
  std::vector<std::string_view> words;
  std::string_view backend() const { return words[1]; }
  std::string_view server() const { return words[3]; }
};

enum class StateFileFault : std::uint8_t { None, NoVersion, Corrupt };

/// The rows of a file, which point into `text`. A file with a fault is of no use as a whole.
struct StateRows {
  StateFileFault fault = StateFileFault::None;
  std::size_t line = 0;  // of the fault, counted behind the version
  std::vector<StateRow> rows;
};
StateRows read_state_rows(std::string_view text);

/// Takes a row apart. Says in `faults` what is wrong so that nothing of it counts, in `remarks` what alone does not.
ServerState read_server_state(const StateRow& row, std::vector<std::string>& faults, std::vector<std::string>& remarks);

}  // namespace proxyd::config

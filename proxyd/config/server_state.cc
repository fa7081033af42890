#include "proxyd/config/server_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "lib/base/text.h"

namespace proxyd::config {

namespace {

// Where each thing stands in a row.
enum Column : std::size_t {
  kAddress = 4, kOperation = 5, kAdmin = 6, kWeight = 7, kInitialWeight = 8, kSince = 9, kCheckStatus = 10, kCheckResult = 11, kCheckHealth = 12,
  kCheckBits = 13, kAgentBits = 14, kBackendIdForced = 15, kServerIdForced = 16, kPort = 18, kCheckPort = 21, kCheckAddress = 22,
  kAgentAddress = 23, kAgentPort = 24
};
constexpr std::size_t kFewestWords = 20, kLongestLine = 2000;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_version_1(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  return words.size() == 1 && lib::base::parse_number<std::uint32_t>(words[0]) == 1U;
}

/// The numbers of a row, with complaints about those that are none or beyond what there can be.
class Reader {
 public:
  Reader(const StateRow& row, std::vector<std::string>& faults) : row_{row}, faults_{faults} {}
  template <typename Number>
  Number number(Column column, std::string_view name, Number most) {
    const auto value = lib::base::parse_number<Number>(row_.words[column]);
    if (value && *value <= most) return *value;
    faults_.push_back(fmt::format("invalid {} value '{}'", name, row_.words[column]));
    return 0;
  }
  /// Of columns that older files do not have.
  std::string_view word(Column column, std::string_view otherwise) const {
    return column < row_.words.size() ? row_.words[column] : otherwise;
  }

 private:
  const StateRow& row_;
  std::vector<std::string>& faults_;
};

constexpr std::uint32_t kForced = 1, kDrained = 8;  // bits of srv_admin_state that exclude each other

void read_check_target(const Reader& reader, ServerState& state, std::vector<std::string>& remarks) {
  const std::string_view port = reader.word(kCheckPort, "0"), address = reader.word(kCheckAddress, "-");
  if (const auto number = lib::base::parse_number<std::uint16_t>(port)) state.check_port = *number;
  else remarks.emplace_back("provided port is not an integer");
  if (address != "-") {
    state.check_address = lib::net::Address::parse(address);
    if (!state.check_address) remarks.push_back(fmt::format("invalid addr '{}'", address));
  }
  if (reader.word(kAgentAddress, "-") != "-" || reader.word(kAgentPort, "0") != "0")
    remarks.emplace_back("agent checks are not enabled on this server");
}

}  // namespace

StateRows read_state_rows(std::string_view text) {
  StateRows out;
  const std::size_t first = text.find('\n');
  if (first == std::string_view::npos || !is_version_1(text.substr(0, first))) return {.fault = StateFileFault::NoVersion, .line = 0, .rows = {}};
  text.remove_prefix(first + 1);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end > kLongestLine) return {.fault = StateFileFault::Corrupt, .line = number, .rows = {}};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    StateRow row{words_of(line)};
    if (row.words.empty() || row.words.front().starts_with('#')) continue;
    if (row.words.size() < kFewestWords) return {.fault = StateFileFault::Corrupt, .line = number, .rows = {}};
    out.rows.push_back(std::move(row));
  }
  return out;
}

ServerState read_server_state(const StateRow& row, std::vector<std::string>& faults, std::vector<std::string>& remarks) {
  constexpr std::uint32_t kMostWeight = 256, kAny = std::numeric_limits<std::uint32_t>::max();
  Reader reader{row, faults};
  ServerState state;
  state.operation = reader.number<std::uint32_t>(kOperation, "srv_op_state", 3);
  const std::size_t faults_before = faults.size();
  state.admin = reader.number<std::uint32_t>(kAdmin, "srv_admin_state", 127);
  if (faults.size() == faults_before && (state.admin & kForced) != 0 && (state.admin & kDrained) != 0)
    faults.push_back(fmt::format("invalid srv_admin_state value '{}'", row.words[kAdmin]));
  state.weight = reader.number(kWeight, "srv_uweight", kMostWeight);
  state.initial_weight = reader.number(kInitialWeight, "srv_iweight", kMostWeight);
  state.since_s = reader.number(kSince, "srv_last_time_change", std::int64_t{kAny});
  state.check_status = reader.number<std::uint32_t>(kCheckStatus, "srv_check_status", 20);
  state.check_result = reader.number<std::uint32_t>(kCheckResult, "srv_check_result", 4);
  state.check_health = reader.number(kCheckHealth, "srv_check_health", kAny);
  state.check_bits = reader.number<std::uint32_t>(kCheckBits, "srv_check_state", 31);
  (void)reader.number<std::uint32_t>(kAgentBits, "srv_agent_state", 31);
  (void)reader.number<std::uint32_t>(kBackendIdForced, "bk_f_forced_id", 1);
  (void)reader.number<std::uint32_t>(kServerIdForced, "srv_f_forced_id", 1);
  state.port = reader.number(kPort, "srv_port", std::numeric_limits<std::uint16_t>::max());
  state.address = lib::net::Address::parse(row.words[kAddress]);
  read_check_target(reader, state, remarks);
  return state;
}

}  // namespace proxyd::config

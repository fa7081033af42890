// State files of any text: rows are complete and point into the text, numbers are within their ranges where nothing is said.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/config/server_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proxyd::config;
  const std::string_view text{static_cast<const char*>(static_cast<const void*>(data)), size};
  const StateRows file = read_state_rows(text);
  if (file.fault != StateFileFault::None && !file.rows.empty()) std::abort();
  for (const StateRow& row : file.rows) {
    for (const std::string_view word : row.words)
      if (word.empty() || word.data() < text.data() || word.data() + word.size() > text.data() + text.size()) std::abort();
    std::vector<std::string> faults, remarks;
    const ServerState state = read_server_state(row, faults, remarks);
    if (state.operation > 3 || state.weight > 256 || state.check_result > 4 || (state.admin & 9) == 9) {
      if (faults.empty()) std::abort();
    }
  }
  return 0;
}

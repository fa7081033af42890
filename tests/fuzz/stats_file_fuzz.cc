// Stats files of any text: names are GUIDs that stand in the text, and what was understood reads the same when it is written again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxyd/config/stats_file.h"

namespace {

using namespace proxyd::config;
using Rows = std::map<std::string_view, KeptCounters>;

void check_names(const Rows& rows, std::string_view text) {
  for (const auto& [guid, kept] : rows)
    if (!fault_of_guid(guid).empty() || guid.data() < text.data() || guid.data() + guid.size() > text.data() + text.size()) std::abort();
}

void write(std::string& out, const Rows& rows, std::string_view domain) {
  out += '#';
  out += domain;
  out += " guid";
  for (const KeptName& column : kept_names()) (out += ',') += column.name;
  out += '\n';
  for (const auto& [guid, kept] : rows) {
    out += guid;
    for (const auto& value : kept.values) (out += ',') += value ? std::to_string(*value) : std::string{};
    out += '\n';
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{static_cast<const char*>(static_cast<const void*>(data)), size};
  const StatsFile file = read_stats_file(text);
  if (file.faults.size() > 10 || (file.more_faults != 0 && file.faults.size() != 10)) std::abort();
  for (const StatsFault& fault : file.faults)
    if (fault.line == 0 || fault.what.empty() || fault.what.size() > 400) std::abort();
  check_names(file.front, text);
  check_names(file.back, text);
  std::string again;
  write(again, file.front, "fe");
  write(again, file.back, "be");
  const StatsFile second = read_stats_file(again);
  if (!second.faults.empty() || second.front != file.front || second.back != file.back) std::abort();
  return 0;
}

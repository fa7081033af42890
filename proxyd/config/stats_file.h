// The text of stats files: what "dump stats-file" printed before the last stop, counters by GUID (management guide).
//
//   #fe guid,conn_tot,stot,...        frontends and listeners, then a line for each
//   #be guid,stot,...                 backends and servers
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxyd::config {

/// A column that is kept over a stop, by its name in "show stat". Whoever runs says which counter it fills.
enum class KeptColumn : std::uint8_t {
  ConnTot, Stot, ReqTot, H1Req, Bin, Bout, Dreq, Dresp, Dcon, Dses, Ereq, Econ, Eresp, Wretr, Wredis, Wrew, Eint,
  Hrsp1xx, Hrsp2xx, Hrsp3xx, Hrsp4xx, Hrsp5xx, HrspOther, Intercepted, CliAbrt, SrvAbrt, Lbtot, Connect, Reuse,
  Chkfail, Chkdown, Downtime, Lastsess, SslSess, SslReusedSess, SslFailedHandshake,
  kCount
};
inline constexpr std::size_t kKeptColumns = static_cast<std::size_t>(KeptColumn::kCount);

/// Which of a proxy's halves lines are about.
enum class StatsDomain : std::uint8_t { Front, Back };

struct KeptName {
  std::string_view name;
  bool of_front = false, of_back = false;
};
/// By KeptColumn, which is also their order in what is written.
const std::array<KeptName, kKeptColumns>& kept_names();

/// What a file says of one object; empty where it says nothing of a column.
struct KeptCounters {
  std::array<std::optional<std::uint64_t>, kKeptColumns> values;
  std::optional<std::uint64_t> operator[](KeptColumn which) const { return values[static_cast<std::size_t>(which)]; }
  bool operator==(const KeptCounters&) const = default;
};

/// A line that says nothing that can be used.
struct StatsFault {
  std::size_t line = 0;
  std::string what;
};

/// Views point into the text. Where a file names a GUID twice in a domain, the later values count.
struct StatsFile {
  std::map<std::string_view, KeptCounters> front, back;
  std::vector<StatsFault> faults;  // the first few of them
  std::size_t more_faults = 0;
};
/// Lines with a fault are left out, everything else counts. Blank lines and those after "//" are comments, unknown columns nobody's business.
StatsFile read_stats_file(std::string_view text);

/// The most characters of a GUID.
inline constexpr std::size_t kLongestGuid = 127;
/// What is wrong with a GUID, or an empty text.
std::string fault_of_guid(std::string_view guid);

}  // namespace proxyd::config

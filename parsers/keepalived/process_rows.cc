#include "parsers/keepalived/process_rows.h"

#include <algorithm>

#include "lib/base/text.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295, kLeastRealtime = 1, kMostRealtime = 99;
constexpr std::size_t kMostProcessName = 15;  // TASK_COMM_LEN

/// "checker" of "checker_priority".
std::string process_of(const Reader& in) { return std::string{in.word(0).substr(0, in.word(0).find('_'))}; }

}  // namespace

std::string read_short_name(Reader& in) {
  std::string name = in.text(1);
  if (name.size() <= kMostProcessName) return name;
  in.complain("Process name " + name + " more than 15 characters, truncating");
  name.resize(kMostProcessName);
  return name;
}

void read_process_name(ProcessTuning& to, Reader& in) {
  if (in.word(0) == "lvs_process_name") in.log("'lvs_process_name' is deprecated - please use 'checker_process_name'");
  to.process_name = read_short_name(in);
}

void read_process_priority(ProcessTuning& to, Reader& in) {
  if (const auto value = in.number(1, -20, 19)) to.nice = static_cast<int>(*value);
  else in.complain("Invalid " + process_of(in) + " process priority specified");
}

void read_realtime_priority(ProcessTuning& to, Reader& in) {
  const std::string begin = process_of(in) + " process real-time priority ";
  const auto value = in.number(1, -2147483648LL, 2147483647LL);
  if (!value) return in.complain(begin + '\'' + in.text(1) + "' invalid");
  if (*value < kLeastRealtime) in.complain(begin + std::to_string(*value) + " less than minimum 1 - setting to minimum");
  if (*value > kMostRealtime) in.complain(begin + std::to_string(*value) + " greater than maximum 99 - setting to maximum");
  to.realtime_priority = static_cast<int>(std::clamp(*value, kLeastRealtime, kMostRealtime));
}

void read_realtime_limit(ProcessTuning& to, Reader& in) {
  const std::string who = process_of(in);
  if (in.word(0).ends_with("_rtime")) in.log("Keyword '" + in.text(0) + "' is deprecated - please use '" + who + "_rlimit_rttime'");
  if (const auto value = in.number(1, 1, kMostUnsigned)) to.realtime_limit_us = static_cast<std::uint32_t>(*value);
  else in.complain("Invalid " + who + " real-time limit - " + in.text(1));
}

void read_no_swap(ProcessTuning& to, Reader&) { to.no_swap = true; }

void read_cpu_affinity(ProcessTuning& to, Reader& in) {
  constexpr std::int64_t kMostCpu = 1023;
  if (in.size() < 2) return in.complain("No " + process_of(in) + " cpu_id set specified", 0);
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (const auto value = in.number(i, 0, kMostCpu)) to.cpus.push_back(static_cast<unsigned>(*value));
    else in.complain("Invalid cpu_id:" + std::to_string(lib::base::parse_number<unsigned>(in.word(i)).value_or(0)) + " specified for " + process_of(in) + " process", i);
  }
}

}  // namespace parsers::keepalived

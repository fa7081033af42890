// The fields of `show info`: facts about the process and the table over them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/metrics/field.h"

namespace proxyd::stats {

/// What is known of the process at one moment.
struct InfoFacts {
  std::string version, release_date, node, description;
  std::uint32_t threads = 0;
  std::int64_t pid = 0;
  double uptime_s = 0;
  std::uint64_t start_time_s = 0;  // seconds since 1970
  std::uint32_t memory_limit_mb = 0;
  std::uint64_t pool_bytes = 0, pool_used_bytes = 0;
  std::uint32_t ulimit_n = 0, maxsock = 0, maxconn = 0, hard_maxconn = 0;
  std::uint32_t connections = 0, streams = 0;
  std::uint64_t connections_total = 0, requests_total = 0, bytes_out = 0, bytes_out_rate = 0;
  std::uint32_t connection_rate = 0, connection_rate_limit = 0, connection_rate_max = 0;
  std::uint32_t session_rate = 0, session_rate_limit = 0, session_rate_max = 0;
  std::uint32_t tasks = 0, idle_percent = 100;
  bool stopping = false;
  std::uint32_t listeners = 0;
  std::uint64_t dropped_logs = 0, maxconn_reached = 0;
  std::uint32_t warnings = 0;
  std::uint64_t bugs = 0;
};

std::span<const lib::metrics::Description> info_fields();
/// One value for each field. With `precise`, spans and rates keep their fractions.
std::vector<lib::metrics::Value> info_values(const InfoFacts& facts, bool precise);

/// "0d 0h01m19s".
std::string long_span(std::uint64_t seconds);

}  // namespace proxyd::stats

#include "proxyd/master/show_proc.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace proxyd::master {
namespace {

std::string age_text(lib::base::Instant since, lib::base::Instant now) {
  const auto seconds = std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - since).count(), 0);
  return fmt::format("{}d{:02}h{:02}m{:02}s", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string row(std::string_view pid, std::string_view type, std::string_view reloads, std::string_view age, std::string_view version) {
  return fmt::format("{:<15} {:<15} {:<15} {:<15} {:<15}\n", pid, type, reloads, age, version);
}

std::string row_of(const Worker& worker, lib::base::Instant now) {
  return row(std::to_string(worker.pid), "worker", std::to_string(worker.reloads), age_text(worker.since, now), worker.version);
}

}  // namespace

std::string show_proc(const Roster& roster, pid_t own_pid, lib::base::Instant started, std::string_view version, lib::base::Instant now) {
  std::string text = row("#<PID>", "<type>", "<reloads>", "<uptime>", "<version>");
  text += row(std::to_string(own_pid), "master", fmt::format("{} [failed: {}]", roster.reloads(), roster.failed()), age_text(started, now), version);
  text += "# workers\n";
  if (const Worker* const current = roster.current()) text += row_of(*current, now);
  const bool has_old = std::any_of(roster.workers().begin(), roster.workers().end(), [](const Worker& each) { return !each.is_current; });
  if (has_old) text += "# old workers\n";
  for (const Worker& each : roster.workers())
    if (!each.is_current) text += row_of(each, now);
  return text + "# programs\n";
}

}  // namespace proxyd::master

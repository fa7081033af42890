#include "vrrpd/track/process_match.h"

#include <algorithm>

namespace vrrpd::track {

using parsers::keepalived::TrackProcess;

namespace {

constexpr std::size_t kCommLength = 15;

/// The program's words as they must stand at the start of the command line.
bool parameters_match(const TrackProcess& tracked, const std::vector<std::string>& arguments) {
  const auto& wanted = tracked.parameters;
  if (tracked.match == TrackProcess::Match::None && wanted.empty()) return true;
  if (arguments.empty()) return wanted.empty();
  const std::size_t given = arguments.size() - 1;
  const auto same = [&](std::size_t i) { return arguments[i + 1] == wanted[i]; };
  switch (tracked.match) {
    case TrackProcess::Match::None:
    case TrackProcess::Match::Exact:
      if (given != wanted.size()) return false;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (!same(i)) return false;
      return true;
    case TrackProcess::Match::Initial:  // the first words; more may follow
      if (given < wanted.size()) return false;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (!same(i)) return false;
      return true;
    case TrackProcess::Match::Partial:  // the first words, the last of them may be the start of a longer one
      if (given < wanted.size()) return false;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool last = i + 1 == wanted.size();
        if (last ? !arguments[i + 1].starts_with(wanted[i]) : !same(i)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> split_arguments(std::string_view cmdline) {
  std::vector<std::string> out;
  while (!cmdline.empty()) {
    const std::size_t end = std::min(cmdline.find('\0'), cmdline.size());
    out.emplace_back(cmdline.substr(0, end));
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
  }
  return out;
}

bool is_match(const TrackProcess& tracked, const ProcessFacts& process) {
  const bool needs_command_line =
      tracked.full_command || !tracked.parameters.empty() || tracked.match != TrackProcess::Match::None;
  if (!needs_command_line) {
    const std::string_view name = std::string_view{tracked.path}.substr(tracked.path.rfind('/') + 1);
    return process.name == name.substr(0, kCommLength);
  }
  return !process.arguments.empty() && process.arguments.front() == tracked.path &&
         parameters_match(tracked, process.arguments);
}

bool has_quorum(const TrackProcess& tracked, std::size_t count) {
  return count >= tracked.quorum && count <= tracked.quorum_max;
}

}  // namespace vrrpd::track

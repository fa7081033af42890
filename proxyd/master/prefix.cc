#include "proxyd/master/prefix.h"

#include "lib/base/text.h"

namespace proxyd::master {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

bool is_line(std::string_view text) { return text.starts_with("@@"); }

Addressed read_one(std::string_view text) {
  text = without_blanks(text);
  if (!text.starts_with('@')) return {.prefix = {}, .is_line = false, .command = std::string{text}};
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::size_t begin = is_line(text) ? 1 : 0;
  return {.prefix = std::string{text.substr(begin, end - begin)}, .is_line = begin != 0, .command = std::string{without_blanks(text.substr(end))}};
}

}  // namespace

std::vector<Addressed> split_commands(std::string_view line) {
  std::vector<Addressed> commands;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (is_line(without_blanks(line.substr(begin)))) break;
    if (line[i] == '\\') ++i;
    else if (line[i] == ';') {
      commands.push_back(read_one(line.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  commands.push_back(read_one(line.substr(std::min(begin, line.size()))));
  return commands;
}

Target find_target(std::string_view prefix, const Roster& roster, pid_t own_pid) {
  constexpr Target kMaster{};
  constexpr Target kNobody{.kind = Target::Kind::Nobody};
  prefix.remove_prefix(1);
  if (prefix.empty() || prefix == "master") return kMaster;
  const bool by_pid = prefix.front() == '!';
  if (by_pid) prefix.remove_prefix(1);
  const auto number = lib::base::parse_number<pid_t>(prefix);
  if (!number) return kNobody;
  if (by_pid) {
    if (*number == own_pid) return kMaster;
    for (const Worker& each : roster.workers())
      if (each.pid == *number) return {.kind = Target::Kind::Worker, .pid = each.pid};
    return kNobody;
  }
  if (*number == 0) return kMaster;
  const Worker* const current = roster.current();
  if (*number != 1 || current == nullptr) return kNobody;  // there is one current worker
  return {.kind = Target::Kind::Worker, .pid = current->pid};
}

}  // namespace proxyd::master

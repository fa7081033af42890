#include "lib/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace lib::plan {

namespace {

char sign_of(Change change) {
  switch (change) {
    case Change::Added: return '+';
    case Change::Removed: return '-';
    case Change::Changed: return '~';
    case Change::AtNextStart: return '*';
    case Change::Refused: return '!';
  }
  return '?';
}

/// A line stays one line.
std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\x{:02x}", unsigned{byte});
    else out += c;
  }
  return out;
}

}  // namespace

std::string text_of(const Entry& entry) {
  std::string out{sign_of(entry.change), ' '};
  out += entry.thing;
  if (!entry.keyword.empty()) {
    if (entry.before && entry.after) out += fmt::format(": {} {} -> {}", entry.keyword, *entry.before, *entry.after);
    else if (entry.after) out += fmt::format(": + {}{}{}", entry.keyword, entry.after->empty() ? "" : " ", *entry.after);
    else if (entry.before) out += fmt::format(": - {}{}{}", entry.keyword, entry.before->empty() ? "" : " ", *entry.before);
    else out += fmt::format(": {} changed", entry.keyword);
  }
  return without_controls(out);
}

bool Plan::is_refused() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& each) { return each.change == Change::Refused; });
}

std::string text_of(const Plan& plan) {
  if (plan.empty()) return "= nothing changes\n";
  std::string out;
  for (const Entry& each : plan.entries()) out += text_of(each) + '\n';
  return out;
}

std::string shown(std::string_view value) { return value.empty() ? "none" : std::string{value}; }

std::string shown(bool value) { return value ? "yes" : "no"; }

std::string shown(double value) { return fmt::format("{}", value); }

std::string shown(base::Duration value) {
  const auto us = value.count();
  if (us % 1'000'000 == 0) return fmt::format("{}s", us / 1'000'000);
  if (us > -1'000'000 && us < 1'000'000) return us % 1000 == 0 ? fmt::format("{}ms", us / 1000) : fmt::format("{}us", us);
  return fmt::format("{}s", static_cast<double>(us) / 1e6);
}

void Comparison::texts(std::string_view keyword, std::string before, std::string after, bool is_same) {
  if (is_same) return;
  if (before == after) return put(keyword, std::nullopt, std::nullopt);  // differs in what its text does not say
  put(keyword, std::move(before), std::move(after));
}

void Comparison::list(std::string_view keyword, const std::vector<std::string>& before, const std::vector<std::string>& after, Order order) {
  if (before == after) return;
  std::unordered_map<std::string_view, std::size_t> left;
  for (const std::string& each : before) ++left[each];
  bool differs = false;
  for (const std::string& each : after) {
    if (const auto found = left.find(each); found != left.end() && found->second != 0) {
      --found->second;
      continue;
    }
    put(keyword, std::nullopt, each);
    differs = true;
  }
  // Of equal ones the last are the surplus: which does not matter, they read alike.
  for (const std::string& each : before) {
    auto& surplus = left[each];
    if (surplus == 0) continue;
    --surplus;
    put(keyword, each, std::nullopt);
    differs = true;
  }
  if (!differs && order == Order::Counts) put(std::string{"order of "}.append(keyword), std::nullopt, std::nullopt);
}

void Comparison::put(std::string_view keyword, std::optional<std::string> before, std::optional<std::string> after) {
  plan_.put({.change = change_, .thing = thing_, .keyword = std::string{keyword}, .before = std::move(before), .after = std::move(after)});
}

}  // namespace lib::plan

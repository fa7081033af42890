// Nanoseconds per look-up in the tables of patterns, and how long a million lines take to load:
//   make tests/bench/patterns_bench && tests/bench/patterns_bench
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "proxyd/patterns/library.h"

namespace {

using namespace proxyd::patterns;
using Clock = std::chrono::steady_clock;

std::string lines(std::size_t count, const char* before, const char* after) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += before + std::to_string(i * 7919 % count) + after + "\n";
  return text;
}

std::string networks(std::size_t count, const char* after = "") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += std::to_string(1 + i % 223) + "." + std::to_string(i / 223 % 256) + "." + std::to_string(i / 57088 % 256) + ".0/24" + after + "\n";
  return text;
}

double seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

/// `count` ranges of three numbers, with gaps of two.
std::string ranges(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(5 * i) + ":" + std::to_string(5 * i + 2) + "\n";
  return text;
}

std::size_t look_up(const Table& table, Method method, const std::string& text, Workspace& workspace) {
  if (method == Method::Ip)
    if (const auto address = lib::net::Address::parse(text)) return table.find(*address);
  if (method == Method::Int) return table.find(std::int64_t{std::atoi(text.c_str())});
  return table.find(text, workspace);
}

void measure(const char* what, Method method, std::string text, const std::vector<std::string>& asked, ListKind kind = ListKind::Patterns) {
  const auto list = std::make_shared<List>();
  const auto begin = Clock::now();
  list->read(std::move(text), kind);
  Table table{list, method, Case::Kept};
  const std::string fault = table.rebuild();
  const double loaded = seconds(begin);
  Workspace workspace;
  std::size_t found = 0, count = 0;
  const auto from = Clock::now();
  do
    for (const std::string& each : asked) {
      found += look_up(table, method, each, workspace) != kNoEntry ? 1U : 0U;
      ++count;
    }
  while (seconds(from) < 0.3);
  std::printf("%-28s %8zu patterns  load %6.3f s  %8.1f ns a look-up, %3zu %% found%s%s\n", what, list->entries().size(), loaded,
              seconds(from) * 1e9 / static_cast<double>(count), found * 100 / count, fault.empty() ? "" : "  ", fault.c_str());
}

}  // namespace

int main() {
  const std::vector<std::string> names{"www.host77.example", "www.host99999.example", "www.nowhere.example", "short"};
  const std::vector<std::string> paths{"/shop/77/cart/items", "/shop/99999/x", "/nothing/of/the/kind", "/"};
  const std::vector<std::string> numbers{"77", "4321", "9999999", "8"};
  const std::vector<std::string> addresses{"10.1.2.3", "223.0.0.1", "1.0.0.9", "250.1.1.1"};
  measure("str, 100,000", Method::Str, lines(100'000, "www.host", ".example"), names);
  measure("str, 1,000,000", Method::Str, lines(1'000'000, "www.host", ".example"), names);
  measure("beg, 100,000", Method::Beg, lines(100'000, "/shop/", "/"), paths);
  measure("end, 100,000", Method::End, lines(100'000, ".host", ".example"), names);
  measure("dir, 100,000", Method::Dir, lines(100'000, "dir", ""), paths);
  measure("dom, 100,000", Method::Dom, lines(100'000, "host", ".example"), names);
  measure("sub, 100", Method::Sub, lines(100, "needle", ""), paths);
  measure("ip, 100,000", Method::Ip, networks(100'000), addresses);
  measure("ip, 1,000,000", Method::Ip, networks(1'000'000), addresses);
  measure("int, 100,000", Method::Int, ranges(100'000), numbers);
  measure("str map, 10,000", Method::Str, lines(10'000, "www.host", ".example value"), names, ListKind::Map);
  measure("beg map, 10,000", Method::Beg, lines(10'000, "/shop/", "/ value"), paths, ListKind::Map);
  measure("end map, 10,000", Method::End, lines(10'000, ".host", ".example value"), names, ListKind::Map);
  measure("dom map, 10,000", Method::Dom, lines(10'000, "host", ".example value"), names, ListKind::Map);
  measure("ip map, 10,000", Method::Ip, networks(10'000, " value"), addresses, ListKind::Map);
  measure("int map, 10,000", Method::Int, lines(10'000, "", " value"), numbers, ListKind::Map);
  measure("reg, 50", Method::Reg, lines(50, "^/shop/[a-z]+", "/(cart|list)/.*\\.html$"), paths);
  return 0;
}

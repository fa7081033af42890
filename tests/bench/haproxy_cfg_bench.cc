// Reading a haproxy.cfg of 30,000 lines (5,000 backends) into its tree. Run it by hand: make
// tests/bench/haproxy_cfg_bench. Without variables and escapes, words are views and the only
// allocations are the tree's chunks.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "parsers/haproxy/tree.h"

namespace {

constexpr int kRounds = 40;
constexpr int kBackends = 5000;
std::size_t allocations = 0;  // counted by operator new below

std::string make_file() {
  std::string text = "global\n maxconn 100\ndefaults\n mode http\n timeout connect 5s\n";
  for (int i = 0; i < kBackends; ++i) {
    const std::string number = std::to_string(i);
    const std::string host = std::to_string(i / 250) + "." + std::to_string(i % 250);
    text += "backend b" + number +
            "\n    balance roundrobin\n    option httpchk GET /\n    server s1 10.0." + host +
            ":80 check inter 2s\n    server s2 10.1." + host + ":80 check inter 2s\n\n";
  }
  return text;
}

double parse_ms(const std::string& text) {
  using namespace parsers::haproxy;
  std::string copy = text;
  const auto begin = std::chrono::steady_clock::now();
  Tree tree;
  Diagnostics diagnostics;
  Environment environment;
  parse_file(tree, "bench.cfg", std::move(copy), environment, {}, diagnostics);
  const auto end = std::chrono::steady_clock::now();
  if (diagnostics.failed() || tree.sections.size() != kBackends + 2) std::abort();
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  const std::string text = make_file();
  const auto lines = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
  std::vector<double> times;
  (void)parse_ms(text);  // warms the caches
  allocations = 0;
  for (int i = 0; i < kRounds; ++i) times.push_back(parse_ms(text));
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  std::printf("%.0f lines: %.2f ms (%.2f to %.2f), %.0f ns a line, %.3f allocations a line\n",
              lines, median, times.front(), times.back(), median * 1e6 / lines,
              static_cast<double>(allocations) / kRounds / lines);
}

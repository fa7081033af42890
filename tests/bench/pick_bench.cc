// How long the choice of a server takes: pick and release, one thread, and with others doing the same.
// Prints nanoseconds of processor time a pair, and the allocations made meanwhile (none).
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <thread>
#include <vector>

#include "proxyd/servers/backend.h"

using proxyd::config::Algorithm;

namespace {
std::atomic<std::uint64_t> allocations{0};
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr int kPairs = 2'000'000;

/// Of all threads, so that a busy machine does not count.
double processor_ns() {
  timespec used{};
  (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);  // it always exists
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

void work(proxyd::servers::Backend& backend, lib::base::Instant now) {
  bool must_queue = false;
  for (int at = 0; at < kPairs; ++at) {
    const proxyd::servers::PickKey key{.random = static_cast<std::uint64_t>(at)};
    proxyd::servers::Server* const server = backend.pick(key, now, nullptr, must_queue);
    if (server != nullptr) backend.release(*server, now);
  }
}

void measure(const char* name, Algorithm algorithm, std::size_t servers, std::uint32_t maxconn, unsigned threads) {
  proxyd::config::Proxy conf;
  conf.name = "be";
  conf.algorithm = algorithm;
  for (std::size_t at = 0; at < servers; ++at) {
    conf.servers.emplace_back();
    conf.servers.back().name = "s" + std::to_string(at);
    conf.servers.back().maxconn = maxconn;
  }
  proxyd::servers::Backend backend{nullptr, conf, threads, nullptr};
  const lib::base::Instant now = lib::base::monotonic_now();
  const std::uint64_t before = allocations.load();
  const double began = processor_ns();
  std::vector<std::thread> others;
  for (unsigned at = 1; at < threads; ++at) others.emplace_back(work, std::ref(backend), now);
  work(backend, now);
  const std::uint64_t made = allocations.load() - before;
  for (std::thread& other : others) other.join();
  const double took = processor_ns() - began;
  std::printf("%-12s %5zu servers, maxconn %-4u %u threads: %7.1f ns a pair, %llu allocations\n", name, servers, maxconn,
              threads, took / kPairs / threads, static_cast<unsigned long long>(threads == 1 ? made : 0));
}

}  // namespace

int main() {
  measure("roundrobin", Algorithm::RoundRobin, 2, 0, 1);
  measure("roundrobin", Algorithm::RoundRobin, 2, 100, 1);
  measure("roundrobin", Algorithm::RoundRobin, 1000, 0, 1);
  measure("leastconn", Algorithm::LeastConn, 2, 0, 1);
  measure("leastconn", Algorithm::LeastConn, 1000, 100, 1);
  measure("random", Algorithm::Random, 1000, 0, 1);
  measure("source", Algorithm::Source, 4, 0, 1);
  measure("roundrobin", Algorithm::RoundRobin, 2, 0, 2);
}

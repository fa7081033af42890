// 200 virtual servers with 25 real servers each, one check every 6 s: how late, at what cost.
//
//   checks_bench [tcp|http|silent] [SECONDS] [SERVICES]
//
// The servers are addresses of 127/8, all answered by one child process; with silent (HTTP) they never answer. Prints: checks, runs, worst delay, CPU of this
// process in percent of a core and in microseconds a run, memory a real server, late timers.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "checkerd/checkers/checkers.h"
#include "lib/net/socket.h"

namespace {

using namespace checkerd::checkers;
using namespace parsers::keepalived;
using namespace std::chrono_literals;

class Count final : public Listener {
 public:
  void on_verdict(const CheckerId&, bool up) override { ++(up ? ups : downs); }
  void on_weight(const CheckerId&, std::int64_t) override {}
  void on_mail(const CheckerId&, bool, std::string_view) override {}
  void on_log(checkerd::Level, std::string_view) override {}
  std::size_t ups = 0, downs = 0;
};

/// Accepts, answers and closes, until the parent ends.
[[noreturn]] void serve(int listener, bool is_http, bool is_silent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  while (is_silent) ::pause();
  while (true) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (is_http) {
      char request[1024];
      constexpr std::string_view kAnswer = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello";
      (void)!::recv(fd, request, sizeof request, 0);
      (void)!::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
  }
}

long resident_kib() {
  std::ifstream in{"/proc/self/statm"};
  long all = 0, resident = 0;
  in >> all >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

KeepalivedConfig make_config(std::size_t services, std::uint16_t port, bool is_http) {
  KeepalivedConfig out;
  for (std::size_t v = 0; v < services; ++v) {
    VirtualServer& server = out.lvs.servers.emplace_back();
    server.name = fmt::format("[10.0.0.{}]:tcp:80", v);
    for (std::size_t r = 0; r < 25; ++r) {
      RealServer& real = server.real_servers.emplace_back();
      real.address = lib::net::Address::ipv4(0x7f000001U + static_cast<std::uint32_t>(v << 8U) + static_cast<std::uint32_t>(r), port);
      real.name = fmt::format("[{}]:tcp:{}", real.address.host(), port);
      Checker& checker = real.checkers.emplace_back();
      if (is_http) checker.what.emplace<HttpCheck>().urls.emplace_back().path.assign(1, '/');
      checker.target.to = real.address;
      checker.times.delay_loop = checker.times.warmup = 6s;
    }
  }
  return out;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "tcp";
  const bool is_silent = mode == "silent", is_http = is_silent || mode == "http";
  const auto seconds = std::chrono::seconds{count > 2 ? std::atoi(arguments[2]) : 20};
  const std::size_t services = count > 3 ? static_cast<std::size_t>(std::atoi(arguments[3])) : 200;
  lib::net::Endpoint where;
  where.ip = lib::net::Address::ipv4(0, 0);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener, where.ip.raw(), where.ip.raw_size()) != 0 || ::listen(listener, 4096) != 0) return 1;
  const std::uint16_t port = lib::net::local_address(listener).port();
  const pid_t child = ::fork();
  if (child == 0) serve(listener, is_http, is_silent);

  const long at_start = resident_kib();
  const KeepalivedConfig config = make_config(services, port, is_http);
  const long with_config = resident_kib();
  lib::event::Loop loop;
  Count heard;
  Checkers checkers{loop, config, heard};
  loop.refresh_now();
  checkers.start();
  const double before = cpu_seconds();
  const auto end = lib::base::monotonic_now() + seconds;
  while (lib::base::monotonic_now() < end) loop.run_once(10ms);
  const double spent = cpu_seconds() - before;
  const Load load = checkers.load();
  const auto servers = static_cast<double>(services * 25);
  fmt::print("checks {} runs {} up {} down {} worst_delay_ms {:.1f} cpu_percent {:.1f} us_per_run {:.1f} config_kib_per_server {:.2f} all_kib_per_server {:.2f} running {} late_timers {}\n",
             load.checks, load.runs, heard.ups, heard.downs, static_cast<double>(load.worst_delay.count()) / 1000.0,
             100 * spent / std::chrono::duration<double>(seconds).count(), 1e6 * spent / static_cast<double>(load.runs),
             static_cast<double>(with_config - at_start) / servers, static_cast<double>(resident_kib() - at_start) / servers, load.running, loop.late_timers());
  ::kill(child, SIGTERM);
  return load.worst_delay < 100ms && (is_silent || heard.downs == 0) ? 0 : 1;
}

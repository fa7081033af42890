// What a log line costs: making an httplog line, by its own function and by a compiled format, and sending it to a
// syslog target on loopback in batches of 32.
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "lib/log/sender.h"
#include "proxyd/formats/format.h"
#include "proxyd/logs/render.h"

namespace {

using proxyd::logs::LineContext;
using proxyd::logs::LineWriter;
using proxyd::logs::LogRecord;

std::int64_t cpu_ns() {
  timespec now{};
  (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// The best of five rounds, in nanoseconds of CPU time a line.
template <class Work>
void report(const char* name, int lines, Work work) {
  std::int64_t best = INT64_MAX, worst = 0;
  for (int round = 0; round < 5; ++round) {
    const std::int64_t began = cpu_ns();
    for (int i = 0; i < lines; ++i) work(i);
    const std::int64_t took = (cpu_ns() - began) / lines;
    best = took < best ? took : best;
    worst = took > worst ? took : worst;
  }
  std::printf("%-32s %5lld ns/line (worst round %lld)\n", name, static_cast<long long>(best), static_cast<long long>(worst));
}

LogRecord sample() {
  LogRecord record;
  record.backend = "servers";
  record.server = "web1";
  record.client = lib::net::Address::ipv4(0x0a000001, 45678);
  record.accepted = record.requested = lib::base::wall_now();
  record.request = record.queue = record.connect = record.response = 0;
  record.active = 12;
  record.status = 200;
  record.bytes_to_client = 12345;
  record.method = "GET";
  record.uri = "/index.html?a=b&c=d/some/path";
  record.version = "HTTP/1.1";
  return record;
}

/// A UDP socket that nobody reads: what arrives after its buffer is full costs nothing but the kernel's look at it.
lib::net::Address open_sink(lib::base::UniqueFd& sink) {
  sink.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const lib::net::Address any = lib::net::Address::ipv4(INADDR_LOOPBACK, 0);
  if (::bind(sink.get(), any.raw(), any.raw_size()) != 0) std::perror("bind");
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  (void)::getsockname(sink.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  return lib::net::Address::from_sockaddr(reinterpret_cast<const sockaddr&>(bound), size);
}

}  // namespace

int main() {
  const LogRecord record = sample();
  LineContext context;
  context.frontend = "http-in";
  lib::log::Dates dates;
  std::string room(4096, '\0');
  report("httplog, direct", 1'000'000, [&](int) {
    LineWriter out{room.data(), 1024};
    render_http(record, context, dates, out);
  });
  const auto format = proxyd::formats::compile_format(proxyd::formats::kHttpLogFormat, proxyd::formats::NeedsMode::Http);
  if (!format) return 1;
  report("httplog, compiled format", 1'000'000, [&](int) {
    LineWriter out{room.data(), 1024};
    render(*format, record, context, dates, out);
  });
  lib::base::UniqueFd sink;
  lib::log::Target target;
  target.where.ip = open_sink(sink);
  target.tag = "proxyd";
  lib::log::TargetTable table;
  const std::vector<lib::log::TargetId> to{table.add(target)};
  lib::log::Sender sender{table};
  report("made and sent", 200'000, [&](int i) {
    LineWriter out{sender.room(), 1024};
    render_http(record, context, sender.dates(), out);
    sender.finish(to, lib::log::Level::Info, out.size());
    if (i % 32 == 31) sender.flush();
  });
  return 0;
}

// show version, show env, show cli sockets, show startup-logs, show pools, show activity.
#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "lib/base/version.h"
#include "lib/event/frame_pool.h"
#include "lib/net/descriptors.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/session/buffer.h"

namespace proxyd::cli {

using lib::event::Task;

namespace {

void show_version(Context&, Call& call) { call.message(Severity::Info, lib::base::product().version); }

void show_env(Context&, Call& call) {
  const std::string_view wanted = call.arg(0);
  bool found = wanted.empty();
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line{*entry};
    const bool matches = wanted.empty() || line.substr(0, line.find('=')) == wanted;
    if (!matches) continue;
    found = true;
    call.out += line;
    call.out += '\n';
  }
  if (!found) call.error("Variable not found");
}

std::string socket_text(const lib::net::Endpoint& where) {
  using Kind = lib::net::Endpoint::Kind;
  switch (where.kind) {
    case Kind::Ip: return (where.ip.is_ipv6() ? "ipv6@" : "ipv4@") + where.ip.text();
    case Kind::UnixPath: return "unix@" + where.path;
    case Kind::UnixAbstract: return "abns@" + where.path;
    case Kind::InheritedFd: return fmt::format("fd@{}", where.inherited_fd);
  }
  return {};
}

void show_sockets(Context& context, Call& call) {
  call.out += "# socket lvl processes\n";
  for (const config::StatsSocket& socket : context.process.site->config->global.stats_sockets)
    call.out += fmt::format("{} {} all\n", socket_text(socket.where),
                            lib::runtime::word(static_cast<Level>(socket.level)));
}

void show_startup_logs(Context& context, Call& call) {
  call.out += context.startup_logs;
  if (!call.out.ends_with('\n')) call.out += '\n';
}

/// All listening sockets, for the process that takes our place.
void give_sockets(Context& context, Call& call) {
  if (!call.settings.exposes_listeners || context.process.stopping.load()) return call.error("Permission denied");
  std::vector<listen::LabelledSocket> sockets = context.runtime_sockets;
  for (const auto& frontend : context.process.site->frontends)
    for (const auto& listener : frontend->listeners)
      if (listener->fd) sockets.push_back({listener->label, listener->fd.get()});
  auto pair = lib::net::packet_sockets();
  if (!pair) return call.error(pair.error().message);
  auto& [ours, theirs] = *pair;
  lib::net::set_non_blocking(ours.get());  // the kernel keeps what is sent until it is read, as far as it has room
  const bool whole = listen::send_sockets(ours.get(), sockets) && lib::net::send_packet(ours.get(), listen::kSocketsEnd);
  if (!whole || !call.send_descriptor(listen::kSocketsPacket, theirs.get())) return call.error("Cannot send the sockets");
  context.gave_sockets = true;
}

/// What one thread says of itself.
struct ThreadFacts {
  std::size_t buffers = 0, buffers_used = 0, buffer_size = 0;
  std::size_t frames_from_heap = 0, tasks = 0, sessions = 0;
  std::uint64_t idle_ms = 0, busy_ms = 0, late_timers = 0;
};

ThreadFacts look_at(session::Worker& worker) {
  ThreadFacts facts;
  facts.buffers = worker.buffers->normal.allocated() + worker.buffers->wide.allocated();
  facts.buffers_used = worker.buffers->normal.in_use() + worker.buffers->wide.in_use();
  facts.buffer_size = worker.buffers->normal.buffer_size();
  facts.frames_from_heap = lib::event::frames_from_heap();
  facts.tasks = worker.tasks.size();
  for (auto at = worker.sessions.begin(); at != worker.sessions.end(); ++at) ++facts.sessions;
  facts.idle_ms = worker.idle_us.load(std::memory_order_relaxed) / 1000;
  facts.busy_ms = worker.busy_us.load(std::memory_order_relaxed) / 1000;
  facts.late_timers = worker.loop.late_timers();
  return facts;
}

Task<std::vector<ThreadFacts>> look_at_threads(Context& context, Call& call) {
  // shared: a thread may still be at it when this command is cancelled
  const auto threads = std::make_shared<std::vector<ThreadFacts>>(context.process.workers.size());
  const std::function<void(session::Worker&)> look = [threads](session::Worker& worker) {
    (*threads)[worker.index] = look_at(worker);
  };
  co_await session::on_each_worker(context.process, context.here, call.waiter, look);
  co_return std::move(*threads);
}

Task<void> show_pools(Context& context, Call& call) {
  const std::vector<ThreadFacts> threads = co_await look_at_threads(context, call);
  ThreadFacts sum;
  for (const ThreadFacts& thread : threads) {
    sum.buffers += thread.buffers;
    sum.buffers_used += thread.buffers_used;
    sum.buffer_size = thread.buffer_size;
    sum.frames_from_heap += thread.frames_from_heap;
  }
  const std::size_t bytes = sum.buffers * sum.buffer_size;
  const std::size_t used = sum.buffers_used * sum.buffer_size;
  call.out += fmt::format(
      "Dumping pools usage.\n  - Pool buffer ({} bytes) : {} allocated ({} bytes), {} used, 0 failures, {} users\n"
      "  - Pool frames : {} taken from the heap so far\nTotal: 2 pools, {} bytes allocated, {} used.\n",
      sum.buffer_size, sum.buffers, bytes, sum.buffers_used, threads.size(), sum.frames_from_heap, bytes, used);
}

Task<void> show_activity(Context& context, Call& call) {
  const std::vector<ThreadFacts> threads = co_await look_at_threads(context, call);
  const auto now = std::chrono::duration<double>(lib::base::wall_now().time_since_epoch()).count();
  call.out += fmt::format("thread_id: {} (1..{})\ndate_now: {:.6f}\n", context.here.index + 1, threads.size(), now);
  const auto line = [&](std::string_view name, auto member) {
    std::uint64_t sum = 0;
    std::string each;
    for (const ThreadFacts& thread : threads) {
      sum += thread.*member;
      fmt::format_to(std::back_inserter(each), "{} ", thread.*member);
    }
    fmt::format_to(std::back_inserter(call.out), "{}: {} [ {}]\n", name, sum, each);
  };
  line("sessions", &ThreadFacts::sessions);
  line("tasks", &ThreadFacts::tasks);
  line("idle_ms", &ThreadFacts::idle_ms);
  line("busy_ms", &ThreadFacts::busy_ms);
  line("late_timers", &ThreadFacts::late_timers);
  line("frames_from_heap", &ThreadFacts::frames_from_heap);
  line("buffers_used", &ThreadFacts::buffers_used);
}

}  // namespace

std::vector<Command> process_commands(Context& context) {
  return {
      bind(context, {"_getsocks", Level::User, "_getsocks", "the listening sockets, for the process that takes over"}, give_sockets),
      bind(context, {"show version", Level::User, "show version", "tell the program's version"}, show_version),
      bind(context, {"show env", Level::Operator, "show env [var]", "show environment variables"}, show_env),
      bind(context, {"show cli sockets", Level::User, "show cli sockets", "list the sockets of this API"},
           show_sockets),
      bind(context, {"show startup-logs", Level::Operator, "show startup-logs", "what was said at the start"},
           show_startup_logs),
      bind(context, {"show pools", Level::User, "show pools", "memory in pools"}, show_pools),
      bind(context, {"show activity", Level::User, "show activity", "what each thread has done"}, show_activity),
  };
}

}  // namespace proxyd::cli

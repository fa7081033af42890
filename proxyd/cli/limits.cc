// set maxconn, enable/disable frontend, clear counters.
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

using lib::event::Task;
using listen::FrontendStatus;

namespace {

/// Answers and returns nothing when it is not a number from 0 to what 32 bits with a sign hold.
std::optional<std::uint32_t> read_limit(Call& call, std::string_view words) {
  const std::optional<std::int64_t> number = lib::base::parse_number<std::int64_t>(words);
  if (!number) {
    call.error("Integer value expected.");
    return std::nullopt;
  }
  if (*number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    call.error("Value out of range.");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

void set_maxconn_frontend(Context& context, Call& call) {
  listen::Frontend* frontend = named_frontend(context, call);
  if (frontend == nullptr) return;
  const std::optional<std::uint32_t> limit = read_limit(call, call.arg(1));
  if (limit) frontend->maxconn.store(*limit, std::memory_order_relaxed);
}

void set_maxconn_server(Call& call, servers::Server& server) {
  if (call.arg(1).empty()) return call.error("Require <maxconn>.");
  if (!lib::base::parse_number<std::int64_t>(call.arg(1)))
    return call.error("maxconn string empty or preceded by garbage");
  const std::optional<std::uint32_t> limit = read_limit(call, call.arg(1));
  if (limit) server.backend.set_maxconn(server, *limit, call.waiter.now());
}

void set_maxconn_global(Context& context, Call& call) {
  if (call.arg(0).empty()) return call.error("Expects an integer value.");
  const std::optional<std::uint32_t> limit = read_limit(call, call.arg(0));
  if (!limit) return;
  const std::uint32_t highest = context.process.hard_maxconn;
  if (*limit > highest) return call.error("Value out of range.");
  context.process.maxconn.store(*limit == 0 ? highest : *limit, std::memory_order_relaxed);
}

void tell(Context& context, const listen::Frontend& frontend, std::string_view verb) {
  constexpr int kWarning = 4;
  if (!context.on_event) return;
  context.on_event({.level = kWarning,
                    .text = fmt::format("{} frontend {}.", verb, frontend.conf.name),
                    .proxy = &frontend.conf,
                    .console_text = {}});
}

void disable_frontend(Context& context, Call& call) {
  listen::Frontend* frontend = named_frontend(context, call);
  if (frontend == nullptr) return;
  FrontendStatus status = frontend->status.load();
  if (status == FrontendStatus::Stopped)
    return call.error("Frontend was previously shut down, cannot disable.");
  if (status == FrontendStatus::Paused) return call.error("All sockets are already disabled.");
  frontend->status.store(FrontendStatus::Paused);
  tell(context, *frontend, "Paused");
}

void enable_frontend(Context& context, Call& call) {
  listen::Frontend* frontend = named_frontend(context, call);
  if (frontend == nullptr) return;
  FrontendStatus status = frontend->status.load();
  if (status == FrontendStatus::Stopped) return call.error("Frontend was previously shut down, cannot enable.");
  if (status != FrontendStatus::Paused) return call.error("All sockets are already enabled.");
  frontend->status.store(FrontendStatus::Open);
  tell(context, *frontend, "Resumed");
}

template <class Object>
void clear_times(Object& object) {
  object.queue_time.clear_max();
  object.connect_time.clear_max();
  object.response_time.clear_max();
  object.total_time.clear_max();
}

void clear_highest(session::Process& process) {
  process.counters.connections.clear_max();
  process.counters.connection_rate.clear_max();
  process.counters.session_rate.clear_max();
  for (const auto& frontend : process.site->frontends) {
    frontend->sessions.clear_max();
    frontend->connection_rate.clear_max();
    frontend->session_rate.clear_max();
    frontend->request_rate.clear_max();
    for (const auto& listener : frontend->listeners) listener->sessions.clear_max();
  }
  for (const auto& backend : process.site->backends) {
    backend->sessions.clear_max();
    backend->queued.clear_max();
    backend->session_rate.clear_max();
    clear_times(*backend);
    for (const auto& server : backend->servers) {
      server->sessions.clear_max();
      server->session_rate.clear_max();
      server->queued_max.store(server->queued.load());
      clear_times(*server);
    }
  }
}

/// The cells of one thread, on that thread: nobody else writes them.
void clear_cells(session::Worker& worker) {
  const auto clear = [&](servers::Cells& cells) {
    for (servers::Counter& counter : cells.of(worker.index).counts) counter.clear();
  };
  for (const auto& frontend : worker.site().frontends) {
    clear(frontend->counters);
    for (const auto& listener : frontend->listeners)
      if (listener->counters) clear(*listener->counters);
  }
  for (const auto& backend : worker.site().backends) {
    clear(backend->counters);
    for (const auto& server : backend->servers) clear(server->counters);
  }
}

Task<void> clear_counters(Context& context, Call& call) {
  const bool all = call.arg(0) == "all";
  if (all && !call.allowed(Level::Admin)) co_return;
  clear_highest(context.process);
  if (!all) co_return;
  const std::function<void(session::Worker&)> work = clear_cells;
  co_await session::on_each_worker(context.process, context.here, call.waiter, work);
}

}  // namespace

std::vector<Command> limit_commands(Context& context) {
  return {
      bind(context,
           {"set maxconn frontend", Level::Admin, "set maxconn frontend <frontend> <value>",
            "change a frontend's limit of connections"},
           set_maxconn_frontend),
      bind(context,
           {"set maxconn global", Level::Admin, "set maxconn global <value>",
            "change the process's limit of connections"},
           set_maxconn_global),
      bind(context,
           {"set maxconn server", Level::Admin, "set maxconn server <bk>/<srv> <value>",
            "change a server's limit of connections"},
           set_maxconn_server),
      bind(context,
           {"disable frontend", Level::Admin, "disable frontend <frontend>", "pause a frontend: it accepts no more"},
           disable_frontend),
      bind(context, {"enable frontend", Level::Admin, "enable frontend <frontend>", "let a paused frontend go on"},
           enable_frontend),
      bind(context,
           {"clear counters", Level::Operator, "clear counters [all]", "forget highest values, or all counters"},
           clear_counters),
  };
}

}  // namespace proxyd::cli

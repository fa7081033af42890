// shutdown frontend, shutdown session, shutdown sessions server.
#include <atomic>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>

#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

using lib::event::Task;

namespace {

/// For good: the sockets are closed, connections end with the response they are at or wait for.
Task<void> shutdown_frontend(Context& context, Call& call) {
  listen::Frontend* const frontend = named_frontend(context, call);
  if (frontend == nullptr) co_return;
  if (frontend->status.exchange(listen::FrontendStatus::Stopped) == listen::FrontendStatus::Stopped)
    co_return call.error("Frontend was already shut down.");
  const std::function<void(session::Worker&)> leave = [frontend](session::Worker& worker) {
    worker.stop_accepting(*frontend);
  };
  co_await session::on_each_worker(context.process, context.here, call.waiter, leave);
  for (const auto& listener : frontend->listeners) listener->fd.reset();
  constexpr int kWarning = 4;
  if (!context.on_event) co_return;
  const std::string text = listen::stopped_text(frontend->conf, frontend, frontend->own_backend);
  context.on_event({.level = kWarning, .text = text, .proxy = &frontend->conf, .console_text = {}});
}

using Condition = std::function<bool(const session::SessionInfo&)>;

/// Ends every session that meets the condition; true if there was one. The condition is asked on all threads.
Task<bool> kill_sessions(Context& context, Call& call, Condition is_meant) {
  // shared: a thread may still be at it when this command is cancelled
  const auto found = std::make_shared<std::atomic<bool>>(false);
  const std::function<void(session::Worker&)> kill = [found, is_meant](session::Worker& worker) {
    for (session::SessionInfo& info : worker.sessions) {
      if (!is_meant(info)) continue;
      info.kill();  // it ends soon, not here: the list stays as it is
      found->store(true);
    }
  };
  co_await session::on_each_worker(context.process, context.here, call.waiter, kill);
  co_return found->load();
}

/// A number as `show sess` writes it, "0x..." or decimal.
std::optional<std::uint64_t> session_id(std::string_view words) {
  const bool is_hex = words.starts_with("0x");
  if (is_hex) words.remove_prefix(2);
  std::uint64_t id = 0;
  const auto [end, fault] = std::from_chars(words.data(), words.data() + words.size(), id, is_hex ? 16 : 10);
  if (fault != std::errc{} || end != words.data() + words.size() || id == 0) return std::nullopt;
  return id;
}

Task<void> shutdown_session(Context& context, Call& call) {
  Condition is_meant;
  if (call.arg(0) == "*") {
    is_meant = [](const session::SessionInfo&) { return true; };
  } else {
    const std::optional<std::uint64_t> id = session_id(call.arg(0));
    if (!id) co_return call.error("Session pointer expected (use 'show sess').");
    is_meant = [id = *id](const session::SessionInfo& info) { return info.id == id; };
  }
  const bool found = co_await kill_sessions(context, call, is_meant);
  if (!found && call.arg(0) != "*") call.error("No such session (use 'show sess').");
}

Task<void> shutdown_server_sessions(Context& context, Call& call) {
  const servers::Server* const server = find_server(context, call, call.arg(0));
  if (server == nullptr) co_return;
  const Condition is_meant = [server](const session::SessionInfo& info) { return info.server != nullptr && info.server->state == server->state; };
  (void)co_await kill_sessions(context, call, is_meant);  // that there was none is no error
}

}  // namespace

std::vector<Command> shutdown_commands(Context& context) {
  return {
      bind(context,
           {"shutdown frontend", Level::Admin, "shutdown frontend <frontend>", "stop a frontend for good"},
           shutdown_frontend),
      bind(context,
           {"shutdown session", Level::Admin, "shutdown session {<id>|*}", "end a session, or all (see 'show sess')"},
           shutdown_session),
      bind(context,
           {"shutdown sessions server", Level::Admin, "shutdown sessions server <bk>/<srv>",
            "end the sessions that use a server"},
           shutdown_server_sessions),
  };
}

}  // namespace proxyd::cli

// show sess, show errors.
#include <fmt/format.h>

#include <ctime>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>

#include "lib/base/text.h"
#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

using lib::event::Task;

namespace {

/// A session as its own thread saw it, for others to show.
struct SeenSession {
  std::uint64_t id = 0;
  std::string frontend, backend, server;
  std::uint32_t frontend_id = 0, backend_id = 0, server_id = 0;
  bool http = false;
  lib::net::Address source, server_address;
  lib::base::Duration age{};
  unsigned thread = 0;
};

SeenSession look_at(const session::SessionInfo& info, const session::Worker& worker) {
  SeenSession seen;
  seen.id = info.id;
  seen.source = info.source;
  seen.age = worker.loop.now() - info.began;
  seen.thread = worker.index;
  if (info.frontend != nullptr) {
    seen.frontend = info.frontend->conf.name;
    seen.frontend_id = info.frontend->conf.id;
    seen.http = info.frontend->conf.mode == config::Mode::Http;
  }
  if (info.backend != nullptr) {
    seen.backend = info.backend->conf.name;
    seen.backend_id = info.backend->conf.id;
  }
  if (info.server != nullptr && !info.server->is_direct) {
    seen.server = info.server->conf.name;
    seen.server_id = info.server->conf.id;
  }
  return seen;
}

std::string_view protocol_of(const lib::net::Address& source) {
  if (source.is_ipv6()) return "tcpv6";
  return source.is_ipv4() ? "tcpv4" : "unix_stream";
}

std::string_view or_none(const std::string& name, std::string_view none) { return name.empty() ? none : name; }

std::string age_text(const SeenSession& seen) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(seen.age).count();
  return lib::base::compact_span(seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0);
}

void append_line(std::string& out, const SeenSession& seen) {
  fmt::format_to(std::back_inserter(out), "{:#x}: proto={} src={} fe={} be={} srv={} ts={:02} age={}\n", seen.id,
                 protocol_of(seen.source), seen.source.text(), or_none(seen.frontend, "<NONE>"),
                 or_none(seen.backend, "<NONE>"), or_none(seen.server, "<none>"), seen.thread, age_text(seen));
}

void append_details(std::string& out, const SeenSession& seen) {
  fmt::format_to(std::back_inserter(out), "{:#x}: id={} proto={} source={}\n", seen.id, seen.id,
                 protocol_of(seen.source), seen.source.text());
  fmt::format_to(std::back_inserter(out), "  frontend={} (id={} mode={}), thread={} age={}\n",
                 or_none(seen.frontend, "<NONE>"), seen.frontend_id, seen.http ? "http" : "tcp", seen.thread + 1,
                 age_text(seen));
  const auto id_or_none = [](const std::string& name, std::uint32_t id) {
    return name.empty() ? std::int64_t{-1} : std::int64_t{id};
  };
  fmt::format_to(std::back_inserter(out), "  backend={} (id={})\n  server={} (id={})\n",
                 or_none(seen.backend, "<NONE>"), id_or_none(seen.backend, seen.backend_id),
                 or_none(seen.server, "<none>"), id_or_none(seen.server, seen.server_id));
}

Task<void> show_sessions(Context& context, Call& call) {
  // shared: a thread may still be at it when this command is cancelled
  const auto by_thread = std::make_shared<std::vector<std::vector<SeenSession>>>(context.process.workers.size());
  const std::function<void(session::Worker&)> collect = [by_thread](session::Worker& worker) {
    for (const session::SessionInfo& info : worker.sessions)
      (*by_thread)[worker.index].push_back(look_at(info, worker));
  };
  co_await session::on_each_worker(context.process, context.here, call.waiter, collect);
  const std::string_view which = call.arg(0);
  const bool one = which.starts_with("0x");
  bool found = false;
  for (const std::vector<SeenSession>& thread : *by_thread) {
    for (const SeenSession& seen : thread) {
      if (one && fmt::format("{:#x}", seen.id) != which) continue;
      found = true;
      if (one || which == "all") {
        append_details(call.out, seen);
      } else {
        append_line(call.out, seen);
      }
      if (call.out.size() < 64 * 1024) continue;
      const bool sent = co_await call.flush();
      if (!sent) co_return;
    }
  }
  if (one && !found) call.error("Session not found.");
}

/// "[21/Nov/2026:00:45:35.677]", local time.
std::string time_text(lib::base::WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
  std::tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) return "[]";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return fmt::format("[{:02}/{}/{}:{:02}:{:02}:{:02}.{:03}]", parts.tm_mday,
                     kMonths.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec, ms);
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (c >= 32 && c < 127) {
    out += c;
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
  }
}

/// Lines as received, each with its offset; long ones go on after a `+`.
void append_bytes(std::string& out, std::string_view bytes) {
  constexpr std::size_t kWidth = 64;
  bool goes_on = false;
  for (std::size_t at = 0; at < bytes.size();) {
    fmt::format_to(std::back_inserter(out), "  {:05}{} ", at, goes_on ? '+' : ' ');
    const std::size_t end = std::min(at + kWidth, bytes.size());
    goes_on = true;
    while (at < end && goes_on) {
      append_escaped(out, bytes[at]);
      goes_on = bytes[at++] != '\n';
    }
    out += '\n';
  }
}

std::string numbered(const std::string& name, std::uint32_t id) {
  return name.empty() ? "<NONE> (#-1)" : fmt::format("{} (#{})", name, id);
}

void append_error(std::string& out, const session::CapturedError& error) {
  const std::string front = numbered(error.frontend, error.frontend_id);
  const std::string back = numbered(error.backend, error.backend_id);
  out += " \n";
  if (error.is_response) {
    fmt::format_to(std::back_inserter(out), "{} backend {}: invalid response\n  frontend {}", time_text(error.when),
                   back, front);
  } else {
    fmt::format_to(std::back_inserter(out), "{} frontend {}: invalid request\n  backend {}", time_text(error.when),
                   front, back);
  }
  fmt::format_to(std::back_inserter(out), ", server {}, event #{}, src {}\n  len {}, error at position {}: {}\n  \n",
                 error.server.empty() ? "<NONE> (#-1)" : error.server, error.number, error.source.text(), error.bytes.size(),
                 error.position, error.reason);
  append_bytes(out, error.bytes);
}

void show_errors(Context& context, Call& call) {
  const std::string_view which = call.arg(0);
  const bool any_proxy = which.empty() || which == "-1";
  std::optional<std::uint32_t> id = lib::base::parse_number<std::uint32_t>(which);
  if (!any_proxy && !id) {
    for (const auto& proxy : context.process.site->config->proxies)
      if (proxy->name == which) id = proxy->id;
    if (!id) return call.error("No such proxy.");
  }
  const std::string_view kind = call.arg(1);
  const std::lock_guard lock{context.process.errors_mutex};
  call.out += fmt::format("Total events captured on {} : {}\n", time_text(lib::base::wall_now()),
                          context.process.errors_total);
  for (const session::CapturedError& error : context.process.errors) {
    if (!any_proxy && error.frontend_id != *id && error.backend_id != *id) continue;
    if ((kind == "request" && error.is_response) || (kind == "response" && !error.is_response)) continue;
    append_error(call.out, error);
  }
}

}  // namespace

std::vector<Command> session_commands(Context& context) {
  return {
      bind(context, {"show sess", Level::Operator, "show sess [<id>|all]", "list sessions, or show them in detail"},
           show_sessions),
      bind(context,
           {"show errors", Level::Operator, "show errors [<px>] [request|response]",
            "the last invalid request and response of each proxy"},
           show_errors),
  };
}

}  // namespace proxyd::cli

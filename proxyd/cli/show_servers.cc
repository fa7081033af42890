// show servers state, show servers conn, show backend, get weight.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>

#include "proxyd/cli/rooms.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/servers/report.h"
#include "proxyd/session/back.h"

namespace proxyd::cli {

using lib::event::Task;

namespace {

std::string host_text(const lib::net::Endpoint& where) {
  return where.kind == lib::net::Endpoint::Kind::Ip ? where.ip.host() : "-";
}

std::string host_or_none(const std::optional<lib::net::Address>& address) {
  return address ? address->host() : "-";
}

unsigned port_of(const lib::net::Endpoint& where) {
  return where.kind == lib::net::Endpoint::Kind::Ip ? where.ip.port() : 0;
}

/// The backends asked for: the named one or all. Answers and returns false when there is none of that name.
bool select_backends(Context& context, Call& call, std::vector<servers::Backend*>& chosen) {
  if (call.arg(0).empty()) {
    for (const auto& backend : context.process.site->backends) chosen.push_back(backend.get());
    return true;
  }
  servers::Backend* backend = find_backend(context, call.arg(0));
  if (backend == nullptr) {
    call.error("Can't find backend.");
    return false;
  }
  chosen.push_back(backend);
  return true;
}

/// -1: "no-ssl".
int tls_text(const servers::Server& server) {
  if (server.speaks_tls()) return 1;
  return server.conf.tls != nullptr && server.conf.tls->is_refused ? -1 : 0;
}

/// The backend's lock is held.
void append_state(std::string& out, const servers::Backend& backend, const servers::Server& server,
                  lib::base::Instant now) {
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - server.last_change).count();
  fmt::format_to(std::back_inserter(out), "{} {} {} {} {} {} {} {} {} {} {} {} {} {} 0 0 0 {} {} - {} {} {} {} {}\n",
                 backend.conf.id, backend.conf.name, server.conf.id, server.conf.name, host_text(server.where),
                 static_cast<unsigned>(server.operation.load()), static_cast<unsigned>(server.admin.load()),
                 server.weight.load(), server.conf.weight, since > 0 ? since : 0,
                 servers::check_status_number(server.check.status), server.check.result, server.check.health,
                 servers::check_state_bits(server), server.conf.hostname.empty() ? "-" : server.conf.hostname,
                 port_of(server.where), tls_text(server), server.check_port, host_or_none(server.check_address),
                 host_or_none(server.conf.check_address), server.conf.check_port);  // "addr" and "port" are an agent's, too
}

void show_state(Context& context, Call& call) {
  std::vector<servers::Backend*> chosen;
  if (!select_backends(context, call, chosen)) return;
  call.out +=
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
      "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "
      "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
      "srv_check_addr srv_agent_addr srv_agent_port\n";
  for (servers::Backend* backend : chosen) {
    const std::lock_guard lock{backend->mutex};
    for (const auto& server : backend->servers) append_state(call.out, *backend, *server, call.waiter.now());
  }
}

/// Idle connections by thread and by the server's number in the process.
using IdleCounts = std::vector<std::vector<std::size_t>>;

Task<void> show_connections(Context& context, Call& call) {
  std::vector<servers::Backend*> chosen;
  if (!select_backends(context, call, chosen)) co_return;
  session::Process& process = context.process;
  const std::shared_ptr<const session::Site> site = process.site;
  // shared: a thread may still be at it when this command is cancelled
  const auto counts = std::make_shared<IdleCounts>(process.workers.size());
  const std::function<void(session::Worker&)> count = [site, counts](session::Worker& worker) {
    for (const auto& backend : site->backends)
      for (const auto& server : backend->servers)
        (*counts)[worker.index].push_back(worker.idle->count(*server));
  };
  const IdleCounts& idle = *counts;
  co_await session::on_each_worker(process, context.here, call.waiter, count);
  call.out += fmt::format(
      "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim "
      "idle_cur idle_per_thr[{}]\n",
      idle.size());
  std::size_t position = 0;
  for (const auto& backend : site->backends) {
    const bool wanted = std::find(chosen.begin(), chosen.end(), backend.get()) != chosen.end();
    const std::lock_guard lock{backend->mutex};
    for (const auto& server : backend->servers) {
      const std::size_t row = position++;
      if (!wanted) continue;
      const std::uint32_t used = server->used_connections.load();
      const std::uint32_t idle_now = server->idle_connections.load();
      fmt::format_to(std::back_inserter(call.out), "{}/{} {}/{} {} {} - {} {} {} {} {} 0 {} {}", backend->conf.name,
                     server->conf.name, backend->conf.id, server->conf.id, host_text(server->where),
                     port_of(server->where), lib::base::to_ms(server->conf.pool_purge_delay), used,
                     server->sessions.max(), used, idle_now, server->conf.pool_max_conn, idle_now);
      for (const std::vector<std::size_t>& thread : idle) call.out += fmt::format(" {}", thread[row]);
      call.out += '\n';
    }
  }
}

void show_backend(Context& context, Call& call) {
  call.out += "# name\n";
  for (const auto& backend : context.process.site->backends) call.out += backend->conf.name + "\n";
}

void get_weight(Call& call, servers::Server& server) {
  call.out += fmt::format("{} (initial {})\n", server.weight.load(), server.conf.weight);
}

}  // namespace

std::vector<Command> show_servers_commands(Context& context) {
  return {
      bind(context,
           {"show servers state", Level::User, "show servers state [<backend>]",
            "state of servers, as state files keep it"},
           show_state),
      bind(context,
           {"show servers conn", Level::User, "show servers conn [<backend>]", "connections to servers, by thread"},
           show_connections),
      bind(context, {"show backend", Level::User, "show backend", "list the backends"}, show_backend),
      bind(context, {"get weight", Level::User, "get weight <bk>/<srv>", "tell a server's weight"}, get_weight),
  };
}

}  // namespace proxyd::cli

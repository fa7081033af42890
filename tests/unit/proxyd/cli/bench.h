// A small process made by hand, with its runtime API served on one end of a socket pair. For tests.
#pragma once

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/runtime/server.h"
#include "proxyd/cli/commands.h"
#include "proxyd/logs/logger.h"
#include "proxyd/session/buffer.h"
#include "proxyd/session/worker.h"

namespace bench {

inline proxyd::config::Server server(std::string name, std::uint32_t id, std::uint16_t port) {
  proxyd::config::Server conf;
  conf.name = std::move(name);
  conf.id = id;
  conf.where.ip = lib::net::Address::ipv4(0x7F000001, port);
  return conf;
}

/// fe (frontend, http), be (backend, http: s1 checked, b1 backup, m1 disabled), tcpb (backend, tcp, source).
inline std::shared_ptr<proxyd::config::Config> make_config() {
  auto config = std::make_shared<proxyd::config::Config>();
  config->global.node = "lbnode";
  config->patterns = std::make_shared<proxyd::patterns::Library>();
  auto fe = std::make_unique<proxyd::config::Proxy>();
  fe->name = "fe";
  fe->id = 2;
  fe->is_frontend = true;
  fe->mode = proxyd::config::Mode::Http;
  fe->maxconn = 2000;
  fe->stats.enabled = true;
  fe->stats.uri = "/stats";
  fe->stats.show_legends = true;
  fe->stats.admin.push_back({});
  auto be = std::make_unique<proxyd::config::Proxy>();
  be->name = "be";
  be->id = 3;
  be->is_backend = true;
  be->mode = proxyd::config::Mode::Http;
  be->fullconn = 200;
  be->servers = {server("s1", 1, 8001), server("b1", 2, 8002), server("m1", 3, 8003)};
  be->servers[0].check = true;
  be->servers[0].weight = 10;
  be->servers[1].backup = true;
  be->servers[2].disabled = true;
  auto tcpb = std::make_unique<proxyd::config::Proxy>();
  tcpb->name = "tcpb";
  tcpb->id = 4;
  tcpb->is_backend = true;
  tcpb->algorithm = proxyd::config::Algorithm::Source;
  tcpb->servers = {server("t1", 1, 8004)};
  tcpb->servers[0].maxconn = 5;
  config->proxies.push_back(std::move(fe));
  config->proxies.push_back(std::move(be));
  config->proxies.push_back(std::move(tcpb));
  return config;
}

/// The process with one thread, which the test runs itself.
class Bench {
 public:
  Bench() : config{make_config()} {
    process.site = std::make_shared<proxyd::session::Site>(process);
    proxyd::session::Site& site = *process.site;
    site.config = config;
    site.log_targets = std::make_shared<lib::log::TargetTable>();
    process.maxconn = process.hard_maxconn = 2000;
    process.started = lib::base::monotonic_now();
    process.started_wall = lib::base::wall_now();
    const proxyd::servers::EventSink sink = [this](const proxyd::servers::StateEvent& event) {
      events.push_back(event.text);
    };
    std::uint32_t number = 0;
    for (const auto& proxy : config->proxies) {
      site.frontend_of.push_back(nullptr);
      site.backend_of.push_back(nullptr);
      if (proxy->is_frontend) {
        site.frontends.push_back(std::make_unique<proxyd::listen::Frontend>(*proxy, 1));
        site.frontend_of.back() = site.frontends.back().get();
      }
      if (proxy->is_backend) {
        site.backends.push_back(std::make_shared<proxyd::servers::Backend>(config, *proxy, 1, sink));
        site.backend_of.back() = site.backends.back().get();
        for (const auto& each : site.backends.back()->servers) {
          each->number = number++;
          site.server_by_number.push_back(each.get());
        }
      }
    }
    process.workers.push_back(std::make_unique<proxyd::session::Worker>(process, 0));
    context = std::make_unique<proxyd::cli::Context>(
        proxyd::cli::Context{process, *process.workers[0], "said at the start\n", sink});
    table = std::make_unique<lib::runtime::CommandTable>(proxyd::cli::commands(*context));
  }

  proxyd::session::Worker& worker() { return *process.workers[0]; }
  proxyd::servers::Server& server(std::string_view name) {
    proxyd::servers::Server* found = process.site->backends[0]->find_server(name);
    REQUIRE(found != nullptr);
    return *found;
  }

  /// The answer to one line, without the empty line that ends it.
  std::string ask(std::string_view line, lib::runtime::Level level = lib::runtime::Level::Admin) {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    const lib::base::UniqueFd client{pair[0]};
    lib::event::TaskGroup tasks;
    const lib::runtime::ServerOptions options{.level = level};
    tasks.spawn(lib::runtime::serve_client(worker().loop, lib::base::UniqueFd{pair[1]}, *table, options));
    const std::string bytes = std::string{line} + "\n";
    REQUIRE(::send(client.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    std::string got;
    for (int round = 0; round < 1000; ++round) {
      worker().loop.run_once(lib::base::Duration{1000});
      char chunk[65536];
      const ssize_t count = ::recv(client.get(), chunk, sizeof chunk, 0);
      if (count > 0) got.append(chunk, static_cast<std::size_t>(count));
      if (count == 0) break;
    }
    REQUIRE(got.ends_with('\n'));
    got.pop_back();
    return got;
  }

  std::shared_ptr<proxyd::config::Config> config;
  std::vector<std::string> events;
  proxyd::session::Process process;
  std::unique_ptr<proxyd::cli::Context> context;
  std::unique_ptr<lib::runtime::CommandTable> table;
};

}  // namespace bench

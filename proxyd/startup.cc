#include "proxyd/startup.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/process/limits.h"
#include "proxyd/console.h"
#include "proxyd/listen/acceptor.h"
#include "proxyd/start_variables.h"

namespace proxyd {
namespace {

constexpr unsigned kMostThreads = 64;

std::string own_host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void link_backends(session::Process& process) {
  for (const auto& frontend : process.frontends) {
    const config::Proxy& conf = frontend->conf;
    if (conf.default_backend) frontend->default_backend = process.backend_of[*conf.default_backend];
    for (const config::UseBackendRule& rule : conf.use_backend)
      frontend->use_backends.push_back(rule.name_format != nullptr ? nullptr : process.backend_of[rule.backend_index]);
  }
}

lib::process::DescriptorNeeds descriptor_needs(const session::Process& process) {
  lib::process::DescriptorNeeds needs;
  needs.threads = thread_count(process.config->global);
  for (const auto& proxy : process.config->proxies) {
    needs.listeners += static_cast<std::uint32_t>(proxy->binds.size());
    for (const config::Server& server : proxy->servers) needs.checks += server.check ? 1 : 0;
  }
  needs.listeners += static_cast<std::uint32_t>(process.config->global.stats_sockets.size());
  if (!process.config->global.stats_sockets.empty()) needs.stats_connections = process.config->global.stats_maxconn;
  return needs;
}

}  // namespace

servers::EventSink event_sink(session::Process& process) {
  return [&process](const servers::StateEvent& event) {
    const std::string& shown = event.console_text.empty() ? event.text : event.console_text;
    if (!process.config->global.quiet && event.level == 0) say_alert(shown);
    if (!process.config->global.quiet && event.level != 0) (void)say_warning(shown);
    session::Worker* const worker = session::Worker::current();
    if (worker == nullptr) return;
    for (std::size_t i = 0; i < process.config->proxies.size(); ++i)
      if (process.config->proxies[i].get() == event.proxy)
        process.loggers[i]->write_state_event(*worker->log, event.level, event.text);
  };
}

unsigned thread_count(const config::Global& global) {
  if (global.nbthread != 0) return global.nbthread;
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return std::clamp(static_cast<unsigned>(CPU_COUNT(&usable)), 1U, kMostThreads);
}

std::unique_ptr<session::Process> make_process(const config::Config& config, const CommandLine& command_line,
                                               std::string program_name, logs::RingFiles ring_files) {
  auto process = std::make_unique<session::Process>();
  process->config = &config;
  process->program_name = std::move(program_name);
  process->tracing = command_line.debug;
  process->may_splice = !config.global.no_splice && !command_line.no_splice;
  process->started = lib::base::monotonic_now();
  process->started_wall = lib::base::wall_now();
  process->host_name = own_host_name();
  if (auto opened = process->rings.open(config.rings, ring_files); !opened) {
    say_alert(opened.error().message);
    return nullptr;
  }
  const unsigned threads = thread_count(config.global);
  const servers::EventSink sink = event_sink(*process);
  std::uint32_t server_number = 0;
  for (const auto& proxy : config.proxies) {
    process->loggers.push_back(
        std::make_unique<logs::ProxyLogger>(*proxy, config.global, process->log_targets, process->program_name, &process->rings));
    servers::Backend* backend = nullptr;
    if (proxy->is_backend) {
      process->backends.push_back(std::make_unique<servers::Backend>(*proxy, threads, sink));
      backend = process->backends.back().get();
      for (const auto& server : backend->servers) server->number = server_number++;
      if (backend->direct) backend->direct->number = server_number++;
    }
    listen::Frontend* frontend = nullptr;
    if (proxy->is_frontend) {
      process->frontends.push_back(std::make_unique<listen::Frontend>(*proxy, threads));
      frontend = process->frontends.back().get();
      frontend->own_backend = backend;
      frontend->logger = process->loggers.back().get();
      frontend->last_change = process->started;
    }
    process->backend_of.push_back(backend);
    process->frontend_of.push_back(frontend);
  }
  for (servers::Backend* const backend : process->backend_of)  // the first of a name is meant
    if (backend != nullptr) process->backend_by_name.emplace(backend->conf.name, backend);
  link_backends(*process);
  set_start_variables(*process);
  return process;
}

void restore_servers(session::Process& process) {
  for (const auto& backend : process.backends)
    for (const auto& server : backend->servers)
      if (server->conf.remembered != nullptr) backend->restore(*server, *server->conf.remembered, process.started);
}

lib::base::Status set_limits(session::Process& process, const CommandLine& command_line, std::string& said) {
  const config::Global& global = process.config->global;
  (void)lib::process::limit_memory(command_line.memory_limit_mb);
  process.memory_limit_mb = command_line.memory_limit_mb;
  const lib::process::DescriptorNeeds needs = descriptor_needs(process);
  std::uint32_t maxconn = command_line.maxconn != 0 ? command_line.maxconn : global.maxconn;
  const bool computed = maxconn == 0;
  if (global.ulimit_n != 0) (void)lib::process::raise_descriptor_limit(global.ulimit_n);
  if (computed) {
    const lib::process::DescriptorLimit limit = lib::process::descriptor_limit();
    const std::uint64_t usable = global.ulimit_n != 0 ? limit.soft : std::min(limit.hard, lib::process::kDescriptorCap);
    maxconn = lib::process::automatic_maxconn(usable, needs);
  }
  if (global.ulimit_n == 0) {
    const std::uint64_t needed = lib::process::needed_descriptors(maxconn, needs);
    if (auto raised = lib::process::raise_descriptor_limit(needed); !raised && !computed) {
      if (global.strict_limits) return raised;
      said += say_warning(raised.error().message);
    }
    // Every thread watches every listener through a descriptor of its own, and keeps pipes for splice: nice to have.
    const std::uint64_t extra = std::uint64_t{needs.threads} * (needs.listeners + 64);
    (void)lib::process::raise_descriptor_limit(needed + extra);
  }
  process.maxconn.store(maxconn);
  process.hard_maxconn = maxconn;
  for (const auto& backend : process.backends) backend->fullconn = backend->conf.fullconn_at(maxconn);
  process.maxsock = static_cast<std::uint32_t>(lib::process::needed_descriptors(maxconn, needs));
  process.ulimit_n = static_cast<std::uint32_t>(lib::process::descriptor_limit().soft);
  return {};
}

std::vector<lib::base::Error> bind_frontends(session::Process& process, const CommandLine& command_line,
                                             listen::Inheritance& inherited) {
  std::vector<lib::base::Error> errors;
  for (const auto& frontend : process.frontends) {
    if (frontend->conf.disabled) {
      frontend->status = listen::FrontendStatus::Stopped;
      continue;
    }
    for (lib::base::Error& error :
         listen::open_listeners(*frontend, process.config->global, !command_line.no_reuse_port, inherited))
      errors.push_back(std::move(error));
    if (!frontend->conf.socket_stats) continue;
    for (const auto& listener : frontend->listeners)
      listener->counters = std::make_unique<servers::Cells>(thread_count(process.config->global));
  }
  return errors;
}

void make_workers(session::Process& process) {
  const unsigned threads = thread_count(process.config->global);
  for (unsigned i = 0; i < threads; ++i) process.workers.push_back(std::make_unique<session::Worker>(process, i));
}

}  // namespace proxyd

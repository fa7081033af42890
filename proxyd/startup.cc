#include "proxyd/startup.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "lib/process/limits.h"
#include "proxyd/console.h"
#include "proxyd/listen/acceptor.h"
#include "proxyd/make_site.h"
#include "proxyd/start_variables.h"

namespace proxyd {
namespace {

constexpr unsigned kMostThreads = 64;

std::string own_host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

lib::process::DescriptorNeeds descriptor_needs(const session::Process& process) {
  lib::process::DescriptorNeeds needs;
  needs.threads = thread_count(process.site->config->global);
  for (const auto& proxy : process.site->config->proxies) {
    needs.listeners += static_cast<std::uint32_t>(proxy->binds.size());
    for (const config::Server& server : proxy->servers) needs.checks += server.check ? 1 : 0;
  }
  needs.listeners += static_cast<std::uint32_t>(process.site->config->global.stats_sockets.size());
  if (!process.site->config->global.stats_sockets.empty()) needs.stats_connections = process.site->config->global.stats_maxconn;
  return needs;
}

}  // namespace

unsigned thread_count(const config::Global& global) {
  if (global.nbthread != 0) return global.nbthread;
  return std::min(lib::process::usable_processors(), kMostThreads);
}

std::unique_ptr<session::Process> make_process(std::shared_ptr<const config::Config> config, const CommandLine& command_line,
                                               std::string program_name, logs::RingFiles ring_files) {
  auto process = std::make_unique<session::Process>();
  process->program_name = std::move(program_name);
  process->tracing = command_line.debug;
  process->may_splice = !config->global.no_splice && !command_line.no_splice;
  process->started = lib::base::monotonic_now();
  process->started_wall = lib::base::wall_now();
  process->host_name = own_host_name();
  if (auto opened = process->rings.open(config->rings, ring_files); !opened) {
    say_alert(opened.error().message);
    return nullptr;
  }
  process->rings_config = config;
  process->site = make_site(*process, std::move(config), nullptr);
  set_start_variables(*process);
  return process;
}

void restore_servers(session::Process& process) {
  for (const auto& backend : process.site->backends)
    for (const auto& server : backend->servers)
      if (server->conf.remembered != nullptr) backend->restore(*server, *server->conf.remembered, process.started);
}

lib::base::Status set_limits(session::Process& process, const CommandLine& command_line, std::string& said) {
  const config::Global& global = process.site->config->global;
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
  for (const auto& backend : process.site->backends) backend->fullconn = backend->conf.fullconn_at(maxconn);
  process.maxsock = static_cast<std::uint32_t>(lib::process::needed_descriptors(maxconn, needs));
  process.ulimit_n = static_cast<std::uint32_t>(lib::process::descriptor_limit().soft);
  return {};
}

std::vector<lib::base::Error> bind_frontends(session::Process& process, const CommandLine& command_line,
                                             listen::Inheritance& inherited) {
  std::vector<lib::base::Error> errors;
  listen::KeptSockets none;
  for (const auto& frontend : process.site->frontends) {
    if (frontend->conf.disabled) {
      frontend->status = listen::FrontendStatus::Stopped;
      continue;
    }
    for (lib::base::Error& error :
         listen::open_listeners(*frontend, process.site->config->global, !command_line.no_reuse_port, inherited, none))
      errors.push_back(std::move(error));
    count_by_socket(*frontend, thread_count(process.site->config->global));
  }
  return errors;
}

void make_workers(session::Process& process) {
  const unsigned threads = thread_count(process.site->config->global);
  for (unsigned i = 0; i < threads; ++i) process.workers.push_back(std::make_unique<session::Worker>(process, i));
}

}  // namespace proxyd

#include "proxyd/make_site.h"

#include <algorithm>
#include <utility>

#include "proxyd/console.h"
#include "proxyd/startup.h"
#include "proxyd/stats/preload.h"

namespace proxyd {
namespace {

void link_backends(session::Site& site) {
  for (const auto& frontend : site.frontends) {
    const config::Proxy& conf = frontend->conf;
    if (conf.default_backend) frontend->default_backend = site.backend_of[*conf.default_backend];
    for (const config::UseBackendRule& rule : conf.use_backend)
      frontend->use_backends.push_back(rule.name_format != nullptr ? nullptr : site.backend_of[rule.backend_index]);
  }
}

/// New servers get the next numbers; those that go on keep theirs.
void number_servers(session::Site& site) {
  std::uint32_t& next = site.process.servers_ever;
  const auto number = [&](servers::Server& server) {
    if (server.state->bodies.size() == 1) server.number = next++;
    site.server_by_number.resize(std::max<std::size_t>(site.server_by_number.size(), server.number + 1));
    site.server_by_number[server.number] = &server;
  };
  for (const auto& backend : site.backends) {
    const std::lock_guard guard{backend->mutex};
    for (const auto& server : backend->servers) number(*server);
    if (backend->direct) number(*backend->direct);
  }
}

servers::Backend* backend_before(const session::Site* before, const config::Proxy& conf) {
  if (before == nullptr) return nullptr;
  const auto found = before->backend_by_name.find(conf.name);
  return found == before->backend_by_name.end() ? nullptr : found->second;
}

/// One that speaks something else now, or was shut down for good, is another one.
const listen::Frontend* frontend_before(const session::Site* before, const config::Proxy& conf) {
  if (before == nullptr) return nullptr;
  const auto found = before->frontend_by_name.find(conf.name);
  if (found == before->frontend_by_name.end()) return nullptr;
  const listen::Frontend& same = *found->second;
  const bool goes_on = same.conf.mode == conf.mode && !conf.disabled && same.status.load() != listen::FrontendStatus::Stopped;
  return goes_on ? &same : nullptr;
}

}  // namespace

servers::EventSink event_sink(session::Process& process) {
  return [&process](const servers::StateEvent& event) {
    session::Worker* const worker = session::Worker::current();
    const session::Site& site = worker != nullptr ? worker->site() : *process.site;
    const std::string& shown = event.console_text.empty() ? event.text : event.console_text;
    if (!site.config->global.quiet && event.level == 0) say_alert(shown);
    if (!site.config->global.quiet && event.level != 0) (void)say_warning(shown);
    if (worker == nullptr) return;
    const auto& proxies = site.config->proxies;
    const auto is_meant = [&event](const auto& each) { return each.get() == event.proxy; };
    const auto has_its_name = [&event](const auto& each) {  // the thread may be a reload ahead, or behind
      return each->name == event.proxy->name && each->is_backend == event.proxy->is_backend;
    };
    auto found = std::find_if(proxies.begin(), proxies.end(), is_meant);
    if (found == proxies.end()) found = std::find_if(proxies.begin(), proxies.end(), has_its_name);
    if (found == proxies.end()) return;
    site.loggers[static_cast<std::size_t>(found - proxies.begin())]->write_state_event(*worker->log, event.level, event.text);
  };
}

void count_by_socket(listen::Frontend& frontend, unsigned threads) {
  if (!frontend.conf.socket_stats) return;
  for (const auto& listener : frontend.listeners) {
    if (listener->counters != nullptr) continue;
    listener->counters = std::make_unique<servers::Cells>(threads);
    stats::preload(*listener);
  }
}

std::shared_ptr<session::Site> make_site(session::Process& process, std::shared_ptr<const config::Config> config,
                                         const session::Site* before) {
  auto site = std::make_shared<session::Site>(process);
  site->log_targets = before != nullptr ? std::make_shared<lib::log::TargetTable>(*before->log_targets)
                                        : std::make_shared<lib::log::TargetTable>();
  site->config = std::move(config);
  const config::Global& global = site->config->global;
  const unsigned threads = process.workers.empty() ? thread_count(global) : static_cast<unsigned>(process.workers.size());
  const servers::EventSink sink = event_sink(process);
  for (const auto& proxy : site->config->proxies) {
    site->loggers.push_back(
        std::make_unique<logs::ProxyLogger>(*proxy, global, *site->log_targets, process.program_name, &process.rings));
    servers::Backend* backend = nullptr;
    if (proxy->is_backend) {
      site->backends.push_back(std::make_shared<servers::Backend>(site->config, *proxy, threads, sink, backend_before(before, *proxy)));
      backend = site->backends.back().get();
    }
    listen::Frontend* frontend = nullptr;
    if (proxy->is_frontend) {
      site->frontends.push_back(std::make_unique<listen::Frontend>(*proxy, threads, frontend_before(before, *proxy)));
      frontend = site->frontends.back().get();
      frontend->own_backend = backend;
      frontend->logger = site->loggers.back().get();
      if (frontend->last_change == lib::base::Instant{}) frontend->last_change = lib::base::monotonic_now();
      site->frontend_by_name.emplace(frontend->conf.name, frontend);
    }
    site->backend_of.push_back(backend);
    site->frontend_of.push_back(frontend);
  }
  for (servers::Backend* const backend : site->backend_of)  // the first of a name is meant
    if (backend != nullptr) site->backend_by_name.emplace(backend->conf.name, backend);
  number_servers(*site);
  link_backends(*site);
  stats::preload_new(*site, lib::base::monotonic_now());
  for (const auto& backend : site->backends) backend->become_newest();
  return site;
}

}  // namespace proxyd

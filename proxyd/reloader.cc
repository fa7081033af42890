#include "proxyd/reloader.h"

#include <malloc.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "lib/event/aside.h"
#include "lib/process/privileges.h"
#include "proxyd/certificates/library.h"
#include "proxyd/console.h"
#include "proxyd/listen/acceptor.h"
#include "proxyd/make_site.h"
#include "proxyd/reload/plan.h"
#include "proxyd/start_variables.h"
#include "proxyd/startup.h"

namespace proxyd::reload {

using lib::event::Task;
using session::Site;
using session::Worker;

namespace {

/// Cleared when the conversation that set it ends, however it ends.
struct Mark {
  explicit Mark(bool& mark) : of{mark} { of = true; }
  ~Mark() { of = false; }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  bool& of;
};

listen::KeptSockets sockets_of(const Site& site) {
  listen::KeptSockets kept;
  for (const auto& frontend : site.frontends)
    for (const auto& listener : frontend->listeners)
      if (listener->fd) kept.emplace(listener->label, listener->state);
  return kept;
}

/// Also where the process may start no other one, which a thread counts as.
Task<void> on_a_thread(lib::event::Waiter& waiter, std::function<void()> work) {
  const lib::process::ThreadsAllowed one_more;
  co_await lib::event::run_aside(waiter, std::move(work));
}

void log_end(const Site& site, std::size_t proxy, Worker& here) {
  constexpr int kWarning = 4;
  const std::string text = listen::stopped_text(*site.config->proxies[proxy], site.frontend_of[proxy], site.backend_of[proxy]);
  (void)say_warning(text);
  site.loggers[proxy]->write_state_event(*here.log, kWarning, text);
}

}  // namespace

servers::CheckSettings check_settings(const config::Global& global) {
  return {.spread_percent = global.spread_checks, .max_spread = global.max_spread_checks};
}

std::vector<servers::CheckLoop> check_loops(const session::Process& process) {
  std::vector<servers::CheckLoop> loops;
  for (const auto& worker : process.workers) loops.push_back({&worker->loop, &worker->tasks});
  return loops;
}

Reloader::Reloader(session::Process& process, const CommandLine& command_line, const char* argv0, CheckedFiles running)
    : process_{process}, command_line_{command_line}, argv0_{argv0}, running_{std::move(running)} {}

Task<Outcome> Reloader::reload(Worker& here, Source source) {
  Outcome outcome;
  if (is_under_way_ || process_.stopping.load()) {
    outcome.why_not = is_under_way_ ? "another reload is under way" : "the process is stopping";
    co_return outcome;
  }
  const Mark mark{is_under_way_};
  lib::event::Waiter waiter{here.loop};
  CheckedFiles next;
  const std::function<void()> read = [&] {
    std::optional<lib::base::ReplayOutside> replay;
    if (source.record) replay.emplace(*source.record);
    next = check_files(command_line_, argv0_,
                       {.shown = source.record ? Shown::Nowhere : Shown::OnStderr, .learned = nullptr, .before = running_.config.get()});
  };
  co_await on_a_thread(waiter, read);
  outcome.report = next.report;
  if (next.exit_code >= 0 || next.config == nullptr) {
    outcome.why_not = "the files were refused";
    co_return outcome;
  }
  outcome.plan = plan({running_.outline, *running_.config}, {next.outline, *next.config});
  if (source.only_plan) co_return outcome;
  if (!next.unrepeatable.empty() && source.record) {
    outcome.why_not = fmt::format("{} can be opened by a new process only", next.unrepeatable);
  } else if (outcome.plan.is_refused()) {
    for (const lib::plan::Entry& each : outcome.plan.entries())
      if (each.change == lib::plan::Change::Refused) outcome.why_not += (outcome.why_not.empty() ? "" : "; ") + lib::plan::text_of(each).substr(2);
  } else if (outcome.plan.empty()) {
    outcome.is_taken = true;
  } else {
    co_await apply(here, next, source, outcome);
  }
  if (outcome.is_taken) running_ = std::move(next);
  const std::function<void()> trim = [] { (void)::malloc_trim(0); };  // what reading took, and what nothing runs by any more
  co_await on_a_thread(waiter, trim);
  co_return outcome;
}

/// Null, with the reason in `outcome`, where a socket is not to be had: then nothing has changed.
std::shared_ptr<Site> Reloader::make_next(CheckedFiles& next, Source& source, Outcome& outcome) {
  const Site& before = *process_.site;
  const config::Global& global = next.config->global;
  const bool reuse_port = !command_line_.no_reuse_port;
  listen::KeptSockets kept = sockets_of(before);
  listen::KeptSockets counted = kept;
  for (const auto& proxy : next.config->proxies) {
    if (!proxy->is_frontend || proxy->disabled) continue;
    for (const lib::base::Error& error : listen::prepare_listeners(*proxy, global, reuse_port, source.sockets, counted)) {
      if (source.record) outcome.report += error.message + "\n";
      else say_alert(error.message);
      outcome.why_not = error.message;
    }
  }
  if (!outcome.why_not.empty()) return nullptr;
  const auto& known = before.config->certificates;
  if (known != nullptr && next.config->certificates != nullptr)
    for (const std::string& fault : next.config->certificates->take_over(*known, running_.outline.files, next.outline.files))
      (void)say_warning("What was set at run time is as in the files again: " + fault);
  std::shared_ptr<Site> site = make_site(process_, next.config, &before);
  for (const auto& frontend : site->frontends) {
    if (frontend->conf.disabled) {
      frontend->status = listen::FrontendStatus::Stopped;
      continue;
    }
    (void)listen::open_listeners(*frontend, global, reuse_port, source.sockets, kept);  // all are there
    count_by_socket(*frontend, static_cast<unsigned>(process_.workers.size()));
  }
  for (const auto& backend : site->backends) backend->fullconn = backend->conf.fullconn_at(process_.maxconn.load());
  return site;
}

/// Sockets and frontends that the new configuration does not have: what talks through them ends with what it is at.
void Reloader::close_what_is_gone(const Site& before, const Site& after) {
  std::vector<const listen::ListenerState*> listened;
  std::vector<const listen::FrontendState*> served;
  for (const auto& frontend : after.frontends) {
    served.push_back(frontend->state.get());
    for (const auto& listener : frontend->listeners) listened.push_back(listener->state.get());
  }
  const auto has = [](const auto& all, const auto* one) { return std::find(all.begin(), all.end(), one) != all.end(); };
  for (const auto& frontend : before.frontends) {
    if (!has(served, frontend->state.get())) frontend->status.store(listen::FrontendStatus::Stopped);
    for (const auto& listener : frontend->listeners)
      if (!has(listened, listener->state.get())) listener->state->is_closed.store(true);
  }
}

void Reloader::begin_new_servers(const Site& site) {
  for (const auto& backend : site.backends)
    for (const auto& server : backend->servers)
      if (server->conf.remembered != nullptr && server->state->bodies.size() == 1)
        backend->restore(*server, *server->conf.remembered, lib::base::monotonic_now());
  servers::start_checks(site.backends, check_loops(process_), check_settings(site.config->global));
}

Task<void> Reloader::apply(Worker& here, CheckedFiles& next, Source& source, Outcome& outcome) {
  const std::shared_ptr<Site> before = process_.site;
  const std::shared_ptr<Site> site = make_next(next, source, outcome);
  if (site == nullptr) co_return;
  close_what_is_gone(*before, *site);
  process_.site = site;
  process_.warnings = next.warnings;
  set_start_variables(process_, Already::Kept);
  lib::event::Waiter waiter{here.loop};
  const std::function<void(Worker&)> adopt = [site](Worker& worker) { worker.adopt(site); };
  co_await session::on_each_worker(process_, here, waiter, adopt);
  for (const auto& frontend : before->frontends)
    for (const auto& listener : frontend->listeners)
      if (listener->state->is_closed.load()) listener->fd.reset();
  for (std::size_t i = 0; i < before->config->proxies.size(); ++i) {
    const config::Proxy& proxy = *before->config->proxies[i];
    const bool goes_on = proxy.is_backend ? site->backend_by_name.contains(proxy.name) : site->frontend_by_name.contains(proxy.name);
    if (!goes_on && !proxy.disabled) log_end(*before, i, here);
  }
  begin_new_servers(*site);
  outcome.is_taken = true;
}

}  // namespace proxyd::reload

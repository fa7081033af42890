// The schedule, the runs, and what follows from them.
#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "checkerd/checkers/internals.h"
#include "checkerd/checkers/probe_plan.h"
#include "keepalived/launch.h"

namespace checkerd::checkers {

using namespace parsers::keepalived;
using lib::event::ChildExit;
using lib::probe::Outcome;
using lib::probe::Report;

namespace {

/// Between asking a script that is late to end and killing it.
constexpr Duration kGrace{2'000'000};
/// Runs that begin in one go before others have their turn.
constexpr int kBatch = 16;

std::uint64_t kernel_seed() {
  std::uint64_t out = 0;
  if (::getrandom(&out, sizeof out, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof out))
    out = static_cast<std::uint64_t>(lib::base::monotonic_now().time_since_epoch().count());
  return out;
}

/// A server that joined a check late, or was disabled, hears what the others know.
bool is_news(const Subscriber& subscriber, const Decision& decision, const Verdict& verdict) {
  return decision.is_news || !subscriber.has_heard || subscriber.up != verdict.is_up();
}

bool passed(const MiscCheck& check, const ChildExit& end) {
  if (end.timed_out || end.signal != 0) return false;
  return end.code == 0 || (check.dynamic && end.code >= 2);
}

}  // namespace

Checkers::Internals::Internals(lib::event::Loop& its_loop, const KeepalivedConfig& its_config, Listener& its_listener, Settings its_settings)
    : loop{its_loop}, config{&its_config}, listener{its_listener}, settings{its_settings},
      random_state{(its_settings.seed != 0 ? its_settings.seed : kernel_seed()) | 1U}, dispatcher{its_loop} {
  run_number = static_cast<std::uint16_t>(random() >> 32U);
  build(nullptr, {});
}

Checkers::Internals::~Internals() {
  tasks.cancel_all();
  for (const auto& probe : probes)
    if (probe->child > 0) (void)::kill(-probe->child, SIGTERM);  // gone already is as good
}

/// splitmix64
std::uint64_t Checkers::Internals::random() {
  random_state += 0x9e3779b97f4a7c15U;
  std::uint64_t out = random_state;
  out = (out ^ (out >> 30U)) * 0xbf58476d1ce4e5b9U;
  out = (out ^ (out >> 27U)) * 0x94d049bb133111ebU;
  return out ^ (out >> 31U);
}

// ---- the schedule

void Checkers::Internals::schedule(Probe& probe, Instant when) {
  probe.next = when;
  queue.push({when, &probe});
  if (when < dispatcher_wakes) dispatcher.notify();
}

void Checkers::Internals::schedule_first(Probe& probe) {
  const auto warmup = static_cast<std::uint64_t>(std::max<std::int64_t>(probe.conf->times.warmup.count(), 0));
  schedule(probe, loop.now() + settings.first_delay + Duration{static_cast<std::int64_t>(random() % (warmup + 1))});
}

/// After a reload: the queue may name probes that are gone.
void Checkers::Internals::fill_queue() {
  std::vector<Due> all;
  all.reserve(probes.size());
  for (const auto& probe : probes)
    if (!probe->is_running && probe->next != lib::base::kNever) all.push_back({probe->next, probe.get()});
  queue = decltype(queue){std::greater<>{}, std::move(all)};
  dispatcher.notify();
}

Task<void> Checkers::Internals::dispatch() {
  while (true) {
    int begun = 0;
    while (!queue.empty() && queue.top().when <= dispatcher.now() && begun < kBatch) {
      Probe& probe = *queue.top().probe;
      queue.pop();
      begin(probe, dispatcher.now());
      ++begun;
    }
    if (begun == kBatch) {
      (void)co_await dispatcher.yield();  // a notification is as good
      continue;
    }
    dispatcher_wakes = queue.empty() ? lib::base::kNever : queue.top().when;
    (void)co_await dispatcher.until(dispatcher_wakes);  // looks again, whatever woke it
    dispatcher_wakes = Instant::min();                  // it is awake: nobody need notify
  }
}

void Checkers::Internals::begin(Probe& probe, Instant now) {
  if (!probe.is_enabled()) return schedule(probe, now + probe.conf->times.delay_loop);
  worst_delay = std::max(worst_delay, std::chrono::duration_cast<Duration>(now - probe.next));
  probe.next = lib::base::kNever;
  probe.is_running = true;
  ++running;
  ++runs;
  ++run_number;
  probe.task.spawn(std::holds_alternative<MiscCheck>(probe.conf->what) ? run_script(probe) : run_probe(probe));
}

Task<void> Checkers::Internals::run_probe(Probe& probe) {
  lib::event::Waiter waiter{loop};
  const WallTime when = lib::base::wall_now();
  const std::size_t url = probe.verdict.url();
  PlanContext context;
  context.tls = tls;
  if (!probe.patterns.empty()) context.pattern = probe.patterns[url];
  context.number = run_number;
  const lib::probe::Plan plan = make_plan(*probe.conf, url, context);
  const Report report = co_await lib::probe::run(plan, waiter);
  --running;
  probe.is_running = false;
  finish(probe, when, report);
}

void Checkers::Internals::not_begun(Probe& probe, WallTime when, const std::string& line, const std::string& detail) {
  probe.history.add(when, Duration{0}, false, phrases.number_of(detail));
  if (!probe.could_not_begin) listener.on_log(Level::Always, line);
  probe.could_not_begin = true;  // said once, until it works again
  schedule(probe, loop.now() + probe.conf->times.delay_loop);
}

void Checkers::Internals::finish(Probe& probe, WallTime when, const Report& report) {
  const Checker& conf = *probe.conf;
  const bool is_http = std::holds_alternative<HttpCheck>(conf.what);
  if (report.outcome == Outcome::NotStarted || report.outcome == Outcome::BindFailed)
    return not_begun(probe, when, not_begun_line(conf, report), report.info);
  probe.could_not_begin = false;
  const bool passed_run = report.outcome == Outcome::Passed;
  probe.history.add(when, report.took, passed_run, phrases.number_of(detail_of(report, is_http)));
  const bool was_first = !probe.verdict.has_run(), was_up = probe.verdict.is_up();
  const std::size_t url = probe.verdict.url();
  const Decision decision = probe.verdict.on_run(conf, passed_run);
  schedule(probe, loop.now() + decision.pause);
  if (is_http) {
    const HttpUrl& page = std::get<HttpCheck>(conf.what).urls[url];
    for (const Subscriber& each : probe.subscribers) {
      if (!each.is_enabled) continue;
      if (const std::string line = length_line(page, names_of(each.id), report); !line.empty()) listener.on_log(Level::Always, line);
      if (passed_run && !was_up) listener.on_log(Level::Always, page_line(page, names_of(each.id)));
    }
  }
  tell(probe, decision, report, was_first);
}

/// What the servers' owner hears.
void Checkers::Internals::tell(Probe& probe, const Decision& decision, const Report& report, bool was_first) {
  const Checker& conf = *probe.conf;
  const bool passed_run = report.outcome == Outcome::Passed;
  const bool logs_all = conf.times.log_all_failures || config->global.checker_log_all_failures;
  for (Subscriber& each : probe.subscribers) {
    if (!each.is_enabled) continue;
    const Names names = names_of(each.id);
    if (!passed_run && logs_all)
      if (const std::string line = attempt_line(conf, names, decision, report); !line.empty()) listener.on_log(Level::Always, line);
    if (decision.retries || decision.url_passed) continue;
    if (!is_news(each, decision, probe.verdict)) continue;
    if (const std::string line = verdict_line(conf, names, decision, report, was_first); !line.empty()) listener.on_log(Level::Always, line);
    if (tell_verdict(each, decision, probe.verdict.is_up())) listener.on_mail(each.id, passed_run, mail_body(conf, report));
  }
}

/// Whether it is a change, which a mail goes with.
bool Checkers::Internals::tell_verdict(Subscriber& subscriber, const Decision& decision, bool up) {
  const bool changed = subscriber.up != up || (decision.changed && !up && !subscriber.has_heard);
  subscriber.up = up;
  subscriber.has_heard = true;
  listener.on_verdict(subscriber.id, up);
  return changed;
}

// ---- scripts

Task<void> Checkers::Internals::run_script(Probe& probe) {
  lib::event::Waiter waiter{loop};
  const WallTime when = lib::base::wall_now();
  const Instant began = waiter.now();
  const MiscCheck& check = std::get<MiscCheck>(probe.conf->what);
  const auto child = keepalived::start_script(check.command, {});
  ChildExit end;
  if (child) {
    probe.child = *child;
    const Instant deadline = lib::base::deadline_after(began, check.timeout);
    end = co_await lib::event::child_end(waiter, *child, deadline, kGrace);
    probe.child = 0;
  } else {
    end.code = child.error().code == EACCES ? 126 : 127;  // as a shell says it
  }
  --running;
  probe.is_running = false;
  if (!child && (child.error().code == EAGAIN || child.error().code == ENOMEM || child.error().code == EMFILE || child.error().code == ENFILE)) {
    not_begun(probe, when, fmt::format("MISC_CHECK: {}. Rescheduling.", child.error().message), child.error().message);
    co_return;
  }
  finish_script(probe, when, began, end);
}

/// Ends a script whose check is gone.
Task<void> Checkers::Internals::reap(pid_t child) {
  lib::event::Waiter waiter{loop};
  (void)co_await lib::event::child_end(waiter, child, waiter.now(), kGrace);  // nobody asks how
}

void Checkers::Internals::finish_script(Probe& probe, WallTime when, Instant began, const ChildExit& end) {
  const Checker& conf = *probe.conf;
  const MiscCheck& check = std::get<MiscCheck>(conf.what);
  const bool passed_run = passed(check, end);
  const Duration took = std::chrono::duration_cast<Duration>(loop.now() - began);
  const std::string detail = passed_run ? "" : end.timed_out ? "timed out" : end.signal != 0 ? fmt::format("signal {}", end.signal) : fmt::format("exit status {}", end.code);
  probe.history.add(when, took, passed_run, phrases.number_of(detail));
  probe.could_not_begin = false;
  const Decision decision = probe.verdict.on_run(conf, passed_run);
  schedule(probe, std::max(began + decision.pause, loop.now()));
  const bool logs_all = conf.times.log_all_failures || config->global.checker_log_all_failures;
  for (Subscriber& each : probe.subscribers) {
    if (!each.is_enabled) continue;
    const Names names = names_of(each.id);
    if (!passed_run && logs_all)
      if (const std::string line = misc_attempt_line(conf, names, decision, end); !line.empty()) listener.on_log(Level::Always, line);
    if (passed_run && check.dynamic) {
      const std::int64_t configured = config->lvs.servers[each.id.virtual_server].real_servers[each.id.server].weight;
      tell_weight(each, end.code == 0 ? 0 : end.code - 2 - configured);
    }
    if (decision.retries || !is_news(each, decision, probe.verdict)) continue;
    listener.on_log(Level::Always, misc_verdict_line(conf, names, decision, end, passed_run));
    if (tell_verdict(each, decision, passed_run)) listener.on_mail(each.id, passed_run, misc_mail_body(end, passed_run));
  }
}

void Checkers::Internals::tell_weight(Subscriber& subscriber, std::int64_t addition) {
  if (subscriber.addition == addition) return;
  subscriber.addition = addition;
  listener.on_weight(subscriber.id, addition);
}

void Checkers::Internals::set_enabled(Subscriber& subscriber, bool enabled) {
  if (subscriber.is_enabled == enabled) return;
  subscriber.is_enabled = enabled;
  if (is_started) log_activity(subscriber.id, enabled ? "Activating" : "Deactivating");
}

}  // namespace checkerd::checkers

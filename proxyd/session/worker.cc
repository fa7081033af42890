#include "proxyd/session/worker.h"

#include <algorithm>

#include "lib/event/frame_pool.h"
#include "proxyd/session/back.h"
#include "proxyd/session/buffer.h"
#include "proxyd/session/front.h"
#include "proxyd/session/http2_back.h"
#include "proxyd/session/pipe.h"
#include "proxyd/session/serve.h"
#include "proxyd/session/variable_pool.h"

namespace proxyd::session {
namespace {

using lib::base::Instant;

/// Lets idle connections go that nobody needs any more.
void purge_idle(Worker& worker) {
  worker.idle->purge(worker.loop.now());
  if (worker.index != 0) return;
  for (const auto& backend : worker.site().backends)
    for (const auto& server : backend->servers) {
      const std::uint32_t used = server->used_connections.load(std::memory_order_relaxed);
      server->used_peak_before.store(server->used_peak.exchange(used, std::memory_order_relaxed));
    }
}

/// Gives back what the last seconds did not need: memory every second, connections every fifth.
lib::event::Task<void> keep_small(Worker& worker) {
  lib::event::Waiter waiter{worker.loop};
  constexpr lib::base::Duration kPeriod{1'000'000};
  for (std::uint32_t second = 1;; ++second) {
    (void)co_await waiter.until(worker.loop.now() + kPeriod);
    worker.buffers->normal.trim();
    worker.buffers->wide.trim();
    lib::event::trim_frames();
    if (second % 5 == 0) purge_idle(worker);
  }
}

}  // namespace

Worker::Worker(Process& owner, unsigned number)
    : process{owner}, index{number}, buffers{std::make_unique<BufferPools>(owner.site->config->global.bufsize)},
      idle{std::make_unique<IdlePool>()},
      http2_backs{std::make_unique<Http2Backs>(loop, *buffers, back_settings(owner.site->config->global))},
      log{std::make_unique<lib::log::Sender>(*owner.site->log_targets)}, scratch{std::make_unique<samples::Scratch>()},
      variables{std::make_unique<VariablePool>()} {
  holds_.push_back(std::make_unique<SiteHold>(SiteHold{owner.site, this}));
  make_room();
  scratch->random_state ^= static_cast<std::uint64_t>(lib::base::wall_now().time_since_epoch().count()) * (2 * number + 1);
  if (owner.may_splice) pipes = std::make_unique<PipePool>();
  const Instant made = lib::base::monotonic_now();
  loop.at_round_end([this, made] {
    log->flush();
    idle_us.store(loop.idle_us(), std::memory_order_relaxed);
    const auto lived = static_cast<std::uint64_t>((loop.now() - made).count());
    busy_us.store(lived - std::min(lived, loop.idle_us()), std::memory_order_relaxed);
  });
  on_connection_ = [this](listen::Frontend& frontend, listen::Listener& listener, lib::base::UniqueFd fd,
                          const lib::net::Address& client) {
    const bool http = frontend.conf.mode == config::Mode::Http;
    tasks.spawn(http ? serve_http(*this, frontend, listener, std::move(fd), client)
                     : serve_tcp(*this, frontend, listener, std::move(fd), client));
  };
}

Worker::~Worker() {
  stop_accepting();
  tasks.cancel_all();
  http2_backs.reset();
  idle->clear();
}

listen::AcceptLimits Worker::accept_limits() {
  const config::Global& global = site().config->global;
  return {.process_connections = process.counters.connections,
          .process_maxconn = process.maxconn,
          .maxconn_reached = process.maxconn_reached,
          .waiters = process.limit_waiters,
          .batch = global.max_accept,
          .process_rate = global.max_conn_rate,
          .process_rate_now = &process.counters.connection_rate};
}

namespace {
thread_local Worker* current_worker = nullptr;  // a thread is one worker for life
}

Worker* Worker::current() { return current_worker; }

void Worker::adopt_thread() { current_worker = this; }

void Worker::start() {
  accept_for_site();
  tasks.spawn(keep_small(*this));
}

void Worker::accept_for_site() {
  acceptors.clear();  // the kernel keeps the connections that nobody takes meanwhile
  for (const auto& frontend : site().frontends) {
    lib::event::TaskGroup& group = *acceptors.emplace_back(std::make_unique<lib::event::TaskGroup>());
    for (const auto& listener : frontend->listeners)
      group.spawn(listen::accept_connections(loop, *frontend, *listener, accept_limits(), on_connection_));
  }
}

/// For the servers that came since.
void Worker::make_room() {
  const std::size_t count = site().server_by_number.size();
  while (kept_sessions.size() < count) kept_sessions.emplace_back();
  idle->make_room(count);
  http2_backs->make_room(count);
}

void Worker::adopt(std::shared_ptr<Site> next) {
  const SitePin before{newest()};  // it may lose its last conversation below
  holds_.push_back(std::make_unique<SiteHold>(SiteHold{std::move(next), this}));
  make_room();
  log->follow(*site().log_targets);
  accept_for_site();
  for (SessionInfo& session : sessions) {
    if (!session.is_idle || session.front->carrier != nullptr) continue;
    session.front->follow_reload();
    if (session.front->takes_no_more()) session.waiter->notify();
  }
}

void Worker::forget(SiteHold& hold) {
  if (&hold == &newest()) return;
  {
    const std::lock_guard lock{process.retired_mutex};
    process.retired.push_back(std::move(hold.site));
  }
  std::erase_if(holds_, [&hold](const auto& each) { return each.get() == &hold; });
}

void clear_retired(Process& process) {
  std::vector<std::shared_ptr<Site>> gone;  // ends after the lock
  const std::lock_guard lock{process.retired_mutex};
  gone.swap(process.retired);
}

void SitePin::forget(SiteHold& hold) { hold.worker->forget(hold); }

void Worker::stop_accepting(const listen::Frontend& frontend) {
  for (std::size_t i = 0; i < acceptors.size(); ++i)
    if (site().frontends[i]->state == frontend.state) acceptors[i]->cancel_all();
}

void Worker::stop_accepting() {
  for (const auto& group : acceptors) group->cancel_all();
}

void Worker::stop_softly() {
  stop_accepting();
  for (SessionInfo& session : sessions)
    if (session.is_shared || (session.is_idle && !session.frontend->conf.idle_close_on_response)) session.waiter->notify();
  idle->clear();
  http2_backs->retire_all();
}

lib::event::Task<void> on_each_worker(Process& process, Worker& here, lib::event::Waiter& waiter,
                                      std::function<void(Worker&)> work) {
  // Shared with the work that is posted: it may run after the waiting command was cancelled.
  struct Round {
    std::atomic<std::size_t> left;
    std::atomic<bool> cancelled{false};
    std::function<void(Worker&)> work;
    lib::event::Waiter* waiter;
  };
  struct Cancel {
    std::shared_ptr<Round> round;
    ~Cancel() { round->cancelled.store(true); }
  };
  const auto round = std::make_shared<Round>();
  round->left = process.workers.size();
  round->work = std::move(work);
  round->waiter = &waiter;
  const Cancel guard{round};
  for (const auto& worker : process.workers) {
    Worker* const there = worker.get();
    Worker* const home = &here;
    there->loop.post([round, there, home] {
      if (!round->cancelled.load()) round->work(*there);
      if (round->left.fetch_sub(1) != 1) return;
      home->loop.post([round] {
        if (!round->cancelled.load()) round->waiter->notify();
      });
    });
  }
  while (round->left.load() != 0) (void)co_await waiter.until(lib::event::kNever);
}

}  // namespace proxyd::session

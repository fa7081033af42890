#include "proxyd/servers/queue.h"

#include <algorithm>

#include "proxyd/balance/balancer.h"

namespace proxyd::servers {

namespace {

// Classes are further apart than any two streams that wait at the same time can be in age.
constexpr std::int64_t kClassMs = std::int64_t{1} << 44;

std::int64_t rank_of(const Priority& priority, Instant now) {
  return priority.klass * kClassMs + lib::base::to_ms(now.time_since_epoch()) + priority.offset_ms;
}

}  // namespace

QueueEntry::QueueEntry(Backend& owner, lib::event::Waiter& sleeper, const PickKey& request, Priority wanted)
    : backend{owner}, waiter{sleeper}, key{request}, priority{wanted}, rank{rank_of(wanted, sleeper.now())} {}

QueueEntry::~QueueEntry() {
  const std::lock_guard guard{backend.mutex};
  if (state == State::Waiting) backend.leave_queue_locked(*this);
  if (state == State::Granted) backend.release_locked(*server, waiter.now());
  unlink();  // from a mailbox, perhaps
}

void Mailbox::deliver() {
  const std::lock_guard guard{state->mutex};
  is_posted = false;
  while (!to_wake.empty()) {
    QueueEntry& entry = to_wake.front();
    entry.unlink();
    entry.waiter.notify();  // runs the waiter soon, not here
  }
}

Mailbox* Backend::mailbox_for_locked(lib::event::Loop& loop) {
  for (const auto& mailbox : mailboxes_) {
    if (&mailbox->loop == &loop) return mailbox.get();
  }
  mailboxes_.push_back(std::shared_ptr<Mailbox>{new Mailbox{state, loop}});
  return mailboxes_.back().get();
}

void Backend::wake_locked(QueueEntry& entry) {
  Mailbox& mailbox = *entry.mailbox;
  if (mailbox.thread == std::this_thread::get_id()) {
    entry.waiter.notify();
    return;
  }
  mailbox.to_wake.push_back(entry);
  if (mailbox.is_posted) return;
  mailbox.is_posted = true;
  mailbox.loop.post([box = mailbox.shared_from_this()] { box->deliver(); });  // it may outlive the backend
}

/// Into the queue of `server`, or the backend's when null, at the place of its age.
void Backend::enqueue_locked(QueueEntry& entry, Server* server) {
  if (entry.ticket == 0) entry.ticket = next_ticket_++;
  if (entry.mailbox == nullptr) entry.mailbox = mailbox_for_locked(entry.waiter.loop());
  entry.state = QueueEntry::State::Waiting;
  entry.server = server;
  lib::base::List<QueueEntry>& queue = server == nullptr ? waiting_ : server->waiting;
  const bool is_last = queue.empty() || queue.back().is_before(entry);
  queue.push_back(entry);
  if (!is_last) {  // it was requeued, or others matter less: those go behind it
    for (auto at = queue.begin(); &*at != &entry;) {
      QueueEntry& other = *at;
      ++at;
      if (entry.is_before(other)) queue.push_back(other);
    }
  }
  queued.up();
  if (server == nullptr) return;
  const std::uint32_t length = server->queued.fetch_add(1, std::memory_order_relaxed) + 1;
  if (length > server->queued_max.load(std::memory_order_relaxed)) server->queued_max = length;
  load_changed_locked(*server);
}

void Backend::leave_queue_locked(QueueEntry& entry) {
  entry.unlink();
  entry.state = QueueEntry::State::Idle;
  queued.down();
  if (entry.server == nullptr) return;
  entry.server->queued.fetch_sub(1, std::memory_order_relaxed);
  load_changed_locked(*entry.server);
}

/// Gives free slots of a server to those that wait for it or for any, whatever configuration they began with; the oldest first.
/// Returns how many came from the backend's queue.
std::uint32_t Backend::serve_queues_locked(Server& server, Instant now) {
  std::uint32_t from_backend = 0;
  for (Server* const each : server.state->bodies) from_backend += each->backend.serve_own_queues_locked(*each, now);
  return from_backend;
}

std::uint32_t Backend::serve_own_queues_locked(Server& server, Instant now) {
  std::uint32_t from_backend = 0;
  while (!waiting_.empty() || !server.waiting.empty()) {
    const std::uint32_t limit = server.connection_limit(now);
    if (limit != 0 && server.sessions.value() >= limit) break;
    QueueEntry* own = server.waiting.empty() || !server.accepts_persistent() ? nullptr : &server.waiting.front();
    QueueEntry* any = waiting_.empty() || !server.in_use ? nullptr : &waiting_.front();
    if (own == nullptr && any == nullptr) break;
    QueueEntry& next = own == nullptr || (any != nullptr && any->is_before(*own)) ? *any : *own;
    if (&next == any) ++from_backend;
    leave_queue_locked(next);
    next.state = QueueEntry::State::Granted;
    next.server = &server;
    occupy_locked(server);
    wake_locked(next);
  }
  return from_backend;
}

/// The server is gone: those in its queue choose again. Returns how many.
std::uint32_t Backend::requeue_locked(Server& server) {
  std::uint32_t moved = 0;
  for (Server* const each : server.state->bodies) {
    for (; !each->waiting.empty(); ++moved) {
      QueueEntry& entry = each->waiting.front();
      leave_queue_locked(entry);
      entry.state = QueueEntry::State::Requeued;
      wake_locked(entry);
    }
  }
  return moved;
}

/// A server at once, or null with the entry in a queue, or null and idle when there is nothing to wait for.
Server* Backend::join_locked(QueueEntry& entry, Server* only, Instant now) {
  Server* queue_at = only;
  if (only == nullptr) {
    balance::Choice choice;
    if (Server* const server = pick_locked(entry.key, now, nullptr, choice)) return server;
    if (!choice.must_queue) return nullptr;
    if (choice.queue_at != balance::kNoServer) queue_at = servers[choice.queue_at].get();
    for (const auto& server : servers) {  // random may draw a full server while others are free
      if (queue_at != nullptr || !server->in_use || server->queued != 0) continue;
      const std::uint32_t limit = server->connection_limit(now);
      if (limit != 0 && server->sessions.value() >= limit) continue;
      occupy_locked(*server);
      return server.get();
    }
  } else {
    if (!only->accepts_persistent()) return nullptr;
    const std::uint32_t limit = only->connection_limit(now);
    if (only->queued == 0 && (limit == 0 || only->sessions.value() < limit)) {
      occupy_locked(*only);
      return only;
    }
  }
  if (queue_at != nullptr && queue_at->conf.maxqueue != 0 && queue_at->queued >= queue_at->conf.maxqueue) {
    return nullptr;
  }
  enqueue_locked(entry, queue_at);
  return nullptr;
}

lib::event::Task<Server*> Backend::wait_for_slot(lib::event::Waiter& waiter, PickKey key, Instant deadline,
                                                 Priority priority) {
  QueueEntry entry{*this, waiter, key, priority};
  Server* const server = co_await wait_in_queue(entry, nullptr, deadline);
  co_return server;
}

lib::event::Task<Server*> Backend::wait_for_server(lib::event::Waiter& waiter, Server& server,
                                                   Instant deadline, Priority priority) {
  QueueEntry entry{*this, waiter, PickKey{}, priority};
  Server* const granted = co_await wait_in_queue(entry, &server, deadline);
  co_return granted;
}

lib::event::Task<Server*> Backend::wait_in_queue(QueueEntry& entry, Server* only, Instant deadline) {
  while (true) {
    {
      const std::lock_guard guard{mutex};
      Server* const server = join_locked(entry, only, entry.waiter.now());
      if (server != nullptr || entry.state == QueueEntry::State::Idle) co_return server;
    }
    (void)co_await entry.waiter.until(deadline);  // why it woke does not matter: the entry's state tells
    const std::lock_guard guard{mutex};
    if (entry.state == QueueEntry::State::Granted) {
      entry.state = QueueEntry::State::Idle;  // the slot is the caller's now
      co_return entry.server;
    }
    if (entry.state == QueueEntry::State::Requeued) {
      entry.unlink();
      entry.state = QueueEntry::State::Idle;
      continue;
    }
    leave_queue_locked(entry);
    co_return nullptr;
  }
}

}  // namespace proxyd::servers

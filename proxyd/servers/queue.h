// Streams that wait for a slot of a full server. Internal to this folder: others call Backend::wait_for_slot().
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "lib/base/list.h"
#include "lib/event/wait.h"
#include "proxyd/servers/backend.h"

namespace proxyd::servers {

/// Brings wake-ups to the waiters of one loop. Another thread's waiters are collected here and one message is posted
/// for all of them; an entry that goes away meanwhile takes itself off the list.
struct Mailbox : std::enable_shared_from_this<Mailbox> {
  Mailbox(std::shared_ptr<BackendState> shared, lib::event::Loop& home) : state{std::move(shared)}, loop{home} {}

  const std::shared_ptr<BackendState> state;
  lib::event::Loop& loop;
  std::thread::id thread = std::this_thread::get_id();
  lib::base::List<QueueEntry> to_wake;  // guarded by the state's lock, as is the next field
  bool is_posted = false;
  void deliver();  ///< on the loop's own thread
};

class QueueEntry : public lib::base::ListHook<> {
 public:
  QueueEntry(Backend& backend, lib::event::Waiter& waiter, const PickKey& key, Priority priority);
  ~QueueEntry();  ///< leaves the queue; gives back a slot that was granted and not taken over

  enum class State : std::uint8_t {
    Idle,      // in no queue
    Waiting,
    Granted,   // `server` has been taken for it
    Requeued,  // its server is gone: choose again
  };

  Backend& backend;
  lib::event::Waiter& waiter;
  const PickKey key;
  const Priority priority;
  /// When it came, moved by its offset; the class stands above that.
  std::int64_t rank = 0;
  Mailbox* mailbox = nullptr;
  // The rest is guarded by the backend's lock.
  State state = State::Idle;
  Server* server = nullptr;  // whose queue this is in (null: the backend's), or which was granted
  std::uint64_t ticket = 0;  // age: lower is older; kept when requeued

  bool is_before(const QueueEntry& other) const { return rank != other.rank ? rank < other.rank : ticket < other.ticket; }
};

}  // namespace proxyd::servers

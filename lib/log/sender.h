// A thread's way out for log lines: heads are cached, lines are gathered and leave with one system call a round.
// Never blocks: what the kernel does not take at once is dropped and counted.
#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/base/unique_fd.h"
#include "lib/log/dates.h"
#include "lib/log/target.h"

namespace lib::log {

/// Belongs to one thread. Allocates nothing in steady state.
class Sender {
 public:
  /// `targets` must outlive the sender, or be followed by another, and not change any more. Connects what can be connected now (before a chroot);
  /// the rest is tried again when there is something to send, at most once a second. Where a UDP port turns out to be closed
  /// lines are dropped for 10 ms at a time.
  explicit Sender(const TargetTable& targets);
  ~Sender();  ///< flushes
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// From now on it is that table, which begins with what the present one has. Connects what is new.
  void follow(const TargetTable& grown);

  /// False when no target of `to` would take a line of `level` now: do not even format it. Counts the line as dropped
  /// when that is because nobody listens.
  bool wants(std::span<const TargetId> to, Level level);
  /// Room for the text of one line, at least `kMaxText` bytes. Write there, then call `finish` with what was written.
  char* room();
  /// Sends the `size` bytes at `room()` to each of `to` that wants `level`: head, text cut at the target's length,
  /// line feed.
  void finish(std::span<const TargetId> to, Level level, std::size_t size);
  /// Both at once, for text that exists already; cut at kMaxText.
  void send(std::span<const TargetId> to, Level level, std::string_view text);
  /// Hands everything gathered to the kernel. Call it at the end of each loop round (Loop::at_round_end).
  void flush();
  bool has_pending() const { return pending_count_ != 0; }

  /// Lines that were lost because a socket was full or nobody listens. May be read from any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  Dates& dates() { return dates_; }

  static constexpr std::size_t kMaxText = 65535;

 private:
  static constexpr std::size_t kMaxPending = 64;
  static constexpr std::size_t kHeadRoom = 512;      // longest head
  static constexpr std::size_t kArena = 160 * 1024;  // lines waiting for flush: at least two of the longest

  /// A socket, descriptor or ring; several targets may share one.
  struct Outlet {
    const Target* target = nullptr;   // in the table; says where
    base::UniqueFd socket;            // Kind::Datagram; none while disconnected
    std::int64_t deaf_until_ms = 0;   // monotonic: nobody listens, or it cannot be connected
    std::uint32_t pending = 0;
  };
  /// A target's head, rendered for one second and level.
  struct Head {
    std::int64_t second = -1;
    Level level = Level::Emerg;
    std::uint16_t size = 0;
    std::uint32_t outlet = 0;
    std::array<char, kHeadRoom> text;
  };
  struct Line {
    const char* data = nullptr;
    std::uint32_t size = 0;
    std::uint32_t outlet = 0;
  };
  enum class Place : std::uint8_t { Here, Copy };

  void refresh_head(const Target& target, Head& head, Level level);
  void append(TargetId id, Level level, char* text, std::size_t size, Place place);
  char* flush_around(const char* text, std::size_t size);
  bool connect(Outlet& outlet);
  unsigned send_all(Outlet& outlet, std::span<mmsghdr> messages);
  void flush_datagrams(Outlet& outlet, std::uint32_t index);
  void flush_descriptor(Outlet& outlet, std::uint32_t index);
  void flush_ring(Outlet& outlet, std::uint32_t index);
  void announce_dropped(const Target& target);
  void drop(std::uint64_t lines) {
    dropped_.store(dropped_.load(std::memory_order_relaxed) + lines, std::memory_order_relaxed);
  }

  void add_outlets();
  const TargetTable* targets_;
  std::vector<Head> heads_;  // parallel to the table
  std::vector<Outlet> outlets_;
  std::unique_ptr<char[]> arena_;
  std::size_t used_ = 0;
  std::array<Line, kMaxPending> pending_;
  std::size_t pending_count_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
  Dates dates_;
};

}  // namespace lib::log

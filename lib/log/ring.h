// Log lines in a bounded piece of memory, where the newest push the oldest out. All threads write; each reader follows at
// its own pace. Knows no sockets and no loop: whoever waits for lines is woken by a function of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/log/ring_memory.h"

namespace lib::log {

class Ring {
 public:
  explicit Ring(RingMemory memory);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// One line, without its end; cut to what fits at all. False: it was dropped, because a holding reader has not read on.
  /// Any thread. Allocates nothing.
  bool append(std::string_view line);
  /// The longest line that fits.
  std::size_t longest_line() const { return memory_.capacity() - kLengthBytes; }
  /// Lines dropped since the start. Any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  /// How far it was written, to be compared with a reader's position(). Any thread.
  std::uint64_t end() const;
  /// Lines dropped since the last call, once there is room to tell of them; else 0.
  std::uint64_t take_unannounced();

  /// Where a reader begins.
  enum class From : std::uint8_t { Oldest, Newest };
  /// Loose: lines that it has not read may be pushed out, and it goes on with the oldest. Holding: they stay, and new ones
  /// are dropped when there is no room.
  enum class Grip : std::uint8_t { Loose, Holding };

  /// Follows a ring. Belongs to one thread; the ring outlives it.
  class Reader {
   public:
    /// `wake` is called once, on any thread, when there is a line after next() found none.
    Reader(Ring& ring, From from, std::function<void()> wake);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    /// Takes the next line. False: there is none, and `wake` is armed.
    bool next(std::string& line);
    void set_grip(Grip grip);
    std::uint64_t position() const { return position_; }

   private:
    friend class Ring;
    Ring& ring_;
    std::shared_ptr<const std::function<void()>> wake_;  // shared: a writer may be calling it while the reader goes away
    std::uint64_t position_ = 0;                         // of its next line
    Grip grip_ = Grip::Loose;
    bool sleeps_ = false;
  };

 private:
  static constexpr std::size_t kLengthBytes = 4;     // before each line
  static constexpr std::size_t kAnnouncement = 256;  // room for a line about dropped ones

  std::uint32_t length_at(std::uint64_t position) const;
  std::uint64_t behind(std::uint64_t position) const;
  void write(std::uint64_t position, const char* bytes, std::size_t size);
  void read(std::uint64_t position, char* bytes, std::size_t size) const;
  bool make_room(std::size_t size);
  std::shared_ptr<const std::function<void()>> take_sleeper();
  /// For whoever finds the file; our own positions are never read back from it.
  void show_positions() {
    memory_.head().oldest = oldest_;
    memory_.head().next = next_;
  }

  mutable std::mutex mutex_;  // guards all below but dropped_
  RingMemory memory_;
  std::uint64_t oldest_ = 0, next_ = 0;  // positions: bytes ever written before that line
  std::vector<Reader*> readers_;
  std::size_t sleepers_ = 0;
  std::uint64_t unannounced_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace lib::log

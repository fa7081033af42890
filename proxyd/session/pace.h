// How fast one direction of a conversation may be: so many bytes in each period. Pure: time comes in as an argument.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/time.h"

namespace proxyd::session {

using lib::base::Duration;
using lib::base::Instant;

/// One limit. Periods follow each other from the first byte on; of the one before counts what a window of that length that
/// ends now would still hold, as if its bytes had come evenly. So the first `limit` bytes may go at once, and then as many
/// in each period.
class Pace {
 public:
  struct Terms {
    std::uint64_t limit = 0;     // bytes, not 0
    Duration period{};           // not 0
    std::uint64_t min_size = 0;  // fewer bytes than these are not worth going
  };

  Pace(const Terms& terms, Instant now) : terms_{terms}, began_{now} {}
  /// What has passed stays counted.
  void change(const Terms& terms) { terms_ = terms; }

  /// Bytes that may pass now.
  std::uint64_t allowance(Instant now);
  /// They have passed.
  void take(std::uint64_t count, Instant now);
  /// From when on something may pass again, after allowance() was 0.
  Instant resume_at(Instant now) const;

 private:
  void move_on(Instant now);
  std::uint64_t quantum() const;

  Terms terms_;
  Instant began_;  // of the present period
  std::uint64_t present_ = 0, before_ = 0;  // bytes in this period and in the one before
};

/// All limits of one direction.
class Throttle {
 public:
  bool is_set() const { return !paces_.empty(); }
  /// Sets the limit of that owner, or changes it.
  void set(const void* owner, const Pace::Terms& terms, Instant now);
  std::uint64_t allowance(Instant now);
  void take(std::uint64_t count, Instant now);
  Instant resume_at(Instant now) const;

 private:
  struct Owned {
    const void* owner;
    Pace pace;
  };
  std::vector<Owned> paces_;
};

}  // namespace proxyd::session

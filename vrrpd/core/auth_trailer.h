// keepalived's auth_hmac: a signed trailer of 28 bytes behind each advert (vrrp-behaviour section 3). Pure: the digest and the
// time come in.
#pragma once

#include <vector>

#include "lib/base/time.h"
#include "vrrpd/core/packet.h"

namespace vrrpd {

using lib::base::WallTime;
using TrailerDigest = std::array<std::uint8_t, 16>;
/// HMAC-SHA-256 cut to 128 bits.
using TrailerHmac = TrailerDigest (*)(Bytes key, Bytes text);

inline constexpr std::size_t kTrailerSize = 28;

struct TrailerKey {
  std::uint8_t id = 0;
  std::vector<std::uint8_t> secret;
};

struct TrailerRules {
  enum class Mode : std::uint8_t { Enforce, Permissive, ReceiveOnly };
  Mode mode = Mode::Enforce;
  std::vector<TrailerKey> keys;
  std::uint8_t active_key = 0;
  Duration window{5'000'000};      // of the sender's clock about ours
  bool monotonic = false;          // only the order counts, not the clock
  std::size_t most_senders = 4;    // whose last number is remembered
  TrailerHmac hmac = nullptr;
};

enum class TrailerFault : std::uint8_t { None, Missing, Malformed, UnknownKey, InvalidHmac, Stale, Replay };

/// What is signed beside the message.
struct TrailerScope {
  std::uint8_t family = 2, version = 2, vrid = 0;
  Address source;
};

/// Signs and verifies for one instance.
class TrailerGuard {
 public:
  explicit TrailerGuard(TrailerRules rules) : rules_{std::move(rules)} {}
  const TrailerRules& rules() const { return rules_; }
  /// Other keys or rules; who was heard stays known.
  void use(TrailerRules rules) { rules_ = std::move(rules); }
  bool signs() const { return rules_.mode != TrailerRules::Mode::ReceiveOnly; }
  bool needs() const { return rules_.mode == TrailerRules::Mode::Enforce; }

  /// A number for the advert that is sent next: the time, and always more than the last one.
  std::uint64_t next_sequence(WallTime now);
  std::array<std::uint8_t, kTrailerSize> sign(const TrailerScope& scope, Bytes message, std::uint64_t sequence) const;

  struct Verdict {
    TrailerFault fault = TrailerFault::None;
    Duration skew{0};              // the sender's clock minus ours
    std::uint8_t key_id = 0;
  };
  /// `trailer` is what follows the message, of any length.
  Verdict verify(const TrailerScope& scope, Bytes message, Bytes trailer, WallTime now);

 private:
  struct Heard {
    Address sender;
    std::uint64_t sequence = 0, used = 0;
  };
  const TrailerKey* find_key(std::uint8_t id) const;
  TrailerDigest digest(const TrailerScope& scope, Bytes message, Bytes head, const TrailerKey& key) const;
  bool is_replay(const Address& sender, std::uint64_t sequence);

  TrailerRules rules_;
  std::uint64_t last_sent_ = 0, uses_ = 0;
  std::vector<Heard> heard_;       // at most most_senders, the one unheard longest leaves
};

}  // namespace vrrpd

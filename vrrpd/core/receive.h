// What is checked of a received advert, in the original's order (vrrp-behaviour section 4), with its counters and the lines
// that say why one was dropped. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vrrpd/core/ah.h"
#include "vrrpd/core/auth_trailer.h"
#include "vrrpd/core/engine.h"
#include "vrrpd/core/packet.h"

namespace vrrpd {

/// As the statistics dump names them.
struct InstanceCounters {
  std::uint64_t received = 0, sent = 0, became_master = 0, released_master = 0;
  std::uint64_t length_errors = 0, ttl_errors = 0, type_errors = 0, interval_errors = 0, address_list_errors = 0;
  std::uint64_t invalid_auth_type = 0, auth_mismatch = 0, auth_failures = 0;
  std::uint64_t priority_zero_received = 0, priority_zero_sent = 0;
  std::uint64_t trailer_missing = 0, trailer_malformed = 0, trailer_unknown_key = 0, trailer_invalid = 0, trailer_stale = 0, trailer_replay = 0;
  std::uint64_t checksum_errors = 0, version_errors = 0, source_errors = 0;  // ours: the original has no counter
};

/// What an instance expects of its adverts.
struct Expectation {
  std::string name;
  std::uint8_t version = 2, family = 2, vrid = 0;
  Duration interval{1'000'000};
  std::uint8_t auth_type = 0;
  std::array<std::uint8_t, 8> auth_data{};
  AhDigest ah_digest = nullptr;              // there with auth type AH
  std::optional<TrailerRules> trailer;       // auth_hmac
  std::vector<Address> addresses;
  bool unicast = false;
  bool check_source = false;                 // only peers
  bool skip_check_addresses = false;         // the list only when the master is another one
  bool checksum_as_v2 = false;
  enum class OldChecksum : std::uint8_t { Detect, Force, Never } old_checksum = OldChecksum::Detect;
  struct Peer {
    Address address;
    std::optional<std::uint8_t> min_ttl, max_ttl;
  };
  std::vector<Peer> peers;
};

/// One packet with what its socket knows. For IPv4 `packet` begins with the IP header, for IPv6 with the message.
struct HeardPacket {
  Bytes packet;
  Address source;
  std::optional<Address> destination;
  int ttl = -1;                              // -1 unknown
  WallTime when{};                           // for auth_hmac
};

class Receiver {
 public:
  explicit Receiver(Expectation expectation) { expect(std::move(expectation)); }

  /// A reload: counters stay.
  void expect(Expectation expectation);

  struct Outcome {
    std::optional<HeardAdvert> advert;       // accepted
    std::string line;                        // what to log, or empty: said already since the last change
    bool switched_checksum = false;          // adverts are to be sent with the old unicast checksum from now on
  };
  Outcome receive(const HeardPacket& heard);
  /// A state change or a new master: every cause may be said once again.
  void forget_complaints() { said_ = 0; }
  const InstanceCounters& counters() const { return counters_; }
  InstanceCounters& counters() { return counters_; }
  ChecksumRule sending_rule() const;
  /// AH: of the advert that is sent next. It goes on from the last one heard, so that nobody takes it for a replay.
  std::uint32_t next_sequence() { return ++sequence_; }
  const Expectation& expectation() const { return expect_; }
  /// The signer of our own adverts, if they have a trailer.
  TrailerGuard* guard() { return guard_ ? &*guard_ : nullptr; }

 private:
  enum Cause : std::uint32_t { Length, Ttl, Version, Auth, Interval, Type, Checksum, Mode, Count, List, Peer, Replay, Missing, Malformed, UnknownKey, InvalidHmac, Stale, TrailerReplay, Skew };
  Outcome drop(Cause cause, std::uint64_t& counter, std::string line);
  void note(Cause cause, std::string line, Outcome& outcome);
  std::optional<Outcome> check_trailer(Bytes message, Bytes trailer, const HeardPacket& heard);
  std::optional<Outcome> check_ah(const HeardPacket& heard);
  bool checksum_fits(Bytes message, const Advert& advert, const HeardPacket& heard, Outcome& outcome);
  void compare_addresses(const Advert& advert, const Address& sender, Outcome& outcome);

  Expectation expect_;
  std::optional<TrailerGuard> guard_;
  InstanceCounters counters_;
  Address last_sender_;
  std::uint32_t said_ = 0;                   // a bit a cause
  std::uint32_t sequence_ = 0;               // AH: the last one sent or accepted
  bool old_checksum_ = false;                // detected
};

/// The VRID of a packet, to find its instance; nothing when it is too short to have one.
std::optional<std::uint8_t> vrid_of(Bytes packet, std::uint8_t family);

}  // namespace vrrpd

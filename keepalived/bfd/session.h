// One BFD session's state machine (RFC 5880 section 6.8): asynchronous mode, no echo, no authentication. Pure: packets and
// the time come in, packets to send and the state come out.
#pragma once

#include <cstdint>

#include "lib/base/time.h"
#include "keepalived/bfd/control_packet.h"

namespace keepalived::bfd {

using lib::base::Duration;
using lib::base::Instant;

struct SessionSettings {
  std::uint32_t discriminator = 1;               // ours; not 0, unique
  std::uint32_t min_rx_us = 10'000, min_tx_us = 10'000, idle_tx_us = 1'000'000;
  std::uint8_t multiplier = 5;
  bool passive = false;                          // says nothing until the neighbor was heard
};

class Session {
 public:
  explicit Session(const SessionSettings& settings) : settings_{settings} {}

  void start(Instant now);
  /// A packet of this session that passed decode() and the TTL check. True when the state changed.
  bool on_packet(const ControlPacket& packet, Instant now);
  /// What is due. True when the state changed (detection time expired).
  bool on_time(Instant now);
  /// Packets are asked for one at a time: nothing to send when false. `jitter` (0..1) shortens the next interval by 10 to
  /// 25 % where the multiplier is 1, else by 0 to 25 % (RFC 5880 section 6.8.7).
  bool take_packet(Instant now, double jitter, ControlPacket& packet);
  Instant next_deadline() const;

  SessionState state() const { return state_; }
  SessionState remote_state() const { return remote_state_; }
  Diagnostic local_diagnostic() const { return local_diagnostic_; }
  Diagnostic remote_diagnostic() const { return remote_diagnostic_; }
  std::uint32_t remote_discriminator() const { return remote_discriminator_; }
  Duration detection_time() const;
  Duration transmit_interval() const;
  Instant last_heard() const { return last_heard_; }
  const SessionSettings& settings() const { return settings_; }

 private:
  void enter(SessionState state, Diagnostic diagnostic, Instant now);
  std::uint32_t wished_min_tx() const;
  bool may_send() const;

  SessionSettings settings_;
  SessionState state_ = SessionState::Down, remote_state_ = SessionState::Down;
  Diagnostic local_diagnostic_ = Diagnostic::None, remote_diagnostic_ = Diagnostic::None;
  std::uint32_t remote_discriminator_ = 0;
  std::uint32_t remote_min_rx_us_ = 1, remote_min_tx_us_ = 0;
  std::uint8_t remote_multiplier_ = 0;
  bool remote_demand_ = false;
  bool polling_ = false;                         // we asked and await the final bit
  bool owes_final_ = false;                      // they asked
  Instant next_send_ = lib::base::kNever;        // counts only while may_send() or a final bit is owed
  Instant expires_ = lib::base::kNever;
  Instant last_heard_{};
};

}  // namespace keepalived::bfd

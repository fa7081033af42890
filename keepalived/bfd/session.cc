#include "keepalived/bfd/session.h"

#include <algorithm>

namespace keepalived::bfd {

using lib::base::kNever;

void Session::start(Instant now) {
  next_send_ = now;
}

std::uint32_t Session::wished_min_tx() const {
  // Not faster than one a second until the session is up: RFC 5880 section 6.8.3.
  return state_ == SessionState::Up ? settings_.min_tx_us : std::max(settings_.idle_tx_us, settings_.min_tx_us);
}

Duration Session::transmit_interval() const { return Duration{std::max(wished_min_tx(), remote_min_rx_us_)}; }

Duration Session::detection_time() const {
  return Duration{static_cast<std::int64_t>(remote_multiplier_) * std::max(settings_.min_rx_us, remote_min_tx_us_)};
}

bool Session::may_send() const {
  if (settings_.passive && remote_discriminator_ == 0) return false;  // RFC 5880 section 6.1
  if (remote_min_rx_us_ == 0) return false;                           // it wants none
  const bool demanded = remote_demand_ && state_ == SessionState::Up && remote_state_ == SessionState::Up;
  return !demanded || polling_;
}

void Session::enter(SessionState state, Diagnostic diagnostic, Instant now) {
  if (state == state_) return;
  const std::uint32_t before = wished_min_tx();
  state_ = state;
  local_diagnostic_ = diagnostic;
  // A poll tells of the new intervals; sending faster need not wait for its end (RFC 5880 section 6.8.3).
  polling_ = state == SessionState::Up && wished_min_tx() != before;
  next_send_ = std::min(next_send_, now);  // the other side learns of it at once
}

bool Session::on_packet(const ControlPacket& packet, Instant now) {
  const SessionState before = state_;
  last_heard_ = now;
  remote_discriminator_ = packet.my_discriminator;
  remote_state_ = packet.state;
  remote_diagnostic_ = packet.diagnostic;
  remote_demand_ = packet.demand;
  const Duration interval_before = transmit_interval();
  remote_min_rx_us_ = packet.required_min_rx_us;
  remote_min_tx_us_ = packet.desired_min_tx_us;
  remote_multiplier_ = packet.multiplier;
  if (packet.final) polling_ = false;
  expires_ = now + detection_time();
  // The state table of RFC 5880 section 6.2.
  if (packet.state == SessionState::AdminDown) {
    if (state_ != SessionState::Down) enter(SessionState::Down, Diagnostic::NeighborDown, now);
  } else if (state_ == SessionState::Down) {
    if (packet.state == SessionState::Down) enter(SessionState::Init, Diagnostic::None, now);
    if (packet.state == SessionState::Init) enter(SessionState::Up, Diagnostic::None, now);
  } else if (state_ == SessionState::Init) {
    if (packet.state == SessionState::Init || packet.state == SessionState::Up) enter(SessionState::Up, Diagnostic::None, now);
  } else if (state_ == SessionState::Up && packet.state == SessionState::Down) {
    enter(SessionState::Down, Diagnostic::NeighborDown, now);
  }
  if (packet.poll) {
    owes_final_ = true;
    next_send_ = now;
  }
  if (transmit_interval() < interval_before) next_send_ = std::min(next_send_, now + transmit_interval());
  return state_ != before;
}

bool Session::on_time(Instant now) {
  if (now < expires_) return false;
  expires_ = kNever;
  const SessionState before = state_;
  if (state_ == SessionState::Init || state_ == SessionState::Up) enter(SessionState::Down, Diagnostic::TimeExpired, now);
  // What was learned of the neighbor is over: RFC 5880 section 6.8.1, bfd.RemoteDiscr.
  remote_discriminator_ = 0;
  remote_min_rx_us_ = 1;
  remote_demand_ = false;
  remote_state_ = SessionState::Down;
  return state_ != before;
}

bool Session::take_packet(Instant now, double jitter, ControlPacket& packet) {
  if (now < next_send_ || (!may_send() && !owes_final_)) return false;
  packet = ControlPacket{};
  packet.diagnostic = local_diagnostic_;
  packet.state = state_;
  packet.final = owes_final_;
  packet.poll = polling_ && !owes_final_;
  packet.multiplier = settings_.multiplier;
  packet.my_discriminator = settings_.discriminator;
  packet.your_discriminator = remote_discriminator_;
  packet.desired_min_tx_us = wished_min_tx();
  packet.required_min_rx_us = settings_.min_rx_us;
  owes_final_ = false;
  const double most = 0.25, least = settings_.multiplier == 1 ? 0.10 : 0.0;
  const double cut = least + (most - least) * std::clamp(jitter, 0.0, 1.0);
  next_send_ = now + Duration{static_cast<std::int64_t>(static_cast<double>(transmit_interval().count()) * (1.0 - cut))};
  return true;
}

Instant Session::next_deadline() const {
  return std::min(may_send() || owes_final_ ? next_send_ : kNever, expires_);
}

}  // namespace keepalived::bfd

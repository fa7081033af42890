// The BFD control packet (RFC 5880 section 4.1), without authentication. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace keepalived::bfd {

enum class SessionState : std::uint8_t { AdminDown = 0, Down = 1, Init = 2, Up = 3 };
const char* state_name(SessionState state);  // "AdminDown", "Down", "Init", "Up"

/// RFC 5880 section 4.1, "Diagnostic".
enum class Diagnostic : std::uint8_t {
  None = 0,
  TimeExpired = 1,
  EchoFailed = 2,
  NeighborDown = 3,
  PlaneReset = 4,
  PathDown = 5,
  ConcatenatedPathDown = 6,
  AdministrativelyDown = 7,
  ReverseConcatenatedPathDown = 8,
};
const char* diagnostic_text(Diagnostic diagnostic);

struct ControlPacket {
  Diagnostic diagnostic = Diagnostic::None;
  SessionState state = SessionState::Down;
  bool poll = false, final = false, demand = false;
  std::uint8_t multiplier = 0;
  std::uint32_t my_discriminator = 0, your_discriminator = 0;
  std::uint32_t desired_min_tx_us = 0, required_min_rx_us = 0, required_min_echo_us = 0;
  bool operator==(const ControlPacket&) const = default;
};

inline constexpr std::size_t kControlPacketSize = 24;
using ControlBytes = std::array<std::uint8_t, kControlPacketSize>;

enum class PacketFault : std::uint8_t { None, BadLength, BadVersion, BadMultiplier, Multipoint, NoDiscriminator, Authenticated, BadState };

ControlBytes encode(const ControlPacket& packet);
/// The checks of RFC 5880 section 6.8.6 that need no session.
PacketFault decode(std::span<const std::uint8_t> bytes, ControlPacket& packet);

}  // namespace keepalived::bfd

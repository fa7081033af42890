#include "keepalived/bfd/control_packet.h"

namespace keepalived::bfd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kPoll = 0x20, kFinal = 0x10, kAuthentication = 0x04, kDemand = 0x02, kMultipoint = 0x01;

void put32(ControlBytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t get32(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | bytes[at + i];
  return value;
}

}  // namespace

const char* state_name(SessionState state) {
  switch (state) {
    case SessionState::AdminDown: return "AdminDown";
    case SessionState::Down: return "Down";
    case SessionState::Init: return "Init";
    case SessionState::Up: return "Up";
  }
  return "";
}

const char* diagnostic_text(Diagnostic diagnostic) {
  switch (diagnostic) {
    case Diagnostic::None: return "No Diagnostic";
    case Diagnostic::TimeExpired: return "Control Detection Time Expired";
    case Diagnostic::EchoFailed: return "Echo Function Failed";
    case Diagnostic::NeighborDown: return "Neighbor Signaled Session Down";
    case Diagnostic::PlaneReset: return "Forwarding Plane Reset";
    case Diagnostic::PathDown: return "Path Down";
    case Diagnostic::ConcatenatedPathDown: return "Concatenated Path Down";
    case Diagnostic::AdministrativelyDown: return "Administratively Down";
    case Diagnostic::ReverseConcatenatedPathDown: return "Reverse Concatenated Path Down";
  }
  return "Unknown";
}

ControlBytes encode(const ControlPacket& packet) {
  ControlBytes bytes{};
  bytes[0] = static_cast<std::uint8_t>(kVersion << 5 | static_cast<std::uint8_t>(packet.diagnostic));
  bytes[1] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(packet.state) << 6 | (packet.poll ? kPoll : 0) |
                                       (packet.final ? kFinal : 0) | (packet.demand ? kDemand : 0));
  bytes[2] = packet.multiplier;
  bytes[3] = kControlPacketSize;
  put32(bytes, 4, packet.my_discriminator);
  put32(bytes, 8, packet.your_discriminator);
  put32(bytes, 12, packet.desired_min_tx_us);
  put32(bytes, 16, packet.required_min_rx_us);
  put32(bytes, 20, packet.required_min_echo_us);
  return bytes;
}

PacketFault decode(std::span<const std::uint8_t> bytes, ControlPacket& packet) {
  if (bytes.size() < kControlPacketSize) return PacketFault::BadLength;
  if (bytes[0] >> 5 != kVersion) return PacketFault::BadVersion;
  if (bytes[3] < kControlPacketSize || bytes[3] > bytes.size()) return PacketFault::BadLength;
  if ((bytes[1] & kAuthentication) != 0) return PacketFault::Authenticated;  // we configure none
  if (bytes[3] != kControlPacketSize) return PacketFault::BadLength;
  packet.diagnostic = static_cast<Diagnostic>(bytes[0] & 0x1f);
  packet.state = static_cast<SessionState>(bytes[1] >> 6);
  packet.poll = (bytes[1] & kPoll) != 0;
  packet.final = (bytes[1] & kFinal) != 0;
  packet.demand = (bytes[1] & kDemand) != 0;
  packet.multiplier = bytes[2];
  packet.my_discriminator = get32(bytes, 4);
  packet.your_discriminator = get32(bytes, 8);
  packet.desired_min_tx_us = get32(bytes, 12);
  packet.required_min_rx_us = get32(bytes, 16);
  packet.required_min_echo_us = get32(bytes, 20);
  if (packet.multiplier == 0) return PacketFault::BadMultiplier;
  if ((bytes[1] & kMultipoint) != 0) return PacketFault::Multipoint;
  if (packet.my_discriminator == 0) return PacketFault::NoDiscriminator;
  const bool early = packet.state == SessionState::Down || packet.state == SessionState::AdminDown;
  if (packet.your_discriminator == 0 && !early) return PacketFault::BadState;
  if (packet.poll && packet.final) return PacketFault::BadState;  // RFC 5880 section 6.8.7 forbids both
  return PacketFault::None;
}

}  // namespace keepalived::bfd

// BFD control packets, one after another, 25 bytes of input each (the first sets the pace of the clock): what decodes
// encodes to the same bytes, and a session that hears them keeps its timers in the future and its packets sound.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "keepalived/bfd/control_packet.h"
#include "keepalived/bfd/session.h"

namespace {

using namespace keepalived::bfd;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::size_t kStep = kControlPacketSize + 1;
constexpr std::uint8_t kControlPlaneIndependent = 0x08;

void send_due(Session& session, Instant now) {
  ControlPacket packet;
  for (int i = 0; i < 2 && session.take_packet(now, 0.5, packet); ++i) {
    ControlPacket read;
    require(packet.my_discriminator == session.settings().discriminator && packet.multiplier == session.settings().multiplier);
    require(packet.desired_min_tx_us != 0);
    require(decode(encode(packet), read) == PacketFault::None && read == packet);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  Session session{{.discriminator = 7, .min_rx_us = 10'000, .min_tx_us = 10'000, .idle_tx_us = 1'000'000,
                   .multiplier = static_cast<std::uint8_t>(1 + data[0] % 5), .passive = (data[0] & 128) != 0}};
  Instant now{std::chrono::seconds{1}};
  session.start(now);
  for (std::size_t at = 1; at < size; at += std::min(kStep, size - at)) {
    now += std::chrono::milliseconds{data[at]} * 4;
    (void)session.on_time(now);
    send_due(session, now);
    std::vector<std::uint8_t> bytes{data + at + 1, data + at + std::min(kStep, size - at)};
    bytes.shrink_to_fit();  // exactly what is there: reading past it is noticed
    ControlPacket packet;
    if (decode(bytes, packet) != PacketFault::None) continue;
    bytes[1] &= static_cast<std::uint8_t>(~kControlPlaneIndependent);  // not kept: nothing depends on it
    const ControlBytes again = encode(packet);
    require(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
    const SessionState before = session.state();
    const bool changed = session.on_packet(packet, now);
    require(changed == (before != session.state()));
    require(session.detection_time().count() >= 0 && session.transmit_interval().count() > 0);
    send_due(session, now);
    require(session.next_deadline() >= now || session.on_time(now) || session.next_deadline() >= now);
  }
  return 0;
}

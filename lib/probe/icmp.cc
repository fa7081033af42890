#include "lib/probe/icmp.h"

namespace lib::probe {
namespace {

constexpr std::uint8_t kEchoRequest4 = 8, kEchoReply4 = 0, kEchoRequest6 = 128, kEchoReply6 = 129;

}  // namespace

std::vector<std::uint8_t> encode_echo(IcmpFamily family, std::uint16_t sequence, std::size_t size) {
  base::ByteWriter out;
  out.u8(family == IcmpFamily::V4 ? kEchoRequest4 : kEchoRequest6);
  out.u8(0);
  out.u16(0);  // checksum
  out.u16(0);  // identifier
  out.u16(sequence);
  for (std::size_t i = 0; i < size; ++i) out.u8(static_cast<std::uint32_t>(i));
  return out.release();
}

std::optional<std::uint16_t> decode_echo_reply(IcmpFamily family, base::Bytes message) {
  base::ByteReader in{message};
  const std::uint8_t type = in.u8(), code = in.u8();
  (void)in.u32();  // checksum and identifier: the kernel's
  const std::uint16_t sequence = in.u16();
  if (!in.complete() || code != 0 || type != (family == IcmpFamily::V4 ? kEchoReply4 : kEchoReply6)) return std::nullopt;
  return sequence;
}

}  // namespace lib::probe

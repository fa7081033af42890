// ICMP echo as an unprivileged socket sends and receives it: the kernel adds identifier and checksum. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"

namespace lib::probe {

enum class IcmpFamily : std::uint8_t { V4, V6 };

/// An echo request with `size` bytes of data behind its 8 bytes of head.
std::vector<std::uint8_t> encode_echo(IcmpFamily family, std::uint16_t sequence, std::size_t size);
/// The sequence number of an echo reply; nothing for any other message.
std::optional<std::uint16_t> decode_echo_reply(IcmpFamily family, base::Bytes message);

}  // namespace lib::probe

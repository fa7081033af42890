// Open descriptors that travel between processes, each packet with a text that says what they are. Over sockets of type
// SOCK_SEQPACKET, so that a packet comes whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace lib::net {

/// A packet carries no more than this.
inline constexpr std::size_t kMostDescriptors = 128;
inline constexpr std::size_t kMostPacketText = 65536;

struct Packet {
  std::string text;
  std::vector<lib::base::UniqueFd> descriptors;
};

/// Two connected sockets, close-on-exec; blocking.
lib::base::Result<std::array<lib::base::UniqueFd, 2>> packet_sockets();
/// The same of type SOCK_STREAM, non-blocking.
lib::base::Result<std::array<lib::base::UniqueFd, 2>> stream_sockets();
void set_non_blocking(int fd);

/// False, with errno, when the packet did not go out. Never raises SIGPIPE.
bool send_packet(int socket, std::string_view text, std::span<const int> descriptors = {});

/// A file that is nowhere but in memory, holding `text`; empty with errno when there is none to be had.
lib::base::UniqueFd memory_file(std::string_view text);
/// All of it.
std::string read_memory_file(const lib::base::UniqueFd& file);

enum class PacketRead : std::uint8_t { Packet, Nothing, Ended };
/// Nothing: a non-blocking socket has none just now. Ended: the other side is gone. Descriptors come close-on-exec.
PacketRead receive_packet(int socket, Packet& into);

}  // namespace lib::net

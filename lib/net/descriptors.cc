#include "lib/net/descriptors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lib::net {
namespace {

using lib::base::UniqueFd;

/// Room for the control message, aligned as the kernel wants it.
union ControlRoom {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> bytes;
};

lib::base::Result<std::array<UniqueFd, 2>> make_pair(int type) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return lib::base::system_failure("cannot create a socket pair", errno);
  return std::array<UniqueFd, 2>{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void take_descriptors(msghdr& message, std::vector<UniqueFd>& into) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, kMostDescriptors> numbers{};
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(numbers.data(), CMSG_DATA(each), count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) into.emplace_back(numbers[i]);
  }
}

}  // namespace

lib::base::Result<std::array<UniqueFd, 2>> packet_sockets() { return make_pair(SOCK_SEQPACKET); }

lib::base::Result<std::array<UniqueFd, 2>> stream_sockets() { return make_pair(SOCK_STREAM | SOCK_NONBLOCK); }

void set_non_blocking(int fd) { (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }  // cannot fail for an open one

bool send_packet(int socket, std::string_view text, std::span<const int> descriptors) {
  if (descriptors.size() > kMostDescriptors || text.size() > kMostPacketText || text.empty()) {
    errno = EMSGSIZE;
    return false;
  }
  std::string bytes{text};
  iovec piece{bytes.data(), bytes.size()};
  ControlRoom room{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = room.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

PacketRead receive_packet(int socket, Packet& into) {
  into = {};
  into.text.resize(kMostPacketText);
  iovec piece{into.text.data(), into.text.size()};
  ControlRoom room{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes.data();
  message.msg_controllen = sizeof room.bytes;
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    into = {};
    return later ? PacketRead::Nothing : PacketRead::Ended;
  }
  take_descriptors(message, into.descriptors);
  into.text.resize(static_cast<std::size_t>(size));
  return size == 0 ? PacketRead::Ended : PacketRead::Packet;
}

lib::base::UniqueFd memory_file(std::string_view text) {
  lib::base::UniqueFd file{::memfd_create("files", MFD_CLOEXEC)};
  while (file && !text.empty()) {
    const ssize_t wrote = ::write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return {};
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return file;
}

std::string read_memory_file(const lib::base::UniqueFd& file) {
  std::string text;
  std::array<char, 65536> piece;
  while (true) {
    const ssize_t got = ::pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace lib::net

// Listening sockets that go from one process to the next, so that no connection is refused between them: under a master, and
// through a stats socket with "expose-fd listeners" (-x).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/net/descriptors.h"
#include "lib/net/socket.h"

namespace proxyd::listen {

/// What a socket listens on and what cannot be changed once it does. Two processes write it alike for sockets of which one
/// can take the other's place.
std::string socket_label(const lib::net::Endpoint& where, const lib::net::ListenOptions& options);

struct LabelledSocket {
  std::string label;
  int fd = -1;  // borrowed
};

/// Sockets that a predecessor left.
class Inheritance {
 public:
  void add(std::string label, lib::base::UniqueFd fd);
  /// One of that label, which is now the caller's; empty when there is none.
  lib::base::UniqueFd take(std::string_view label);
  std::vector<LabelledSocket> list() const;
  void add_all(Inheritance&& others) { sockets_.merge(others.sockets_); }
  bool empty() const { return sockets_.empty(); }
  void clear() { sockets_.clear(); }

 private:
  std::multimap<std::string, lib::base::UniqueFd, std::less<>> sockets_;
};

/// Listens on `where`: with a socket that was inherited for it, else with a new one.
lib::base::Result<lib::base::UniqueFd> listen_or_inherit(const lib::net::Endpoint& where, const lib::net::ListenOptions& options,
                                                         Inheritance& inherited);

/// The packets that carry sockets begin with this line, then one label a line.
inline constexpr std::string_view kSocketsPacket = "sockets\n";
/// False, with errno, when not all went out.
bool send_sockets(int packet_socket, const std::vector<LabelledSocket>& sockets);
/// Takes what a packet of the above carries.
void take_sockets(lib::net::Packet packet, Inheritance& into);

/// The word on a stats socket that asks for its process's listening sockets, and the answer's only line; with it comes a packet
/// socket, on which the sockets follow, then kSocketsEnd.
inline constexpr std::string_view kSocketsEnd = "end\n";
/// Asks the process behind the UNIX socket `path`, for a few seconds at most.
lib::base::Status fetch_sockets(const std::string& path, Inheritance& into);

}  // namespace proxyd::listen

#include "proxyd/listen/handover.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lib/base/text.h"
#include "lib/net/namespace.h"

namespace proxyd::listen {
namespace {

using lib::base::UniqueFd;
using lib::net::Endpoint;
using lib::net::Packet;
using lib::net::PacketRead;

constexpr timeval kPatience{5, 0};

/// A process that hangs must not keep its successor from starting.
void limit_waiting(int socket) {
  (void)::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  (void)::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

}  // namespace

std::string socket_label(const Endpoint& where, const lib::net::ListenOptions& options) {
  std::string label;
  switch (where.kind) {
    case Endpoint::Kind::Ip: label = "tcp@" + where.ip.text(); break;
    case Endpoint::Kind::UnixPath: label = "unix@" + where.path; break;
    case Endpoint::Kind::UnixAbstract: label = "abns@" + where.path; break;
    case Endpoint::Kind::InheritedFd: label = fmt::format("fd@{}", where.inherited_fd); break;
  }
  if (!options.interface.empty()) label += " interface " + options.interface;
  if (options.name_space != nullptr) label += " namespace " + options.name_space->name();
  if (where.ip.is_ipv6() && options.v4_v6 && !options.v6_only) label += " v4v6";
  if (options.transparent) label += " transparent";
  if (options.max_segment != 0) label += fmt::format(" mss {}", options.max_segment);
  if (options.unix_mode >= 0) label += fmt::format(" mode {:o}", options.unix_mode);
  if (options.unix_uid >= 0 || options.unix_gid >= 0) label += fmt::format(" owner {}:{}", options.unix_uid, options.unix_gid);
  std::replace(label.begin(), label.end(), '\n', ' ');  // a line each
  return label;
}

void Inheritance::add(std::string label, UniqueFd fd) { sockets_.emplace(std::move(label), std::move(fd)); }

UniqueFd Inheritance::take(std::string_view label) {
  const auto found = sockets_.find(label);
  if (found == sockets_.end()) return {};
  UniqueFd fd = std::move(found->second);
  sockets_.erase(found);
  return fd;
}

std::vector<LabelledSocket> Inheritance::list() const {
  std::vector<LabelledSocket> all;
  for (const auto& [label, fd] : sockets_) all.push_back({label, fd.get()});
  return all;
}

lib::base::Result<UniqueFd> listen_or_inherit(const Endpoint& where, const lib::net::ListenOptions& options, Inheritance& inherited) {
  UniqueFd fd = inherited.take(socket_label(where, options));
  const bool unreachable = where.kind == Endpoint::Kind::UnixPath && ::access(where.path.c_str(), F_OK) != 0;  // its name was removed
  if (!fd || unreachable) return lib::net::listen_stream(where, options);
  lib::net::set_non_blocking(fd.get());
  lib::net::tune_listener(fd.get(), where, options);
  return fd;
}

bool send_sockets(int packet_socket, const std::vector<LabelledSocket>& sockets) {
  for (std::size_t at = 0; at < sockets.size();) {
    std::string text{kSocketsPacket};
    std::vector<int> numbers;
    while (at < sockets.size() && numbers.size() < lib::net::kMostDescriptors &&
           text.size() + sockets[at].label.size() < lib::net::kMostPacketText) {
      text += sockets[at].label + '\n';
      numbers.push_back(sockets[at++].fd);
    }
    if (numbers.empty() || !lib::net::send_packet(packet_socket, text, numbers)) return false;
  }
  return true;
}

void take_sockets(Packet packet, Inheritance& into) {
  std::string_view text = packet.text;
  text.remove_prefix(std::min(kSocketsPacket.size(), text.size()));
  for (UniqueFd& fd : packet.descriptors) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return;
    into.add(std::string{text.substr(0, end)}, std::move(fd));
    text.remove_prefix(end + 1);
  }
}

lib::base::Status fetch_sockets(const std::string& path, Inheritance& into) {
  Endpoint where;
  where.kind = Endpoint::Kind::UnixPath;
  where.path = path;
  const auto connected = lib::net::connect_stream_blocking(where);
  if (!connected) return tl::unexpected{connected.error()};
  limit_waiting(connected->get());
  constexpr std::string_view kAsk = "_getsocks\n";
  if (::send(connected->get(), kAsk.data(), kAsk.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kAsk.size()))
    return lib::base::system_failure("cannot ask", errno);
  Packet packet;
  if (lib::net::receive_packet(connected->get(), packet) != PacketRead::Packet)
    return lib::base::failure("no answer");
  if (packet.descriptors.empty()) return lib::base::failure("it exposes no listening sockets (see 'expose-fd listeners')");
  const UniqueFd source = std::move(packet.descriptors.front());
  limit_waiting(source.get());
  while (lib::net::receive_packet(source.get(), packet) == PacketRead::Packet) {
    if (packet.text == kSocketsEnd) return {};
    take_sockets(std::move(packet), into);
  }
  return lib::base::failure("the answer ended early");
}

}  // namespace proxyd::listen

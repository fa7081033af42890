#include "lib/net/socket.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "lib/net/namespace.h"

namespace lib::net {
namespace {

using lib::base::Result;
using lib::base::UniqueFd;

/// haproxy's wording: "cannot bind socket (Address already in use)".
tl::unexpected<lib::base::Error> step_failure(const char* step, int code) {
  return lib::base::failure(std::string{step} + " (" + std::strerror(code) + ")", code);
}

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// A UNIX address. False when the path is too long.
bool fill_unix(sockaddr_un& address, socklen_t& size, const Endpoint& where) {
  address = {};
  address.sun_family = AF_UNIX;
  const std::size_t skip = where.kind == Endpoint::Kind::UnixAbstract ? 1 : 0;
  if (where.path.size() + skip >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path + skip, where.path.data(), where.path.size());
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + skip + where.path.size() + (skip == 0 ? 1 : 0));
  return true;
}

Result<UniqueFd> listen_unix(const Endpoint& where, const ListenOptions& options) {
  sockaddr_un address;
  socklen_t size = 0;
  if (!fill_unix(address, size, where)) return lib::base::failure("UNIX socket path too long", ENAMETOOLONG);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return step_failure("cannot create socket", errno);
  const sockaddr* const raw = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (where.kind == Endpoint::Kind::UnixAbstract) {
    if (::bind(fd.get(), raw, size) != 0) return step_failure("cannot bind UNIX socket", errno);
  } else {
    // Bound under a passing name and then renamed over the old one: there is no moment without a socket.
    const std::string passing = where.path + "." + std::to_string(::getpid()) + ".tmp";
    Endpoint temporary{.kind = Endpoint::Kind::UnixPath, .ip = {}, .path = passing};
    if (!fill_unix(address, size, temporary)) return lib::base::failure("UNIX socket path too long", ENAMETOOLONG);
    (void)::unlink(passing.c_str());
    if (::bind(fd.get(), raw, size) != 0) return step_failure("cannot bind UNIX socket", errno);
    const bool owned = (options.unix_uid < 0 && options.unix_gid < 0) ||
                       ::chown(passing.c_str(), static_cast<uid_t>(options.unix_uid),
                               static_cast<gid_t>(options.unix_gid)) == 0;
    const bool modes = options.unix_mode < 0 || ::chmod(passing.c_str(), static_cast<mode_t>(options.unix_mode)) == 0;
    if (!owned || !modes || ::rename(passing.c_str(), where.path.c_str()) != 0) {
      const int code = errno;
      (void)::unlink(passing.c_str());
      return step_failure(!owned || !modes ? "cannot change UNIX socket ownership" : "cannot bind UNIX socket", code);
    }
  }
  if (::listen(fd.get(), options.backlog) != 0) return step_failure("cannot listen on UNIX socket", errno);
  return fd;
}

UniqueFd make_stream_socket(sa_family_t family, const Namespace* name_space) {
  constexpr int kFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (name_space == nullptr) return UniqueFd{::socket(family, kFlags, 0)};
  const NamespaceScope inside{*name_space};
  return inside.is_inside() ? UniqueFd{::socket(family, kFlags, 0)} : UniqueFd{};
}

/// What a bound TCP socket gets, before or after it listens.
void tune_bound(int fd, const ListenOptions& options) {
  (void)set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, options.defer_accept ? 1 : 0);
  if (options.fast_open) (void)set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, options.backlog);
  set_no_delay(fd);  // what is accepted inherits it
  tune(fd, options.tuning);
  if (options.delay_ack) (void)set_option(fd, IPPROTO_TCP, TCP_QUICKACK, 0);
}

}  // namespace

void tune_listener(int fd, const Endpoint& where, const ListenOptions& options) {
  if (where.kind == Endpoint::Kind::Ip) tune_bound(fd, options);
  (void)::listen(fd, options.backlog);  // it listens already: this changes the backlog
}

Result<UniqueFd> connect_stream_blocking(const Endpoint& where) {
  sockaddr_un address;
  socklen_t size = 0;
  if (!fill_unix(address, size, where)) return lib::base::failure("UNIX socket path too long", ENAMETOOLONG);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd || ::connect(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), size) != 0)
    return lib::base::system_failure("cannot connect", errno);
  return fd;
}

Result<UniqueFd> listen_stream(const Endpoint& where, const ListenOptions& options) {
  if (where.kind == Endpoint::Kind::InheritedFd) {
    UniqueFd fd{::fcntl(where.inherited_fd, F_DUPFD_CLOEXEC, 3)};
    if (!fd) return step_failure("cannot use inherited descriptor", errno);
    (void)::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    if (::listen(fd.get(), options.backlog) != 0) return step_failure("cannot listen to socket", errno);
    return fd;
  }
  if (where.kind != Endpoint::Kind::Ip) return listen_unix(where, options);
  UniqueFd fd = make_stream_socket(where.ip.family(), options.name_space);
  if (!fd) return step_failure("cannot create listening socket", errno);
  (void)set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) (void)set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (where.ip.is_ipv6()) (void)set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, options.v4_v6 && !options.v6_only ? 0 : 1);
  if (!options.interface.empty() &&
      ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, options.interface.data(),
                   static_cast<socklen_t>(options.interface.size())) != 0)
    return step_failure("cannot bind listener to device", errno);
  if (options.transparent) {
    const bool done = where.ip.is_ipv6() ? set_option(fd.get(), IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
                                         : set_option(fd.get(), IPPROTO_IP, IP_TRANSPARENT, 1);
    if (!done) return step_failure("cannot make listening socket transparent", errno);
  }
  if (options.max_segment > 0 && !set_option(fd.get(), IPPROTO_TCP, TCP_MAXSEG, options.max_segment))
    return step_failure("cannot set MSS", errno);
  if (::bind(fd.get(), where.ip.raw(), where.ip.raw_size()) != 0) return step_failure("cannot bind socket", errno);
  tune_bound(fd.get(), options);
  if (::listen(fd.get(), options.backlog) != 0) return step_failure("cannot listen to socket", errno);
  return fd;
}

Result<UniqueFd> connect_datagram(const Endpoint& where) {
  const bool ip = where.kind == Endpoint::Kind::Ip;
  UniqueFd fd{::socket(ip ? where.ip.family() : AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return step_failure("cannot create socket", errno);
  int outcome = 0;
  if (ip) {
    outcome = ::connect(fd.get(), where.ip.raw(), where.ip.raw_size());
  } else {
    sockaddr_un address;
    socklen_t size = 0;
    if (!fill_unix(address, size, where)) return lib::base::failure("UNIX socket path too long", ENAMETOOLONG);
    outcome = ::connect(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), size);
  }
  if (outcome != 0) return step_failure("cannot connect socket", errno);
  return fd;
}

namespace {

/// Interface, then source: the route of the source depends on the former.
Result<bool> bind_source(int fd, const ConnectOptions& options) {
  if (!options.interface.empty() &&
      ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options.interface.data(), static_cast<socklen_t>(options.interface.size())) != 0)
    return step_failure("cannot bind to device", errno);
  const Address& source = options.source;
  if (!source.is_ip()) return true;
  if (options.foreign_source) {
    const bool done = source.is_ipv6() ? set_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
                                       : set_option(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
    if (!done) return lib::base::failure(std::string{"cannot be transparent ("} + std::strerror(errno) + ")", kCannotBind);
  }
  (void)set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (source.port() == 0) (void)set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (::bind(fd, source.raw(), source.raw_size()) == 0) return true;
  return lib::base::failure(std::string{"cannot bind source ("} + std::strerror(errno) + ")", kCannotBind);
}

Result<UniqueFd> start_connect_local(const Endpoint& where, const SocketTuning& tuning) {
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return step_failure("cannot create socket", errno);
  tune(fd.get(), tuning);
  sockaddr_un address;
  socklen_t size = 0;
  if (!fill_unix(address, size, where)) return lib::base::failure("UNIX socket path too long", ENAMETOOLONG);
  const int outcome = ::connect(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), size);
  if (outcome != 0 && errno != EINPROGRESS) return lib::base::failure(std::strerror(errno), errno);
  return fd;
}

}  // namespace

Result<UniqueFd> start_connect(const Endpoint& where, const ConnectOptions& options) {
  if (where.kind != Endpoint::Kind::Ip) return start_connect_local(where, options.tuning);
  UniqueFd fd = make_stream_socket(where.ip.family(), options.name_space);
  if (!fd) return step_failure("cannot create socket", errno);
  tune(fd.get(), options.tuning);
  if (options.tuning.no_delay) set_no_delay(fd.get());
  if (options.first_word == FirstWord::Ours) (void)set_option(fd.get(), IPPROTO_TCP, TCP_QUICKACK, 0);
  if (options.fast_open) (void)set_option(fd.get(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  if (options.tos) set_tos(fd.get(), *options.tos);
  if (options.mark) set_mark(fd.get(), *options.mark);
  if (options.source.is_ip() || !options.interface.empty()) {
    const Result<bool> bound = bind_source(fd.get(), options);
    if (!bound) return tl::unexpected{bound.error()};
  }
  const int outcome = ::connect(fd.get(), where.ip.raw(), where.ip.raw_size());
  if (outcome != 0 && errno != EINPROGRESS) return lib::base::failure(std::strerror(errno), errno);
  return fd;
}

Result<UniqueFd> start_connect(const Endpoint& where, const Address& source, FirstWord first_word,
                               const SocketTuning& tuning) {
  ConnectOptions options;
  options.tuning = tuning;
  options.first_word = first_word;
  options.source = source;
  return start_connect(where, options);
}

int connect_error(int fd) {
  int code = 0;
  socklen_t size = sizeof code;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

namespace {
Address name_of(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  sockaddr* const generic = static_cast<sockaddr*>(static_cast<void*>(&raw));
  if (ask(fd, generic, &size) != 0) return {};
  return Address::from_sockaddr(*generic, size);
}
}  // namespace

Address local_address(int fd) {
  return name_of(fd, [](int f, sockaddr* a, socklen_t* s) { return ::getsockname(f, a, s); });
}
Address peer_address(int fd) {
  return name_of(fd, [](int f, sockaddr* a, socklen_t* s) { return ::getpeername(f, a, s); });
}

void tune(int fd, const SocketTuning& tuning) {
  if (tuning.keep_alive) (void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (tuning.receive_buffer != 0) (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, static_cast<int>(tuning.receive_buffer));
  if (tuning.send_buffer != 0) (void)set_option(fd, SOL_SOCKET, SO_SNDBUF, static_cast<int>(tuning.send_buffer));
  if (tuning.user_timeout_ms != 0)
    (void)set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(tuning.user_timeout_ms));
  if (tuning.reset_on_close) set_reset_on_close(fd);
}

void set_no_delay(int fd) { (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

void set_reset_on_close(int fd) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void set_tos(int fd, std::uint8_t tos) {
  (void)set_option(fd, IPPROTO_IP, IP_TOS, tos);  // also for IPv4 over an IPv6 socket
  (void)set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, tos);
}

void set_mark(int fd, std::uint32_t mark) { (void)set_option(fd, SOL_SOCKET, SO_MARK, static_cast<int>(mark)); }

void set_silent_close(int fd, std::uint8_t ttl) {
  if (ttl == 0 && set_option(fd, IPPROTO_TCP, TCP_REPAIR, 1)) return;
  const int hops = ttl == 0 ? 1 : ttl;
  (void)set_option(fd, IPPROTO_IP, IP_TTL, hops);  // also for IPv4 over an IPv6 socket
  (void)set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
  set_reset_on_close(fd);
}

}  // namespace lib::net

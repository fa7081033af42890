// Non-blocking, close-on-exec sockets.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/net/address.h"

namespace lib::net {
class Namespace;
}

namespace lib::net {

/// Settings of stream sockets; accepted ones inherit them from their listener. Zero leaves the system's.
struct SocketTuning {
  bool keep_alive = false;      // SO_KEEPALIVE
  bool no_delay = true;         // TCP_NODELAY of connections that we open; listeners always have it
  bool reset_on_close = false;  // SO_LINGER 0
  std::uint32_t receive_buffer = 0, send_buffer = 0;  // SO_RCVBUF, SO_SNDBUF, bytes
  std::uint32_t user_timeout_ms = 0;  // TCP_USER_TIMEOUT
};
void tune(int fd, const SocketTuning& tuning);

struct ListenOptions {
  SocketTuning tuning;
  bool delay_ack = false;        // TCP_QUICKACK off: the first ACK travels with our answer
  int backlog = 1024;
  bool reuse_port = true;
  std::string interface;         // SO_BINDTODEVICE when not empty
  bool v6_only = false;          // bind "v6only"
  bool v4_v6 = false;            // bind "v4v6": an IPv6 socket that takes IPv4 as well
  bool transparent = false;      // IP_TRANSPARENT
  bool defer_accept = false;     // TCP_DEFER_ACCEPT
  int max_segment = 0;           // TCP_MAXSEG, 0 leaves the default
  bool fast_open = false;        // TCP_FASTOPEN
  const Namespace* name_space = nullptr;
  // UNIX sockets: what chmod/chown set on the path; -1 leaves it.
  int unix_mode = -1;
  int unix_uid = -1;
  int unix_gid = -1;
};

/// A listening stream socket. The error names the failing step as haproxy does
/// ("cannot bind socket (Address already in use)").
lib::base::Result<lib::base::UniqueFd> listen_stream(const Endpoint& where, const ListenOptions& options);

/// Gives a socket that listens already what of `options` can still be changed.
void tune_listener(int fd, const Endpoint& where, const ListenOptions& options);
/// A stream connection to a UNIX socket, made at once; blocking. For starts, not for loops.
lib::base::Result<lib::base::UniqueFd> connect_stream_blocking(const Endpoint& where);

/// A datagram socket connected to `where` (UDP or UNIX), for syslog.
lib::base::Result<lib::base::UniqueFd> connect_datagram(const Endpoint& where);

/// Who says the first word on a connection. When we do, the handshake's last ACK travels with it: one packet less.
enum class FirstWord : std::uint8_t { Theirs, Ours };

/// Where a connection comes from, and how it is opened.
struct ConnectOptions {
  SocketTuning tuning;
  FirstWord first_word = FirstWord::Theirs;
  Address source;                  // AF_UNSPEC: the system's choice
  bool foreign_source = false;     // IP_TRANSPARENT: `source` may be another host's
  bool fast_open = false;          // TCP_FASTOPEN_CONNECT: the first bytes travel with the SYN
  std::string_view interface;      // SO_BINDTODEVICE when not empty
  const Namespace* name_space = nullptr;
  std::optional<std::uint8_t> tos;    // see set_tos(); from the first packet on
  std::optional<std::uint32_t> mark;  // see set_mark()
};

/// What `source` cannot be bound to fails with this code in place of the system's, so that it is told apart.
inline constexpr int kCannotBind = -1;

/// The same with all that can be chosen.
lib::base::Result<lib::base::UniqueFd> start_connect(const Endpoint& where, const ConnectOptions& options);

/// Starts a TCP or UNIX stream connection. The connection may still be in progress (EINPROGRESS is success).
/// `source`, when not AF_UNSPEC, is bound first.
lib::base::Result<lib::base::UniqueFd> start_connect(const Endpoint& where, const Address& source,
                                                     FirstWord first_word = FirstWord::Theirs,
                                                     const SocketTuning& tuning = {});

/// The error that a connection attempt ended with, 0 when it is established.
int connect_error(int fd);

Address local_address(int fd);
Address peer_address(int fd);

void set_no_delay(int fd);
/// Sends a reset instead of a FIN when the socket is closed (SO_LINGER 0).
void set_reset_on_close(int fd);
/// What its packets carry: the TOS or DSCP field, and a mark for the own host's routing and filters (CAP_NET_ADMIN).
void set_tos(int fd, std::uint8_t tos);
void set_mark(int fd, std::uint32_t mark);
/// When the connection is closed, its peer hears nothing of it: the kernel forgets it at once, where we may ask that of it
/// (CAP_NET_ADMIN); else, or where `ttl` is not 0, it sends a reset that ends after so many hops (0: one).
void set_silent_close(int fd, std::uint8_t ttl);

}  // namespace lib::net

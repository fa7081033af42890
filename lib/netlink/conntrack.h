// The kernel's table of connections (nf_conntrack): who talks to whom through a translated address. Requests are short and
// synchronous.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lib/base/result.h"
#include "lib/net/address.h"

namespace lib::netlink {

struct Connection {
  std::uint8_t family = 0, protocol = 0;  // AF_*, IPPROTO_*
  lib::net::Address client, called;       // as the client sent it; both with ports where the protocol has any
  lib::net::Address server;               // who answers; differs from `called` when the destination was translated
  std::uint8_t tcp_state = 0;             // TCP_CONNTRACK_*, 0 unless TCP
  std::uint32_t mark = 0;
  bool is_established_tcp() const;
};

class Conntrack {
 public:
  static lib::base::Result<std::unique_ptr<Conntrack>> open();
  ~Conntrack();
  Conntrack(const Conntrack&) = delete;
  Conntrack& operator=(const Conntrack&) = delete;

  /// Connections whose destination was translated.
  lib::base::Result<std::vector<Connection>> translated();
  /// Forgets one; its next packet is a new connection's. Success when it is gone already.
  lib::base::Status remove(const Connection& connection);

 private:
  struct Internals;
  explicit Conntrack(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::netlink

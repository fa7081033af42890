// The bfd_instances at work: sockets (RFC 5881: UDP 3784, RFC 5883: 4784), timers, log lines. One listening socket a port
// and family, shared by all.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"
#include "keepalived/bfd/session.h"
#include "keepalived/level.h"
#include "lib/base/time.h"

namespace keepalived::bfd {

/// Who hears of changes.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_bfd(std::size_t index, bool is_up) = 0;
  virtual void on_bfd_log(Level level, std::string_view line) = 0;
};

/// Counters of what was dropped, for the dump.
struct DropCounts {
  std::uint64_t malformed = 0, ttl = 0, no_session = 0;
};

class Sessions {
 public:
  Sessions(lib::event::Loop& loop, Listener& listener);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// At the start, and at each reload: sessions that did not change are not touched, what is gone ends, what is new begins.
  void use(const std::vector<parsers::keepalived::BfdInstance>& wanted);
  bool is_up(std::size_t index) const;
  const Session& session(std::size_t index) const;
  const DropCounts& drops() const { return drops_; }

 private:
  struct Runner;
  struct Port;
  void start(Runner& runner);
  Port* open_port(sa_family_t family, std::uint16_t number);
  bool open_sender(Runner& runner);
  lib::event::Task<void> run(Runner& runner);
  lib::event::Task<void> receive(Port& port);
  void on_datagram(std::span<const std::uint8_t> bytes, const lib::net::Address& sender, int ttl, std::uint16_t port);
  Runner* find(const ControlPacket& packet, const lib::net::Address& sender, std::uint16_t port);
  void send_due(Runner& runner);
  void after(Runner& runner, SessionState before);

  lib::event::Loop& loop_;
  Listener& listener_;
  std::vector<std::unique_ptr<Runner>> runners_;  // parallel to what use() was given
  std::vector<std::unique_ptr<Port>> ports_;
  DropCounts drops_;
  std::mt19937 random_;
  lib::event::TaskGroup tasks_;
};

}  // namespace keepalived::bfd

// Where log lines go and how their heads look: syslog over UDP or a UNIX socket, an inherited descriptor, or a ring.
// Settings only: lib/log/sender.h owns the sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/log/sampling.h"
#include "lib/net/address.h"

namespace lib::log {

class Ring;

/// syslog's severities.
enum class Level : std::uint8_t { Emerg, Alert, Crit, Err, Warning, Notice, Info, Debug };

/// What stands before the message (haproxy's "format"). Default is Local with the host name where one is set.
enum class Style : std::uint8_t { Default, Local, Rfc3164, Rfc5424, Iso, Short, Priority, Timed, Raw };

/// Everything about one target. Two equal ones are the same target.
struct Target {
  enum class Kind : std::uint8_t { Datagram, Descriptor, Ring };
  Kind kind = Kind::Datagram;
  lib::net::Endpoint where;      // Datagram: UDP address or UNIX path
  int fd = -1;                   // Descriptor: not owned, never closed
  Ring* ring = nullptr;          // Ring: not owned
  std::shared_ptr<Sampler> sampler;  // null: every line; a target with one is equal to its copies only
  Style style = Style::Default;
  std::uint32_t length = 1024;   // longest line with its head, without the final line feed
  std::uint8_t facility = 16;    // local0
  Level max_level = Level::Debug;  // less important lines are not sent
  Level min_level = Level::Emerg;  // more important ones are sent as this
  std::string tag;               // the program's name in the head
  bool structured_data = false;  // RFC 5424: lines begin with their own, in place of the nil "-"
  std::string host;              // empty: no host name in the head ("-" in RFC 5424)
  bool operator==(const Target&) const = default;
};

/// A target's number in its table.
using TargetId = std::uint32_t;

/// All targets of a process, each once. Filled before the threads start, then only read, by the senders of all threads.
class TargetTable {
 public:
  TargetId add(const Target& target);
  const Target& operator[](TargetId id) const { return targets_[id]; }
  std::size_t size() const { return targets_.size(); }

 private:
  std::vector<Target> targets_;
};

}  // namespace lib::log

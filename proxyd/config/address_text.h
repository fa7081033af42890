// Addresses as haproxy.cfg writes them: "*:80", ":80", "[::1]:80", "ipv4@", "ipv6@", "unix@",
// "abns@", "fd@", "/path", ports, ranges of them and offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/net/address.h"
#include "parsers/haproxy/tree.h"

namespace proxyd::config {

/// What may stand there.
struct AddressRules {
  bool port_required = false;
  bool range_allowed = false;
  bool offset_allowed = false;
  bool port_allowed = true;
  bool inherited_fd_allowed = false;
  bool resolve = true;    // names: look them up now; else they are handed out in `hostname`
  bool datagram = false;  // log targets: "udp@" and not "tcp@"
  bool zero_port_allowed = true;
  const parsers::haproxy::Environment* environment = nullptr;  // variables in the text are replaced; null: they are not
};

struct AddressText {
  lib::net::Endpoint where;     // with the lower port
  std::uint16_t high_port = 0;  // the same as the lower one unless a range was written
  bool has_port = false;        // a port was written
  bool is_offset = false;       // "+100", "-100"
  std::int32_t offset = 0;
  std::string hostname;            // a name that is not resolved yet
  sa_family_t family = AF_UNSPEC;  // that the text asked for
};

/// The error is the message as the original words it, without what stands before it.
lib::base::Result<AddressText> parse_address(std::string_view text, const AddressRules& rules);

/// The first address of a host name (asks the system's resolver and waits for it), or nothing.
std::optional<lib::net::Address> resolve_host(std::string_view name, sa_family_t family);

}  // namespace proxyd::config

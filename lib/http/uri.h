// Request targets: their parts, and whether an absolute one agrees with Host. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace lib::http {

/// Views into the target.
struct UriParts {
  std::string_view scheme;     // "http"; empty unless absolute
  std::string_view authority;  // host and port; empty unless absolute or CONNECT
  std::string_view path;       // without the query; empty for CONNECT; "*" for OPTIONS *
  std::string_view query;      // without the question mark
  std::string_view path_and_query;
  bool has_query = false;      // "/a?" has an empty one
};
UriParts split_target(std::string_view target);

struct HostPort {
  std::string_view host;  // brackets of an IPv6 address included
  std::string_view port;  // digits, or empty
};
/// "host:port", "[::1]:80", "host". User information before an @ is left out.
HostPort split_authority(std::string_view authority);

/// Whether a Host value names the authority of a target: same host (any case), same port after the scheme's default
/// (80 for http, 443 for https) is left out.
bool same_authority(std::string_view scheme, std::string_view authority, std::string_view host);

}  // namespace lib::http

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
  bool has_query = false;  // "/a?" has an empty one
};
UriParts split_target(std::string_view target);

/// An absolute target without its scheme and authority; others as they are.
std::string_view without_origin(std::string_view target);

struct HostPort {
  std::string_view host;  // brackets of an IPv6 address included
  std::string_view port;  // digits; empty with data() set after a bare colon, with data() null when
                          // there is no colon
};
/// "host:port", "[::1]:80", "host". User information before an @ is left out. What follows the
/// colon is no port unless it is all digits: then it stays part of the host.
HostPort split_authority(std::string_view authority);

/// 80 for http, 443 for https, either one without a scheme (CONNECT); an empty port is the default
/// one too.
bool is_default_port(std::string_view scheme, std::string_view port);

/// Whether a Host value names the authority of a target: same host (any case), same port after the
/// scheme's default (80 for http, 443 for https) is left out.
bool same_authority(std::string_view scheme, std::string_view authority, std::string_view host);

}  // namespace lib::http

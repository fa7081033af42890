#include "lib/http/uri.h"

#include <algorithm>

#include "lib/base/text.h"

namespace lib::http {

using lib::base::equal_ignoring_case;
using lib::base::is_digit;

namespace {

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) {
    return lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z';
  };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

void split_path(std::string_view text, UriParts& parts) {
  parts.path_and_query = text;
  const std::size_t mark = text.find('?');
  parts.path = text.substr(0, mark);
  if (mark == std::string_view::npos) return;
  parts.has_query = true;
  parts.query = text.substr(mark + 1);
}

}  // namespace

UriParts split_target(std::string_view target) {
  UriParts parts;
  if (target.empty() || target[0] == '/' || target[0] == '*') {
    split_path(target, parts);
    return parts;
  }
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos || !is_scheme(target.substr(0, colon))) {
    if (target.find('/') == std::string_view::npos) parts.authority = target;  // CONNECT
    return parts;
  }
  parts.scheme = target.substr(0, colon);
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t slash = rest.find('/');
  parts.authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) split_path(rest.substr(slash), parts);
  return parts;
}

HostPort split_authority(std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return {authority, {}};
  const std::string_view port = authority.substr(colon + 1);
  if (!std::all_of(port.begin(), port.end(), is_digit)) return {authority, {}};
  const std::string_view host = authority.substr(0, colon);
  if (host.find(':') != std::string_view::npos && !host.ends_with(']')) return {authority, {}};
  return {host, port};
}

bool is_default_port(std::string_view scheme, std::string_view port) {
  if (port.empty()) return true;
  if (scheme.empty()) return port == "80" || port == "443";
  if (equal_ignoring_case(scheme, "http")) return port == "80";
  return equal_ignoring_case(scheme, "https") && port == "443";
}

bool same_authority(std::string_view scheme, std::string_view authority, std::string_view host) {
  const HostPort one = split_authority(authority);
  const HostPort other = split_authority(host);
  if (!equal_ignoring_case(one.host, other.host)) return false;
  if (one.port == other.port) return true;
  return (one.port.empty() && is_default_port(scheme, other.port)) ||
         (other.port.empty() && is_default_port(scheme, one.port));
}

std::string_view without_origin(std::string_view target) {
  if (target.starts_with('/')) return target;
  const UriParts parts = split_target(target);
  if (parts.scheme.empty()) return target;
  return parts.path_and_query.empty() ? std::string_view{"/"} : parts.path_and_query;
}

}  // namespace lib::http

#include "proxyd/samples/header_values.h"

#include "lib/base/text.h"

namespace proxyd::samples {

bool next_list_value(std::string_view& rest, std::string_view& value) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (quoted && c == '\\') ++end;
    else if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) break;
  }
  if (end >= rest.size()) {
    value = lib::base::trim(rest);
    return false;
  }
  value = lib::base::trim(rest.substr(0, end));
  rest.remove_prefix(end + 1);
  return true;
}

std::string_view path_and_query_of(std::string_view uri) {
  if (uri.empty()) return {};
  if (uri.front() == '/') return uri;
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t slash = uri.find_first_of("/?", scheme + 3);
  if (slash == std::string_view::npos || uri[slash] == '?') return {};
  return uri.substr(slash);
}

std::string_view path_of(std::string_view uri) {
  const std::string_view path = path_and_query_of(uri);
  return path.substr(0, path.find('?'));
}

std::string_view query_of(std::string_view uri) {
  const std::size_t mark = uri.find('?');
  return mark == std::string_view::npos ? std::string_view{} : uri.substr(mark + 1);
}

}  // namespace proxyd::samples

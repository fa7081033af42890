#include "proxyd/samples/header_values.h"

#include "lib/base/text.h"

namespace proxyd::samples {

bool HeaderValues::next() {
  if (done_) return false;
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest_.size(); ++end) {
    const char c = rest_[end];
    if (quoted && c == '\\')
      ++end;
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      break;
  }
  if (end >= rest_.size()) {
    value_ = lib::base::trim(rest_);
    done_ = true;
    return true;
  }
  value_ = lib::base::trim(rest_.substr(0, end));
  rest_.remove_prefix(end + 1);
  return true;
}

std::string_view path_of(std::string_view uri) {
  if (uri.empty()) return {};
  if (uri.front() != '/') {
    const std::size_t scheme = uri.find("://");
    if (scheme == std::string_view::npos) return {};
    const std::size_t slash = uri.find_first_of("/?", scheme + 3);
    if (slash == std::string_view::npos || uri[slash] == '?') return {};
    uri.remove_prefix(slash);
  }
  return uri.substr(0, uri.find('?'));
}

}  // namespace proxyd::samples

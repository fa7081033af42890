#include "proxyd/logs/request_text.h"

#include <algorithm>

namespace proxyd::logs {
namespace {

/// Takes at most `left` bytes of `text` and lowers `left` by them.
std::string_view take(std::string_view text, std::size_t& left) {
  const std::string_view taken = text.substr(0, left);
  left -= taken.size();
  return taken;
}

}  // namespace

RequestText cut_request(const LogRecord& record, std::uint32_t uri_length) {
  std::size_t left = std::max<std::uint32_t>(uri_length, 1) - 1;
  RequestText text;
  text.method = take(record.method, left);
  if (left != 0) --left;  // the blank between
  text.uri = take(record.uri, left);
  if (left != 0) --left;
  text.version = take(record.version, left);
  return text;
}

std::string_view path_only(std::string_view uri) {
  if (const std::size_t scheme = uri.find("://"); scheme != std::string_view::npos && !uri.starts_with('/')) {
    const std::size_t slash = uri.find('/', scheme + 3);
    uri = slash == std::string_view::npos ? std::string_view{} : uri.substr(slash);
  }
  if (!uri.starts_with('/')) return {};
  return without_query(uri);
}

std::string_view query_of(std::string_view uri) {
  const std::size_t mark = uri.find('?');
  return mark == std::string_view::npos ? std::string_view{} : uri.substr(mark);
}

std::string_view without_query(std::string_view uri) { return uri.substr(0, uri.find('?')); }

}  // namespace proxyd::logs

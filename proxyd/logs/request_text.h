// The pieces of a request line as log lines show them. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxyd/logs/record.h"

namespace proxyd::logs {

/// Views into the record. haproxy keeps tune.http.logurilen - 1 bytes of a request line and takes every alias from that.
struct RequestText {
  std::string_view method, uri, version;
};
RequestText cut_request(const LogRecord& record, std::uint32_t uri_length);

/// "/a" of "http://h/a?b"; empty for "*" and "host:port".
std::string_view path_only(std::string_view uri);
/// "?b", empty without a query.
std::string_view query_of(std::string_view uri);
/// "http://h/a" of "http://h/a?b".
std::string_view without_query(std::string_view uri);

inline constexpr std::string_view kBadRequest = "<BADREQ>";

}  // namespace proxyd::logs

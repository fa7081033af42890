// The answers that the proxy gives by itself when no errorfile replaces them, byte for byte as
// haproxy sends them. Pure.
#pragma once

#include <span>
#include <string_view>

namespace lib::http {

/// One built-in answer.
struct Page {
  int status;
  std::string_view
      raw;  // whole answer as the HTTP/1 parser gives it up: 400 and 408 before there is a request
  std::string_view full;  // whole answer as the HTTP layer sends it (lower-case names)
  std::string_view body;
};

/// The built-in page of a status; null for those that have none.
const Page* find_page(int status);
/// All of them, by status.
std::span<const Page> pages();

}  // namespace lib::http

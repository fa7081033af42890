#include "parsers/keepalived/checker.h"

#include <algorithm>

namespace parsers::keepalived {

bool HttpUrl::accepts(unsigned status) const {
  return std::any_of(status_codes.begin(), status_codes.end(),
                     [&](const auto& range) { return status >= range.first && status <= range.second; });
}

const char* Checker::keyword() const {
  if (const auto* const http = std::get_if<HttpCheck>(&what)) return http->tls ? "SSL_GET" : "HTTP_GET";
  constexpr std::array kNames{"TCP_CHECK", "HTTP_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "BFD_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK"};
  static_assert(kNames.size() == std::variant_size_v<What>);
  return kNames[what.index()];
}

}  // namespace parsers::keepalived

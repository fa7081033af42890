// The plan of a probe (lib/probe) for one run of a checker.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/probe/probe.h"
#include "parsers/keepalived/checker.h"

namespace lib::probe {
class BodyPattern;
}

namespace checkerd::checkers {

/// What the plans of many checkers share, and what differs from run to run.
struct PlanContext {
  std::shared_ptr<const lib::tls::ClientContext> tls;            // SSL_GET
  std::shared_ptr<const lib::probe::BodyPattern> pattern;        // of this url, when it has a regex
  std::uint16_t number = 0;                                      // DNS id, ICMP sequence
};

/// `url`: the page of HTTP_GET and SSL_GET. Not for MISC, BFD and FILE.
lib::probe::Plan make_plan(const parsers::keepalived::Checker& checker, std::size_t url, const PlanContext& context);

/// The HTTP request, byte for byte the original's.
std::string http_request(parsers::keepalived::HttpCheck::Version version, const std::string& path, const std::string& host,
                         const lib::net::Address& to);

/// PCRE2's option bits of a regex.
std::uint32_t pcre2_options(const parsers::keepalived::BodyRegex& regex);

}  // namespace checkerd::checkers

// DNS messages as a health check needs them (RFC 1035 section 4): one question out, an answer's head in. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace lib::probe {

/// A recursive query of class IN. Nothing when `name` is no domain name: an empty label, one beyond 63 bytes, or more than
/// 255 in all. "." and "" are the root.
std::optional<std::vector<std::uint8_t>> encode_dns_query(std::uint16_t id, std::uint16_t type, std::string_view name);

struct DnsAnswer {
  std::uint16_t id = 0;
  std::uint8_t code = 0;          // RCODE: 0 is good, 3 NXDOMAIN
  bool is_truncated = false;
  std::uint16_t answers = 0;
};

/// Nothing when it is no answer: too short, or a query. What follows the head is not looked at.
std::optional<DnsAnswer> decode_dns_answer(base::Bytes datagram);

/// "NXDOMAIN"; "an unknown code" where there is no name for it.
const char* dns_code_name(std::uint8_t code);

}  // namespace lib::probe

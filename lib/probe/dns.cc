#include "lib/probe/dns.h"

#include <array>

namespace lib::probe {
namespace {

constexpr std::uint16_t kResponse = 0x8000, kTruncated = 0x0200, kRecursionDesired = 0x0100, kCodeMask = 0x000f;
constexpr std::uint16_t kClassIn = 1;
constexpr std::size_t kMostLabel = 63, kMostName = 255;

/// False when it is no domain name.
bool put_name(base::ByteWriter& out, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::size_t size = 1;
  while (!name.empty()) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    size += label.size() + 1;
    if (label.empty() || label.size() > kMostLabel || size > kMostName) return false;
    out.u8(static_cast<std::uint32_t>(label.size()));
    for (const char c : label) out.u8(static_cast<unsigned char>(c));
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
    if (dot != std::string_view::npos && name.empty()) return false;  // two dots at the end
  }
  out.u8(0);
  return true;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> encode_dns_query(std::uint16_t id, std::uint16_t type, std::string_view name) {
  base::ByteWriter out;
  out.u16(id);
  out.u16(kRecursionDesired);
  out.u16(1);  // one question, nothing else
  out.u16(0);
  out.u16(0);
  out.u16(0);
  if (!put_name(out, name)) return std::nullopt;
  out.u16(type);
  out.u16(kClassIn);
  return out.release();
}

std::optional<DnsAnswer> decode_dns_answer(base::Bytes datagram) {
  base::ByteReader in{datagram};
  DnsAnswer out;
  out.id = in.u16();
  const std::uint16_t flags = in.u16();
  (void)in.u16();  // questions
  out.answers = in.u16();
  (void)in.u32();  // authorities, additional records
  if (!in.complete() || (flags & kResponse) == 0) return std::nullopt;
  out.code = flags & kCodeMask;
  out.is_truncated = (flags & kTruncated) != 0;
  return out;
}

const char* dns_code_name(std::uint8_t code) {
  constexpr std::array kNames{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};
  return code < kNames.size() ? kNames[code] : "an unknown code";
}

}  // namespace lib::probe

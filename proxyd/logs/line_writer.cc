#include "proxyd/logs/line_writer.h"

#include <arpa/inet.h>

#include <array>

namespace proxyd::logs {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

/// True for the bytes that every log line shows as "#XX".
constexpr auto kEncoded = [] {
  std::array<bool, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    table[byte] = byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '#';
  return table;
}();

bool needs_escape(char c) { return c == '"' || c == '\\' || c == ']'; }

constexpr std::uint64_t repeated(std::uint8_t byte) { return 0x0101010101010101ULL * byte; }

/// Whether one of eight bytes is zero.
constexpr bool has_zero(std::uint64_t eight) { return ((eight - repeated(1)) & ~eight & repeated(0x80)) != 0; }

/// Whether one of eight bytes is in kEncoded; may say so of a clean one, never the other way round.
bool may_need_encoding(const char* text) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, text, sizeof eight);
  const std::uint64_t high = eight | (eight + repeated(1));               // 0x7f and above
  const std::uint64_t low = (eight - repeated(0x20)) & ~eight;            // below 0x20
  return ((high | low) & repeated(0x80)) != 0 || has_zero(eight ^ repeated('"')) || has_zero(eight ^ repeated('#'));
}

}  // namespace

void LineWriter::put_hexadecimal(std::uint64_t value, unsigned digits) {
  while (digits < 16 && value >> (4 * digits) != 0) ++digits;
  for (unsigned left = digits; left-- > 0;) *at_++ = kHexDigits[value >> (4 * left) & 15];
}

void LineWriter::put_encoded(std::string_view text, std::string_view extra, bool escape) {
  if (extra.empty() && is_raw_ && !escape) return put(text);
  if (extra.empty() && !escape) {
    while (text.size() >= 8 && room() >= 8 && !may_need_encoding(text.data())) {
      std::memcpy(at_, text.data(), 8);
      at_ += 8;
      text.remove_prefix(8);
    }
  }
  for (const char c : text) {
    if (is_full()) return;
    if ((kEncoded[static_cast<unsigned char>(c)] && !is_raw_) || extra.find(c) != std::string_view::npos) {
      put('#');
      put_hexadecimal(static_cast<unsigned char>(c), 2);
      continue;
    }
    if (escape && needs_escape(c)) put('\\');
    put(c);
  }
}

void LineWriter::put_escaped(std::string_view text) {
  for (const char c : text) {
    if (is_full()) return;
    if (needs_escape(c)) put('\\');
    put(c);
  }
}

void LineWriter::put_host(const lib::net::Address& address) {
  if (address.is_ipv4()) {
    const std::uint32_t bits = address.ipv4_bits();
    for (int shift = 24; shift >= 0; shift -= 8) {
      put_number(bits >> shift & 255U);
      if (shift != 0) put('.');
    }
  } else if (address.is_ipv6()) {
    if (::inet_ntop(AF_INET6, &address.ipv6_bits(), at_, INET6_ADDRSTRLEN) != nullptr) at_ += std::strlen(at_);
  } else if (address.family() == AF_UNIX) {
    put_short("unix");
  }
}

void LineWriter::put_host_hexadecimal(const lib::net::Address& address) {
  if (address.is_ipv4()) put_hexadecimal(address.ipv4_bits(), 8);
  if (!address.is_ipv6()) return;
  for (const std::uint8_t byte : address.ipv6_bits().s6_addr) put_hexadecimal(byte, 2);
}

}  // namespace proxyd::logs

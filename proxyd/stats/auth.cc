#include "proxyd/stats/auth.h"

#include "lib/base/text.h"

namespace proxyd::stats {

namespace {

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/// Takes as long for a wrong first byte as for a wrong last one, so that time tells nothing of a password.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned differences = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    differences |= static_cast<unsigned char>(a[i] ^ other);
  }
  return differences == 0;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = sextet(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  return bytes;
}

bool check_auth(const config::StatsPage& conf, std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic";
  if (conf.users.empty()) return true;
  if (authorization.size() <= kScheme.size()) return false;
  if (!lib::base::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return false;
  if (!lib::base::is_blank(authorization[kScheme.size()])) return false;
  const std::string_view encoded = lib::base::trim(authorization.substr(kScheme.size()));
  const std::optional<std::string> given = decode_base64(encoded);
  if (!given) return false;
  bool known = false;
  for (const std::string& user : conf.users) known = equal_in_constant_time(*given, user) || known;
  return known;
}

}  // namespace proxyd::stats

#include "proxyd/rules/replacement.h"

#include "lib/base/text.h"

namespace proxyd::rules {
namespace {

/// haproxy takes any two characters behind "\x" and computes with them.
int digit_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return c > '9' ? c - 'A' + 10 : c - '0';
}

}  // namespace

bool fill_replacement(std::string_view replacement, std::string_view text, const patterns::Groups& groups,
                      samples::TextOutput& out) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\') {
      out.put(replacement[i]);
      continue;
    }
    if (++i == replacement.size()) return false;
    const char next = replacement[i];
    if (lib::base::is_digit(next)) {
      out.put(groups.get(text, static_cast<std::size_t>(next - '0')));
    } else if (next == 'x') {
      if (replacement.size() - i < 3) return false;
      out.put(static_cast<char>(digit_of(replacement[i + 1]) * 16 + digit_of(replacement[i + 2])));
      i += 2;
    } else {
      out.put(next);
    }
  }
  return !out.overflowed();
}

}  // namespace proxyd::rules

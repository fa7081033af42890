#include "proxyd/samples/base64.h"

namespace proxyd::samples {

void encode_base64(std::string_view bytes, const Base64& form, TextOutput& out) {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t left = bytes.size() - i;
    out.put(form.alphabet[three >> 18 & 63]);
    out.put(form.alphabet[three >> 12 & 63]);
    if (left > 1) out.put(form.alphabet[three >> 6 & 63]);
    else if (form.padded) out.put('=');
    if (left > 2) out.put(form.alphabet[three & 63]);
    else if (form.padded) out.put('=');
  }
}

bool decode_base64(std::string_view text, const Base64& form, TextOutput& out) {
  if (form.padded && text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1) return false;
  unsigned bits = 0;
  std::size_t count = 0;
  for (const char c : text) {
    const std::size_t value = form.alphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<unsigned>(value);
    if (++count % 4 != 0) continue;
    out.put(static_cast<char>(bits >> 16));
    out.put(static_cast<char>(bits >> 8));
    out.put(static_cast<char>(bits));
    bits = 0;
  }
  if (count % 4 == 2) out.put(static_cast<char>(bits >> 4));
  if (count % 4 == 3) {
    out.put(static_cast<char>(bits >> 10));
    out.put(static_cast<char>(bits >> 2));
  }
  return true;
}

}  // namespace proxyd::samples

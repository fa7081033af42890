// Base64 (RFC 4648), with padding, and its form for URLs, without.
#pragma once

#include "proxyd/samples/text_output.h"

namespace proxyd::samples {

struct Base64 {
  std::string_view alphabet;
  bool padded;
};
inline constexpr Base64 kBase64{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true};
inline constexpr Base64 kBase64Url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

void encode_base64(std::string_view bytes, const Base64& form, TextOutput& out);
/// False for what is none. Padding must be there where the form has it, and may be missing where it has not.
bool decode_base64(std::string_view text, const Base64& form, TextOutput& out);

}  // namespace proxyd::samples

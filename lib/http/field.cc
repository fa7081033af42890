#include "lib/http/field.h"

#include <algorithm>
#include <cstring>

namespace lib::http {

namespace {

/// Compares a valid field name with `lower`, whose letters are lower case. Setting bit 5 makes
/// letters lower case and turns no other token character into a letter or a dash.
template <std::size_t N>
bool is_name(const char* name, const char (&lower)[N]) {
  constexpr std::size_t kSize = N - 1;
  constexpr std::uint64_t kBit5 = 0x2020202020202020U;
  const auto word = [](const char* from) {
    std::uint64_t value;
    std::memcpy(&value, from, sizeof value);
    return value;
  };
  if constexpr (kSize >= 8) {
    for (std::size_t i = 0; i + 8 <= kSize; i += 8)
      if ((word(name + i) | kBit5) != word(lower + i)) return false;
    return (word(name + kSize - 8) | kBit5) == word(lower + kSize - 8);
  } else {
    for (std::size_t i = 0; i < kSize; ++i)
      if ((name[i] | 0x20) != lower[i]) return false;
    return true;
  }
}

FieldId identify_long(const char* name, std::size_t length) {
  switch (length) {
    case 13:
      if (is_name(name, "authorization")) return FieldId::Authorization;
      return is_name(name, "x-original-to") ? FieldId::XOriginalTo : FieldId::Other;
    case 14:
      if (is_name(name, "content-length")) return FieldId::ContentLength;
      return is_name(name, "http2-settings") ? FieldId::Http2Settings : FieldId::Other;
    case 15:
      return is_name(name, "x-forwarded-for") ? FieldId::XForwardedFor : FieldId::Other;
    case 16:
      return is_name(name, "proxy-connection") ? FieldId::ProxyConnection : FieldId::Other;
    case 17:
      if (is_name(name, "transfer-encoding")) return FieldId::TransferEncoding;
      return is_name(name, "sec-websocket-key") ? FieldId::SecWebSocketKey : FieldId::Other;
    case 20:
      return is_name(name, "sec-websocket-accept") ? FieldId::SecWebSocketAccept : FieldId::Other;
    default:
      return FieldId::Other;
  }
}

}  // namespace

FieldId identify(std::string_view text) {
  const char* name = text.data();
  switch (text.size()) {
    case 2:
      return is_name(name, "te") ? FieldId::Te : FieldId::Other;
    case 4:
      return is_name(name, "host") ? FieldId::Host : FieldId::Other;
    case 6:
      if (is_name(name, "cookie")) return FieldId::Cookie;
      return is_name(name, "expect") ? FieldId::Expect : FieldId::Other;
    case 7:
      return is_name(name, "upgrade") ? FieldId::Upgrade : FieldId::Other;
    case 9:
      return is_name(name, "forwarded") ? FieldId::Forwarded : FieldId::Other;
    case 10:
      if (is_name(name, "connection")) return FieldId::Connection;
      if (is_name(name, "set-cookie")) return FieldId::SetCookie;
      return is_name(name, "keep-alive") ? FieldId::KeepAlive : FieldId::Other;
    default:
      return identify_long(name, text.size());
  }
}

bool FieldList::grow() {
  if (capacity_ >= kMost) return false;
  const std::uint32_t room = std::min(capacity_ * 2, kMost);
  auto larger = std::make_unique_for_overwrite<Field[]>(room);
  std::copy_n(items_, size_, larger.get());
  heap_ = std::move(larger);
  items_ = heap_.get();
  capacity_ = room;
  return true;
}

}  // namespace lib::http

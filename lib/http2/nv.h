// Header lists as libnghttp2 takes them.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string_view>
#include <vector>

#include "lib/http/h2_text.h"

namespace lib::http2 {

class Stream;

enum class Keep : std::uint8_t { Borrowed, Copied };

/// Borrowed: the text stays until the frame is sent.
inline nghttp2_nv field_of(std::string_view name, std::string_view value, Keep keep = Keep::Borrowed) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  const auto flags = keep == Keep::Copied ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return {bytes(name), bytes(value), name.size(), value.size(), static_cast<std::uint8_t>(flags)};
}

/// An empty list that lasts from one call to the next.
std::vector<nghttp2_nv>& empty_list();
void append(std::vector<nghttp2_nv>& list, const std::vector<http::H2Field>& fields, Keep keep = Keep::Borrowed);
/// DATA frames with what the stream has.
nghttp2_data_provider payload_of(Stream& stream);

}  // namespace lib::http2

// The inner loops of the HTTP/1 codec: how far a run of allowed bytes goes. Sixteen at a time where
// SSE2 is. Pure.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lib::http {

/// tchar of RFC 9110 §5.6.2, by byte.
inline constexpr auto kToken = [] {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32U] = true;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
inline bool is_token(char c) { return kToken[static_cast<unsigned char>(c)]; }

/// Bytes of a field value: all but control characters; a tab is allowed, DEL too (haproxy lets it
/// pass).
inline bool is_value_byte(char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; }
/// Bytes of a request target: visible ASCII (and DEL, as haproxy), no fragment.
inline bool is_target_byte(char c) { return static_cast<signed char>(c) > 0x20 && c != '#'; }

#ifdef __SSE2__
namespace detail {
inline __m128i load16(const char* from) {
  __m128i bytes;
  __builtin_memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
inline unsigned mask_of(__m128i bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); }
/// 0xff where `low` <= byte < `low` + `count` (unsigned).
inline __m128i in_range(__m128i bytes, char low, char count) {
  const __m128i shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(low));
  return _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(static_cast<char>(count - 1))),
                        shifted);
}
}  // namespace detail
#endif

/// First byte in [at, end) that is no token character.
inline const char* skip_token(const char* at, const char* end) {
#ifdef __SSE2__
  while (end - at >= 16) {
    const __m128i bytes = detail::load16(at);
    const __m128i letters = detail::in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    const __m128i digits = detail::in_range(bytes, '0', 10);
    const __m128i dashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    const unsigned other =
        detail::mask_of(_mm_or_si128(_mm_or_si128(letters, digits), dashes)) ^ 0xffffU;
    if (other == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(other);
    if (!is_token(*at)) return at;
    ++at;
  }
#endif
  while (at != end && is_token(*at)) ++at;
  return at;
}

/// First byte in [at, end) that is_value_byte() refuses.
inline const char* skip_value(const char* at, const char* end) {
#ifdef __SSE2__
  while (end - at >= 16) {
    const __m128i bytes = detail::load16(at);
    const __m128i low = _mm_set1_epi8(0x1f);
    const unsigned control = detail::mask_of(_mm_cmpeq_epi8(_mm_min_epu8(bytes, low), bytes));
    if (control == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(control);
    if (*at != '\t') return at;
    ++at;
  }
#endif
  while (at != end && is_value_byte(*at)) ++at;
  return at;
}

/// First byte in [at, end) that is_target_byte() refuses.
inline const char* skip_target(const char* at, const char* end) {
#ifdef __SSE2__
  while (end - at >= 16) {
    const __m128i bytes = detail::load16(at);
    const __m128i good =
        _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x20));  // signed: bytes above 0x7f fail too
    const __m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
    const unsigned bad = detail::mask_of(_mm_andnot_si128(hash, good)) ^ 0xffffU;
    if (bad != 0) return at + std::countr_zero(bad);
    at += 16;
  }
#endif
  while (at != end && is_target_byte(*at)) ++at;
  return at;
}

/// Lower-cases `size` ASCII bytes in place; up to `room` bytes from `at` on may be loaded and
/// stored unchanged.
inline void lower_case(char* at, std::size_t size, std::size_t room) {
#ifdef __SSE2__
  while (size != 0 && room >= 16) {
    const __m128i bytes = detail::load16(at);
    const __m128i upper = detail::in_range(bytes, 'A', 26);
    const __m128i places = _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const std::size_t count = size < 16 ? size : 16;
    const __m128i inside = _mm_cmplt_epi8(places, _mm_set1_epi8(static_cast<char>(count)));
    const __m128i changed = _mm_and_si128(upper, inside);
    if (detail::mask_of(changed) != 0) {
      const __m128i lower = _mm_or_si128(bytes, _mm_and_si128(changed, _mm_set1_epi8(0x20)));
      __builtin_memcpy(at, &lower, sizeof lower);
    }
    at += count;
    size -= count;
    room -= count;
  }
#endif
  (void)room;  // only sixteen at a time need it
  for (; size != 0; --size, ++at)
    if (*at >= 'A' && *at <= 'Z') *at = static_cast<char>(*at | 0x20);
}

}  // namespace lib::http

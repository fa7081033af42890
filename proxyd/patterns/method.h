// The matching methods: how a pattern is compared with a value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace proxyd::patterns {

enum class Method : std::uint8_t { Found, Bool, Int, Ip, Bin, Len, Str, Beg, End, Sub, Dir, Dom, Reg };

struct MethodRow {
  std::string_view name;  // after "-m", and of derived keywords: "path_beg"
  Method method;
  bool is_suffix;
  std::string_view doc;
};

std::span<const MethodRow> methods();
/// Null when there is none of that name.
const MethodRow* find_method(std::string_view name);
/// The name after "-m".
std::string_view name_of(Method method);

/// Patterns are text that text is compared with.
constexpr bool compares_text(Method method) { return method >= Method::Bin && method != Method::Len; }
/// Patterns are numbers and ranges of them.
constexpr bool compares_numbers(Method method) { return method == Method::Int || method == Method::Len; }

}  // namespace proxyd::patterns

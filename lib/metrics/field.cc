#include "lib/metrics/field.h"

#include <fmt/format.h>

#include <limits>

namespace lib::metrics {

char letter(Origin origin) {
  constexpr std::string_view kLetters = "MSKCP";
  return kLetters[static_cast<std::size_t>(origin)];
}

char letter(Nature nature) {
  constexpr std::string_view kLetters = "GLmMRCDATNOa";
  return kLetters[static_cast<std::size_t>(nature)];
}

char letter(Scope scope) {
  constexpr std::string_view kLetters = "CSPs";
  return kLetters[static_cast<std::size_t>(scope)];
}

char letter(Persistence persistence) { return persistence == Persistence::Volatile ? 'V' : 'P'; }

std::string_view word(Origin origin) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"Metric", "Status", "Key", "Config", "Product"});
  return kWords[static_cast<std::size_t>(origin)];
}

std::string_view word(Nature nature) {
  constexpr auto kWords = std::to_array<std::string_view>({"Gauge", "Limit", "Min", "Max", "Rate",
                                                           "Counter", "Duration", "Age", "Time",
                                                           "Name", "Output", "Avg"});
  return kWords[static_cast<std::size_t>(nature)];
}

std::string_view word(Scope scope) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"Cluster", "Service", "Process", "System"});
  return kWords[static_cast<std::size_t>(scope)];
}

std::string_view word(Kind kind) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"unknown", "s32", "u32", "s64", "u64", "flt", "str"});
  return kWords[static_cast<std::size_t>(kind)];
}

std::string Value::to_text() const {
  switch (kind) {
    case Kind::Empty: return {};
    case Kind::S32:
    case Kind::S64: return fmt::format("{}", signed_number);
    case Kind::U32:
    case Kind::U64: return fmt::format("{}", unsigned_number);
    // %g's six digits would round an uptime of weeks; six decimals without trailing zeros keep it.
    case Kind::Float: {
      std::string digits = fmt::format("{:.6f}", real);
      while (digits.back() == '0') digits.pop_back();
      if (digits.back() == '.') digits.pop_back();
      return digits;
    }
    case Kind::Text: return text;
  }
  return {};
}

Value empty_value() { return {}; }

Value s32(std::int32_t number) {
  Value value;
  value.kind = Kind::S32;
  value.signed_number = number;
  return value;
}

Value u32(std::uint64_t number) {
  constexpr std::uint64_t kHighest = std::numeric_limits<std::uint32_t>::max();
  Value value;
  value.kind = Kind::U32;
  value.unsigned_number = number < kHighest ? number : kHighest;
  return value;
}

Value u64(std::uint64_t number) {
  Value value;
  value.kind = Kind::U64;
  value.unsigned_number = number;
  return value;
}

Value real(double number) {
  Value value;
  value.kind = Kind::Float;
  value.real = number;
  return value;
}

Value text(std::string_view words) {
  Value value;
  value.kind = Kind::Text;
  value.text = words;
  return value;
}

Value tagged(Value value, Tags tags) {
  value.tags = tags;
  return value;
}

}  // namespace lib::metrics

// Arithmetic. Results saturate where 64 bits are not enough.
#include <array>

#include "lib/crypto/verdict.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

using Number = std::int64_t;

Number add(Number a, Number b) {
  Number out = 0;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

Number subtract(Number a, Number b) {
  Number out = 0;
  if (!__builtin_sub_overflow(a, b, &out)) return out;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

Number multiply(Number a, Number b) {
  Number out = 0;
  if (!__builtin_mul_overflow(a, b, &out)) return out;
  return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

Number divide(Number a, Number b) {
  if (b == 0) return INT64_MAX;
  return a == INT64_MIN && b == -1 ? INT64_MAX : a / b;
}

Number remain(Number a, Number b) { return b == 0 || b == -1 ? 0 : a % b; }
Number bit_and(Number a, Number b) { return a & b; }
Number bit_or(Number a, Number b) { return a | b; }
Number bit_xor(Number a, Number b) { return a ^ b; }

template <Number (*Operation)(Number, Number)>
bool calculate(const Arguments& arguments, Context& context, Sample& sample) {
  Number other = 0;
  if (!argument_number(arguments, 0, context, other)) return false;
  sample.number = Operation(sample.number, other);
  return true;
}

std::string check_operand(Arguments& arguments, Environment& environment) {
  return check_number_or_variable(arguments.list[0], environment);
}

bool complement(const Arguments&, Context&, Sample& sample) {
  sample.number = ~sample.number;
  return true;
}

bool negate(const Arguments&, Context&, Sample& sample) {
  sample.number = subtract(0, sample.number);
  return true;
}

bool is_odd(const Arguments&, Context&, Sample& sample) { return sample.set((sample.number & 1) != 0); }
bool is_even(const Arguments&, Context&, Sample& sample) { return sample.set((sample.number & 1) == 0); }
bool is_true(const Arguments&, Context&, Sample& sample) { return sample.set(sample.number != 0); }
bool is_false(const Arguments&, Context&, Sample& sample) { return sample.set(sample.number == 0); }

/// Takes hexadecimal digits from the left, as many as there are; bits beyond 64 are lost.
bool from_hex(const Arguments&, Context&, Sample& sample) {
  std::uint64_t value = 0;
  for (const char c : sample.text) {
    const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    if (low >= '0' && low <= '9') value = value << 4 | static_cast<std::uint64_t>(low - '0');
    else if (low >= 'a' && low <= 'f') value = value << 4 | static_cast<std::uint64_t>(low - 'a' + 10);
    else return false;
  }
  return sample.set_number(static_cast<Number>(value));
}

/// "X509_V_ERR_CERT_HAS_EXPIRED"; the number where it has no name.
bool verdict_name(const Arguments&, Context& context, Sample& sample) {
  const std::string name = lib::crypto::verdict_name(sample.number);
  return sample.set_text(name.empty() ? number_text(sample.number, context.arena()) : context.arena().keep(name));
}

constexpr auto kRows = std::to_array<Converter>({
    {"add", Type::Int, Type::Int, "?s", calculate<add>, check_operand},
    {"and", Type::Int, Type::Int, "?s", calculate<bit_and>, check_operand},
    {"bool", Type::Int, Type::Bool, "", is_true},
    {"cpl", Type::Int, Type::Int, "", complement},
    {"div", Type::Int, Type::Int, "?s", calculate<divide>, check_operand},
    {"even", Type::Int, Type::Bool, "", is_even},
    {"hex2i", Type::Text, Type::Int, "", from_hex},
    {"mod", Type::Int, Type::Int, "?s", calculate<remain>, check_operand},
    {"mul", Type::Int, Type::Int, "?s", calculate<multiply>, check_operand},
    {"neg", Type::Int, Type::Int, "", negate},
    {"not", Type::Int, Type::Bool, "", is_false},
    {"odd", Type::Int, Type::Bool, "", is_odd},
    {"or", Type::Int, Type::Int, "?s", calculate<bit_or>, check_operand},
    {"sub", Type::Int, Type::Int, "?s", calculate<subtract>, check_operand},
    {"x509_v_err_str", Type::Int, Type::Text, "", verdict_name},
    {"xor", Type::Int, Type::Int, "?s", calculate<bit_xor>, check_operand},
});

}  // namespace

std::span<const Converter> number_converters() { return kRows; }

}  // namespace proxyd::samples

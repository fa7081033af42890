// Fetches that look at no traffic: constants, the clock, chance, the environment, variables.
#include <array>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

template <bool Value>
bool constant_bool(const Arguments&, Context&, Sample& out) {
  return out.set(Value);
}

bool constant_text(const Arguments& arguments, Context&, Sample& out) {
  const std::string_view text = arguments.text(0);
  return out.set_text(text.data() == nullptr ? std::string_view{"", 0} : text);
}

bool constant_bytes(const Arguments& arguments, Context&, Sample& out) {
  return out.set_text(arguments.text(0), Type::Binary);
}

bool constant_method(const Arguments& arguments, Context&, Sample& out) {
  return out.set_text(arguments.text(0), Type::Method);
}

bool constant_number(const Arguments& arguments, Context&, Sample& out) { return out.set_number(arguments.number(0)); }
bool constant_truth(const Arguments& arguments, Context&, Sample& out) { return out.set(arguments.number(0) != 0); }
bool constant_address(const Arguments& arguments, Context&, Sample& out) {
  return out.set_address(arguments.list[0].address);
}

std::string check_bool(Arguments& arguments, Environment&) {
  const std::string_view text = arguments.text(0);
  if (text == "true" || text == "1") arguments.list[0].number = 1;
  else if (text != "false" && text != "0") return "Expects 'true', 'false', '0' or '1'";
  return {};
}

std::string check_bytes(Arguments& arguments, Environment&) {
  std::string bytes;
  int high = -1;
  for (const char c : arguments.text(0)) {
    const char low = lib::base::to_lower(c);
    const int digit = lib::base::is_digit(low) ? low - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0) return std::string{"an hex digit is expected (found '"} + c + "')";
    if (high < 0) {
      high = digit;
      continue;
    }
    bytes += static_cast<char>(high * 16 + digit);
    high = -1;
  }
  if (high >= 0) return "unexpected end of hex digits";
  arguments.list[0].text = std::move(bytes);
  return {};
}

std::string check_environment(Arguments& arguments, Environment& environment) {
  Argument& argument = arguments.list[0];
  argument.text = environment.getenv ? environment.getenv(argument.text) : std::string{};
  return {};
}

bool date(const Arguments& arguments, Context& context, Sample& out) {
  const std::int64_t now = context.subject.now_us();
  const std::int64_t unit = arguments.number(1, 1'000'000);
  return out.set_number(now / unit + arguments.number(0));
}

std::string check_date(Arguments& arguments, Environment&) {
  if (!arguments.has(1)) return {};
  const std::string_view unit = arguments.text(1);
  if (unit == "s") arguments.list[1].number = 1'000'000;
  else if (unit == "ms") arguments.list[1].number = 1000;
  else if (unit == "us") arguments.list[1].number = 1;
  else return "expects 's', 'ms' or 'us', got '" + std::string{unit} + "'";
  return {};
}

bool microseconds(const Arguments&, Context& context, Sample& out) {
  return out.set_number(context.subject.now_us() % 1'000'000);
}

bool random(const Arguments& arguments, Context& context, Sample& out) {
  const std::uint64_t drawn = context.scratch.random() >> 32;
  if (!arguments.has(0)) return out.set_number(static_cast<std::int64_t>(drawn));
  const auto range = static_cast<std::uint64_t>(arguments.number(0));
  return out.set_number(static_cast<std::int64_t>((drawn * range) >> 32));
}

std::string check_uuid(Arguments& arguments, Environment&) {
  return arguments.number(0, 4) == 4 || arguments.number(0) == 7 ? std::string{} : "Unsupported UUID version (only 4 and 7)";
}

/// RFC 9562: version 4 is chance, version 7 begins with the time.
bool uuid(const Arguments& arguments, Context& context, Sample& out) {
  const bool timed = arguments.number(0, 4) == 7;
  std::uint64_t high = context.scratch.random(), low = context.scratch.random();
  if (timed) high = (static_cast<std::uint64_t>(context.subject.now_us() / 1000) << 16) | (high & 0xffff);
  high = (high & ~0xf000ULL) | (timed ? 0x7000ULL : 0x4000ULL);
  low = (low & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  TextOutput text{context.arena(), 36};
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.put('-');
    const std::uint64_t half = i < 8 ? high : low;
    text.put_hex(static_cast<unsigned char>(half >> (56 - 8 * (i % 8))), "0123456789abcdef");
  }
  return out.set_text(text.finish());
}

bool variable(const Arguments& arguments, Context& context, Sample& out) {
  if (get_variable(arguments.list[0].variable, context, out)) return true;
  return arguments.has(1) && out.set_text(arguments.text(1));
}

std::string check_variable(Arguments& arguments, Environment& environment) {
  Argument& argument = arguments.list[0];
  const auto found = environment.variables->find_or_add(argument.text);
  if (!found) return bad_variable_name(argument.text);
  argument.variable = *found;
  argument.is_variable = true;
  return {};
}

constexpr auto kConstant = Source::Constant;
constexpr auto kRows = std::to_array<Fetch>({
    {.name = "always_false", .type = Type::Bool, .source = kConstant, .function = constant_bool<false>},
    {.name = "always_true", .type = Type::Bool, .source = kConstant, .function = constant_bool<true>},
    {.name = "bin", .type = Type::Binary, .source = kConstant, .arguments = "s", .function = constant_bytes, .check = check_bytes},
    {.name = "bool", .type = Type::Bool, .source = kConstant, .arguments = "s", .function = constant_truth, .check = check_bool},
    {.name = "date", .type = Type::Int, .source = kConstant, .arguments = "?is", .function = date, .check = check_date},
    {.name = "date_us", .type = Type::Int, .source = kConstant, .function = microseconds},
    {.name = "env", .type = Type::Text, .source = kConstant, .arguments = "s", .function = constant_text, .check = check_environment},
    {.name = "int", .type = Type::Int, .source = kConstant, .arguments = "i", .function = constant_number},
    {.name = "ipv4", .type = Type::Address, .source = kConstant, .arguments = "4", .function = constant_address},
    {.name = "ipv6", .type = Type::Address, .source = kConstant, .arguments = "6", .function = constant_address},
    {.name = "meth", .type = Type::Method, .source = kConstant, .arguments = "s", .function = constant_method},
    {.name = "rand", .type = Type::Int, .source = kConstant, .arguments = "?i", .function = random},
    {.name = "str", .type = Type::Text, .source = kConstant, .arguments = "s", .function = constant_text},
    {.name = "uuid", .type = Type::Text, .source = kConstant, .arguments = "?i", .function = uuid, .check = check_uuid},
    {.name = "var", .type = Type::Any, .source = kConstant, .arguments = "s?s", .function = variable, .check = check_variable},
});

}  // namespace

std::span<const Fetch> constant_fetches() { return kRows; }

}  // namespace proxyd::samples

// The distcc protocol as a client speaks it: tokens of four letters, each with a number of eight hexadecimal digits, most of
// them followed by that many bytes.
#include <algorithm>
#include <array>
#include <charconv>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

constexpr std::size_t kTokenSize = 4, kNumberSize = 8;
constexpr auto kWithoutBody = std::to_array<std::string_view>({"DIST", "ARGC", "STAT", "DONE"});

struct Token {
  std::int64_t parameter = 0;
  std::string_view body;  // as far as it is there
  bool is_whole = false;
};

/// False when it is not there (yet: `context.missing`).
bool find_token(const Arguments& arguments, Context& context, Token& token) {
  bool whole = false;
  std::string_view rest = context.subject.buffer(context.place >= Place::ResponseContent, whole);
  std::int64_t occurrence = arguments.number(1);
  const auto need_more = [&] {
    if (!whole && !context.is_final) context.missing = true;
    return false;
  };
  while (true) {
    if (rest.size() < kTokenSize + kNumberSize) return need_more();
    const std::string_view name = rest.substr(0, kTokenSize), digits = rest.substr(kTokenSize, kNumberSize);
    std::uint32_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return false;
    rest.remove_prefix(kTokenSize + kNumberSize);
    const bool has_body = std::find(kWithoutBody.begin(), kWithoutBody.end(), name) == kWithoutBody.end();
    token.parameter = number;
    token.body = has_body ? rest.substr(0, number) : std::string_view{};
    token.is_whole = !has_body || rest.size() >= number;
    if (name == arguments.text(0) && --occurrence <= 0) return true;
    if (!token.is_whole) return need_more();
    rest.remove_prefix(token.body.size());
  }
}

bool parameter(const Arguments& arguments, Context& context, Sample& out) {
  Token token;
  return find_token(arguments, context, token) && out.set_number(token.parameter);
}

bool body(const Arguments& arguments, Context& context, Sample& out) {
  Token token;
  if (!find_token(arguments, context, token)) return false;
  if (!token.is_whole && !context.is_final) context.missing = true;
  return !token.body.empty() && !context.missing && out.set_text(token.body, Type::Binary);
}

std::string check_token(Arguments& arguments, Environment&) {
  return arguments.text(0).size() != kTokenSize ? "token name must be exactly 4 characters" : std::string{};
}

constexpr Fetch row(std::string_view name, Type type, FetchFunction function) {
  return {.name = name, .type = type, .source = Source::EitherBuffer, .arguments = "?si", .function = function, .check = check_token};
}
constexpr auto kRows = std::to_array<Fetch>({row("distcc_body", Type::Binary, body), row("distcc_param", Type::Int, parameter)});

}  // namespace

std::span<const Fetch> distcc_fetches() { return kRows; }

}  // namespace proxyd::samples

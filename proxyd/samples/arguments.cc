#include "proxyd/samples/arguments.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "lib/base/text.h"

namespace proxyd::samples {

std::string_view argument_type_name(char letter) {
  switch (letter) {
    case 'i': return "integer";
    case '4': return "IPv4 address";
    case '6': return "IPv6 address";
    case 'm': return "IPv4 mask";
    case 'M': return "IPv6 mask";
    case 'b': return "backend";
    case 'f': return "frontend";
    case 'v': return "server";
    case 'u': return "user list";
    case 'r': return "regular expression";
    case 'n': return "variable";
    default: return "string";
  }
}

namespace {

using parsers::haproxy::SampleArgument;
using parsers::haproxy::SampleCall;

bool read_mask4(std::string_view text, Argument& argument) {
  if (const auto bits = lib::base::parse_number<unsigned>(text); bits && *bits <= 32) {
    argument.number = *bits == 0 ? 0 : static_cast<std::int64_t>(0xffffffffU << (32 - *bits));
    argument.number &= 0xffffffff;
    return true;
  }
  const auto mask = lib::net::Address::parse(text);
  if (!mask || !mask->is_ipv4()) return false;
  argument.number = mask->ipv4_bits();
  return true;
}

bool read_mask6(std::string_view text, Argument& argument) {
  if (const auto bits = lib::base::parse_number<unsigned>(text); bits && *bits <= 128) {
    argument.number = *bits;
    return true;
  }
  const auto mask = lib::net::Address::parse(text);
  if (!mask || !mask->is_ipv6()) return false;
  argument.number = -1;  // the mask itself
  argument.address = *mask;
  return true;
}

bool read_address(std::string_view text, bool want_v4, Argument& argument) {
  const auto address = lib::net::Address::parse(text);
  if (!address || address->is_ipv4() != want_v4) return false;
  argument.address = *address;
  return true;
}

Reference::Kind reference_kind(char letter) {
  switch (letter) {
    case 'f': return Reference::Kind::Frontend;
    case 'v': return Reference::Kind::Server;
    case 'u': return Reference::Kind::UserList;
    default: return Reference::Kind::Backend;
  }
}

std::shared_ptr<Reference> make_reference(char letter, std::string_view text, std::size_t position, Environment& environment,
                                          std::string_view keyword) {
  auto reference = std::make_shared<Reference>();
  reference->kind = reference_kind(letter);
  reference->text = text;
  reference->used_by = environment.used_by.empty() ? std::string{keyword} : environment.used_by;
  reference->place = environment.place;
  reference->argument = position;
  reference->owner = environment.owner;
  environment.references.push_back(reference);
  return reference;
}

/// One argument that is not empty. Empty, or a fault of its own.
bool read_one(char letter, std::string_view text, Argument& argument, Environment& environment) {
  switch (letter) {
    case 'i': {
      const auto number = lib::base::parse_number<std::int64_t>(text.starts_with('+') ? text.substr(1) : text);
      if (!number) return false;
      argument.number = *number;
      return true;
    }
    case '4': return read_address(text, true, argument);
    case '6': return read_address(text, false, argument);
    case 'm': return read_mask4(text, argument);
    case 'M': return read_mask6(text, argument);
    case 'n': {
      const auto variable = environment.variables->find_or_add(text);
      if (!variable) return false;
      argument.variable = *variable;
      argument.is_variable = true;
      return true;
    }
    default: return true;
  }
}

/// What stands in the parentheses from argument `first` on, as the original shows what it did not expect.
std::string left_over(const SampleCall& call, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < call.arguments.size(); ++i) {
    if (i != 0) text += ',';
    text += call.arguments[i].text;
  }
  return text + ")";
}

ArgumentFault at_argument(const SampleArgument& argument, std::size_t position, std::string message) {
  return {{std::move(message), argument.offset, argument.length}, position};
}

ArgumentFault at_call(const SampleCall& call, std::size_t position, std::string message) {
  return {{std::move(message), call.offset, call.length}, position};
}

}  // namespace

lib::base::Result<std::vector<Argument>, ArgumentFault> read_arguments(const SampleCall& call, std::string_view spec,
                                                                       Environment& environment, std::string_view keyword) {
  const std::size_t mark = spec.find('?');
  const std::size_t required = mark == std::string_view::npos ? spec.size() : mark;
  std::string letters{spec};
  if (mark != std::string_view::npos) letters.erase(mark, 1);
  const bool none = call.arguments.empty() || (call.arguments.size() == 1 && call.arguments[0].text.empty());
  const std::size_t given = none ? 0 : call.arguments.size();
  if (given > letters.size())
    return tl::unexpected{at_call(call, letters.size() + 1,
                                  fmt::format("expected ')' before '{}'", left_over(call, letters.size())))};
  std::vector<Argument> out(letters.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    Argument& argument = out[i];
    const bool is_reference = letter == 'b' || letter == 'f' || letter == 'v' || letter == 'u';
    const std::string_view text = i < given ? std::string_view{call.arguments[i].text} : std::string_view{};
    argument.text = text;
    argument.given = !text.empty();
    if (is_reference) {
      argument.reference = make_reference(letter, text, i + 1, environment, keyword);
      continue;
    }
    if (text.empty()) {
      // An empty string is a string; other types must say something where they are asked for.
      if (i >= required || (letter == 's' && (i < given || (i == 0 && none)))) continue;
      if (i < given || given == 0)
        return tl::unexpected{at_call(
            call, i + 1, fmt::format("expected type '{}' at position {}, but got nothing", argument_type_name(letter), i + 1))};
      return tl::unexpected{at_call(call, i + 1, fmt::format("missing arguments (got {}/{}), type '{}' expected", given,
                                                             required, argument_type_name(letter)))};
    }
    if (!read_one(letter, text, argument, environment))
      return tl::unexpected{at_argument(
          call.arguments[i], i + 1,
          fmt::format("failed to parse '{}' as type '{}' at position {}", text, argument_type_name(letter), i + 1))};
  }
  return out;
}

}  // namespace proxyd::samples

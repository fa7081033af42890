#include "proxyd/samples/value.h"

#include <charconv>
#include <cstring>

#include "lib/base/text.h"

namespace proxyd::samples {
namespace {

std::string_view address_bytes(const lib::net::Address& address, Arena& arena) {
  if (address.is_ipv4()) {
    const std::span<char> room = arena.take(4);
    for (unsigned i = 0; i < 4; ++i) room[i] = static_cast<char>(address.ipv4_bits() >> (24 - 8 * i));
    return {room.data(), room.size()};
  }
  const std::span<char> room = arena.take(16);
  std::memcpy(room.data(), address.ipv6_bits().s6_addr, room.size());
  return {room.data(), room.size()};
}

std::string_view number_bytes(std::int64_t number, Arena& arena) {
  const std::span<char> room = arena.take(8);
  for (unsigned i = 0; i < 8; ++i) room[i] = static_cast<char>(static_cast<std::uint64_t>(number) >> (56 - 8 * i));
  return {room.data(), room.size()};
}

bool to_address(Sample& sample) {
  if (sample.type == Type::Int) return sample.set_address(lib::net::Address::ipv4(static_cast<std::uint32_t>(sample.number)));
  if (!sample.is_text()) return false;
  const auto parsed = lib::net::Address::parse(sample.text);
  return parsed.has_value() && sample.set_address(*parsed);
}

bool to_number(Sample& sample, Type to) {
  if (sample.type == Type::Address) {
    if (!sample.address.is_ipv4()) return false;
    sample.number = sample.address.ipv4_bits();
  } else if (sample.is_text()) {
    sample.number = leading_integer(sample.text);
  }
  if (to == Type::Bool) sample.number = sample.number != 0 ? 1 : 0;
  sample.type = to;
  return true;
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::Bool: return "bool";
    case Type::Int: return "integer";
    case Type::Address: return "address";
    case Type::Text: return "string";
    case Type::Binary: return "binary";
    case Type::Method: return "method";
    default: return "any";
  }
}

bool can_cast(Type from, Type to) {
  if (from == to || from == Type::Any || to == Type::Any || to == Type::Same) return true;
  switch (to) {
    case Type::Bool: return from == Type::Int || from == Type::Text;
    case Type::Int: return from != Type::Binary && from != Type::Method;
    case Type::Address: return from == Type::Int || from == Type::Text;
    case Type::Text: return true;
    case Type::Binary: return from != Type::Bool;
    case Type::Method: return from == Type::Text;
    default: return false;
  }
}

bool cast(Sample& sample, Type to, Arena& arena) {
  if (sample.type == to || to == Type::Any || to == Type::Same) return true;
  switch (to) {
    case Type::Bool:
    case Type::Int: return to_number(sample, to);
    case Type::Address: return to_address(sample);
    case Type::Text:
    case Type::Method:
      if (sample.type == Type::Binary) sample.text = sample.text.substr(0, sample.text.find('\0'));
      else if (!sample.is_text()) sample.text = text_of(sample, arena);
      sample.type = to;
      return true;
    case Type::Binary:
      if (sample.type == Type::Address) sample.text = address_bytes(sample.address, arena);
      else if (!sample.is_text()) sample.text = number_bytes(sample.number, arena);
      sample.type = Type::Binary;
      return true;
    default: return false;
  }
}

std::int64_t leading_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* from = text.data();
  if (!text.empty() && text.front() == '+') ++from;
  const auto [end, fault] = std::from_chars(from, text.data() + text.size(), number);
  if (fault != std::errc::result_out_of_range) return number;
  return text.front() == '-' ? INT64_MIN : INT64_MAX;
}

std::string_view number_text(std::int64_t number, Arena& arena) {
  constexpr std::size_t kLongest = 24;
  const std::span<char> room = arena.take(kLongest);
  const char* const end = std::to_chars(room.data(), room.data() + kLongest, number).ptr;
  const auto size = static_cast<std::size_t>(end - room.data());
  arena.shrink(kLongest - size);
  return {room.data(), size};
}

std::string_view address_text(const lib::net::Address& address, Arena& arena) {
  return arena.keep(address.host());  // at most 45 bytes
}

std::string_view text_of(const Sample& sample, Arena& arena) {
  switch (sample.type) {
    case Type::Bool:
    case Type::Int: return number_text(sample.number, arena);
    case Type::Address: return address_text(sample.address, arena);
    case Type::Text:
    case Type::Binary:
    case Type::Method: return sample.text;
    default: return {};
  }
}

}  // namespace proxyd::samples

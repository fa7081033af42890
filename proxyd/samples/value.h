// The values that expressions yield, and how one type becomes another. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/net/address.h"
#include "proxyd/samples/arena.h"

namespace proxyd::samples {

/// Any and Same only occur in tables: a type known when the value is there, and the type of what went in.
enum class Type : std::uint8_t { None, Bool, Int, Address, Text, Binary, Method, Any, Same };

/// "string", "integer", ... as messages name it.
std::string_view name_of(Type type);

/// Views belong to the subject, to the configuration or to the arena.
struct Sample {
  Type type = Type::None;  // None: there is no value
  std::int64_t number = 0;
  std::string_view text;
  lib::net::Address address;

  bool set(bool value) {
    type = Type::Bool;
    number = value ? 1 : 0;
    return true;
  }
  bool set_number(std::int64_t value) {
    type = Type::Int;
    number = value;
    return true;
  }
  /// False, and no value, when `value` has no data at all.
  bool set_text(std::string_view value, Type as = Type::Text) {
    if (value.data() == nullptr) return false;
    type = as;
    text = value;
    return true;
  }
  /// False for what is no IP address.
  bool set_address(const lib::net::Address& value) {
    if (!value.is_ip()) return false;
    type = Type::Address;
    address = value;
    return true;
  }
  bool is_text() const { return type == Type::Text || type == Type::Binary || type == Type::Method; }
};

/// Whether a value of one type can ever become one of the other.
bool can_cast(Type from, Type to);
/// Makes it one. False: this value cannot be (text that is no address).
bool cast(Sample& sample, Type to, Arena& arena);

/// The leading number of a text ("12abc" is 12), 0 when there is none; saturates.
std::int64_t leading_integer(std::string_view text);
/// The value as text.
std::string_view text_of(const Sample& sample, Arena& arena);
std::string_view number_text(std::int64_t number, Arena& arena);
std::string_view address_text(const lib::net::Address& address, Arena& arena);

}  // namespace proxyd::samples

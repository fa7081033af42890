#include "proxyd/patterns/method.h"

#include <array>

namespace proxyd::patterns {
namespace {

constexpr auto kMethods = std::to_array<MethodRow>({
    {"found", Method::Found, false, "there is a value"},
    {"bool", Method::Bool, false, "not zero"},
    {"int", Method::Int, false, "a number or a range"},
    {"ip", Method::Ip, false, "an address or a network"},
    {"bin", Method::Bin, false, "exactly these bytes, in hexadecimal"},
    {"len", Method::Len, true, "the length, as a number"},
    {"str", Method::Str, false, "exactly this text"},
    {"beg", Method::Beg, true, "begins with"},
    {"end", Method::End, true, "ends with"},
    {"sub", Method::Sub, true, "contains"},
    {"dir", Method::Dir, true, "contains as whole directories"},
    {"dom", Method::Dom, true, "contains as whole labels of a name"},
    {"reg", Method::Reg, true, "matches the regular expression"},
});

}  // namespace

std::span<const MethodRow> methods() { return kMethods; }

const MethodRow* find_method(std::string_view name) {
  for (const MethodRow& each : kMethods)
    if (each.name == name) return &each;
  return nullptr;
}

std::string_view name_of(Method method) {
  for (const MethodRow& each : kMethods)
    if (each.method == method) return each.name;
  return {};
}

}  // namespace proxyd::patterns

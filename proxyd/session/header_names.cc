#include "proxyd/session/header_names.h"

#include <algorithm>
#include <string>

#include "lib/base/text.h"

namespace proxyd::session {
namespace {

bool is_usual(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    const char low = lib::base::to_lower(c);
    return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || c == '-';
  });
}

}  // namespace

bool apply_name_policy(HttpStream& stream, config::NamePolicy policy) {
  for (lib::http::Field& field : stream.request.fields) {
    if (field.dropped || is_usual(stream.request.name(field))) continue;
    if (policy == config::NamePolicy::Reject) return false;
    field.dropped = true;
  }
  return true;
}

void respell_names(lib::http::HeadWriter& writer, const config::Global& global) {
  std::string lower;
  for (lib::http::Field& field : writer.head().fields) {
    if (field.dropped) continue;
    lower.assign(writer.head().name(field));
    for (char& c : lower) c = lib::base::to_lower(c);
    const auto found = global.header_cases.find(lower);
    if (found != global.header_cases.end()) writer.respell(field, found->second);
  }
}

}  // namespace proxyd::session

#include "proxyd/rules/target_parts.h"

#include <algorithm>

#include "lib/base/text.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::rules {
namespace {

using lib::http::HeadWriter;

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z'; };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || lib::base::is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

/// `text` in place of `part`, which views the target.
bool splice(HeadWriter& writer, std::string_view part, std::string_view text, samples::Arena& arena) {
  const std::string_view target = writer.request()->target_text();
  const auto before = static_cast<std::size_t>(part.data() - target.data());
  const samples::ArenaScope scope{arena};
  samples::TextOutput out{arena};
  out.put(target.substr(0, before));
  out.put(text);
  out.put(target.substr(before + part.size()));
  return !out.overflowed() && writer.set_target(out.finish());
}

bool set_query(HeadWriter& writer, std::string_view text, samples::Arena& arena) {
  const std::string_view target = writer.request()->target_text();
  const std::string_view query = samples::query_of(target);
  if (query.data() != nullptr) return splice(writer, query, text, arena);
  if (text.empty()) return true;
  const samples::ArenaScope scope{arena};
  samples::TextOutput out{arena};
  out.put(target);
  out.put('?');
  out.put(text);
  return !out.overflowed() && writer.set_target(out.finish());
}

bool set_whole(HeadWriter& writer, std::string_view text) {
  if (!writer.replace_target(text)) return false;
  const std::string_view authority = authority_of(writer.request()->target_text());
  if (authority.data() == nullptr) return true;
  lib::http::Field* const host = writer.request()->find(lib::http::FieldId::Host);
  return host == nullptr || writer.head().value(*host) == authority || writer.replace_value(*host, authority);
}

}  // namespace

std::string_view part_of(std::string_view target, TargetPart part) {
  switch (part) {
    case TargetPart::Path: return samples::path_of(target);
    case TargetPart::PathAndQuery: return samples::path_and_query_of(target);
    case TargetPart::Query: return samples::query_of(target);
    case TargetPart::Whole: break;
  }
  return target;
}

bool set_part(HeadWriter& writer, TargetPart part, std::string_view text, samples::Arena& arena) {
  if (part == TargetPart::Whole) return set_whole(writer, text);
  if (part == TargetPart::Query) return set_query(writer, text, arena);
  const std::string_view old = part_of(writer.request()->target_text(), part);
  return old.data() == nullptr ? writer.set_target(text) : splice(writer, old, text, arena);
}

std::string_view authority_of(std::string_view target) {
  if (target.empty() || target.front() == '/' || target.front() == '*') return {};
  const std::size_t colon = target.find("://");
  if (colon != std::string_view::npos && is_scheme(target.substr(0, colon))) target.remove_prefix(colon + 3);
  target = target.substr(0, target.find('/'));
  if (const std::size_t at = target.rfind('@'); at != std::string_view::npos) target.remove_prefix(at + 1);
  return target;
}

bool set_authority(HeadWriter& writer, std::string_view authority, samples::Arena& arena) {
  const std::string_view old = authority_of(writer.request()->target_text());
  return old.data() == nullptr || old == authority || splice(writer, old, authority, arena);
}

}  // namespace proxyd::rules

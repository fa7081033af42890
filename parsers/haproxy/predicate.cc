#include "parsers/haproxy/predicate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <vector>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"
#include "parsers/haproxy/arguments.h"
#include "parsers/haproxy/file_state.h"

namespace parsers::haproxy {
namespace {

using Arguments = std::span<const SampleArgument>;

/// Takes a number off the front of `text`; 0 when there is none.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{}) number = 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// "2.6.12", "2.7-dev3" (before 2.7.0), "2.6.12-45" (45 changes later).
struct Version {
  std::uint32_t major = 0, minor = 0;
  std::uint32_t is_release = 1;
  std::uint32_t patch = 0;
  std::uint32_t changes = 0;
  auto operator<=>(const Version&) const = default;
};

Version parse_version(std::string_view text) {
  const auto take = [&text](std::string_view mark) {
    const bool is_there = text.starts_with(mark);
    if (is_there) text.remove_prefix(mark.size());
    return is_there;
  };
  Version version;
  version.major = take_number(text);
  if (take(".")) version.minor = take_number(text);
  if (take("-dev") || take("-pre") || take("-rc")) {
    version.is_release = 0;
    version.patch = take_number(text);
  } else if (take(".")) {
    version.patch = take_number(text);
  }
  if (take("-") || take(".")) version.changes = take_number(text);
  return version;
}

/// "1.1.1k": numbers and the letter behind them.
struct TlsVersion {
  std::uint32_t major = 0, minor = 0, fix = 0;
  char letter = '\0';
  auto operator<=>(const TlsVersion&) const = default;
};

TlsVersion parse_tls_version(std::string_view text) {
  TlsVersion version;
  version.major = take_number(text);
  if (text.starts_with('.')) text.remove_prefix(1), version.minor = take_number(text);
  if (text.starts_with('.')) text.remove_prefix(1), version.fix = take_number(text);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') version.letter = text.front();
  return version;
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_defined(const PredicateWorld& world, Arguments arguments) {
  return world.environment.find(arguments[0].text) != world.environment.end();
}
bool has_feature(const PredicateWorld& world, Arguments arguments) {
  return contains(world.predicates.features, arguments[0].text);
}
bool is_enabled(const PredicateWorld& world, Arguments arguments) {
  return contains(world.predicates.enabled, arguments[0].text);
}
bool is_equal(const PredicateWorld&, Arguments arguments) {
  return arguments[0].text == arguments[1].text;
}
bool is_different(const PredicateWorld&, Arguments arguments) {
  return arguments[0].text != arguments[1].text;
}
bool has_inside(const PredicateWorld&, Arguments arguments) {
  return arguments[0].text.find(arguments[1].text) != std::string::npos;
}
bool is_version_atleast(const PredicateWorld& world, Arguments arguments) {
  return parse_version(world.predicates.version) >= parse_version(arguments[0].text);
}
bool is_version_before(const PredicateWorld& world, Arguments arguments) {
  return parse_version(world.predicates.version) < parse_version(arguments[0].text);
}
bool is_openssl_atleast(const PredicateWorld& world, Arguments arguments) {
  return parse_tls_version(world.predicates.openssl_version) >=
         parse_tls_version(arguments[0].text);
}
bool is_openssl_before(const PredicateWorld& world, Arguments arguments) {
  return parse_tls_version(world.predicates.openssl_version) < parse_tls_version(arguments[0].text);
}
bool has_ssllib_name(const PredicateWorld& world, Arguments arguments) {
  const std::string name = "OpenSSL " + std::string{world.predicates.openssl_version};
  return !world.predicates.openssl_version.empty() && name.starts_with(arguments[0].text);
}
/// We are built with OpenSSL, never with AWS-LC.
bool is_never(const PredicateWorld&, Arguments) { return false; }

constexpr auto kPredicates =
    std::to_array<Predicate>({{"defined", 1, is_defined},
                              {"feature", 1, has_feature},
                              {"enabled", 1, is_enabled},
                              {"streq", 2, is_equal},
                              {"strneq", 2, is_different},
                              {"strstr", 2, has_inside},
                              {"version_atleast", 1, is_version_atleast},
                              {"version_before", 1, is_version_before},
                              {"openssl_version_atleast", 1, is_openssl_atleast},
                              {"openssl_version_before", 1, is_openssl_before},
                              {"ssllib_name_startswith", 1, has_ssllib_name},
                              {"awslc_api_atleast", 1, is_never},
                              {"awslc_api_before", 1, is_never}});

/// What the word at the fault may have been meant to be.
std::string hint_for_predicate(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Predicate& each : kPredicates) names.push_back(each.name);
  const std::string_view nearest = common::suggest(word, names);
  return nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "' maybe ?";
}

/// The place of byte `offset` of the words behind the keyword, joined by single blanks.
Place place_of_joined(const Statement& line, std::size_t offset) {
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const std::size_t length = line.words[i].text.size();
    if (offset < length) return place_within(line, i, offset, 1);
    offset -= std::min(offset, length + 1);
  }
  return line.place(line.words.size());
}

std::string_view word_at(std::string_view text, std::size_t offset) {
  return text.substr(offset, name_length(text.substr(offset)));
}

}  // namespace

const Predicate* find_predicate(std::string_view name) {
  const auto found = std::find_if(kPredicates.begin(), kPredicates.end(),
                                  [&](const Predicate& each) { return each.name == name; });
  return found == kPredicates.end() ? nullptr : &*found;
}

Truth evaluate_line(const Statement& line, const Environment& environment,
                    const Predicates& predicates, Diagnostics& diagnostics) {
  std::string text;
  for (const Word& word : line.words.subspan(1)) {
    if (!text.empty()) text += ' ';
    text += word.text;
  }
  const auto result = evaluate(text, {environment, predicates});
  if (result) return *result ? Truth::True : Truth::False;
  const TextFault& fault = result.error();
  diagnostics.alert(place_of_joined(line, fault.offset),
                    parsing_at(*line.source, line.line) + ": " + fault.message + " in '" +
                        std::string{line.keyword()} + "' at position " +
                        std::to_string(fault.offset + 1) + ":",
                    hint_for_predicate(word_at(text, fault.offset)));
  return Truth::Unreadable;
}

int evaluate_condition(std::string_view text, const Environment& environment,
                       const Predicates& predicates, Diagnostics& diagnostics) {
  const auto result = evaluate(text, {environment, predicates});
  if (result) return *result ? 1 : 0;
  diagnostics.alert({}, "config : Failed to evaluate condition: " + result.error().message,
                    hint_for_predicate(word_at(text, result.error().offset)));
  return -1;
}

}  // namespace parsers::haproxy

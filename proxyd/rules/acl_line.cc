#include "proxyd/rules/acl_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/haproxy/sample.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/fetches.h"

namespace proxyd::rules {

namespace {

using parsers::haproxy::Word;
using samples::Type;
using Match = AclTerm::Match;
using Words = std::span<const Word>;
template <class T>
using Compiled = lib::base::Result<T, AclFault>;

/// Match methods by the word after "-m" and by the suffix of a derived keyword ("path_beg").
struct Method {
  std::string_view name;
  Match match;
  bool is_suffix;
};
constexpr auto kMethods = std::to_array<Method>({
    {"found", Match::Found, false},
    {"bool", Match::Bool, false},
    {"int", Match::Int, false},
    {"ip", Match::Ip, false},
    {"str", Match::Str, false},
    {"beg", Match::Beg, true},
    {"end", Match::End, true},
    {"sub", Match::Sub, true},
    {"dir", Match::Dir, true},
    {"dom", Match::Dom, true},
    {"len", Match::Len, true},
});
constexpr auto kUnbuiltMethods = std::to_array<std::string_view>({"reg", "bin"});

const Method* find_method(std::string_view name) {
  for (const Method& each : kMethods)
    if (each.name == name) return &each;
  return nullptr;
}

AclFault fault_at(std::size_t word, std::string message, std::string hint = {}) {
  return {std::move(message), word, 0, 0, std::move(hint)};
}

Match default_match(Type type) {
  switch (type) {
    case Type::Bool:
      return Match::Bool;
    case Type::Int:
      return Match::Int;
    case Type::Address:
      return Match::Ip;
    case Type::Text:
    case Type::None:
      break;
  }
  return Match::Str;
}

/// The fetch that a keyword stands for: itself, or the base of a derived one.
struct Resolved {
  std::string_view fetch;
  std::optional<Match> match;
  bool unbuilt = false;
};

Resolved resolve_keyword(std::string_view keyword) {
  if (samples::find_fetch(keyword) != nullptr) return {keyword, std::nullopt, false};
  const std::size_t at = keyword.rfind('_');
  if (at == std::string_view::npos) return {};
  const std::string_view base = keyword.substr(0, at), suffix = keyword.substr(at + 1);
  const samples::Fetch* fetch = samples::find_fetch(base);
  if (fetch == nullptr || !fetch->has_derivatives) return {};
  const Method* method = find_method(suffix);
  if (method != nullptr && method->is_suffix) return {base, method->match, false};
  if (suffix == "reg") return {base, std::nullopt, true};
  return {};
}

struct Flags {
  std::optional<Match> match;
  bool ignore_case = false;
  std::size_t patterns = 0;  // index of the first pattern
  bool numeric_only = false;
};

Compiled<Flags> read_flags(Words words) {
  Flags flags;
  std::size_t i = 1;
  for (; i < words.size(); ++i) {
    const std::string_view flag = words[i].text;
    if (flag.size() < 2 || flag.front() != '-' || lib::base::is_digit(flag[1])) break;
    if (flag == "--") {
      ++i;
      break;
    }
    if (flag == "-i") {
      flags.ignore_case = true;
    } else if (flag == "-n") {
      flags.numeric_only = true;
    } else if (flag == "-m") {
      const std::string_view name = i + 1 < words.size() ? words[i + 1].text : std::string_view{};
      const Method* method = find_method(name);
      if (method == nullptr &&
          std::find(kUnbuiltMethods.begin(), kUnbuiltMethods.end(), name) != kUnbuiltMethods.end())
        return tl::unexpected{fault_at(
            i + 1,
            fmt::format("'-m {}' is known but not built yet in this version of proxyd", name))};
      if (method == nullptr)
        return tl::unexpected{fault_at(
            i + 1, fmt::format("unknown matching method '{}' when parsing ACL expression.", name))};
      flags.match = method->match;
      ++i;
    } else if (flag == "-f" || flag == "-M" || flag == "-u") {
      return tl::unexpected{fault_at(
          i, fmt::format("'{}' is known but not built yet in this version of proxyd", flag),
          flag == "-f" ? "write the patterns on the acl line" : "")};
    } else {
      return tl::unexpected{fault_at(
          i, fmt::format("'{}' is not a valid ACL option. Please use '--' before any pattern "
                         "beginning with a '-'.",
                         flag))};
    }
  }
  flags.patterns = i;
  return flags;
}

enum class Operator : std::uint8_t { Eq, Ge, Gt, Le, Lt };
constexpr auto kOperators =
    std::to_array<std::pair<std::string_view, Operator>>({{"eq", Operator::Eq},
                                                          {"ge", Operator::Ge},
                                                          {"gt", Operator::Gt},
                                                          {"le", Operator::Le},
                                                          {"lt", Operator::Lt}});

/// "5", "5:", ":5", "1:10" under an operator; nothing when it is no number.
std::optional<AclTerm::Range> read_range(std::string_view text, Operator how) {
  AclTerm::Range range{INT64_MIN, INT64_MAX};
  const std::size_t colon = text.find(':');
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = colon == std::string_view::npos ? low : text.substr(colon + 1);
  if (low.empty() && high.empty()) return std::nullopt;
  if (!low.empty()) {
    const auto number = lib::base::parse_number<std::int64_t>(low);
    if (!number.has_value()) return std::nullopt;
    range.low = *number;
  }
  if (!high.empty()) {
    const auto number = lib::base::parse_number<std::int64_t>(high);
    if (!number.has_value()) return std::nullopt;
    range.high = *number;
  }
  switch (how) {
    case Operator::Eq:
      break;
    case Operator::Ge:
      range.high = INT64_MAX;
      break;
    case Operator::Gt:
      range = {range.high == INT64_MAX ? range.high : range.high + 1, INT64_MAX};
      break;
    case Operator::Le:
      range.low = INT64_MIN;
      break;
    case Operator::Lt:
      range = {INT64_MIN, range.low == INT64_MIN ? range.low : range.low - 1};
      break;
  }
  return range;
}

Compiled<bool> read_ranges(Words words, std::size_t first, AclTerm& term) {
  Operator how = Operator::Eq;
  bool first_word = true;
  for (std::size_t i = first; i < words.size(); ++i) {
    const std::string_view text = words[i].text;
    const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                     [&](const auto& each) { return each.first == text; });
    if (found != kOperators.end()) {
      how = found->second;
      first_word = false;
      continue;
    }
    const auto range = read_range(text, how);
    if (!range.has_value())
      return tl::unexpected{fault_at(
          i, first_word ? fmt::format("'{}' is not a number.", text)
                        : fmt::format("'{}' is neither a number nor a supported operator.", text))};
    term.ranges.push_back(*range);
    first_word = false;
  }
  return true;
}

Compiled<bool> read_networks(Words words, std::size_t first, const Flags& flags,
                             ResolveName resolve, AclTerm& term) {
  for (std::size_t i = first; i < words.size(); ++i) {
    const std::string_view text = words[i].text;
    auto network = lib::net::Prefix::parse(text);
    if (!network.has_value() && resolve != nullptr && !flags.numeric_only &&
        !lib::base::is_digit(text.front()) && text.find_first_of(":/") == std::string_view::npos) {
      if (const auto address = resolve(text))
        network =
            lib::net::Prefix{*address, static_cast<std::uint8_t>(address->is_ipv4() ? 32 : 128)};
    }
    if (!network.has_value())
      return tl::unexpected{
          fault_at(i, fmt::format("'{}' is not a valid IPv4 or IPv6 address.", text))};
    term.networks.push_back(*network);
  }
  return true;
}

void read_texts(Words words, std::size_t first, AclTerm& term) {
  term.texts.reserve(words.size() - first);
  for (std::size_t i = first; i < words.size(); ++i) {
    std::string& text = term.texts.emplace_back(words[i].text);
    if (!term.ignore_case) continue;
    for (char& c : text) c = lib::base::to_lower(c);
  }
}

std::string never_warning(std::string_view keyword) {
  return fmt::format(
      "parsing acl keyword '{}' :\n"
      "  no pattern to match against were provided, so this ACL will never match.\n"
      "  If this is what you intended, please add '--' to get rid of this warning.\n"
      "  If you intended to match only for existence, please use '-m found'.\n"
      "  If you wanted to force an int to match as a bool, please use '-m bool'.",
      keyword);
}

AclFault from_sample(const samples::Fault& fault) {
  return {fault.message, 0, fault.offset, fault.length, {}};
}

/// A fault of the expression's syntax, with what the original says around it on ACL lines.
AclFault from_syntax(const parsers::haproxy::TextFault& fault, std::string_view text) {
  constexpr std::string_view kNoComma = "missing comma after fetch keyword";
  const std::string_view keyword = text.substr(0, text.find_first_of("(,"));
  std::string message = fault.message;
  if (message.starts_with(kNoComma))
    message = fmt::format("ACL keyword '{}' : {}..", keyword, kNoComma);
  if (message.ends_with("expected ')'")) message += fmt::format(" in ACL expression '{}'.", text);
  return {std::move(message), 0, fault.offset, fault.length, {}};
}

Compiled<bool> read_expression(const Word& word, AclTerm& term) {
  const auto parsed = parsers::haproxy::parse_sample(word.text);
  if (!parsed.has_value()) return tl::unexpected{from_syntax(parsed.error(), word.text)};
  const std::string_view keyword = parsed->fetch.name;
  const Resolved resolved = resolve_keyword(keyword);
  if (resolved.fetch.empty() || resolved.unbuilt) {
    const std::size_t suffix = keyword.rfind('_');
    const bool derived_known =
        suffix != std::string_view::npos && samples::is_known_fetch(keyword.substr(0, suffix)) &&
        (find_method(keyword.substr(suffix + 1)) != nullptr || keyword.ends_with("_reg"));
    if (resolved.unbuilt || derived_known || samples::is_known_fetch(keyword))
      return tl::unexpected{AclFault{
          fmt::format("'{}' is known but not built yet in this version of proxyd", keyword),
          0,
          0,
          keyword.size(),
          {}}};
    return tl::unexpected{AclFault{
        fmt::format("unknown fetch method '{}' in ACL expression '{}'.", keyword, word.text),
        0,
        0,
        keyword.size(),
        {}}};
  }
  const std::string shown = fmt::format("ACL keyword '{}'", keyword);
  auto fetch = samples::compile_fetch(parsed->fetch, resolved.fetch, shown);
  if (!fetch.has_value()) return tl::unexpected{from_sample(fetch.error())};
  auto whole = samples::compile_converters(std::move(*fetch), parsed->converters, shown);
  if (!whole.has_value()) return tl::unexpected{from_sample(whole.error())};
  term.expression = std::move(*whole);
  term.match = resolved.match.value_or(default_match(term.expression->type()));
  return true;
}

}  // namespace

lib::base::Result<AclLine, AclFault> compile_acl(Words words, ResolveName resolve) {
  if (words.empty())
    return tl::unexpected{fault_at(0, "missing fetch method in ACL expression ''.")};
  AclLine line;
  AclTerm& term = line.term;
  if (auto read = read_expression(words[0], term); !read.has_value())
    return tl::unexpected{read.error()};
  auto flags = read_flags(words);
  if (!flags.has_value()) return tl::unexpected{flags.error()};
  if (flags->match.has_value()) term.match = *flags->match;
  term.ignore_case = flags->ignore_case;
  const bool has_patterns = flags->patterns < words.size();
  Compiled<bool> read = true;
  switch (term.match) {
    case Match::Found:
    case Match::Bool:
      return line;
    case Match::Int:
    case Match::Len:
      read = read_ranges(words, flags->patterns, term);
      break;
    case Match::Ip:
      read = read_networks(words, flags->patterns, *flags, resolve, term);
      break;
    case Match::Str:
    case Match::Beg:
    case Match::End:
    case Match::Sub:
    case Match::Dir:
    case Match::Dom:
      read_texts(words, flags->patterns, term);
      break;
  }
  if (!read.has_value()) return tl::unexpected{read.error()};
  // A flag shows that the line was thought about; the original warns about bare keywords only.
  if (!has_patterns && words.size() == 1) line.warning = never_warning(words[0].text);
  return line;
}

}  // namespace proxyd::rules

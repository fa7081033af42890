#include "proxyd/rules/acl_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.h"
#include "parsers/haproxy/sample.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/table.h"

namespace proxyd::rules {
namespace {

using parsers::haproxy::Word;
using patterns::Method;
using samples::Environment;
using samples::Type;
using Words = std::span<const Word>;
template <class T>
using Compiled = lib::base::Result<T, AclFault>;

AclFault fault_at(std::size_t word, std::string message, std::string hint = {}) {
  return {std::move(message), word, 0, 0, std::move(hint)};
}

/// Nothing where the line must say it.
std::optional<Method> default_match(Type type) {
  switch (type) {
    case Type::Bool: return Method::Bool;
    case Type::Int: return Method::Int;
    case Type::Address: return Method::Ip;
    case Type::Binary: return Method::Bin;
    case Type::Text:
    case Type::Method: return Method::Str;
    default: return std::nullopt;
  }
}

/// The fetch that a keyword stands for: itself, or the base of a derived one ("path_beg").
struct Resolved {
  std::string fetch;
  std::optional<Method> match;
  bool is_acl_keyword = false;  // the original then words its faults in another way
};

Resolved resolve_keyword(std::string_view keyword) {
  if (const samples::Fetch* fetch = samples::find_fetch(keyword); fetch != nullptr)
    return {std::string{keyword}, std::nullopt, fetch->has_derivatives && keyword.find('.') == std::string_view::npos};
  const std::size_t at = keyword.rfind('_');
  if (at == std::string_view::npos) return {};
  const samples::Fetch* const fetch = samples::find_fetch(keyword.substr(0, at));
  const patterns::MethodRow* const method = patterns::find_method(keyword.substr(at + 1));
  if (fetch == nullptr || !fetch->has_derivatives || method == nullptr || !method->is_suffix) return {};
  return {std::string{keyword.substr(0, at)}, method->method, true};
}

struct File {
  std::string_view name;
  std::size_t word;
  patterns::Case fold;
};

struct Flags {
  std::optional<Method> match;
  patterns::Case fold = patterns::Case::Kept;
  std::size_t patterns = 0;  // index of the first pattern
  bool numeric_only = false, is_map = false;
  std::optional<std::uint32_t> id;
  std::vector<File> files;
};

Compiled<bool> read_valued_flag(Words words, std::size_t i, Flags& flags) {
  const std::string_view flag = words[i].text;
  const std::string_view value = i + 1 < words.size() ? words[i + 1].text : std::string_view{};
  if (flag == "-m") {
    const patterns::MethodRow* const method = patterns::find_method(value);
    if (method == nullptr)
      return tl::unexpected{
          fault_at(i + 1, fmt::format("unknown matching method '{}' when parsing ACL expression.", value))};
    flags.match = method->method;
  } else if (flag == "-u") {
    const auto id = lib::base::parse_number<std::uint32_t>(value);
    if (!id)
      return tl::unexpected{fault_at(i + 1, fmt::format("the argument of -u must be a positive integer, got '{}'.", value))};
    flags.id = *id;
  } else {
    flags.files.push_back({value, i + 1, flags.fold});
  }
  return true;
}

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
      flags.fold = patterns::Case::Ignored;
    } else if (flag == "-n") {
      flags.numeric_only = true;
    } else if (flag == "-M") {
      flags.is_map = true;
    } else if (flag == "-m" || flag == "-u" || flag == "-f") {
      if (auto read = read_valued_flag(words, i, flags); !read) return tl::unexpected{std::move(read.error())};
      ++i;
    } else {
      return tl::unexpected{fault_at(i, fmt::format("'{}' is not a valid ACL option. Please use '--' before any pattern "
                                                    "beginning with a '-'.",
                                                    flag))};
    }
  }
  flags.patterns = std::min(i, words.size());
  return flags;
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

/// A fault of the expression's syntax, with what the original says around it on ACL lines.
AclFault from_syntax(const parsers::haproxy::TextFault& fault, std::string_view text) {
  constexpr std::string_view kNoComma = "missing comma after fetch keyword";
  const std::string_view keyword = text.substr(0, text.find_first_of("(,"));
  std::string message = fault.message;
  if (message.starts_with(kNoComma)) message = fmt::format("ACL keyword '{}' : {}..", keyword, kNoComma);
  if (message.ends_with("expected ')'")) message += fmt::format(" in ACL expression '{}'.", text);
  return {std::move(message), 0, fault.offset, fault.length, {}};
}

Compiled<Resolved> read_expression(const Word& word, Environment& environment, AclTerm& term) {
  const auto parsed = parsers::haproxy::parse_sample(word.text);
  if (!parsed) return tl::unexpected{from_syntax(parsed.error(), word.text)};
  const std::string_view keyword = parsed->fetch.name;
  Resolved resolved = resolve_keyword(keyword);
  if (resolved.fetch.empty()) {
    const std::size_t suffix = keyword.rfind('_');
    const bool is_known = samples::is_known_fetch(keyword) ||
                          (suffix != std::string_view::npos && samples::is_known_fetch(keyword.substr(0, suffix)) &&
                           patterns::find_method(keyword.substr(suffix + 1)) != nullptr);
    std::string message = is_known
                              ? fmt::format("'{}' is known but not built yet in this version of proxyd", keyword)
                              : fmt::format("unknown fetch method '{}' in ACL expression '{}'.", keyword, word.text);
    return tl::unexpected{AclFault{std::move(message), 0, 0, keyword.size(), {}}};
  }
  environment.used_by = fmt::format("ACL keyword '{}'", keyword);
  auto expression = samples::compile(*parsed, environment, resolved.fetch);
  if (!expression) {
    samples::Fault& fault = expression.error();
    const std::string said_by = fmt::format("fetch method '{}' : ", keyword);
    const bool of_fetch = resolved.is_acl_keyword && fault.message.starts_with(said_by);
    if (of_fetch) fault.message.erase(0, said_by.size());
    std::string message = resolved.is_acl_keyword ? fmt::format("ACL keyword '{}' : {}{}", keyword, fault.message, of_fetch ? "." : "..")
                                                  : fmt::format("{} in ACL expression '{}'.", fault.message, word.text);
    return tl::unexpected{AclFault{std::move(message), 0, fault.offset, fault.length, {}}};
  }
  term.expression = std::move(*expression);
  return resolved;
}

/// The keyword alone: "hdr" of "hdr(host),lower".
std::string_view keyword_of(Words words) { return words[0].text.substr(0, words[0].text.find_first_of("(,")); }

/// The list of the line's own patterns. There is always one: commands may fill it.
Compiled<std::shared_ptr<patterns::List>> make_list(Words words, const Flags& flags, Environment& environment) {
  auto list = environment.library->make_list(fmt::format("acl '{}' {}", keyword_of(words), environment.place_in_words()));
  if (flags.id && !environment.library->set_id(*list, *flags.id))
    return tl::unexpected{fault_at(0, fmt::format("the unique id \"{}\" is already used.", *flags.id))};
  return list;
}

/// A number under an operator is kept as a range, in the form that needs none; else the word as it stands.
std::string pattern_of(std::string_view text, patterns::Operator how) {
  if (how == patterns::Operator::Eq) return std::string{text};
  const auto range = patterns::parse_range(text, how);
  return range ? patterns::text_of(*range) : std::string{text};
}

/// The patterns of the line itself.
Compiled<bool> read_words(Words words, const Flags& flags, Environment& environment, AclTerm& term) {
  auto made = make_list(words, flags, environment);
  if (!made) return tl::unexpected{std::move(made.error())};
  patterns::List& list = **made;
  auto table = std::make_shared<patterns::Table>(*made, term.match, flags.fold);
  list.note_use({term.match, flags.fold, patterns::ValueKind::None, table.get()});
  patterns::Operator how = patterns::Operator::Eq;
  bool is_first = true;
  for (std::size_t i = flags.patterns; i < words.size(); ++i) {
    const std::string_view text = words[i].text;
    const auto found = patterns::compares_numbers(term.match) ? patterns::find_operator(text) : std::nullopt;
    if (found) {
      how = *found;
      is_first = false;
      continue;
    }
    const std::uint32_t entry = list.add(patterns::compares_numbers(term.match) ? pattern_of(text, how) : text, {});
    const std::string fault = table->index(entry, flags.numeric_only ? nullptr : environment.resolve);
    if (!fault.empty() && patterns::compares_numbers(term.match) && !is_first)
      return tl::unexpected{fault_at(i, fmt::format("'{}' is neither a number nor a supported operator.", text))};
    if (!fault.empty()) return tl::unexpected{fault_at(i, fault + ".")};
    is_first = false;
  }
  term.tables.push_back(std::move(table));
  return true;
}

Compiled<bool> read_files(const Flags& flags, Environment& environment, AclTerm& term) {
  const auto kind = flags.is_map ? patterns::ListKind::Map : patterns::ListKind::Patterns;
  const std::string place = (flags.is_map ? "by map at " : "by acl at ") + environment.place_in_words();
  const patterns::Library::User user{place, false, patterns::ValueKind::None};
  for (const File& each : flags.files) {
    auto table = environment.library->load(each.name, kind, term.match, each.fold,
                                           flags.numeric_only ? nullptr : environment.resolve, user);
    if (!table) return tl::unexpected{fault_at(each.word, table.error() + ".")};
    term.tables.push_back(std::move(*table));
  }
  return true;
}

}  // namespace

lib::base::Result<AclLine, AclFault> compile_acl(Words words, Environment& environment) {
  if (words.empty()) return tl::unexpected{fault_at(0, "missing fetch method in ACL expression ''.")};
  AclLine line;
  AclTerm& term = line.term;
  const auto resolved = read_expression(words[0], environment, term);
  if (!resolved) return tl::unexpected{resolved.error()};
  auto flags = read_flags(words);
  if (!flags) return tl::unexpected{std::move(flags.error())};
  std::optional<Method> match = flags->match;
  if (!match) match = resolved->match;
  if (!match) match = default_match(term.expression->type());
  if (!match)
    return tl::unexpected{fault_at(0, fmt::format("matching method must be specified first (using '-m') when using a "
                                                  "sample fetch of this type ('{}').",
                                                  resolved->fetch))};
  term.match = *match;
  if (term.match == Method::Found || term.match == Method::Bool) {
    auto list = make_list(words, *flags, environment);
    if (!list) return tl::unexpected{std::move(list.error())};
    (*list)->note_use({term.match, flags->fold});
    for (std::size_t i = flags->patterns; i < words.size(); ++i) (void)(*list)->add(words[i].text, {});
    return line;
  }
  if (auto read = read_files(*flags, environment, term); !read) return tl::unexpected{std::move(read.error())};
  const bool has_words = flags->patterns < words.size();
  if (auto read = read_words(words, *flags, environment, term); !read) return tl::unexpected{std::move(read.error())};
  // A flag shows that the line was thought about; the original warns about bare keywords only.
  if (!has_words && words.size() == 1) line.warning = never_warning(words[0].text);
  return line;
}

}  // namespace proxyd::rules

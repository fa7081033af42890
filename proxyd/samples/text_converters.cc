// Converters of whole texts: case, order, ends, joins, substitutions.
#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

/// A copy that may be changed.
std::span<char> copy_of(const Sample& sample, Context& context) {
  const std::span<char> room = context.arena().take(sample.text.size());
  if (!sample.text.empty()) std::memcpy(room.data(), sample.text.data(), sample.text.size());
  return room;
}

bool give(Sample& sample, std::span<const char> text) {
  sample.type = Type::Text;
  sample.text = text.empty() ? std::string_view{"", 0} : std::string_view{text.data(), text.size()};
  return true;
}

bool to_lower_case(const Arguments&, Context& context, Sample& sample) {
  const std::span<char> room = copy_of(sample, context);
  for (char& c : room) c = lib::base::to_lower(c);
  return give(sample, room);
}

bool to_upper_case(const Arguments&, Context& context, Sample& sample) {
  const std::span<char> room = copy_of(sample, context);
  for (char& c : room) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return give(sample, room);
}

bool length_of(const Arguments&, Context&, Sample& sample) {
  return sample.set_number(static_cast<std::int64_t>(sample.text.size()));
}

bool reverse(const Arguments&, Context& context, Sample& sample) {
  const std::span<char> room = copy_of(sample, context);
  std::reverse(room.begin(), room.end());
  return give(sample, room);
}

bool reverse_labels(const Arguments&, Context& context, Sample& sample) {
  const std::span<char> room = context.arena().take(sample.text.size());
  std::size_t out = 0;
  std::string_view rest = sample.text;
  while (true) {
    const std::size_t dot = rest.rfind('.');
    const std::string_view label = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    if (!label.empty()) std::memcpy(room.data() + out, label.data(), label.size());
    out += label.size();
    if (dot == std::string_view::npos) break;
    room[out++] = '.';
    rest = rest.substr(0, dot);
  }
  return give(sample, room);
}

bool trim_left(const Arguments& arguments, Context&, Sample& sample) {
  const std::size_t at = sample.text.find_first_not_of(arguments.text(0));
  sample.text = at == std::string_view::npos ? std::string_view{"", 0} : sample.text.substr(at);
  return true;
}

bool trim_right(const Arguments& arguments, Context&, Sample& sample) {
  const std::size_t at = sample.text.find_last_not_of(arguments.text(0));
  sample.text = at == std::string_view::npos ? std::string_view{"", 0} : sample.text.substr(0, at + 1);
  return true;
}

bool cut_line(const Arguments&, Context&, Sample& sample) {
  sample.text = sample.text.substr(0, sample.text.find_first_of("\r\n"));
  return true;
}

bool if_then_else(const Arguments& arguments, Context&, Sample& sample) {
  return give(sample, arguments.text(sample.number != 0 ? 0 : 1));
}

bool join(std::initializer_list<std::string_view> pieces, Context& context, Sample& sample) {
  std::size_t size = 0;
  for (const std::string_view each : pieces) size += each.size();
  const std::span<char> room = context.arena().take(size);
  std::size_t at = 0;
  for (const std::string_view each : pieces) {
    if (!each.empty()) std::memcpy(room.data() + at, each.data(), each.size());
    at += each.size();
  }
  return give(sample, room);
}

bool concat(const Arguments& arguments, Context& context, Sample& sample) {
  const std::string_view inner = variable_text(arguments, 1, context);
  return join({sample.text, arguments.text(0), inner, arguments.text(2)}, context, sample);
}

/// The delimiter only stands between two things.
bool add_item(const Arguments& arguments, Context& context, Sample& sample) {
  const std::string_view inner = variable_text(arguments, 1, context);
  const bool adds = !inner.empty() || !arguments.text(2).empty();
  const std::string_view delimiter = adds && !sample.text.empty() ? arguments.text(0) : std::string_view{};
  return join({sample.text, delimiter, inner, arguments.text(2)}, context, sample);
}

std::string check_variable_second(Arguments& arguments, Environment& environment) {
  if (!arguments.has(1)) return {};
  Argument& argument = arguments.list[1];
  const auto variable = environment.variables->find_or_add(argument.text);
  if (!variable) return "failed to register variable name '" + argument.text + "'";
  argument.variable = *variable;
  argument.is_variable = true;
  return {};
}

std::string check_add_item(Arguments& arguments, Environment& environment) {
  if (!arguments.has(1) && !arguments.has(2)) return "one of the optional arguments has to be nonempty";
  return check_variable_second(arguments, environment);
}

std::string check_regsub(Arguments& arguments, Environment&) {
  const std::string_view flags = arguments.text(2);
  for (const char c : flags)
    if (c != 'i' && c != 'g') return std::string{"unknown regex flag '"} + c + "', only 'i' and 'g' are supported";
  const bool ignores_case = flags.find('i') != std::string_view::npos;
  auto regex = patterns::Regex::compile(arguments.text(0), ignores_case ? patterns::Case::Ignored : patterns::Case::Kept);
  if (!regex) return regex.error();
  arguments.list[0].regex = std::move(*regex);
  return {};
}

/// The replacement with "\1" and its kin filled in.
void expand(std::string_view replacement, std::string_view text, const patterns::Groups& groups, TextOutput& out) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out.put(replacement[i]);
      continue;
    }
    const char next = replacement[++i];
    if (lib::base::is_digit(next)) out.put(groups.get(text, static_cast<std::size_t>(next - '0')));
    else out.put(next);
  }
}

bool substitute(const Arguments& arguments, Context& context, Sample& sample) {
  const patterns::Regex& regex = *arguments.list[0].regex;
  const std::string_view text = sample.text;
  const bool all = arguments.text(2).find('g') != std::string_view::npos;
  patterns::Groups& groups = context.scratch.workspace.groups;
  TextOutput out{context.arena()};
  std::size_t at = 0;
  while (at <= text.size() && regex.find(text, groups, at)) {
    const std::size_t begin = groups.begin(), end = groups.end();
    if (begin < at || end < begin) break;  // \K within a lookahead
    out.put(text.substr(at, begin - at));
    expand(arguments.text(1), text, groups, out);
    at = end;
    if (end == begin) {  // an empty match: the character behind it stays
      if (at < text.size()) out.put(text[at]);
      ++at;
    }
    if (!all) break;
  }
  if (at < text.size()) out.put(text.substr(at));
  sample.type = Type::Text;
  sample.text = out.finish();
  return true;
}

/// One "fr-CH;q=0.8" of an Accept-Language header.
struct Wish {
  std::string_view language;
  int quality = 1000;
};

Wish parse_wish(std::string_view text) {
  Wish wish;
  const std::size_t semicolon = text.find(';');
  wish.language = lib::base::trim(text.substr(0, semicolon));
  if (semicolon == std::string_view::npos) return wish;
  std::string_view rest = lib::base::trim(text.substr(semicolon + 1));
  if (!rest.starts_with("q=")) return wish;
  rest.remove_prefix(2);
  wish.quality = 0;
  int digit = 1000;
  for (const char c : rest) {
    if (c == '.') continue;
    if (!lib::base::is_digit(c)) break;
    wish.quality += (c - '0') * digit;
    digit /= 10;
  }
  return wish;
}

bool choose_language(const Arguments& arguments, Context&, Sample& sample) {
  std::string_view best;
  int best_quality = 0;
  for (std::string_view rest = sample.text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const Wish wish = parse_wish(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (wish.quality <= best_quality || wish.language.empty()) continue;
    for (std::string_view known = arguments.text(0); !known.empty();) {
      const std::size_t end = known.find(';');
      const std::string_view each = known.substr(0, end);
      known = end == std::string_view::npos ? std::string_view{} : known.substr(end + 1);
      if (each != wish.language) continue;
      best = each;
      best_quality = wish.quality;
      break;
    }
  }
  if (best.empty()) best = arguments.text(1);
  if (best.empty()) return false;
  return give(sample, best);
}

constexpr auto kRows = std::to_array<Converter>({
    {"add_item", Type::Text, Type::Text, "s?ss", add_item, check_add_item},
    {"concat", Type::Text, Type::Text, "?sss", concat, check_variable_second},
    {"cut_crlf", Type::Text, Type::Text, "", cut_line},
    {"iif", Type::Bool, Type::Text, "ss", if_then_else},
    {"language", Type::Text, Type::Text, "s?s", choose_language},
    {"length", Type::Text, Type::Int, "", length_of},
    {"lower", Type::Text, Type::Text, "", to_lower_case},
    {"ltrim", Type::Text, Type::Text, "s", trim_left},
    {"regsub", Type::Text, Type::Text, "rs?s", substitute, check_regsub},
    {"reverse", Type::Text, Type::Text, "", reverse},
    {"reverse_dom", Type::Text, Type::Text, "", reverse_labels},
    {"rtrim", Type::Text, Type::Text, "s", trim_right},
    {"upper", Type::Text, Type::Text, "", to_upper_case},
});

}  // namespace

std::span<const Converter> text_converters() { return kRows; }

}  // namespace proxyd::samples

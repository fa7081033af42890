#include "parsers/keepalived/lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "lib/base/text.h"

namespace parsers::keepalived {

using lib::base::parse_number;
using lib::base::trim;

namespace {

constexpr std::size_t kLongestLine = 1023;
constexpr unsigned kDeepest = 32;             // includes in includes, definitions in definitions
constexpr std::size_t kMostLines = 4'000'000;
constexpr std::size_t kBytesAnExpansion = 320;  // on an average: what definitions and sequences may make
constexpr std::size_t kMostBytes = 256U << 20;  // read by includes: a file may include itself twice
constexpr std::string_view kWhite = " \t\f\v\r";

bool starts_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) { return starts_name(c) || lib::base::is_digit(c); }

std::string_view strip(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

std::string_view name_at(std::string_view text) {
  std::size_t end = 0;
  if (text.empty() || !starts_name(text[0])) return {};
  while (end < text.size() && in_name(text[end])) ++end;
  return text.substr(0, end);
}

/// Splits "a, b, c" at commas outside braces.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == ',' && (depth <= 0 || i == text.size())) {
      out.push_back(strip(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return out;
}

/// "{a,b}" gives a, b; anything else is one value.
std::vector<std::string_view> values_of(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) return split_list(text.substr(1, text.size() - 2));
  return {text};
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> out;
  for (text = strip(text); !text.empty(); text = strip(text)) {
    const std::size_t end = std::min(text.find_first_of(kWhite), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::string without_comment(std::string_view text) {
  if (text.find_first_of("#!") == std::string_view::npos) return std::string{text};
  std::string out;
  bool in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = c == '\\' && i + 1 < text.size() && (text[i + 1] == '#' || text[i + 1] == '!');
    if (escapes && !in_quotes) {
      out += text[++i];
      continue;
    }
    const bool escaped_quote = in_quotes && c == '\\' && i + 1 < text.size() && text[i + 1] == '"';
    if (escaped_quote) {
      out += c;
      out += text[++i];
      continue;
    }
    if (c == '"') in_quotes = !in_quotes;
    if (!in_quotes && (c == '#' || c == '!')) break;
    out += c;
  }
  return out;
}

LineReader::LineReader(const FileReader& files, Settings settings, Tree& tree, Findings& findings)
    : files_{files}, settings_{std::move(settings)}, tree_{tree}, findings_{findings} {}

void LineReader::read_pattern(std::string_view pattern) {
  const FileReader::Match match = files_.read(pattern, {});
  if (match.files.empty()) {
    findings_.about(Complaint::Said, {}, match.has_wildcard ? "No config files matched '" + std::string{pattern} + "'."
                                                           : "Config files missing '" + std::string{pattern} + "'.");
    return;
  }
  if (match.files.size() > 1)
    findings_.about(Complaint::MultipleFiles, {}, "WARNING, multiple configuration file matches of " + std::string{pattern} +
                                                      ", starting with " + match.files.front().name);
  for (const FileText& file : match.files) {
    if (!file.problem.empty()) {
      findings_.about(Complaint::Said, {}, "Configuration file '" + file.name + "' " + file.problem + " - skipping");
      continue;
    }
    const std::size_t slash = file.name.rfind('/');
    read_source(file.name, file.text, slash == std::string::npos ? "" : file.name.substr(0, slash), 0);
  }
}

void LineReader::read_text(std::string name, std::string text) { read_source(std::move(name), std::move(text), "", 0); }

void LineReader::read_source(std::string name, std::string text, std::string directory, unsigned depth) {
  const auto source = std::make_shared<const Source>(std::move(name), std::move(text));
  tree_.sources.push_back(source);
  std::string_view rest = source->text();
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const At at{.source = source.get(), .line = number, .directory = directory, .depth = depth};
    if (line.size() > kLongestLine) {
      findings_.at(Complaint::General, place(at), "line too long - ignoring");
      continue;
    }
    if (line.find('\0') != std::string_view::npos) {
      findings_.at(Complaint::General, place(at), "configuration appears to have embedded NULs - ignoring line");
      continue;
    }
    on_line(std::string{line}, at);
  }
  if (!open_definition_.empty()) open_definition_.clear();
}

bool LineReader::apply_condition(std::string& text) const {
  if (!text.starts_with('@')) return true;
  std::size_t at = 1;
  const bool negated = text.size() > 1 && text[1] == '^';
  at += negated ? 1 : 0;
  const std::size_t end = std::min(text.find_first_of(kWhite, at), text.size());
  const bool same = std::string_view{text}.substr(at, end - at) == settings_.config_id;
  text = std::string{strip(std::string_view{text}.substr(end))};
  return same != negated;
}

void LineReader::on_line(std::string text, At at) {
  const std::string_view whole = text;
  if (!open_definition_.empty()) {
    // A comment within a definition hides its text, not the backslash that goes on.
    std::string inside{strip(without_comment(whole))};
    if (strip(whole).ends_with('\\') && !inside.ends_with('\\')) inside += '\\';
    return continue_definition(inside);
  }
  std::string line = without_comment(whole);
  const std::string_view bare = strip(line);
  if (bare.empty()) return;
  if (bare[0] == '@' || bare[0] == '$' || bare[0] == '~' || bare.find('$') != std::string_view::npos ||
      bare.starts_with("include"))
    return on_expanded(bare, at);
  if (lines_.size() < kMostLines)
    lines_.push_back({.source = at.source, .line = at.line, .is_original = at.is_original, .text = std::move(line)});
}

void LineReader::on_expanded(std::string_view bare, At at) {
  std::string text{bare};
  if (at.depth > kDeepest) return findings_.at(Complaint::General, place(at), "definitions or includes are nested too deeply - ignoring");
  expanded_bytes_ += text.size();
  if (++expansions_ > settings_.budget || expanded_bytes_ > settings_.budget * kBytesAnExpansion) {
    if (!is_spent_) findings_.at(Complaint::General, place(at), "definitions and sequences make too many lines - ignoring the rest");
    is_spent_ = true;
    return;
  }
  if (!apply_condition(text) || text.empty()) return;
  if (start_definition(text)) return;
  if (text.starts_with("~SEQ") && on_sequence(text, at)) return;
  if (text.starts_with("~LST") && on_list(text, at)) return;
  bool changed = text.size() != bare.size();
  text = expand(std::move(text), at, changed);
  if (changed) {
    at.is_original = false;
    ++at.depth;
    const std::vector<std::string_view> pieces = lib::base::split(text, '\n');
    if (pieces.size() > 1) {
      for (const std::string_view piece : pieces)
        if (const std::string_view one = strip(piece); !one.empty() && !is_spent_) on_expanded(one, at);
      return;
    }
    text = std::string{strip(without_comment(text))};
    if (text.empty()) return;
    if (text.starts_with("~SEQ") && on_sequence(text, at)) return;
    if (text.starts_with("~LST") && on_list(text, at)) return;
    if (start_definition(text)) return;
  }
  if (on_include(text, at)) return;
  if (lines_.size() >= kMostLines) return;
  // The original's own columns, where the line is as it was written.
  std::string shown = at.is_original && at.source != nullptr ? without_comment(at.source->line(at.line)) : text;
  lines_.push_back({.source = at.source, .line = at.line, .is_original = at.is_original, .text = std::move(shown)});
}

// ---- definitions

bool LineReader::start_definition(std::string_view text) {
  if (!text.starts_with('$')) return false;
  const std::string_view name = name_at(text.substr(1));
  const std::size_t equals = 1 + name.size();
  if (name.empty() || equals >= text.size() || text[equals] != '=') return false;
  std::string_view value = strip(text.substr(equals + 1));
  const bool goes_on = value.ends_with('\\');
  if (goes_on) value = strip(value.substr(0, value.size() - 1));
  definitions_[std::string{name}] = std::string{value};
  if (goes_on) open_definition_ = name;
  return true;
}

void LineReader::continue_definition(std::string_view text) {
  const bool goes_on = text.ends_with('\\');
  if (goes_on) text = strip(text.substr(0, text.size() - 1));
  std::string& value = definitions_[open_definition_];
  if (!value.empty()) value += '\n';
  value += text;
  if (!goes_on) open_definition_.clear();
}

std::string LineReader::value_of(std::string_view inside, const At& at, bool& known) {
  known = true;
  const std::string_view name = inside.substr(0, std::min(inside.find_first_of(kWhite), inside.size()));
  if (const auto found = definitions_.find(name); found != definitions_.end() && name.size() == inside.size()) return found->second;
  const std::string_view rest = strip(inside.substr(name.size()));
  if (name == "_PWD") return std::string{at.directory.empty() ? "." : at.directory};
  if (name == "_INSTANCE") return settings_.config_id;
  if (name == "_HASH") return "#";
  if (name == "_BANG") return "!";
  if (name == "_ENV") {
    const char* const value = settings_.environment != nullptr ? settings_.environment(std::string{rest}.c_str()) : nullptr;
    return value != nullptr ? value : "";
  }
  if (name == "_RANDOM") {
    std::uint32_t low = 0, high = 32767;
    const auto bounds = lib::base::split(rest, ' ');
    if (!rest.empty()) low = parse_number<std::uint32_t>(bounds[0]).value_or(low);
    if (bounds.size() > 1) high = parse_number<std::uint32_t>(bounds[1]).value_or(high);
    settings_.random_seed = settings_.random_seed * 1664525U + 1013904223U;  // variety, not secrecy
    return std::to_string(high > low ? low + (settings_.random_seed >> 8) % (high - low + 1) : low);
  }
  known = false;
  return {};
}

std::string LineReader::expand(std::string text, const At& at, bool& changed) {
  std::size_t from = 0;
  for (unsigned rounds = 0; rounds < 256; ++rounds) {
    const std::size_t dollar = text.find('$', from);
    if (dollar == std::string::npos) break;
    std::string_view rest = std::string_view{text}.substr(dollar + 1);
    std::string_view inside;
    std::size_t length = 0;
    if (rest.starts_with('{')) {
      const std::size_t close = rest.find('}');
      if (close != std::string_view::npos) {
        inside = rest.substr(1, close - 1);
        length = close + 2;
      }
    } else {
      inside = name_at(rest);
      length = inside.size() + 1;
      const char next = inside.size() < rest.size() ? rest[inside.size()] : ' ';
      if (kWhite.find(next) == std::string_view::npos && next != ',' && next != ')') inside = {};
    }
    bool known = false;
    const std::string value = inside.empty() ? std::string{} : value_of(inside, at, known);
    if (!known || text.size() + value.size() > 65536) {
      from = dollar + 1;  // undefined names stay as they are
      continue;
    }
    text.replace(dollar, length, value);
    changed = true;
    from = dollar;
  }
  return text;
}

// ---- sequences

/// What is wrong, and that it is.
void LineReader::complain_sequence(const char* what, const char* kind, const std::string& text, const At& at) {
  findings_.at(Complaint::General, place(at), std::string{what} + " '" + text + "'");
  findings_.at(Complaint::General, place(at), std::string{"Invalid "} + kind + " specification '" + text + "'");
}

bool LineReader::on_sequence(const std::string& text, const At& at) {
  const bool hexadecimal = text.starts_with("~SEQx");
  const std::size_t open = hexadecimal ? 5 : 4;
  const std::size_t close = text.find(')');
  if (open >= text.size() || text[open] != '(') {
    findings_.at(Complaint::General, place(at), "Invalid ~SEQ specification '" + text + "'");
    return true;
  }
  if (close == std::string::npos) {
    complain_sequence("~SEQ missing terminating ')'", "~SEQ", text, at);
    return true;
  }
  bool ignored = false;
  const std::string inside = expand(text.substr(open + 1, close - open - 1), at, ignored);
  const auto parts = lib::base::split(inside, ',');
  std::vector<long> numbers;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto number = parse_number<long>(trim(parts[i]));
    if (!number) {
      complain_sequence("Invalid ~SEQ values", "~SEQ", text, at);
      return true;
    }
    numbers.push_back(*number);
  }
  if (numbers.empty() || numbers.size() > 3 || trim(parts[0]).empty()) {
    findings_.at(Complaint::General, place(at), "Invalid ~SEQ specification '" + text + "'");
    return true;
  }
  const long end = numbers.back();
  const long start = numbers.size() > 1 ? numbers[0] : end < 0 ? -1 : end == 0 ? 0 : 1;
  const long step = numbers.size() == 3 ? numbers[1] : end < start ? -1 : 1;
  if (step == 0 || (step > 0) != (end >= start) || std::abs((end - start) / step) > 65536) {
    complain_sequence("Invalid ~SEQ values", "~SEQ", text, at);
    return true;
  }
  const std::string name{trim(parts[0])};
  const std::string body{strip(std::string_view{text}.substr(close + 1))};
  const auto before = definitions_.find(name);
  const std::optional<std::string> saved = before == definitions_.end() ? std::nullopt : std::optional{before->second};
  At inner = at;
  ++inner.depth;
  inner.is_original = false;
  for (long value = start; (step > 0 ? value <= end : value >= end) && !is_spent_; value += step) {
    char digits[32];
    const auto done = std::to_chars(digits, digits + sizeof digits, value, hexadecimal ? 16 : 10);
    definitions_[name] = std::string{digits, done.ptr};
    on_expanded(body, inner);
  }
  if (saved) definitions_[name] = *saved;
  else definitions_.erase(name);
  return true;
}

bool LineReader::on_list(const std::string& text, const At& at) {
  std::size_t close = std::string::npos;
  int depth = 0;
  for (std::size_t i = 4; i < text.size() && close == std::string::npos; ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0 && i > 4) close = i;
  }
  if (text.size() < 6 || text[4] != '(' || close == std::string::npos) {
    findings_.at(Complaint::General, place(at), "Invalid ~LST specification '" + text + "'");
    return true;
  }
  bool ignored = false;
  const std::string inside = expand(text.substr(5, close - 5), at, ignored);
  const auto parts = split_list(inside);
  const auto names = values_of(parts[0]);
  const std::string body{strip(std::string_view{text}.substr(close + 1))};
  At inner = at;
  ++inner.depth;
  inner.is_original = false;
  for (std::size_t i = 1; i < parts.size() && !is_spent_; ++i) {
    const auto values = values_of(parts[i]);
    if (values.size() > names.size()) {
      complain_sequence("~LST specification has too many values", "~LST", text, at);
      return true;
    }
    for (std::size_t n = 0; n < names.size(); ++n)
      definitions_[std::string{names[n]}] = n < values.size() ? std::string{values[n]} : std::string{};
    on_expanded(body, inner);
  }
  for (const std::string_view name : names)
    if (const auto found = definitions_.find(name); found != definitions_.end()) definitions_.erase(found);
  return true;
}

// ---- includes

/// include_check [[+|-]TYPE ...]: without a type all; a sign changes what stands.
void LineReader::on_include_check(std::string_view line, const At& at) {
  struct Type {
    std::string_view name;
    char letter;
  };
  static constexpr auto kTypes = std::to_array<Type>({{"read", 'r'}, {"match", 'm'}, {"wildcard_match", 'w'}, {"brace_match", 'b'}});
  const auto words = split_words(line);
  if (words.size() < 2) {
    strictness_ = "rmwb";
    return;
  }
  if (words[1][0] != '+' && words[1][0] != '-') strictness_.clear();
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string_view name = words[i];
    const bool removes = name[0] == '-';
    if (removes || name[0] == '+') name.remove_prefix(1);
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& each) { return each.name == name; });
    if (type == kTypes.end()) {
      findings_.at(Complaint::General, place(at), "Unknown include_check type '" + std::string{words[i]} + "' - ignoring");
      continue;
    }
    std::erase(strictness_, type->letter);
    if (!removes) strictness_ += type->letter;
  }
}

bool LineReader::on_include(std::string_view text, const At& at) {
  if (!text.starts_with("include")) return false;
  if (text.starts_with("include_check")) {
    on_include_check(text, at);
    return false;  // global_defs has the keyword, too
  }
  std::string_view rest = text.substr(7);
  char form = 0;
  if (!rest.empty() && std::string_view{"rmwba"}.find(rest[0]) != std::string_view::npos) {
    form = rest[0];
    rest.remove_prefix(1);
  }
  if (rest.empty() || kWhite.find(rest[0]) == std::string_view::npos) return false;
  std::string_view pattern = strip(rest);
  if (pattern.size() > 1 && pattern.front() == '"' && pattern.back() == '"') pattern = pattern.substr(1, pattern.size() - 2);
  if (settings_.strict_includes) form = 'a';
  // Plain includes are as strict as include_check says: each kind of it stands for one check alone.
  const auto at_least = [&](std::string_view forms) {
    return form == 0 ? strictness_.find(forms.front()) != std::string::npos : forms.find(form) != std::string_view::npos;
  };
  const auto complain = [&](bool strict, std::string message, Complaint otherwise = Complaint::Said) {
    findings_.at(strict ? Complaint::StrictInclude : otherwise, place(at), std::move(message));
  };
  if (includes_exhausted_) return true;
  FileReader::Match match = files_.read(pattern, at.directory);
  const std::string shown{pattern};
  if (match.files.empty() && match.has_wildcard) complain(at_least("wba"), "No config files matched '" + shown + "'.", Complaint::Log);
  if (match.files.empty() && !match.has_wildcard) complain(at_least("mwba"), "Config files missing '" + shown + "'.");
  if (!match.files.empty() && match.brace_missing) complain(at_least("ba"), "Some config files missing: \"" + shown + "\".");
  for (FileText& file : match.files) {
    if (!file.problem.empty()) {
      complain(at_least("rmwba"), "Configuration file '" + file.name + "' " + file.problem + " - skipping");
      continue;
    }
    const std::string path = file.name.starts_with('/') || at.directory.empty() ? file.name : std::string{at.directory} + '/' + file.name;
    const std::size_t slash = path.rfind('/');
    if (at.depth + 1 > kDeepest) {
      complain(true, "Configuration file '" + file.name + "' includes itself - skipping");
      continue;
    }
    included_bytes_ += file.text.size();
    if (++included_files_ > settings_.budget || included_bytes_ > kMostBytes) {
      if (!includes_exhausted_) complain(true, "too many included files - ignoring the rest");
      includes_exhausted_ = true;
      return true;
    }
    read_source(file.name, std::move(file.text), slash == std::string::npos ? "" : path.substr(0, slash), at.depth + 1);
  }
  return true;
}

}  // namespace parsers::keepalived

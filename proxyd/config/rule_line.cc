#include "proxyd/config/rule_line.h"

#include <fmt/format.h>

#include "proxyd/config/condition_text.h"

namespace proxyd::config {

RuleLine::RuleLine(Line& about, const RuleSet& which, std::size_t action_word)
    : line{about}, set{which}, word{about.word(action_word)}, at{action_word + 1} {
  const std::size_t open = word.find('(');
  if (open == std::string_view::npos) return;
  is_open = !word.ends_with(')');
  if (!is_open) parameter = word.substr(open + 1, word.size() - open - 2);
}

std::string RuleLine::title() const { return fmt::format("{} {}", set.keyword, word); }

bool RuleLine::has_more() const { return line.has(at) && line.word(at) != "if" && line.word(at) != "unless"; }

void RuleLine::fail(std::size_t index, std::string_view message) {
  if (!set.is_http()) return line.alert(index, names_title ? fmt::format("'{}' : {}", title(), message) : std::string{message});
  if (is_line && word == "http-error") return line.alert(index, fmt::format("http-error : {}", message));
  line.alert(index, fmt::format("{} : {}.", fault_title(), message));
}

std::string RuleLine::fault_title() const {
  return fmt::format("error detected in {} while parsing {} rule", line.target->title(),
                     is_line ? std::string{word} : fmt::format("'{}'", title()));
}

std::optional<formats::Format> RuleLine::format() {
  const std::size_t index = at++;
  return format_of(line.word(index), index);
}

std::optional<formats::Format> RuleLine::format_of(std::string_view text, std::size_t index) {
  formats::FormatUse use;
  use.mode = set.is_http() ? formats::NeedsMode::Http : formats::NeedsMode::Any;
  use.place = place();
  if (line.in_defaults() || (line.target->is_front() && line.target->is_back())) use.other_place = set.back;
  use.environment = &environment_of(line);
  use.spaces = parsers::haproxy::LogSpaces::Keep;
  auto format = formats::compile_format(text, use);
  if (format) return std::move(*format);
  std::string_view message = format.error().message;
  if (message.ends_with('.')) message.remove_suffix(1);
  fail(index, message);
  return std::nullopt;
}

std::shared_ptr<const patterns::Regex> RuleLine::regex(std::string_view before) {
  const std::size_t index = at++;
  auto compiled = patterns::Regex::compile(line.word(index), patterns::Case::Kept);
  if (compiled) return std::move(*compiled);
  fail(index, fmt::format("{}{}", before, compiled.error()));
  return nullptr;
}

bool RuleLine::expects(std::size_t count, std::string_view message) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!line.word(at + i).empty()) continue;
    fail(at + i, message);
    return false;
  }
  return true;
}

samples::ExpressionPtr RuleLine::expression() {
  const std::size_t index = at;
  if (!has_more()) {
    fail(index, "missing fetch method");
    return nullptr;
  }
  std::string text{next()};
  // Converters may stand in words of their own.
  while (has_more() && samples::is_known_converter(line.word(at).substr(0, line.word(at).find_first_of(",("))))
    text.append(",").append(next());
  auto compiled = samples::compile(text, environment_of(line));
  if (!compiled) {
    fail(index, compiled.error().message);
    return nullptr;
  }
  const bool both = line.in_defaults() || (line.target->is_front() && line.target->is_back());
  const samples::Source source = (*compiled)->source;
  if (!samples::is_usable(source, place()) && !(both && samples::is_usable(source, set.back))) {
    fail(index, fmt::format("fetch method '{}' extracts information from '{}', none of which is available here",
                            (*compiled)->fetch_name, samples::name_of(source)));
    return nullptr;
  }
  return std::move(*compiled);
}

}  // namespace proxyd::config

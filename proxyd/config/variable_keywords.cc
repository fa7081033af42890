// "set-var" and "set-var-fmt" in global: variables of the process that are there from the start.
#include <fmt/format.h>

#include <array>

#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"

namespace proxyd::config {

namespace {

/// The variable that the line names; nothing after an alert.
std::optional<samples::Variable> read_variable(Line& line, samples::Environment& environment) {
  const std::string_view keyword = line.word(0), name = line.word(1);
  if (!line.has(2)) {
    line.alert(1, fmt::format("'{}' requires a process-wide variable name ('proc.<name>') and a {}.", keyword,
                              keyword == "set-var" ? "sample expression" : "format string"));
    return std::nullopt;
  }
  const auto variable = environment.variables->find_or_add(name);
  if (variable && variable->scope == samples::Scope::Process) return variable;
  line.alert(1, variable ? fmt::format("'{}': cannot set variable '{}', only scope 'proc' is permitted in the global section.",
                                       keyword, name)
                         : fmt::format("'{}': {}", keyword, samples::bad_variable_name(name)));
  return std::nullopt;
}

void parse_set_var(Line& line) {
  samples::Environment& environment = environment_of(line);
  const auto variable = read_variable(line, environment);
  if (!variable) return;
  std::string text{line.word(2)};  // converters may stand in words of their own
  for (std::size_t i = 3; line.has(i); ++i) text.append(",").append(line.word(i));
  auto expression = samples::compile(text, environment);
  if (!expression) return line.alert(2, expression.error().message);
  if (!samples::is_usable((*expression)->source, samples::Place::Config))
    return line.alert(2, fmt::format("fetch method '{}' extracts information from '{}', none of which is available here",
                                     (*expression)->fetch_name, samples::name_of((*expression)->source)));
  line.global().set_variables.push_back({*variable, std::move(*expression), nullptr});
}

void parse_set_var_format(Line& line) {
  samples::Environment& environment = environment_of(line);
  const auto variable = read_variable(line, environment);
  if (!variable) return;
  if (line.has(3)) return line.alert(3, "'set-var-fmt' expects one format, don't forget to escape spaces!");
  formats::FormatUse use;
  use.place = samples::Place::Config;
  use.environment = &environment;
  use.spaces = parsers::haproxy::LogSpaces::Keep;
  auto format = formats::compile_format(line.word(2), use);
  if (!format) return line.alert(2, format.error().message);
  line.global().set_variables.push_back(
      {*variable, nullptr, std::make_shared<const formats::Format>(std::move(*format))});
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "set-var",
     .scope = kGlobal,
     .parse = parse_set_var,
     .usage = "proc.<name> <expression>",
     .doc = "Set a variable of the process at the start."},
    {.name = "set-var-fmt",
     .scope = kGlobal,
     .parse = parse_set_var_format,
     .usage = "proc.<name> <format>",
     .doc = "The same from a format."},
});

}  // namespace

const KeywordTable& global_variable_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config

// Everything that reads a haproxy.cfg, run over one text, with what must hold whatever the text is.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "parsers/haproxy/condition.h"
#include "parsers/haproxy/logformat.h"
#include "parsers/haproxy/sample.h"
#include "parsers/haproxy/tree.h"

namespace fuzz {

using namespace parsers::haproxy;

inline void must(bool holds) {
  if (!holds) std::abort();
}

inline void check_fault(const TextFault& fault, std::string_view text) {
  must(!fault.message.empty());
  must(fault.offset <= text.size() && fault.length <= text.size() - fault.offset);
}

inline void exercise_word(std::string_view text) {
  if (const auto sample = parse_sample(text); !sample) check_fault(sample.error(), text);
  const auto prefix = parse_sample_prefix(text);
  if (prefix) must(prefix->consumed <= text.size());
  if (!prefix) check_fault(prefix.error(), text);
  if (const auto list = parse_converters(text); !list) check_fault(list.error(), text);
  for (const LogSpaces spaces : {LogSpaces::Merge, LogSpaces::Keep}) {
    if (const auto format = parse_log_format(text, spaces); !format)
      check_fault(format.error(), text);
  }
}

inline void exercise_line(const Statement& line) {
  must(!line.words.empty() && line.words.size() <= 64);
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    const Word& word = line.words[i];
    must(!word.text.empty() && word.text.data()[word.text.size()] == '\0');
    must(word.column >= 1 && word.column - 1 + word.length <= line.source->line(line.line).size());
    must(place_within(line, i, word.text.size(), 0).column >= 1);
    if (word.text == "if" || word.text == "unless")
      (void)parse_condition(line, i);  // either will do
    exercise_word(word.text);
  }
}

/// `max_rendered`: how many diagnostics are put into words; the others would only cost time.
inline void exercise_haproxy_cfg(std::string_view text, std::size_t max_rendered = 50) {
  static constexpr std::string_view kFeatures[] = {"OPENSSL"};
  const Predicates predicates{"2.6.12", kFeatures, kFeatures, "3.0.11", true};
  Environment environment{{"A", "x y"}, {"B", ""}, {"HOME", "/root"}};
  Tree tree;
  Diagnostics diagnostics;
  parse_file(tree, "fuzz.cfg", std::string{text}, environment, predicates, diagnostics);
  for (const Statement& line : tree.orphans) exercise_line(line);
  for (const Section& section : tree.sections) {
    exercise_line(section.header);
    for (const Statement& line : section.body) exercise_line(line);
  }
  std::size_t rendered = 0;
  for (const auto& diagnostic : diagnostics.all()) {
    if (rendered++ == max_rendered) break;
    must(render(diagnostic, 1).ends_with('\n'));
  }
  (void)evaluate_condition(text.substr(0, text.find('\n')), environment, predicates,
                           diagnostics);  // any answer will do
}

}  // namespace fuzz

// Everything that reads a haproxy.cfg, run over one text, with what must hold whatever the text is.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parsers/haproxy/condition.h"
#include "parsers/haproxy/logformat.h"
#include "parsers/haproxy/sample.h"
#include "parsers/haproxy/tree.h"
#include "parsers/haproxy/write.h"

namespace fuzz {

using namespace parsers::haproxy;
using parsers::common::Diagnostic;

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

/// A diagnostic of a file names a line that the file has, and bytes of it (or the place just after its end). What the
/// file's own author says (.notice, .alert) has its line in the message alone: it needs no caret.
inline void check_place(const Tree& tree, const Diagnostic& diagnostic) {
  const Place& place = diagnostic.place;
  const Source& source = tree.sources.front();
  constexpr std::string_view kBefore = "config : parsing [fuzz.cfg:";
  must(diagnostic.message.starts_with(kBefore));
  const std::size_t line = std::strtoul(diagnostic.message.c_str() + kBefore.size(), nullptr, 10);
  must(line >= 1 && line <= 1 + static_cast<std::size_t>(std::count(source.text().begin(), source.text().end(), '\n')));
  if (place.source == nullptr) return;
  must(place.source == &source && place.line >= 1 && place.line <= line);
  if (place.column == 0) return;  // the whole line
  const std::string_view shown = source.line(place.line);
  const std::size_t size = shown.size() + (source.text().ends_with('\r') ? 1 : 0);  // a CR without LF is not shown
  must(place.column - 1 <= size && place.length <= size + 1 - (place.column - 1));
}

/// What became of one text. The tree's words point into itself: do not move it.
struct Reading {
  explicit Reading(std::string_view text) {
    parse_file(tree, "fuzz.cfg", std::string{text}, environment, predicates(), diagnostics);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  static Predicates predicates() {
    static constexpr std::string_view kFeatures[] = {"OPENSSL"};
    return {"2.6.12", kFeatures, kFeatures, "3.0.11", true};
  }

  Environment environment{{"A", "x y"}, {"B", ""}, {"HOME", "/root"}};
  Tree tree;
  Diagnostics diagnostics;
};

/// What is written of a good text reads as the same, and writes as the same.
inline void exercise_write(const Tree& tree) {
  const std::string written = write_tree(tree);
  const Reading again{written};
  must(!again.diagnostics.failed() && again.tree.sections.size() == tree.sections.size());
  for (std::size_t i = 0; i < tree.sections.size(); ++i) {
    const auto& before = tree.sections[i].body;
    const auto& after = again.tree.sections[i].body;
    const auto is_same = [](const Statement& one, const Statement& other) {
      return std::equal(one.words.begin(), one.words.end(), other.words.begin(), other.words.end(), [](const Word& a, const Word& b) { return a.text == b.text; });
    };
    must(is_same(tree.sections[i].header, again.tree.sections[i].header) && std::equal(before.begin(), before.end(), after.begin(), after.end(), is_same));
  }
  must(write_tree(again.tree) == written);
}

/// `max_rendered`: how many diagnostics are put into words; the others would only cost time.
inline void exercise_haproxy_cfg(std::string_view text, std::size_t max_rendered = 50) {
  Reading reading{text};
  for (const Statement& line : reading.tree.orphans) exercise_line(line);
  for (const Section& section : reading.tree.sections) {
    exercise_line(section.header);
    for (const Statement& line : section.body) exercise_line(line);
  }
  if (!reading.diagnostics.failed()) exercise_write(reading.tree);
  std::size_t rendered = 0;
  for (const auto& diagnostic : reading.diagnostics.all()) {
    if (rendered++ == max_rendered) break;
    check_place(reading.tree, diagnostic);
    must(render(diagnostic, 1).ends_with('\n'));
  }
  (void)evaluate_condition(text.substr(0, text.find('\n')), reading.environment, Reading::predicates(),
                           reading.diagnostics);  // any answer will do
}

}  // namespace fuzz

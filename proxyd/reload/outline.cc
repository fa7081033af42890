#include "proxyd/reload/outline.h"

#include <algorithm>
#include <set>

#include "lib/base/hash.h"

namespace proxyd::reload {
namespace {

std::string text_of(const parsers::haproxy::Statement& line) {
  std::string text;
  for (const parsers::haproxy::Word& word : line.words) {
    if (!text.empty()) text += ' ';
    text += word.text;
  }
  return text;
}

}  // namespace

Outline outline_of(const parsers::haproxy::Tree& tree, const lib::base::OutsideRecord& learned) {
  Outline outline;
  std::map<std::string, int> seen;
  for (const parsers::haproxy::Section& section : tree.sections) {
    Section& made = outline.sections.emplace_back();
    made.title = text_of(section.header);
    if (const int count = ++seen[made.title]; count > 1) made.title += " #" + std::to_string(count);
    for (const parsers::haproxy::Statement& line : section.body) made.lines.push_back(text_of(line));
  }
  std::set<std::string> sources;  // these were compared above
  for (const parsers::haproxy::Source& source : tree.sources) sources.insert(source.name());
  constexpr char kFile = static_cast<char>(lib::base::Outside::File);
  for (const auto& [question, answer] : learned.answers)
    if (question.front() == kFile && answer.text && !sources.contains(question.substr(1)))
      outline.files.emplace(question.substr(1), lib::base::hash_xxh64(*answer.text, 0));
  return outline;
}

}  // namespace proxyd::reload

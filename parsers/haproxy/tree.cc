#include "parsers/haproxy/tree.h"

#include <utility>

#include "parsers/haproxy/tree_builder.h"

namespace parsers::haproxy {
namespace {

/// The scanner counts in int; no configuration comes near.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;
constexpr std::size_t kScannerPadding = 2;  // NULs that Flex wants behind the text

}  // namespace

Place Statement::place(std::size_t index) const {
  if (index < words.size()) return {source, line, words[index].column, words[index].length};
  return {source, line, words.back().column + words.back().length, 1};
}

Place Statement::whole() const { return {source, line, 0, 0}; }

Place place_at(const FileState& file, std::uint32_t line, std::size_t column, std::size_t length) {
  return {&file.source, line, static_cast<std::uint32_t>(column),
          static_cast<std::uint32_t>(length)};
}

std::string parsing_at(const Source& source, std::uint32_t line) {
  return "config : parsing [" + source.name() + ":" + std::to_string(line) + "]";
}

std::string hopeless_text(const Source& source, std::uint32_t line) {
  return parsing_at(source, line) + ": too many fatal errors (" + std::to_string(kMostBadLines) + "), stopping now.";
}

void report(FileState& file, Place place, std::string_view message, std::string hint) {
  if (file.is_hopeless()) return;
  if (place.line != file.last_bad_line) ++file.bad_lines;
  file.last_bad_line = place.line;
  if (file.is_hopeless())
    return file.diagnostics.alert({place.source, place.line, 0, 0}, hopeless_text(file.source, place.line));
  file.diagnostics.alert(place, parsing_at(file.source, place.line) + ": " + std::string{message},
                         std::move(hint));
}

void parse_file(Tree& tree, std::string name, std::string text, Environment& environment,
                const Predicates& predicates, Diagnostics& diagnostics) {
  const Source& source = tree.sources.emplace_back(std::move(name), std::move(text));
  FileState file{tree, source, environment, predicates, diagnostics, {}};
  if (source.text().size() > kMaxFileBytes) {
    return report(file, {&source, 1, 0, 0}, "the file is larger than 1 GiB.");
  }
  // Words are cut and unescaped in a copy: what diagnostics show stays as it was written.
  std::string& buffer = tree.arena.emplace_back();
  buffer.reserve(source.text().size() + kScannerPadding);
  buffer.assign(source.text());
  buffer.append(kScannerPadding, '\0');
  char* const begin = buffer.data();
  LineReader reader{file, begin, begin + source.text().size()};
  TreeBuilder builder{file};
  scan_and_build(begin, source.text().size(), reader, builder);
}

}  // namespace parsers::haproxy

// How a diagnostic looks on a terminal.
#include <algorithm>

#include "parsers/common/diagnostic.h"

namespace parsers::common {
namespace {

constexpr std::size_t kShownBytes = 120;  // of a long line
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kCut = "...";

/// Padded so that "(pid)" begins in one column, as the original's.
std::string_view label(Severity severity) {
  switch (severity) {
    case Severity::Diag:
      return "[DIAG]     ";
    case Severity::Notice:
      return "[NOTICE]   ";
    case Severity::Warning:
      return "[WARNING]  ";
    case Severity::Alert:
      return "[ALERT]    ";
  }
  return "";
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

char printable(char c) {
  if (c == '\t') return ' ';
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F ? '?' : c;
}

/// Columns that `text` takes on a UTF-8 terminal, near enough.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

/// The part of the line that is shown: from `begin` up to `end`, in bytes.
struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Window window_around(std::string_view line, std::size_t column) {
  const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.size() - first <= kShownBytes) return {first, line.size()};
  Window window;
  window.begin = std::max(first, column < kShownBytes / 2 ? 0 : column - kShownBytes / 2);
  window.begin = std::min(window.begin, line.size() - kShownBytes);
  window.end = window.begin + kShownBytes;
  while (window.begin > first && continues_character(line[window.begin])) --window.begin;
  while (window.end < line.size() && continues_character(line[window.end])) ++window.end;
  return window;
}

void append_caret(std::string& out, std::string_view line, const Window& shown, const Place& place,
                  std::size_t indent) {
  const std::size_t from = std::clamp<std::size_t>(place.column - 1, shown.begin, shown.end);
  const std::size_t to = std::clamp<std::size_t>(from + place.length, from, shown.end);
  out.append(indent + width(line.substr(shown.begin, from - shown.begin)), ' ');
  out += '^';
  const std::size_t marked = width(line.substr(from, to - from));
  if (marked > 1) out.append(marked - 1, '~');
  out += '\n';
}

void append_source(std::string& out, const Place& place) {
  const std::string_view line = place.source->line(place.line);
  const Window shown = window_around(line, place.column);
  if (shown.begin == shown.end) return;
  const bool is_cut_before = line.find_first_not_of(" \t") < shown.begin;
  out += kIndent;
  if (is_cut_before) out += kCut;
  const std::string_view part = line.substr(shown.begin, shown.end - shown.begin);
  std::transform(part.begin(), part.end(), std::back_inserter(out), printable);
  if (shown.end < line.size()) out += kCut;
  out += '\n';
  if (place.column == 0) return;
  append_caret(out, line, shown, place, kIndent.size() + (is_cut_before ? kCut.size() : 0));
}

}  // namespace

std::string place_text(const Place& place) {
  if (place.source == nullptr) return {};
  return place.source->name() + ":" + std::to_string(place.line);
}

std::string render(const Diagnostic& diagnostic, int pid) {
  std::string out{label(diagnostic.severity)};
  out += "(" + std::to_string(pid) + ") : " + diagnostic.message;
  if (out.back() != '\n') out += '\n';
  if (diagnostic.place.source != nullptr && diagnostic.place.line != 0) {
    append_source(out, diagnostic.place);
  }
  if (!diagnostic.hint.empty()) out.append(kIndent).append(diagnostic.hint) += '\n';
  return out;
}

}  // namespace parsers::common

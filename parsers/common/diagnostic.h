// What a configuration check has to say, with the exact place: collected, never printed here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parsers::common {

/// One file as read. Lines are found again by number, for caret lines.
class Source {
 public:
  Source(std::string name, std::string text) : name_{std::move(name)}, text_{std::move(text)} {}
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  /// The line (1-based) without its end; empty when there is none. Lines asked for in rising order cost one walk over the
  /// file in all. For diagnostics only, from one thread.
  std::string_view line(std::uint32_t number) const;

 private:
  std::string name_;
  std::string text_;
  mutable std::uint32_t found_line_ = 1;  // the last line asked for, and where it starts
  mutable std::size_t found_offset_ = 0;
};

/// A stretch of one line. Column and length are in bytes; column 1 is the first; 0 means the whole line.
struct Place {
  const Source* source = nullptr;  // owned by the tree; null for the command line
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;
};

enum class Severity : std::uint8_t { Diag, Notice, Warning, Alert };

struct Diagnostic {
  Severity severity = Severity::Alert;
  /// As the original says it, after "(pid) : "; may hold several lines.
  std::string message;
  Place place;       // for the caret line; no source: no caret line
  std::string hint;  // one line of remedy, or empty
};

/// What there is to say, in order. Of each severity only so much is kept, with a last line that says so: a file of a
/// million mistakes must not cost a million messages.
class Diagnostics {
 public:
  static constexpr std::size_t kKept = 1000;
  void add(Diagnostic diagnostic);
  /// An alert without a place that closes the list: always kept.
  void conclude(std::string message);
  void alert(Place place, std::string message, std::string hint = {});
  void warning(Place place, std::string message, std::string hint = {});
  void notice(Place place, std::string message);
  void diag(Place place, std::string message);

  const std::vector<Diagnostic>& all() const { return all_; }
  std::size_t alerts() const { return alerts_; }
  std::size_t warnings() const { return warnings_; }
  bool failed() const { return alerts_ != 0 || fatal_; }

 private:
  std::vector<Diagnostic> all_;
  std::array<std::size_t, 4> added_{};  // by severity
  std::size_t alerts_ = 0;
  std::size_t warnings_ = 0;
  bool fatal_ = false;
};

/// "[ALERT]    (1234) : <message>\n" and, where there is a place, the source line and a caret line below it, each
/// indented by two spaces as the original does it; then the hint. Tabs show as one space, other control bytes as '?',
/// a long line is cut around the place.
std::string render(const Diagnostic& diagnostic, int pid);

/// A place as the originals write it between brackets: "t.cfg:8".
std::string place_text(const Place& place);

}  // namespace parsers::common

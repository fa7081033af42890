// From files to logical lines: includes, comments, @conditions, $definitions and ~sequences (config-syntax).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/files.h"
#include "parsers/keepalived/findings.h"
#include "parsers/keepalived/tree.h"

namespace parsers::keepalived {

class LineReader {
 public:
  struct Settings {
    std::string config_id;
    bool strict_includes = false;
    std::uint32_t random_seed = 0;
    std::size_t budget = 0;   // see LoadOptions
    /// The environment, for ${_ENV NAME}; may be null.
    const char* (*environment)(const char* name) = nullptr;
  };
  LineReader(const FileReader& files, Settings settings, Tree& tree, Findings& findings);

  void read_pattern(std::string_view pattern);
  void read_text(std::string name, std::string text);
  std::vector<LogicalLine> take() { return std::move(lines_); }

 private:
  /// Where a line stands.
  struct At {
    const Source* source = nullptr;
    std::uint32_t line = 0;
    std::string_view directory;
    unsigned depth = 0;      // of includes and expansions
    bool is_original = true;
  };
  void read_source(std::string name, std::string text, std::string directory, unsigned depth);
  void on_line(std::string text, At at);
  void on_expanded(std::string_view text, At at);
  bool apply_condition(std::string& text) const;
  bool start_definition(std::string_view text);
  void continue_definition(std::string_view text);
  std::string expand(std::string text, const At& at, bool& changed);
  std::string value_of(std::string_view name, const At& at, bool& known);
  void complain_sequence(const char* what, const char* kind, const std::string& text, const At& at);
  bool on_sequence(const std::string& text, const At& at);
  bool on_list(const std::string& text, const At& at);
  bool on_include(std::string_view text, const At& at);
  void on_include_check(std::string_view line, const At& at);
  Place place(const At& at) const { return {.source = at.source, .line = at.line, .column = 0, .length = 0}; }

  const FileReader& files_;
  Settings settings_;
  Tree& tree_;
  Findings& findings_;
  std::vector<LogicalLine> lines_;
  std::map<std::string, std::string, std::less<>> definitions_;
  std::size_t expansions_ = 0, expanded_bytes_ = 0;
  bool is_spent_ = false;         // of the two above: nothing more is expanded
  std::size_t included_files_ = 0, included_bytes_ = 0;
  bool includes_exhausted_ = false;
  std::string strictness_;        // of plain includes: some of "rmwb"; include_check
  std::string open_definition_;   // the name of a definition that goes on in the next line, or empty
};

/// `text` up to a comment: '#' or '!' outside double quotes and without a backslash before it, which goes away.
std::string without_comment(std::string_view text);

}  // namespace parsers::keepalived

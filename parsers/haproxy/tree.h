// The statement tree of haproxy.cfg: sections, lines, words, each with its place. Knows no keyword's meaning
// (but for setenv and its kin in `global`, which change how the lines below them read).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/common/diagnostic.h"

namespace parsers::haproxy {

using parsers::common::Diagnostics;
using parsers::common::Place;
using parsers::common::Source;

/// So many lines of a file may have mistakes; then the original stops reading it.
inline constexpr std::size_t kMostBadLines = 50;
/// "config : parsing [t.cfg:53]: too many fatal errors (50), stopping now."
std::string hopeless_text(const Source& source, std::uint32_t line);

/// One word after quotes, escapes and variables. The text is owned by the tree and ends with a NUL byte after it.
struct Word {
  std::string_view text;
  std::uint32_t column = 0;  // where it began in the line, 1-based, in bytes
  std::uint32_t length = 0;  // how many bytes of the line it came from
  bool quoted = false;       // any part stood in quotes or was escaped
};

/// A line with at least one word.
struct Statement {
  const Source* source = nullptr;
  std::uint32_t line = 0;
  std::span<const Word> words;

  std::string_view keyword() const { return words.front().text; }
  /// Place of word `index`, or of the end of the line when there are fewer words.
  Place place(std::size_t index) const;
  Place whole() const;
};

/// A section's header line (`listen web`) and what stands below it.
struct Section {
  Statement header;
  std::vector<Statement> body;
};

/// Environment as the file sees it: a copy of the process's, changed by setenv, presetenv, unsetenv, resetenv.
using Environment = std::map<std::string, std::string, std::less<>>;

/// Answers to the `.if` predicates that a daemon knows and a parser does not.
struct Predicates {
  std::string_view version;                        // for version_atleast / version_before
  std::span<const std::string_view> features;      // names for feature(NAME), without '+'
  std::span<const std::string_view> enabled;       // names for enabled(OPT)
  std::string_view openssl_version;                // "3.0.11"
  bool diagnostic_mode = false;                    // -dD: .diag speaks
};

/// Everything read, in order. Statements before any section are in `orphans`.
struct Tree {
  std::deque<Source> sources;
  std::deque<std::string> arena;  // backing store of words that differ from the file's bytes
  std::deque<std::vector<Word>> word_store;
  std::vector<Section> sections;
  std::vector<Statement> orphans;
};

/// Parses one file into the tree; call it once per file, in order. Every error is reported, not only the first.
/// `environment` is read and changed. The section names are those of kSectionKeywords.
void parse_file(Tree& tree, std::string name, std::string text, Environment& environment,
                const Predicates& predicates, Diagnostics& diagnostics);

/// Evaluates one `.if` condition (`-cc`): 1 true, 0 false, -1 with a diagnostic.
int evaluate_condition(std::string_view text, const Environment& environment, const Predicates& predicates,
                       Diagnostics& diagnostics);

/// Section keywords of all releases: global, defaults, frontend, ...
std::span<const std::string_view> section_keywords();

}  // namespace parsers::haproxy

// Makes the statement tree from words and braces, and says which braces and quotes are wrong.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "parsers/keepalived/findings.h"
#include "parsers/keepalived/tree.h"

namespace parsers::keepalived {

class TreeBuilder {
 public:
  TreeBuilder(std::span<const LogicalLine> lines, Tree& tree, Findings& findings)
      : lines_{lines}, tree_{tree}, findings_{findings} {}

  // ---- for the scanner: where we are
  void advance(std::size_t bytes) { column_ += bytes; }
  void next_line() { column_ = 0; }
  Word make_word(std::string_view text);
  Word make_quoted(std::string_view text);        // with its quotes
  Word make_unterminated(std::string_view text);  // with the one quote it has

  // ---- for the grammar
  void add_word(Word word);
  void end_statement();
  void open_block();
  void close_block();
  void end_file();

 private:
  const LogicalLine& line() const { return lines_[std::min(line_, lines_.size() - 1)]; }
  Place here() const;
  void flush();
  std::vector<Statement>& level() { return open_.empty() ? tree_.statements : open_.back()->body; }

  std::span<const LogicalLine> lines_;
  Tree& tree_;
  Findings& findings_;
  std::size_t line_ = 0;         // of the words that the grammar sees
  std::size_t column_ = 0;
  Statement pending_;            // the words of this line so far
  std::vector<Statement*> open_; // blocks, from the outside in; their vectors grow only at the innermost level
  std::size_t stray_open_ = 0;   // braces without an owner, innermost
};

/// In lexer.ll: runs the scanner and the grammar.
void scan_and_build(std::string_view text, TreeBuilder& builder);
/// Lines to a tree.
void build_tree(std::span<const LogicalLine> lines, Tree& tree, Findings& findings);

}  // namespace parsers::keepalived

// Lines become sections; conditional blocks and messages take effect. Called by the grammar's
// actions, line by line.
#pragma once

#include <vector>

#include "parsers/haproxy/line_reader.h"

namespace parsers::haproxy {

enum class LineKind : std::uint8_t { Statement, Section, If, Elif, Else, Endif, Message };

/// By its first word. A message is any other word that begins with a dot.
LineKind kind_of(const Statement& line);

class TreeBuilder {
 public:
  explicit TreeBuilder(FileState& file) : file_{file} {}

  void on_statement(const Statement& line);
  void on_section(const Statement& line);
  void on_message(const Statement& line);
  void on_if(const Statement& line);
  void on_elif(const Statement& line);
  void on_else(const Statement& line);
  void on_endif(const Statement& line);
  void on_stray(const Statement& line);           ///< .elif, .else or .endif without an .if
  void on_unterminated(std::uint32_t last_line);  ///< the file ends within a block
  void out_of_memory();

 private:
  /// One .if with its branches.
  struct Block {
    Statement opening;
    bool is_reachable = false;  // it stands in lines that count
    bool was_taken = false;     // a branch was, or may not be: its condition cannot be read
    bool is_active = false;     // the lines of this branch count
    bool has_else = false;
  };
  bool is_active() const { return blocks_.empty() || blocks_.back().is_active; }
  void enter_branch(const Statement& line);
  bool has_no_argument(const Statement& line);

  FileState& file_;
  std::vector<Block> blocks_;
  Section* section_ = nullptr;  // each file begins outside of any
  bool in_global_ = false;
};

/// Scans the buffer and parses what the scanner finds; in lexer.ll.
void scan_and_build(char* buffer, std::size_t size, LineReader& reader, TreeBuilder& builder);

}  // namespace parsers::haproxy

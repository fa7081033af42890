// Words of one line, put together from the pieces that the lexer finds: plain text, escapes,
// quotes, variables. Words are built in place, in the buffer that is scanned: quotes and escapes
// only ever shrink. A word with a variable moves to a string of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/haproxy/file_state.h"

namespace parsers::haproxy {

/// The original's limit; more is an error in both of its releases.
inline constexpr std::size_t kMaxWords = 64;

class LineReader {
 public:
  /// `[begin, end)` is the mutable text under the scanner; it belongs to the tree, and two NULs
  /// follow it.
  LineReader(FileState& file, char* begin, char* end);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Pieces. `at` points into the buffer, at the piece.
  void plain(char* at, std::size_t length);                ///< bytes that stand for themselves
  void escaped(char* at, std::size_t length, char meant);  ///< "\n": one byte written as several
  void hexadecimal(char* at, std::size_t length);          ///< "\x41"
  void strong_quoted(char* at, std::size_t length);        ///< 'text', with its quotes
  void open_quote(char* at);
  void close_quote(char* at);
  void variable(char* at,
                std::size_t length);  ///< "$NAME", "${NAME}", "${NAME-text}", "${NAME[*]}"
  void end_word();

  // Faults: the rest of the line is skipped, and the line yields nothing.
  void bad_hexadecimal(char* at);
  void bad_variable(const char* at);  ///< at the '$' of something that is no variable
  void unmatched_strong_quote(char* at);
  void unmatched_quote();  ///< the open double quote
  void stray_nul(char* at);

  /// The line ended before `next`. True when it has words to hand out: then `statement()` is this
  /// line.
  bool end_line(char* next);
  /// The same at the end of the file, for a last line without line feed.
  bool end_file();
  const Statement& statement() const { return statement_; }
  std::uint32_t line() const { return line_; }

 private:
  std::size_t column(const char* at) const {
    return static_cast<std::size_t>(at - line_begin_) + 1;
  }
  void begin_piece(char* at, std::size_t length);
  void append(const char* bytes, std::size_t length);
  void spill();
  void append_list(std::string_view value, char* at);
  void missing_newline();
  std::string_view pseudo_variable(std::string_view name);
  std::string_view finish_text();
  void add_word(std::string_view text, std::size_t length);
  void fault(std::size_t column, std::string_view message);
  void reserve_words();
  void warn_of_empty_word();

  FileState& file_;
  char* line_begin_;
  char* buffer_end_;
  std::uint32_t line_ = 1;

  // The word being read.
  bool in_word_ = false;
  bool quoted_ = false;
  bool has_nul_ = false;  // "\x00" cuts the word there, as in the original
  bool is_spilled_ = false;
  bool has_list_ = false;       // "${X[*]}": nothing in it makes no word rather than an empty one
  char* word_at_ = nullptr;     // where it began as written
  char* word_end_ = nullptr;    // end of what was read of it as written
  char* text_begin_ = nullptr;  // what it means so far, in the buffer
  char* text_end_ = nullptr;
  std::string spilled_;  // or here

  // The line being read.
  char* open_quote_ = nullptr;
  bool failed_ = false;
  bool has_nul_reported_ = false;
  std::size_t empty_column_ =
      0;  // an empty word ended the list: where, and the number it would have had
  bool dropped_after_empty_ = false;
  std::size_t last_word_column_ = 0;  // of word 64
  bool too_many_ = false;
  std::vector<Word>* chunk_ = nullptr;
  std::size_t first_word_ = 0;  // of this line, in the chunk
  Statement statement_;
  std::string number_;  // "${.LINE}"
};

}  // namespace parsers::haproxy

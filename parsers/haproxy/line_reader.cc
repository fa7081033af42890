#include "parsers/haproxy/line_reader.h"

#include <cstring>

#include "lib/base/text.h"

namespace parsers::haproxy {
namespace {

constexpr std::size_t kChunkWords = 1024;

unsigned hex_value(char c) {
  if (lib::base::is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>(lib::base::to_lower(c) - 'a') + 10;
}

bool is_letter(char c) {
  return (lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z') || c == '_';
}

/// "$NAME" and its kin, taken apart.
struct Variable {
  std::string_view name;
  std::string_view fallback;  // null data: none
  bool is_list = false;
};

Variable take_apart(std::string_view text) {
  text.remove_prefix(1);  // '$'
  Variable variable;
  if (text.front() != '{') {
    variable.name = text;
    return variable;
  }
  text = text.substr(1, text.size() - 2);
  const std::size_t end = text.find_first_of("[-");
  variable.name = text.substr(0, end);
  if (end == std::string_view::npos) return variable;
  text.remove_prefix(end);
  variable.is_list = text.starts_with("[*]");
  if (variable.is_list) text.remove_prefix(3);
  if (text.starts_with('-')) variable.fallback = text.substr(1);
  return variable;
}

}  // namespace

LineReader::LineReader(FileState& file, char* begin, char* end)
    : file_{file}, line_begin_{begin}, buffer_end_{end} {
  reserve_words();
}

void LineReader::reserve_words() {
  auto& store = file_.tree.word_store;
  if (store.empty() || store.back().capacity() - store.back().size() < kMaxWords) {
    store.emplace_back().reserve(kChunkWords);
  }
  chunk_ = &store.back();
  first_word_ = chunk_->size();
}

void LineReader::begin_piece(char* at, std::size_t length) {
  word_end_ = at + length;
  if (in_word_) return;
  in_word_ = true;
  word_at_ = text_begin_ = text_end_ = at;
}

void LineReader::append(const char* bytes, std::size_t length) {
  if (is_spilled_) {
    spilled_.append(bytes, length);
    return;
  }
  if (text_end_ != bytes) std::memmove(text_end_, bytes, length);
  text_end_ += length;
}

void LineReader::plain(char* at, std::size_t length) {
  begin_piece(at, length);
  append(at, length);
}

void LineReader::escaped(char* at, std::size_t length, char meant) {
  begin_piece(at, length);
  quoted_ = true;
  append(&meant, 1);
}

void LineReader::hexadecimal(char* at, std::size_t length) {
  const auto meant = static_cast<char>(hex_value(at[2]) * 16 + hex_value(at[3]));
  has_nul_ = has_nul_ || meant == '\0';
  escaped(at, length, meant);
}

void LineReader::strong_quoted(char* at, std::size_t length) {
  begin_piece(at, length);
  quoted_ = true;
  append(at + 1, length - 2);
}

void LineReader::open_quote(char* at) {
  begin_piece(at, 1);
  quoted_ = true;
  open_quote_ = at;
}

void LineReader::close_quote(char* at) { begin_piece(at, 1); }

void LineReader::spill() {
  if (is_spilled_) return;
  is_spilled_ = true;
  spilled_.assign(text_begin_, text_end_);
}

std::string_view LineReader::pseudo_variable(std::string_view name) {
  if (name == ".FILE") return file_.source.name();
  if (name == ".SECTION") return file_.section;
  number_ = std::to_string(line_);  // ".LINE": the lexer lets no other name through
  return number_;
}

void LineReader::variable(char* at, std::size_t length) {
  begin_piece(at, length);
  const Variable variable = take_apart({at, length});
  std::string_view value = variable.fallback;
  if (variable.name.front() == '.') {
    value = pseudo_variable(variable.name);
  } else if (const auto found = file_.environment.find(variable.name);
             found != file_.environment.end()) {
    value = found->second;
  }
  spill();
  if (variable.is_list) return append_list(value, at);
  spilled_ += value;
}

/// Blanks of the value separate words.
void LineReader::append_list(std::string_view value, char* at) {
  has_list_ = true;
  char* const end = word_end_;
  while (!value.empty()) {
    const std::size_t blank = value.find_first_of(" \t");
    spilled_ += value.substr(0, blank);
    if (blank == std::string_view::npos) break;
    value.remove_prefix(blank + 1);
    end_word();
    begin_piece(at, 0);  // the next one begins at the same variable
    word_end_ = end;
    is_spilled_ = quoted_ = has_list_ = true;
  }
}

std::string_view LineReader::finish_text() {
  std::string_view text;
  if (is_spilled_) {
    if (!spilled_.empty()) text = file_.tree.arena.emplace_back(std::move(spilled_));
    spilled_.clear();
  } else {
    *text_end_ = '\0';  // a delimiter that was scanned already, or the end of the buffer
    text = {text_begin_, text_end_};
  }
  return has_nul_ ? text.substr(0, text.find('\0')) : text;
}

void LineReader::end_word() {
  if (!in_word_) return;
  const std::string_view text = finish_text();
  if (!text.empty()) {
    add_word(text, static_cast<std::size_t>(word_end_ - word_at_));
  } else if (!has_list_ && empty_column_ == 0) {
    empty_column_ = column(word_at_);
  }
  in_word_ = quoted_ = has_nul_ = is_spilled_ = has_list_ = false;
}

void LineReader::add_word(std::string_view text, std::size_t length) {
  if (empty_column_ != 0) {
    dropped_after_empty_ = true;
    return;
  }
  const std::size_t count = chunk_->size() - first_word_;
  if (count == kMaxWords) {
    too_many_ = true;
    return;
  }
  last_word_column_ = column(word_at_);
  chunk_->push_back({text, static_cast<std::uint32_t>(last_word_column_),
                     static_cast<std::uint32_t>(length), quoted_});
}

void LineReader::fault(std::size_t at, std::string_view message) {
  if (failed_) return;
  failed_ = true;
  report(file_, place_at(file_, line_, at, 1),
         std::string{message} + " at position " + std::to_string(at) + ":");
}

void LineReader::bad_hexadecimal(char* at) {
  fault(column(at), "truncated or invalid hexadecimal sequence");
}

void LineReader::bad_variable(const char* at) {
  const char* name = at[1] == '{' ? at + 2 : at + 1;
  if (!is_letter(*name)) {
    return fault(column(name), "forbidden first char in environment variable name");
  }
  const char* end = name;
  while (is_letter(*end) || lib::base::is_digit(*end)) ++end;
  if (*end == '[' && std::strncmp(end, "[*]", 3) != 0) {
    return fault(column(end), "truncated or invalid word expansion sequence");
  }
  fault(column(at + 1), "unmatched brace in environment variable name");
}

void LineReader::unmatched_strong_quote(char* at) { fault(column(at), "unmatched quote"); }

void LineReader::unmatched_quote() { fault(column(open_quote_), "unmatched quote"); }

void LineReader::stray_nul(char* at) {
  if (has_nul_reported_) return;
  has_nul_reported_ = true;
  report(file_, place_at(file_, line_, column(at), 1),
         "Stray NUL character at position " + std::to_string(column(at)) + ".");
}

void LineReader::missing_newline() {
  report(file_, place_at(file_, line_, column(buffer_end_), 1),
         "Missing LF on last line, file might have been truncated at position " +
             std::to_string(column(buffer_end_)) + ".");
}

/// haproxy 2.6 takes an empty word for the end of the line and says nothing; 3.4 refuses the line.
/// What was accepted stays accepted, but what is lost by it is said.
void LineReader::warn_of_empty_word() {
  const std::size_t number = chunk_->size() - first_word_;
  file_.diagnostics.warning(place_at(file_, line_, empty_column_, 1),
                            parsing_at(file_.source, line_) + ": argument number " +
                                std::to_string(number) + " at position " +
                                std::to_string(empty_column_) +
                                " is empty and marks the end of the argument list:",
                            "what follows it on this line is ignored; write \"${NAME[*]}\" for a "
                            "variable that may be empty");
}

bool LineReader::end_line(char* next) {
  end_word();
  if (!failed_ && dropped_after_empty_) warn_of_empty_word();
  if (too_many_ && !failed_) {
    report(file_, place_at(file_, line_, last_word_column_, chunk_->back().length),
           "too many words, truncating after word " + std::to_string(kMaxWords) + ", position " +
               std::to_string(last_word_column_ - 1) + ": <" + std::string{chunk_->back().text} +
               ">.");
  }
  const std::size_t count = chunk_->size() - first_word_;
  if (failed_) chunk_->resize(first_word_);
  const bool has_words = !failed_ && count != 0;
  if (has_words) statement_ = {&file_.source, line_, {chunk_->data() + first_word_, count}};
  failed_ = has_nul_reported_ = dropped_after_empty_ = too_many_ = false;
  empty_column_ = 0;
  open_quote_ = nullptr;
  if (has_words || chunk_->capacity() - chunk_->size() < kMaxWords) reserve_words();
  line_begin_ = next;
  ++line_;
  return has_words;
}

bool LineReader::end_file() {
  if (line_begin_ == buffer_end_) return false;
  missing_newline();
  return end_line(buffer_end_);
}

}  // namespace parsers::haproxy

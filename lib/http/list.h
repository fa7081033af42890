// Walks the words of a comma-separated field value (RFC 9110 §5.6.1). Pure.
#pragma once

#include <string_view>

namespace lib::http {

class ListReader {
 public:
  enum class KeepEmpty : bool { No, Yes };

  explicit ListReader(std::string_view value, KeepEmpty keep = KeepEmpty::No)
      : rest_{value}, keep_{keep} {}

  /// The next word, without blanks around it; false at the end. A comma inside quotes ends a word
  /// too: none of the headers read this way has quoted words.
  bool next(std::string_view& word) {
    while (!done_) {
      const std::size_t comma = rest_.find(',');
      word = rest_.substr(0, comma);
      if (comma == std::string_view::npos) {
        done_ = true;
      } else {
        rest_.remove_prefix(comma + 1);
      }
      trim(word);
      if (!word.empty() || keep_ == KeepEmpty::Yes) return true;
    }
    return false;
  }

 private:
  static void trim(std::string_view& word) {
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
  }
  std::string_view rest_;
  KeepEmpty keep_;
  bool done_ = false;
};

}  // namespace lib::http

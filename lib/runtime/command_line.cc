#include "lib/runtime/command_line.h"

#include <utility>

#include "lib/base/text.h"

namespace lib::runtime {

namespace {

/// Collects words and commands while the line is read character by character.
class Splitter {
 public:
  void add(char c, bool escaped) {
    if (!in_word_) {
      in_word_ = true;
      word_begins_plain_ = !escaped;
    }
    if (word_.size() == 1) second_is_plain_ = !escaped;
    word_ += c;
  }
  void end_word() {
    if (!in_word_) return;
    last_may_announce_payload_ = word_begins_plain_ && second_is_plain_;
    if (words_.size() < kMaxWords) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
    second_is_plain_ = false;
  }
  void end_command() {
    end_word();
    if (!words_.empty()) line_.commands.push_back(std::move(words_));
    words_.clear();
  }
  CommandLine finish() {
    end_word();
    if (last_may_announce_payload_ && !words_.empty() && words_.back().starts_with("<<")) {
      line_.payload_end = words_.back().substr(2);
      words_.pop_back();
    }
    end_command();
    if (line_.commands.empty()) line_.commands.emplace_back();
    return std::move(line_);
  }

 private:
  CommandLine line_;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
  bool word_begins_plain_ = false;
  bool second_is_plain_ = false;
  bool last_may_announce_payload_ = false;  // the last ended word's first two characters were not escaped
};

}  // namespace

CommandLine split_command_line(std::string_view line) {
  Splitter splitter;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      splitter.add(line[++i], true);
    } else if (c == ';') {
      splitter.end_command();
    } else if (lib::base::is_blank(c)) {
      splitter.end_word();
    } else {
      splitter.add(c, false);
    }
  }
  return splitter.finish();
}

}  // namespace lib::runtime

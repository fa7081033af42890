#include "parsers/keepalived/tree_builder.h"

#include <algorithm>

namespace parsers::keepalived {

Place TreeBuilder::here() const {
  if (lines_.empty()) return {};
  return {.source = line().source, .line = line().line, .column = 0, .length = 0};
}

// ---- words

Word TreeBuilder::make_word(std::string_view text) {
  Word word;
  word.text = text;
  word.column = static_cast<std::uint32_t>(column_ + 1);
  word.length = static_cast<std::uint32_t>(text.size());
  column_ += text.size();
  return word;
}

Word TreeBuilder::make_quoted(std::string_view text) {
  Word word = make_word(text);
  word.text.clear();
  const std::string_view inside = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\' && i + 1 < inside.size() && inside[i + 1] == '"') continue;  // the quote stays, its escape goes
    word.text += inside[i];
  }
  word.quoted = true;
  return word;
}

Word TreeBuilder::make_unterminated(std::string_view text) {
  Word word = make_word(text);
  word.text = text.substr(1);
  word.quoted = word.unterminated = true;
  std::string_view shown = line().text;
  shown.remove_prefix(std::min(shown.find_first_not_of(" \t\f\v\r"), shown.size()));
  findings_.at(Complaint::Quote, here(), "Unterminated quote '" + std::string{shown} + "'");
  findings_.at(Complaint::Quote, here(), "Unmatched quote: '" + std::string{shown} + "'");
  return word;
}

// ---- statements

void TreeBuilder::add_word(Word word) {
  if (pending_.words.empty()) {
    pending_.source = line().source;
    pending_.line = line().line;
    if (word.column != 0) {
      const std::size_t behind = std::min<std::size_t>(word.column - 1 + word.length, line().text.size());
      std::string_view raw = std::string_view{line().text}.substr(behind);
      const std::size_t begin = raw.find_first_not_of(" \t\f\v\r");
      raw = begin == std::string_view::npos ? std::string_view{} : raw.substr(begin);
      // A brace outside quotes ends the statement.
      bool quoted = false;
      std::size_t end = 0;
      while (end < raw.size() && (quoted || (raw[end] != '{' && raw[end] != '}'))) quoted ^= raw[end++] == '"';
      raw = raw.substr(0, end);
      const std::size_t last = raw.find_last_not_of(" \t\f\v\r");
      pending_.raw = std::string{raw.substr(0, last == std::string_view::npos ? 0 : last + 1)};
    }
  }
  if (!line().is_original) word.column = word.length = 0;
  pending_.words.push_back(std::move(word));
}

void TreeBuilder::flush() {
  if (pending_.words.empty()) return;
  level().push_back(std::move(pending_));
  pending_ = Statement{};
}

void TreeBuilder::end_statement() {
  flush();
  ++line_;
}

void TreeBuilder::open_block() {
  const bool own_line = pending_.words.empty();
  flush();
  std::vector<Statement>& here_now = level();
  // Alone on its line a brace belongs to the statement before, which must not have a block already.
  if (here_now.empty() || here_now.back().has_block || (own_line && stray_open_ != 0)) {
    findings_.at(Complaint::Braces, here(), "Unexpected '{' - ignoring");
    ++stray_open_;
    return;
  }
  here_now.back().has_block = true;
  open_.push_back(&here_now.back());
}

void TreeBuilder::close_block() {
  flush();
  if (stray_open_ != 0) {
    --stray_open_;
    return;
  }
  if (open_.empty()) {
    findings_.at(Complaint::Braces, here(), "Extra '}' found");
    return;
  }
  open_.back()->end_line = line().line;
  open_.pop_back();
}

void TreeBuilder::end_file() {
  const std::size_t missing = open_.size() + stray_open_;
  if (missing == 0) return;
  const Place place = open_.empty() ? Place{} : open_.back()->whole();
  findings_.about(Complaint::Braces, place, "There are " + std::to_string(missing) + " missing '}'s or extra '{'s",
                  open_.empty() ? "" : "the block that begins here is not closed");
}

void build_tree(std::span<const LogicalLine> lines, Tree& tree, Findings& findings) {
  if (lines.empty()) return;
  std::string text;
  for (const LogicalLine& line : lines) {
    text += line.text;
    text += '\n';
  }
  TreeBuilder builder{lines, tree, findings};
  scan_and_build(text, builder);
}

}  // namespace parsers::keepalived

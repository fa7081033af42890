#include "parsers/haproxy/logformat.h"

#include <array>
#include <optional>
#include <utility>

#include "lib/base/text.h"

namespace parsers::haproxy {
namespace {

bool is_letter(char c) {
  const char lower = lib::base::to_lower(c);
  return lower >= 'a' && lower <= 'z';
}

struct Flag {
  std::string_view name;
  bool LogFlags::*field;
};
constexpr auto kFlags = std::to_array<Flag>({{"Q", &LogFlags::quote},
                                             {"X", &LogFlags::hexadecimal},
                                             {"E", &LogFlags::escape},
                                             {"M", &LogFlags::mandatory},
                                             {"bin", &LogFlags::binary},
                                             {"json", &LogFlags::json},
                                             {"cbor", &LogFlags::cbor}});

struct TypeName {
  std::string_view name;
  LogType type;
};
constexpr auto kTypes = std::to_array<TypeName>(
    {{"str", LogType::Text}, {"sint", LogType::Int}, {"bool", LogType::Bool}});

/// "+Q,-X": words without a sign, and unknown ones, say nothing, as in the original.
void apply_flags(std::string_view text, LogFlags& flags) {
  for (std::string_view word : lib::base::split(text, ',')) {
    word = lib::base::trim(word);
    if (word.empty() || (word.front() != '+' && word.front() != '-')) continue;
    for (const Flag& flag : kFlags) {
      if (flag.name == word.substr(1)) flags.*flag.field = word.front() == '+';
    }
  }
}

class FormatReader {
 public:
  FormatReader(std::string_view format, LogSpaces spaces) : format_{format}, spaces_{spaces} {}

  lib::base::Result<std::vector<LogItem>, TextFault> read() {
    while (at_ < format_.size() && !fault_) read_next();
    if (fault_) return tl::unexpected<TextFault>{std::move(*fault_)};
    return std::move(items_);
  }

 private:
  void read_next();
  void read_item();
  void read_alias(LogItem item);
  void read_sample(LogItem item);
  void read_odd_percent();
  bool read_name(LogItem& item);
  bool read_flags(LogItem& item);
  void add_text(std::size_t begin, std::string_view text);
  void add_item(LogItem item);
  void fail(std::size_t offset, std::size_t length, std::string message);
  std::string_view rest() const { return format_.substr(at_); }
  bool is_at(char c) const { return at_ < format_.size() && format_[at_] == c; }

  std::string_view format_;
  LogSpaces spaces_;
  std::size_t at_ = 0;
  LogFlags defaults_;  // what "%{...}o" set
  std::vector<LogItem> items_;
  std::optional<TextFault> fault_;
};

void FormatReader::fail(std::size_t offset, std::size_t length, std::string message) {
  if (!fault_) fault_ = TextFault{std::move(message), offset, length};
}

void FormatReader::add_item(LogItem item) {
  item.length = static_cast<std::uint32_t>(at_) - item.offset;
  items_.push_back(std::move(item));
}

void FormatReader::add_text(std::size_t begin, std::string_view text) {
  if (items_.empty() || items_.back().kind != LogItem::Kind::Text) {
    LogItem item;
    item.offset = static_cast<std::uint32_t>(begin);
    items_.push_back(std::move(item));
  }
  items_.back().text += text;
  items_.back().length = static_cast<std::uint32_t>(at_) - items_.back().offset;
}

void FormatReader::read_next() {
  const std::size_t begin = at_;
  if (format_[at_] == '%') return read_item();
  const bool is_merged = spaces_ == LogSpaces::Merge;
  if (is_merged && lib::base::is_blank(format_[at_])) {
    while (at_ < format_.size() && lib::base::is_blank(format_[at_])) ++at_;
    LogItem item;
    item.kind = LogItem::Kind::Separator;
    item.text = " ";
    item.offset = static_cast<std::uint32_t>(begin);
    return add_item(std::move(item));
  }
  const std::size_t end = format_.find_first_of(is_merged ? "% \t" : "%", at_);
  at_ = end == std::string_view::npos ? format_.size() : end;
  add_text(begin, format_.substr(begin, at_ - begin));
}

/// At a '%': name, flags, then what it is about.
void FormatReader::read_item() {
  const std::size_t begin = at_++;
  LogItem item;
  item.offset = static_cast<std::uint32_t>(begin);
  item.flags = defaults_;
  if (is_at('(') && !read_name(item)) return read_odd_percent();
  const bool has_flags = is_at('{');
  if (has_flags && !read_flags(item)) return;
  if (is_at('[')) return read_sample(std::move(item));
  if (at_ < format_.size() && is_letter(format_[at_])) return read_alias(std::move(item));
  if (has_flags) {
    return fail(begin, at_ - begin,
                "parse argument modifier without variable name near '" +
                    std::string{format_.substr(begin, at_ - begin)} + "'");
  }
  if (!is_at('%')) return read_odd_percent();
  ++at_;
  add_text(begin, "%");
}

/// A percent sign before anything else. Blanks and digits look like a forgotten "%%"; other bytes
/// stand for themselves.
void FormatReader::read_odd_percent() {
  if (at_ == format_.size()) return fail(at_ - 1, 1, "truncated line after '%'");
  const char c = format_[at_];
  if (lib::base::is_blank(c) || lib::base::is_digit(c)) {
    return fail(at_ - 1, 2,
                "unexpected variable name near '" + std::string{c} + "' at position " +
                    std::to_string(at_) + " line : '" + std::string{format_} +
                    "'. Maybe you want to write a single '%', use the syntax '%%'");
  }
  ++at_;
  add_text(at_ - 2, format_.substr(at_ - 1, 1));
}

/// "(name)" or "(name:type)" before an item; anything else in parentheses is text.
bool FormatReader::read_name(LogItem& item) {
  const std::size_t end = rest().find(')');
  if (end == std::string_view::npos || end + 1 >= rest().size()) return false;
  const char next = rest()[end + 1];
  if (next != '[' && next != '{' && !is_letter(next)) return false;
  std::string_view name = rest().substr(1, end - 1);
  if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
    const std::string_view type = name.substr(colon + 1);
    for (const TypeName& each : kTypes) {
      if (each.name == type) item.type = each.type;
    }
    if (item.type == LogType::Any && !type.empty()) {
      fail(at_ + colon + 2, type.size(),
           "unexpected type '" + std::string{type} + "', expected str, sint or bool");
    }
    name = name.substr(0, colon);
  }
  item.name = name;
  at_ += end + 1;
  return true;
}

bool FormatReader::read_flags(LogItem& item) {
  const std::size_t end = rest().find('}');
  if (end == std::string_view::npos) {
    fail(at_, format_.size() - at_, "truncated line after '" + std::string{rest().substr(1)} + "'");
    return false;
  }
  apply_flags(rest().substr(1, end - 1), item.flags);
  at_ += end + 1;
  return true;
}

void FormatReader::read_alias(LogItem item) {
  const std::size_t begin = at_;
  while (at_ < format_.size() && (is_letter(format_[at_]) || lib::base::is_digit(format_[at_])))
    ++at_;
  item.kind = LogItem::Kind::Alias;
  item.text = format_.substr(begin, at_ - begin);
  if (item.text == "o") {
    defaults_ = item.flags;
    return;
  }
  add_item(std::move(item));
}

void FormatReader::read_sample(LogItem item) {
  ++at_;  // '['
  auto sample = parse_sample_prefix(rest());
  if (!sample) {
    return fail(at_ + sample.error().offset, sample.error().length,
                "failed to parse sample expression <" + std::string{rest()} +
                    "> : " + sample.error().message);
  }
  item.kind = LogItem::Kind::Sample;
  item.text = rest().substr(0, sample->consumed);
  at_ += sample->consumed;
  if (at_ == format_.size()) {
    return fail(at_ - sample->consumed - 1, sample->consumed + 1,
                "missing ']' after '" + item.text + "'");
  }
  if (!is_at(']')) {
    return fail(
        at_, 1,
        "expected ']' after '" + item.text + "', but found '" + std::string{format_[at_]} + "'");
  }
  ++at_;
  item.sample = std::move(*sample);
  add_item(std::move(item));
}

}  // namespace

lib::base::Result<std::vector<LogItem>, TextFault> parse_log_format(std::string_view format,
                                                                    LogSpaces spaces) {
  return FormatReader{format, spaces}.read();
}

}  // namespace parsers::haproxy

// Converters that cut a piece out: bytes, fields, words, parameters.
#include <array>
#include <cstring>

#include "proxyd/samples/table.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

bool cut_bytes(const Arguments& arguments, Context& context, Sample& sample) {
  std::int64_t offset = 0, length = 0;
  if (!argument_number(arguments, 0, context, offset) || offset < 0) return false;
  const auto size = static_cast<std::int64_t>(sample.text.size());
  if (offset >= size) {
    sample.text = {"", 0};
    return arguments.list[0].is_variable || offset == size || size < offset;
  }
  sample.text.remove_prefix(static_cast<std::size_t>(offset));
  if (!arguments.has(1)) return true;
  if (!argument_number(arguments, 1, context, length) || length < 0) return false;
  sample.text = sample.text.substr(0, static_cast<std::size_t>(length));
  return true;
}

std::string check_bytes(Arguments& arguments, Environment& environment) {
  if (std::string wrong = check_number_or_variable(arguments.list[0], environment); !wrong.empty()) return wrong;
  return arguments.has(1) ? check_number_or_variable(arguments.list[1], environment) : std::string{};
}

bool is_in(char c, std::string_view set) { return std::memchr(set.data(), c, set.size()) != nullptr; }

/// The pieces between delimiters; `skip_empty`: words.
class Pieces {
 public:
  Pieces(std::string_view text, std::string_view delimiters, bool skip_empty)
      : text_{text}, delimiters_{delimiters}, skip_empty_{skip_empty} {}

  bool next() {
    while (at_ <= text_.size()) {
      begin_ = at_;
      end_ = begin_;
      while (end_ < text_.size() && !is_in(text_[end_], delimiters_)) ++end_;
      at_ = end_ + 1;
      if (!skip_empty_ || end_ != begin_) return true;
    }
    return false;
  }
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }

 private:
  std::string_view text_, delimiters_;
  bool skip_empty_;
  std::size_t at_ = 0, begin_ = 0, end_ = 0;
};

/// `count` pieces from the `index`th on: 0 all that follow. A negative index counts from the end, and then `count` pieces
/// reach towards the beginning.
bool cut_pieces(const Arguments& arguments, Sample& sample, bool skip_empty) {
  const std::int64_t index = arguments.number(0), count = arguments.number(2, 1);
  const std::string_view text = sample.text, delimiters = arguments.text(1);
  std::int64_t first = index, last = count == 0 ? INT64_MAX : index + count - 1;
  if (index < 0) {
    std::int64_t total = 0;
    for (Pieces all{text, delimiters, skip_empty}; all.next();) ++total;
    last = total + index + 1;
    first = count == 0 ? 1 : last - count + 1;
    if (last < 1) return false;
    if (first < 1) first = 1;
  }
  std::int64_t number = 0;
  std::size_t begin = std::string_view::npos, end = 0;
  for (Pieces pieces{text, delimiters, skip_empty}; number < last && pieces.next();) {
    if (++number == first) begin = pieces.begin();
    end = pieces.end();
  }
  if (begin == std::string_view::npos) return false;
  sample.text = text.substr(begin, end - begin);
  return true;
}

bool field(const Arguments& arguments, Context&, Sample& sample) {
  return cut_pieces(arguments, sample, false) && !sample.text.empty();
}

bool word(const Arguments& arguments, Context&, Sample& sample) { return cut_pieces(arguments, sample, true); }

std::string check_index(Arguments& arguments, Environment&) {
  return arguments.number(0) == 0 ? "Unexpected value 0 for index" : std::string{};
}

bool parameter(const Arguments& arguments, Context&, Sample& sample) {
  const std::string_view name = arguments.text(0);
  const char delimiter = arguments.has(1) ? arguments.text(1).front() : '&';
  for (std::string_view rest = sample.text; !rest.empty();) {
    const std::size_t end = rest.find(delimiter);
    const std::string_view each = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (!each.starts_with(name)) continue;
    if (each.size() == name.size()) return sample.set_text(std::string_view{"", 0});
    if (each[name.size()] == '=') return sample.set_text(each.substr(name.size() + 1));
  }
  return false;
}

constexpr auto kRows = std::to_array<Converter>({
    {"bytes", Type::Binary, Type::Binary, "s?s", cut_bytes, check_bytes},
    {"field", Type::Text, Type::Text, "is?i", field, check_index},
    {"param", Type::Text, Type::Text, "s?s", parameter},
    {"word", Type::Text, Type::Text, "is?i", word, check_index},
});

}  // namespace

std::span<const Converter> piece_converters() { return kRows; }

}  // namespace proxyd::samples

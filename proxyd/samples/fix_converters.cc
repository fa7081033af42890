// FIX messages (Financial Information eXchange): tags and values, "8=FIX.4.4<SOH>9=65<SOH>35=A<SOH>...10=123<SOH>".
#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

constexpr char kEnd = '\x01';
constexpr std::int64_t kBeginString = 8, kBodyLength = 9, kCheckSum = 10, kMessageType = 35;

constexpr auto kTagNames = std::to_array<std::pair<std::string_view, std::int64_t>>({{"BeginString", kBeginString},
                                                                                     {"BodyLength", kBodyLength},
                                                                                     {"MsgType", kMessageType},
                                                                                     {"SenderCompID", 49},
                                                                                     {"TargetCompID", 56},
                                                                                     {"CheckSum", kCheckSum}});
constexpr auto kVersions =
    std::to_array<std::string_view>({"FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"});

struct Tag {
  std::int64_t id = 0;
  std::string_view value;
  std::size_t size = 0;  // with its end
};

enum class Read : std::uint8_t { Tag, Incomplete, Wrong };

/// The first tag of `rest`.
Read read_tag(std::string_view rest, Tag& tag) {
  const std::size_t equals = rest.find('=');
  const std::size_t end = rest.find(kEnd);
  if (equals == std::string_view::npos) return end == std::string_view::npos ? Read::Incomplete : Read::Wrong;
  const auto id = lib::base::parse_number<std::int64_t>(rest.substr(0, equals));
  if (!id || *id < 0 || !lib::base::is_digit(rest.front())) return Read::Wrong;
  if (end == std::string_view::npos) return Read::Incomplete;
  if (end <= equals + 1) return Read::Wrong;  // no value
  tag = {*id, rest.substr(equals + 1, end - equals - 1), end + 1};
  return Read::Tag;
}

unsigned sum_of(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<unsigned char>(c);
  return sum % 256;
}

/// The whole message: version, body length, type, then tags up to the check sum, which must be right.
Read check_message(std::string_view message) {
  std::size_t at = 0, body = 0, length = 0;
  for (unsigned count = 1;; ++count) {
    if (at == message.size()) return Read::Incomplete;
    Tag tag;
    const Read read = read_tag(message.substr(at), tag);
    if (read != Read::Tag) return read;
    const std::int64_t expected = count == 1 ? kBeginString : count == 2 ? kBodyLength : count == 3 ? kMessageType : tag.id;
    if (tag.id != expected) return Read::Wrong;
    if (count == 1 && std::find(kVersions.begin(), kVersions.end(), tag.value) == kVersions.end()) return Read::Wrong;
    if (count == 2) {
      const auto number = lib::base::parse_number<std::size_t>(tag.value);
      if (!number) return Read::Wrong;
      length = *number;
      body = at + tag.size;
    }
    if (count > 3 && tag.id == kCheckSum) {
      const auto sum = lib::base::parse_number<unsigned>(tag.value);
      const bool is_right = at == body + length && tag.value.size() == 3 && sum && *sum == sum_of(message.substr(0, at));
      return is_right ? Read::Tag : Read::Wrong;
    }
    at += tag.size;
    if (count > 2 && at > body + length) return Read::Wrong;  // the check sum should have come
  }
}

bool is_valid(const Arguments&, Context& context, Sample& sample) {
  const Read read = check_message(sample.text);
  if (read == Read::Incomplete) {
    context.missing = context.missing || !context.is_final;
    return false;
  }
  return sample.set(read == Read::Tag);
}

bool tag_value(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view rest = sample.text;
  Tag tag;
  while (!rest.empty()) {
    const Read read = read_tag(rest, tag);
    if (read == Read::Wrong) return false;
    if (read == Read::Incomplete) break;
    if (tag.id == arguments.number(0)) return sample.set_text(tag.value, Type::Binary);
    rest.remove_prefix(tag.size);
  }
  context.missing = context.missing || !context.is_final;
  return false;
}

std::string check_tag(Arguments& arguments, Environment&) {
  Argument& argument = arguments.list[0];
  for (const auto& [name, id] : kTagNames)
    if (argument.text == name) {
      argument.number = id;
      return {};
    }
  const auto id = lib::base::parse_number<std::int64_t>(argument.text);
  if (!id || *id <= 0) return "Unknown FIX tag name '" + argument.text + "'";
  argument.number = *id;
  return {};
}

constexpr auto kRows = std::to_array<Converter>({
    {"fix_is_valid", Type::Binary, Type::Bool, "", is_valid},
    {"fix_tag_value", Type::Binary, Type::Binary, "s", tag_value, check_tag},
});

}  // namespace

std::span<const Converter> fix_converters() { return kRows; }

}  // namespace proxyd::samples

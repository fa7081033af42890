#include "proxyd/samples/json_value.h"

#include "lib/base/text.h"

namespace proxyd::samples {
namespace {

constexpr int kDeepest = 64;

/// Walks over JSON. Each take_ returns false where the text is not what it should be.
class Walker {
 public:
  explicit Walker(std::string_view text) : rest_{text} {}

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n' || rest_.front() == '\r'))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at(char c) {
    skip_blanks();
    return !rest_.empty() && rest_.front() == c;
  }
  bool take_text(std::string_view& raw) {
    if (!take('"')) return false;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        raw = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }
  bool take_value(JsonValue& value, int depth = 0);
  std::string_view rest() const { return rest_; }

 private:
  bool take_scalar(JsonValue& value);
  bool take_container(char close, int depth);
  std::string_view rest_;
};

bool Walker::take_scalar(JsonValue& value) {
  std::size_t end = 0;
  while (end < rest_.size() && std::string_view{",]} \t\r\n"}.find(rest_[end]) == std::string_view::npos) ++end;
  value.raw = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (value.raw == "true" || value.raw == "false") value.kind = JsonKind::Bool;
  else if (value.raw == "null") value.kind = JsonKind::Null;
  else if (!value.raw.empty() && (lib::base::is_digit(value.raw.front()) || value.raw.front() == '-'))
    value.kind = JsonKind::Number;
  else return false;
  return true;
}

bool Walker::take_container(char close, int depth) {
  if (take(close)) return true;
  do {
    std::string_view name;
    if (close == '}' && (!take_text(name) || !take(':'))) return false;
    JsonValue inner;
    if (!take_value(inner, depth + 1)) return false;
  } while (take(','));
  return take(close);
}

bool Walker::take_value(JsonValue& value, int depth) {
  skip_blanks();
  if (rest_.empty() || depth > kDeepest) return false;
  if (rest_.front() == '"') {
    value.kind = JsonKind::Text;
    return take_text(value.raw);
  }
  if (rest_.front() != '{' && rest_.front() != '[') return take_scalar(value);
  const std::string_view from = rest_;
  const bool is_object = rest_.front() == '{';
  value.kind = is_object ? JsonKind::Object : JsonKind::Array;
  rest_.remove_prefix(1);
  if (!take_container(is_object ? '}' : ']', depth)) return false;
  value.raw = from.substr(0, from.size() - rest_.size());
  return true;
}

/// Goes to the member or element that a step names.
bool enter(Walker& walker, const JsonStep& step) {
  const bool wants_member = step.index < 0;
  if (!walker.take(wants_member ? '{' : '[')) return false;
  if (walker.at(wants_member ? '}' : ']')) return false;
  std::int64_t at = 0;
  do {
    std::string_view name;
    if (wants_member && (!walker.take_text(name) || !walker.take(':'))) return false;
    if (wants_member ? name == step.member : at++ == step.index) return true;
    JsonValue passed;
    if (!walker.take_value(passed)) return false;
  } while (walker.take(','));
  return false;
}

}  // namespace

std::optional<std::vector<JsonStep>> parse_json_path(std::string_view text) {
  std::vector<JsonStep> steps;
  if (text.starts_with('$')) text.remove_prefix(1);
  else if (!text.empty() && text.front() != '.' && text.front() != '[') {
    // "a.b" is "$.a.b"
    const std::size_t end = text.find_first_of(".[");
    steps.push_back({text.substr(0, end), -1});
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  while (!text.empty()) {
    if (text.front() == '.') {
      text.remove_prefix(1);
      const std::size_t end = text.find_first_of(".[");
      if (end == 0 || text.empty()) return std::nullopt;
      steps.push_back({text.substr(0, end), -1});
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
    } else if (text.front() == '[') {
      const std::size_t close = text.find(']');
      if (close == std::string_view::npos) return std::nullopt;
      const std::string_view inner = text.substr(1, close - 1);
      text = text.substr(close + 1);
      if (inner.size() > 2 && (inner.front() == '"' || inner.front() == '\'') && inner.back() == inner.front()) {
        steps.push_back({inner.substr(1, inner.size() - 2), -1});
        continue;
      }
      const auto index = lib::base::parse_number<std::int64_t>(inner);
      if (!index || *index < 0) return std::nullopt;
      steps.push_back({{}, *index});
    } else {
      return std::nullopt;
    }
  }
  return steps;
}

std::optional<JsonValue> find_json(std::string_view text, std::string_view path) {
  const auto steps = parse_json_path(path);
  if (!steps) return std::nullopt;
  Walker walker{text};
  for (const JsonStep& each : *steps)
    if (!enter(walker, each)) return std::nullopt;
  JsonValue value;
  if (!walker.take_value(value)) return std::nullopt;
  return value;
}

void unescape_json(std::string_view raw, TextOutput& out) {
  const auto hex = [&](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4 && i < raw.size(); ++i) {
      const char low = lib::base::to_lower(raw[i]);
      value = value << 4 | static_cast<unsigned>(lib::base::is_digit(low) ? low - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : 0);
    }
    return value;
  };
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out.put(raw[i]);
      continue;
    }
    switch (raw[++i]) {
      case 'b': out.put('\b'); break;
      case 'f': out.put('\f'); break;
      case 'n': out.put('\n'); break;
      case 'r': out.put('\r'); break;
      case 't': out.put('\t'); break;
      case 'u': {
        const unsigned code = hex(i + 1);
        i += 4;
        if (code < 0x80) {
          out.put(static_cast<char>(code));
        } else if (code < 0x800) {
          out.put(static_cast<char>(0xc0 | code >> 6));
          out.put(static_cast<char>(0x80 | (code & 0x3f)));
        } else {
          out.put(static_cast<char>(0xe0 | code >> 12));
          out.put(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
          out.put(static_cast<char>(0x80 | (code & 0x3f)));
        }
        break;
      }
      default: out.put(raw[i]);
    }
  }
}

}  // namespace proxyd::samples

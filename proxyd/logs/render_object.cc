#include "proxyd/logs/render_object.h"

#include <array>
#include <string>

#include "proxyd/samples/value.h"

namespace proxyd::logs {
namespace {

using parsers::haproxy::LogType;

/// What an item is worth: a number, a truth, or text.
struct Value {
  LogType type = LogType::Text;
  std::int64_t number = 0;
  std::string_view text;
};

bool is_number(Field field) {
  using enum Field;
  switch (field) {
    case ClientPort: case DestinationPort: case BackPort: case ServerPort: case DateMs: case DateSeconds: case HandshakeTime:
    case IdleTime: case RequestTime: case WholeRequestTime: case QueueTime: case ConnectTime: case ResponseTime: case DataTime:
    case ActiveTime: case TotalTime: case UserTime: case ProcessConnections: case FrontendConnections:
    case BackendConnections: case ServerConnections: case Retries: case ServerQueue: case BackendQueue: case Status:
    case BytesOut: case BytesIn: case RequestCounter: case Counter: case Pid:
      return true;
    default: return false;
  }
}

/// Finds values; their text is in `room`.
class Values {
 public:
  Values(const LogRecord& record, const LineContext& context, lib::log::Dates& dates)
      : record_{record}, context_{context}, dates_{dates} {}

  Value of(const FormatItem& item) {
    Value value = item.kind == FormatItem::Kind::Sample ? of_sample(item) : of_field(item);
    if (item.type == LogType::Any || item.type == value.type) return value;
    if (value.type == LogType::Text) value.number = samples::leading_integer(value.text);
    else if (item.type == LogType::Text && context_.samples != nullptr)
      value.text = samples::number_text(value.number, context_.samples->arena());
    value.type = item.type;
    return value;
  }

 private:
  Value of_field(const FormatItem& item) {
    FormatItem plain = item;
    plain.quote = plain.escape = plain.mandatory = false;
    LineWriter out{room_.data(), room_.size() - LineWriter::kSlack};
    out.keep_raw();
    render_item(plain, record_, context_, dates_, out);
    Value value;
    value.text = {room_.data(), out.size()};
    if (value.text == "-") value.text = {};
    if (!item.hexadecimal && is_number(item.field)) {
      value.type = LogType::Int;
      value.number = samples::leading_integer(value.text);
    }
    return value;
  }

  Value of_sample(const FormatItem& item) {
    Value value;
    samples::Sample sample;
    if (context_.samples == nullptr || !item.expression->evaluate(*context_.samples, sample)) return value;
    value.number = sample.number;
    if (sample.type == samples::Type::Int) value.type = LogType::Int;
    else if (sample.type == samples::Type::Bool) value.type = LogType::Bool;
    else value.text = samples::text_of(sample, context_.samples->arena());
    return value;
  }

  const LogRecord& record_;
  const LineContext& context_;
  lib::log::Dates& dates_;
  std::array<char, 8192 + LineWriter::kSlack> room_;
};

/// The size of the UTF-8 sequence that `text` begins with; 0 when it is none (RFC 3629, 4).
std::size_t utf8_size(std::string_view text) {
  const auto byte = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (std::size_t at = 1; at < size; ++at)
    if ((byte(at) & 0xc0U) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool is_longer_than_needed = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_no_character = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return is_longer_than_needed || is_no_character ? 0 : size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

/// Bytes that are no UTF-8 become the characters of the same numbers: the line stays JSON whatever a client sends.
void put_json_text(std::string_view text, LineWriter& out) {
  out.put('"');
  while (!text.empty() && !out.is_full()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t size = utf8_size(text);
    if (c == '"' || c == '\\') {
      out.put('\\');
      out.put(c);
    } else if (byte < 0x20 || byte == 0x7f || size == 0) {
      out.put_short("\\u");
      out.put_hexadecimal(byte, 4);
    } else {
      out.put_short(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out.put('"');
}

void put_json(std::string_view name, const Value& value, LineWriter& out) {
  put_json_text(name, out);
  out.put_short(": ");
  if (value.type == LogType::Int) out.put_number(value.number);
  else if (value.type == LogType::Bool) out.put_short(value.number != 0 ? "true" : "false");
  else put_json_text(value.text, out);
}

/// As JSON has it: bytes that are no UTF-8 become the characters of the same numbers.
std::string as_utf8(std::string_view text) {
  std::string made;
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size == 0) made.append({static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))});
    else made.append(text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return made;
}

/// Bytes of CBOR, in hexadecimal unless they go out as they are.
class CborWriter {
 public:
  CborWriter(LineWriter& out, bool binary) : out_{out}, binary_{binary} {}
  void byte(unsigned value) {
    if (out_.is_full()) return;
    if (binary_) out_.put(static_cast<char>(value));
    else out_.put_hexadecimal(value, 2);
  }
  /// A head: the major type and its argument.
  void head(unsigned major, std::uint64_t argument) {
    const unsigned top = major << 5;
    if (argument < 24) return byte(top | static_cast<unsigned>(argument));
    const unsigned size = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000ULL ? 4 : 8;
    byte(top | (size == 1 ? 24U : size == 2 ? 25U : size == 4 ? 26U : 27U));
    for (unsigned i = size; i-- > 0;) byte(static_cast<unsigned>(argument >> (8 * i)) & 0xffU);
  }
  /// A text string; a byte string where it is no UTF-8 (RFC 8949, 3.1).
  void text(std::string_view value) {
    head(is_utf8(value) ? 3 : 2, value.size());
    for (const char c : value) byte(static_cast<unsigned char>(c));
  }
  void value(const Value& of) {
    if (of.type == LogType::Bool) return byte(of.number != 0 ? 0xf5 : 0xf4);
    if (of.type != LogType::Int) return text(of.text);
    if (of.number >= 0) head(0, static_cast<std::uint64_t>(of.number));
    else head(1, static_cast<std::uint64_t>(-1 - of.number));
  }

 private:
  LineWriter& out_;
  bool binary_;
};

constexpr unsigned kMapBegins = 0xbf, kBreak = 0xff;

}  // namespace

void render_object(const Format& format, const LogRecord& record, const LineContext& context, lib::log::Dates& dates,
                   LineWriter& out) {
  Values values{record, context, dates};
  CborWriter cbor{out, format.binary};
  const bool is_json = format.encoding == formats::Encoding::Json;
  bool is_first = true;
  if (is_json) out.put('{');
  else cbor.byte(kMapBegins);
  for (const FormatItem& item : format.items) {
    if (item.name.empty() || out.is_full()) continue;
    const Value value = values.of(item);
    if (is_json) {
      if (!is_first) out.put_short(", ");
      put_json(item.name, value, out);
    } else {
      if (is_utf8(item.name)) cbor.text(item.name);
      else cbor.text(as_utf8(item.name));  // readers want keys to be text
      cbor.value(value);
    }
    is_first = false;
  }
  if (is_json) out.put('}');
  else cbor.byte(kBreak);
}

}  // namespace proxyd::logs

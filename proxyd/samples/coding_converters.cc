// Converters between ways of writing bytes: hexadecimal, base64, percent, JSON strings, big and little endian numbers.
#include <array>
#include <charconv>

#include "lib/base/text.h"
#include "proxyd/samples/base64.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

bool give(Sample& sample, TextOutput& out, Type type = Type::Text) {
  sample.text = out.finish();
  sample.type = type;
  return true;
}

bool to_hex(const Arguments&, Context& context, Sample& sample) {
  TextOutput out{context.arena()};
  for (const char c : sample.text) out.put_hex(static_cast<unsigned char>(c));
  return give(sample, out);
}

bool to_bits(const Arguments&, Context& context, Sample& sample) {
  TextOutput out{context.arena()};
  for (const char c : sample.text)
    for (int bit = 7; bit >= 0; --bit) out.put((static_cast<unsigned char>(c) >> bit & 1) != 0 ? '1' : '0');
  return give(sample, out);
}

template <const Base64& Alphabet>
bool to_base64(const Arguments&, Context& context, Sample& sample) {
  TextOutput out{context.arena()};
  encode_base64(sample.text, Alphabet, out);
  return give(sample, out);
}

template <const Base64& Alphabet>
bool from_base64(const Arguments&, Context& context, Sample& sample) {
  TextOutput out{context.arena()};
  const bool good = decode_base64(sample.text, Alphabet, out);
  sample.text = out.finish();
  sample.type = Type::Binary;
  return good;
}

bool is_unreserved(char c) {
  const char low = lib::base::to_lower(c);
  return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

bool encode_url(const Arguments&, Context& context, Sample& sample) {
  TextOutput out{context.arena()};
  for (const char c : sample.text) {
    if (is_unreserved(c)) {
      out.put(c);
    } else {
      out.put('%');
      out.put_hex(static_cast<unsigned char>(c));
    }
  }
  return give(sample, out);
}

std::string check_url_encoding(Arguments& arguments, Environment&) {
  if (!arguments.has(0) || arguments.text(0) == "query") return {};
  return "Unexpected encode type. Allowed value is 'query'";
}

int hex_value(char c) {
  const char low = lib::base::to_lower(c);
  if (lib::base::is_digit(low)) return low - '0';
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// '+' is a blank in what is a form or stands behind a question mark. A '%' that two digits do not follow is an error.
bool decode_url(const Arguments& arguments, Context& context, Sample& sample) {
  bool in_form = arguments.number(0) != 0;
  TextOutput out{context.arena()};
  const std::string_view text = sample.text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+') {
      out.put(in_form ? ' ' : c);
    } else if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        (void)out.finish();
        return false;
      }
      out.put(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      if (c == '?') in_form = true;
      out.put(c);
    }
  }
  return give(sample, out);
}

enum class Utf8 : std::int64_t { Ascii, Strict, Skip, Print, PrintSkip };

std::string check_json(Arguments& arguments, Environment&) {
  constexpr auto kNames = std::to_array<std::string_view>({"ascii", "utf8", "utf8s", "utf8p", "utf8ps"});
  if (!arguments.has(0)) return {};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != arguments.text(0)) continue;
    arguments.list[0].number = static_cast<std::int64_t>(i);
    return {};
  }
  return "Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'";
}

/// The character at the front of `text` and its bytes; code -1: none that is well formed.
struct CodePoint {
  std::int32_t code;
  std::size_t size;
};

CodePoint next_character(std::string_view text, bool is_ascii) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (is_ascii || byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) >= 0xf0 && byte(0) < 0xf8 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) >= 0xf8 || size > text.size()) return {-1, 1};
  std::int32_t code = byte(0) & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {-1, i};
    code = code << 6 | (byte(i) & 0x3f);
  }
  return {code, size};
}

void put_json(std::int32_t code, TextOutput& out) {
  switch (code) {
    case '"': return out.put("\\\"");
    case '\\': return out.put("\\\\");
    case '/': return out.put("\\/");
    case '\b': return out.put("\\b");
    case '\f': return out.put("\\f");
    case '\r': return out.put("\\r");
    case '\n': return out.put("\\n");
    case '\t': return out.put("\\t");
    default: break;
  }
  if (code >= 0x20 && code < 0x7f) return out.put(static_cast<char>(code));
  out.put("\\u");
  out.put_hex(static_cast<unsigned char>(code >> 8), "0123456789abcdef");
  out.put_hex(static_cast<unsigned char>(code), "0123456789abcdef");
}

bool to_json(const Arguments& arguments, Context& context, Sample& sample) {
  const auto mode = static_cast<Utf8>(arguments.number(0));
  TextOutput out{context.arena()};
  for (std::string_view rest = sample.text; !rest.empty();) {
    CodePoint at = next_character(rest, mode == Utf8::Ascii);
    rest.remove_prefix(at.size);
    const bool wrong = at.code < 0 || at.code > 0xffff;
    if (wrong && mode == Utf8::Strict) {
      (void)out.finish();
      return false;
    }
    if (wrong && (mode == Utf8::Skip || mode == Utf8::PrintSkip)) continue;
    if (wrong) at.code = static_cast<unsigned char>(*(rest.data() - at.size));
    put_json(at.code, out);
  }
  return give(sample, out);
}

/// Chunks of bytes, as numbers or digits, with a separator between; the last one may be short unless it is cut off.
struct Chunks {
  std::string_view separator;
  std::size_t size;
  bool truncates;
};

Chunks chunks_of(const Arguments& arguments) {
  return {arguments.text(0), static_cast<std::size_t>(arguments.number(1, 1)), arguments.number(2) != 0};
}

std::string check_decimal_chunks(Arguments& arguments, Environment&) {
  if (arguments.number(1) <= 0 || arguments.number(1) > 8)
    return "chunk_size value must be set to a value between 1 and 8";
  if (arguments.has(2) && arguments.number(2) != 0 && arguments.number(2) != 1)
    return "truncate value must be 0 or 1";
  return {};
}

std::string check_hex_chunks(Arguments& arguments, Environment&) {
  if (!arguments.text(0).empty() && arguments.has(1) && arguments.number(1) <= 0)
    return "chunk_size value must be at least 1";
  if (arguments.has(2) && arguments.number(2) != 0 && arguments.number(2) != 1) return "truncate value must be 0 or 1";
  return {};
}

template <bool BigEndian>
bool to_decimal(const Arguments& arguments, Context& context, Sample& sample) {
  const Chunks chunks = chunks_of(arguments);
  TextOutput out{context.arena()};
  for (std::size_t at = 0; at < sample.text.size(); at += chunks.size) {
    const std::string_view chunk = sample.text.substr(at, chunks.size);
    if (chunk.size() < chunks.size && chunks.truncates) break;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const auto byte = static_cast<unsigned char>(BigEndian ? chunk[i] : chunk[chunk.size() - 1 - i]);
      value = value << 8 | byte;
    }
    if (at != 0) out.put(chunks.separator);
    std::array<char, 24> digits{};
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.put(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  return give(sample, out);
}

bool to_hex_chunks(const Arguments& arguments, Context& context, Sample& sample) {
  const Chunks chunks = chunks_of(arguments);
  TextOutput out{context.arena()};
  for (std::size_t at = 0; at < sample.text.size(); at += chunks.size) {
    const std::string_view chunk = sample.text.substr(at, chunks.size);
    if (chunk.size() < chunks.size && chunks.truncates) break;
    if (at != 0) out.put(chunks.separator);
    for (const char c : chunk) out.put_hex(static_cast<unsigned char>(c));
  }
  return give(sample, out);
}

bool to_network_order(const Arguments&, Context& context, Sample& sample) {
  const std::span<char> room = context.arena().take(4);
  for (unsigned i = 0; i < 4; ++i) room[i] = static_cast<char>(sample.number >> (24 - 8 * i));
  return sample.set_text({room.data(), room.size()}, Type::Binary);
}

constexpr auto kRows = std::to_array<Converter>({
    {"b64dec", Type::Text, Type::Binary, "", from_base64<kBase64>},
    {"base2", Type::Binary, Type::Text, "", to_bits},
    {"base64", Type::Binary, Type::Text, "", to_base64<kBase64>},
    {"be2dec", Type::Binary, Type::Text, "si?i", to_decimal<true>, check_decimal_chunks},
    {"be2hex", Type::Binary, Type::Text, "?sii", to_hex_chunks, check_hex_chunks},
    {"hex", Type::Binary, Type::Text, "", to_hex},
    {"htonl", Type::Int, Type::Binary, "", to_network_order},
    {"json", Type::Text, Type::Text, "?s", to_json, check_json},
    {"le2dec", Type::Binary, Type::Text, "si?i", to_decimal<false>, check_decimal_chunks},
    {"ub64dec", Type::Text, Type::Binary, "", from_base64<kBase64Url>},
    {"ub64enc", Type::Binary, Type::Text, "", to_base64<kBase64Url>},
    {"url_dec", Type::Text, Type::Text, "?i", decode_url},
    {"url_enc", Type::Binary, Type::Text, "?s", encode_url, check_url_encoding},
});

}  // namespace

std::span<const Converter> coding_converters() { return kRows; }

}  // namespace proxyd::samples

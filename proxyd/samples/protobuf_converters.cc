// Fields of protocol buffers messages by number, bare or in gRPC's frame.
#include <array>
#include <cstring>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

enum class Wire : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct FieldType {
  std::string_view name;
  Wire wire;
  bool zigzag = false;  // signed numbers whose lowest bit is the sign
  bool is_float = false;
  bool is_signed32 = false;
};

constexpr auto kTypes = std::to_array<FieldType>({
    {"int32", Wire::Varint, false, false, true}, {"int64", Wire::Varint},
    {"uint32", Wire::Varint},                    {"uint64", Wire::Varint},
    {"sint32", Wire::Varint, true},              {"sint64", Wire::Varint, true},
    {"bool", Wire::Varint},                      {"enum", Wire::Varint},
    {"fixed64", Wire::Fixed64},                  {"sfixed64", Wire::Fixed64},
    {"double", Wire::Fixed64, false, true},      {"fixed32", Wire::Fixed32},
    {"sfixed32", Wire::Fixed32, false, false, true}, {"float", Wire::Fixed32, false, true},
});

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_{bytes} {}
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  /// The bytes of a value as they stand on the wire.
  std::optional<std::string_view> value(Wire wire) {
    switch (wire) {
      case Wire::Varint: {
        const std::string_view from = rest_;
        if (!varint()) return std::nullopt;
        return from.substr(0, from.size() - rest_.size());
      }
      case Wire::Fixed64: return take(8);
      case Wire::Fixed32: return take(4);
      case Wire::Bytes: {
        const auto size = varint();
        return size ? take(*size) : std::nullopt;
      }
    }
    return std::nullopt;  // groups are long gone
  }

 private:
  std::string_view rest_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// A float as an integer sample: its whole part, as far as one can hold it.
std::int64_t whole_part(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value > -kLimit && value < kLimit)) return value > 0 ? INT64_MAX : INT64_MIN;
  return static_cast<std::int64_t>(value);
}

std::int64_t number_of(const FieldType& type, std::string_view bytes) {
  if (type.wire == Wire::Varint) {
    const std::uint64_t raw = Reader{bytes}.varint().value_or(0);
    if (type.zigzag) return static_cast<std::int64_t>((raw >> 1) ^ (0 - (raw & 1)));
    return type.is_signed32 ? static_cast<std::int32_t>(raw) : static_cast<std::int64_t>(raw);
  }
  const std::uint64_t raw = little_endian(bytes);
  if (!type.is_float) return type.is_signed32 ? static_cast<std::int32_t>(raw) : static_cast<std::int64_t>(raw);
  if (type.wire == Wire::Fixed64) {
    double value = 0;
    std::memcpy(&value, &raw, sizeof value);
    return whole_part(value);
  }
  const auto half = static_cast<std::uint32_t>(raw);
  float value = 0;
  std::memcpy(&value, &half, sizeof value);
  return whole_part(static_cast<double>(value));
}

/// The value of the field with that path ("48.59.1") in the message; its wire type.
std::optional<std::string_view> find_field(std::string_view message, std::string_view path, Wire& wire) {
  while (true) {
    const std::size_t dot = path.find('.');
    const auto wanted = lib::base::parse_number<std::uint64_t>(path.substr(0, dot));
    Reader reader{message};
    std::optional<std::string_view> found;
    while (!found && !reader.empty()) {
      const auto key = reader.varint();
      if (!key) return std::nullopt;
      wire = static_cast<Wire>(*key & 7);
      const auto value = reader.value(wire);
      if (!value) return std::nullopt;
      if (wanted && *key >> 3 == *wanted) found = value;
    }
    if (!found || dot == std::string_view::npos) return found;
    if (wire != Wire::Bytes) return std::nullopt;
    message = *found;
    path.remove_prefix(dot + 1);
  }
}

const FieldType* type_of(const Arguments& arguments) {
  for (const FieldType& each : kTypes)
    if (each.name == arguments.text(1)) return &each;
  return nullptr;
}

bool give_field(std::string_view message, const Arguments& arguments, Sample& sample) {
  Wire wire{};
  const auto value = find_field(message, arguments.text(0), wire);
  if (!value) return false;
  const FieldType* const type = type_of(arguments);
  if (type == nullptr) return sample.set_text(*value, Type::Binary);
  if (type->wire != wire) return false;
  return sample.set_number(number_of(*type, *value));
}

bool protobuf(const Arguments& arguments, Context&, Sample& sample) { return give_field(sample.text, arguments, sample); }

/// gRPC's frame: one byte that says whether it is compressed, the length in four, the message.
bool ungrpc(const Arguments& arguments, Context&, Sample& sample) {
  constexpr std::size_t kFrame = 5;
  std::string_view rest = sample.text;
  while (rest.size() > kFrame && rest.front() == 0) {
    std::size_t length = 0;
    for (std::size_t i = 1; i < kFrame; ++i) length = length << 8 | static_cast<unsigned char>(rest[i]);
    if (length > rest.size() - kFrame) return false;
    if (give_field(rest.substr(kFrame, length), arguments, sample)) return true;
    rest.remove_prefix(kFrame + length);
  }
  return false;
}

std::string check_field(Arguments& arguments, Environment&) {
  for (const std::string_view part : lib::base::split(arguments.text(0), '.'))
    if (!lib::base::parse_number<std::uint32_t>(part))
      return "failed to parse '" + arguments.list[0].text + "' as type 'Protocol buffers field number'";
  if (arguments.has(1) && type_of(arguments) == nullptr)
    return "Wrong protocol buffer type '" + arguments.list[1].text + "'";
  return {};
}

constexpr auto kRows = std::to_array<Converter>({
    {"protobuf", Type::Binary, Type::Binary, "s?s", protobuf, check_field},
    {"ungrpc", Type::Binary, Type::Binary, "s?s", ungrpc, check_field},
});

}  // namespace

std::span<const Converter> protobuf_converters() { return kRows; }

}  // namespace proxyd::samples

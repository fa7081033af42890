// MQTT's first messages, CONNECT and CONNACK, of versions 3.1, 3.1.1 and 5.0 (OASIS mqtt-v5.0 sections 2.1, 2.2.2, 3.1, 3.2).
#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

constexpr std::int64_t kConnect = 1, kConnAck = 2;
constexpr auto kPacketTypes = std::to_array<std::string_view>(
    {"", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE",
     "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"});

enum class Part : std::int64_t {
  Flags = 1000, ProtocolName, ProtocolVersion, ClientIdentifier, WillTopic, WillPayload, Username, Password, KeepAlive, ReasonCode
};  // above all property numbers

struct PartRow {
  std::string_view name;
  std::int64_t packet;
  Part part;
};
constexpr auto kParts = std::to_array<PartRow>({
    {"flags", kConnect, Part::Flags},
    {"protocol_name", kConnect, Part::ProtocolName},
    {"protocol_version", kConnect, Part::ProtocolVersion},
    {"client_identifier", kConnect, Part::ClientIdentifier},
    {"will_topic", kConnect, Part::WillTopic},
    {"will_payload", kConnect, Part::WillPayload},
    {"username", kConnect, Part::Username},
    {"password", kConnect, Part::Password},
    {"keepalive", kConnect, Part::KeepAlive},
    {"flags", kConnAck, Part::Flags},
    {"protocol_version", kConnAck, Part::ProtocolVersion},
    {"reason_code", kConnAck, Part::ReasonCode},
});

enum class Form : std::uint8_t { Byte, Two, Four, Text, Bytes, Pair };
struct PropertyRow {
  std::int64_t number;
  Form form;
  bool in_connect, in_will, in_connack;
};
constexpr auto kProperties = std::to_array<PropertyRow>({
    {1, Form::Byte, false, true, false},    {2, Form::Four, false, true, false},   {3, Form::Text, false, true, false},
    {8, Form::Text, false, true, false},    {9, Form::Bytes, false, true, false},  {17, Form::Four, true, false, true},
    {18, Form::Text, false, false, true},   {19, Form::Two, false, false, true},   {21, Form::Text, true, false, true},
    {22, Form::Bytes, true, false, true},   {23, Form::Byte, true, false, false},  {24, Form::Four, false, true, false},
    {25, Form::Byte, true, false, false},   {26, Form::Text, false, false, true},  {28, Form::Text, false, false, true},
    {31, Form::Text, false, false, true},   {33, Form::Two, true, false, true},    {34, Form::Two, true, false, true},
    {36, Form::Byte, false, false, true},   {37, Form::Byte, false, false, true},  {38, Form::Pair, true, true, true},
    {39, Form::Four, true, false, true},    {40, Form::Byte, false, false, true},  {41, Form::Byte, false, false, true},
    {42, Form::Byte, false, false, true},
});

/// Reads forward; what is not there is remembered.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_{bytes} {}
  bool good() const { return good_; }
  bool empty() const { return rest_.empty(); }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::int64_t number(std::size_t size) {
    std::int64_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view text() { return take(static_cast<std::size_t>(number(2))); }
  /// Seven bits a byte, four bytes at most.
  std::size_t varint() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const auto byte = static_cast<std::size_t>(number(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  void fail() { good_ = false; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

/// What is looked for, and where it was found.
struct Search {
  std::int64_t wanted = 0;  // a Part or a property's number
  std::optional<std::int64_t> number{};
  std::optional<std::string_view> text{};

  void offer(Part part, std::int64_t value) {
    if (static_cast<std::int64_t>(part) == wanted) number = value;
  }
  void offer(Part part, std::string_view value) {
    if (static_cast<std::int64_t>(part) == wanted) text = value;
  }
};

void read_property(Reader& in, const PropertyRow& row, Search& search) {
  const bool is_wanted = row.number == search.wanted;
  switch (row.form) {
    case Form::Byte:
    case Form::Two:
    case Form::Four: {
      const std::int64_t value = in.number(row.form == Form::Byte ? 1 : row.form == Form::Two ? 2 : 4);
      if (is_wanted) search.number = value;
      return;
    }
    case Form::Pair: (void)in.text(); [[fallthrough]];  // its name
    case Form::Text:
    case Form::Bytes: {
      const std::string_view value = in.text();
      if (is_wanted && row.form != Form::Pair) search.text = value;
      return;
    }
  }
}

void read_properties(Reader& in, bool PropertyRow::*where, Search& search) {
  Reader properties{in.take(in.varint())};
  while (in.good() && properties.good() && !properties.empty()) {
    const std::int64_t number = properties.number(1);
    const auto row = std::find_if(kProperties.begin(), kProperties.end(),
                                  [&](const PropertyRow& each) { return each.number == number && each.*where; });
    if (row == kProperties.end()) return in.fail();
    read_property(properties, *row, search);
  }
  if (!properties.good()) in.fail();
}

/// A number that version 5 leaves out is 0, as the original has it.
void offer_nothing(Search& search) {
  for (const PropertyRow& each : kProperties)
    if (each.number == search.wanted && each.form <= Form::Four) search.number = 0;
}

void read_connect(Reader& in, Search& search) {
  const std::string_view name = in.text();
  const std::int64_t version = in.number(1), flags = in.number(1), keep_alive = in.number(2);
  const bool is_known = (name == "MQIsdp" && version == 3) || (name == "MQTT" && (version == 4 || version == 5));
  const bool has_will = (flags & 4) != 0;
  const std::int64_t will_qos = flags >> 3 & 3;
  if (!is_known || (flags & 1) != 0 || will_qos == 3 || (!has_will && (flags & 0x38) != 0)) return in.fail();
  search.offer(Part::ProtocolName, name);
  search.offer(Part::ProtocolVersion, version);
  search.offer(Part::Flags, flags);
  search.offer(Part::KeepAlive, keep_alive);
  if (version == 5) offer_nothing(search);
  if (version == 5) read_properties(in, &PropertyRow::in_connect, search);
  search.offer(Part::ClientIdentifier, in.text());
  if (has_will) {
    if (version == 5) read_properties(in, &PropertyRow::in_will, search);
    search.offer(Part::WillTopic, in.text());
    search.offer(Part::WillPayload, in.text());
  }
  if ((flags & 0x80) != 0) search.offer(Part::Username, in.text());
  if ((flags & 0x40) != 0) search.offer(Part::Password, in.text());
}

void read_connack(Reader& in, Search& search) {
  const std::int64_t flags = in.number(1), reason = in.number(1);
  if ((flags & 0xfe) != 0) return in.fail();
  search.offer(Part::Flags, flags);
  search.offer(Part::ReasonCode, reason);
  const bool has_properties = !in.empty();  // only version 5 does
  search.offer(Part::ProtocolVersion, has_properties ? 5 : 4);
  if (has_properties) offer_nothing(search);
  if (has_properties) read_properties(in, &PropertyRow::in_connack, search);
}

enum class Verdict : std::uint8_t { Good, Bad, Incomplete };

Verdict read_message(std::string_view message, std::int64_t packet, Search& search) {
  if (message.empty()) return Verdict::Incomplete;
  const auto head = static_cast<unsigned char>(message.front());
  const std::int64_t type = head >> 4;
  if ((head & 15) != 0 || (type != kConnect && type != kConnAck) || (packet != 0 && type != packet)) return Verdict::Bad;
  Reader frame{message.substr(1)};
  const std::size_t size = frame.varint();
  if (!frame.good()) return message.size() > 4 ? Verdict::Bad : Verdict::Incomplete;
  Reader in{frame.take(size)};
  if (!frame.good()) return Verdict::Incomplete;
  type == kConnect ? read_connect(in, search) : read_connack(in, search);
  return in.good() && in.empty() ? Verdict::Good : Verdict::Bad;
}

bool is_valid(const Arguments&, Context& context, Sample& sample) {
  Search nothing;
  const Verdict verdict = read_message(sample.text, 0, nothing);
  if (verdict == Verdict::Incomplete) {
    context.missing = context.missing || !context.is_final;
    return false;
  }
  return sample.set(verdict == Verdict::Good);
}

bool field_value(const Arguments& arguments, Context& context, Sample& sample) {
  Search search{.wanted = arguments.number(1)};
  const Verdict verdict = read_message(sample.text, arguments.number(0), search);
  if (verdict == Verdict::Incomplete) context.missing = context.missing || !context.is_final;
  if (verdict != Verdict::Good) return false;
  if (search.number) return sample.set_text(number_text(*search.number, context.arena()));
  return search.text && sample.set_text(*search.text);
}

/// The packet's number; nothing when there is no such packet.
std::optional<std::int64_t> find_packet(std::string_view name) {
  if (const auto number = lib::base::parse_number<std::int64_t>(name))
    return *number > 0 && static_cast<std::size_t>(*number) < kPacketTypes.size() ? number : std::nullopt;
  for (std::size_t i = 1; i < kPacketTypes.size(); ++i)
    if (lib::base::equal_ignoring_case(kPacketTypes[i], name)) return static_cast<std::int64_t>(i);
  return std::nullopt;
}

std::optional<std::int64_t> find_part(std::int64_t packet, std::string_view name) {
  for (const PartRow& each : kParts)
    if (each.packet == packet && lib::base::equal_ignoring_case(each.name, name)) return static_cast<std::int64_t>(each.part);
  const auto number = lib::base::parse_number<std::int64_t>(name);
  for (const PropertyRow& each : kProperties)
    if (number && each.number == *number && each.form != Form::Pair &&
        (packet == kConnect ? each.in_connect || each.in_will : packet == kConnAck && each.in_connack))
      return number;
  return std::nullopt;
}

std::string check_field(Arguments& arguments, Environment&) {
  Argument& packet = arguments.list[0];
  Argument& field = arguments.list[1];
  const auto type = find_packet(packet.text);
  if (!type) return "Unknown MQTT type '" + packet.text + "'";
  const auto part = find_part(*type, field.text);
  if (!part) return "Unknown MQTT field name '" + field.text + "' for packet type '" + packet.text + "'";
  packet.number = *type;
  field.number = *part;
  return {};
}

constexpr auto kRows = std::to_array<Converter>({
    {"mqtt_field_value", Type::Binary, Type::Text, "ss", field_value, check_field},
    {"mqtt_is_valid", Type::Binary, Type::Bool, "", is_valid},
});

}  // namespace

std::span<const Converter> mqtt_converters() { return kRows; }

}  // namespace proxyd::samples

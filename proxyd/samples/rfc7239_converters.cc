// The Forwarded header (RFC 7239): its syntax, its parameters, and the nodes that "for" and "by" name.
#include <array>
#include <optional>

#include "lib/base/text.h"
#include "lib/net/address.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

/// "192.0.2.1", "[2001:db8::1]", "unknown" or "_name", with ":80" or ":_port" behind.
struct Node {
  std::string_view name;               // of a name: with its '_'
  std::optional<lib::net::Address> address;
  std::string_view port;               // empty: none
};

bool is_obfuscated(std::string_view text) {
  if (text.size() < 2 || text.front() != '_') return false;
  for (const char c : text.substr(1)) {
    const char low = lib::base::to_lower(c);
    if (!(low >= 'a' && low <= 'z') && !lib::base::is_digit(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

bool is_port(std::string_view text) {
  const auto number = lib::base::parse_number<std::uint16_t>(text);
  return is_obfuscated(text) || (number && *number != 0);
}

std::optional<Node> parse_node(std::string_view text) {
  Node node;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', bracket);
  node.name = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    node.port = text.substr(colon + 1);
    if (!is_port(node.port)) return std::nullopt;
  }
  if (bracket != 0 && colon != std::string_view::npos && colon != bracket + 1) return std::nullopt;
  if (node.name == "unknown" || is_obfuscated(node.name)) return node;
  const std::string_view bare = bracket != 0 ? text.substr(1, bracket - 1) : node.name;
  const auto address = lib::net::Address::parse(bare);
  if (!address || address->is_ipv6() != (bracket != 0)) return std::nullopt;
  if (bracket != 0 && node.name.size() != bracket + 1) return std::nullopt;
  node.address = *address;
  return node;
}

bool is_token_character(char c) {
  const char low = lib::base::to_lower(c);
  return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

/// One "name=value" from the front of `rest`, the value without its quotes; nothing when there is none by the syntax.
struct Pair {
  std::string_view name, value;
};
std::optional<Pair> take_pair(std::string_view& rest) {
  const std::size_t equals = rest.find('=');
  if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
  Pair pair{rest.substr(0, equals), {}};
  for (const char c : pair.name)
    if (!is_token_character(c)) return std::nullopt;
  rest.remove_prefix(equals + 1);
  if (rest.starts_with('"')) {
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    pair.value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return pair.value.find('\\') == std::string_view::npos ? std::optional{pair} : std::nullopt;  // no node or host has one
  }
  std::size_t size = 0;
  while (size < rest.size() && is_token_character(rest[size])) ++size;
  pair.value = rest.substr(0, size);
  rest.remove_prefix(size);
  return size == 0 ? std::nullopt : std::optional{pair};
}

constexpr auto kNames = std::to_array<std::string_view>({"proto", "host", "for", "by"});

std::size_t index_of(std::string_view name) {
  std::size_t i = 0;
  while (i < kNames.size() && !lib::base::equal_ignoring_case(kNames[i], name)) ++i;
  return i;
}

bool is_host(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (!is_token_character(c) && c != ':' && c != '[' && c != ']') return false;
  return true;
}

bool is_good(const Pair& pair, std::size_t which) {
  switch (which) {
    case 0: return pair.value == "http" || pair.value == "https";
    case 1: return is_host(pair.value);
    default: return parse_node(pair.value).has_value();
  }
}

/// The values of one element, each parameter at most once; nothing when it breaks the rules.
std::optional<std::array<std::string_view, 4>> parse_element(std::string_view text) {
  std::array<std::string_view, 4> values{};
  while (true) {
    const auto pair = take_pair(text);
    if (!pair) return std::nullopt;
    const std::size_t which = index_of(pair->name);
    if (which == kNames.size() || values[which].data() != nullptr || !is_good(*pair, which)) return std::nullopt;
    values[which] = pair->value;
    if (text.empty()) return values;
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
  }
}

bool is_valid(const Arguments&, Context&, Sample& sample) { return sample.set(parse_element(sample.text).has_value()); }

bool field(const Arguments& arguments, Context&, Sample& sample) {
  const auto values = parse_element(sample.text);
  return values && sample.set_text((*values)[index_of(arguments.text(0))]);
}

std::string check_field(Arguments& arguments, Environment&) {
  if (index_of(arguments.text(0)) == kNames.size()) return "invalid rfc7239 field: '" + arguments.list[0].text + "'";
  return {};
}

bool node_name(const Arguments&, Context&, Sample& sample) {
  const auto node = parse_node(sample.text);
  if (!node) return false;
  return node->address ? sample.set_address(*node->address) : sample.set_text(node->name);
}

bool node_port(const Arguments&, Context&, Sample& sample) {
  const auto node = parse_node(sample.text);
  if (!node || node->port.empty()) return false;
  if (const auto number = lib::base::parse_number<std::uint16_t>(node->port)) return sample.set_number(*number);
  return sample.set_text(node->port);
}

/// An address as a node's name: IPv6 in brackets.
bool make_node_name(const Arguments&, Context& context, Sample& sample) {
  if (sample.type != Type::Address) return is_obfuscated(sample.text) || sample.text == "unknown";
  if (sample.address.is_ipv4()) return sample.set_text(address_text(sample.address, context.arena()));
  const std::string_view host = address_text(sample.address, context.arena());
  TextOutput out{context.arena(), host.size() + 2};
  out.put('[');
  out.put(host);
  out.put(']');
  return sample.set_text(out.finish());
}

bool make_node_port(const Arguments&, Context& context, Sample& sample) {
  if (sample.is_text()) return is_port(sample.text);
  if (sample.type != Type::Int || sample.number < 1 || sample.number > UINT16_MAX) return false;
  return sample.set_text(number_text(sample.number, context.arena()));
}

constexpr auto kRows = std::to_array<Converter>({
    {"rfc7239_field", Type::Text, Type::Text, "s", field, check_field},
    {"rfc7239_is_valid", Type::Text, Type::Bool, "", is_valid},
    {"rfc7239_n2nn", Type::Text, Type::Any, "", node_name},
    {"rfc7239_n2np", Type::Text, Type::Any, "", node_port},
    {"rfc7239_nn", Type::Any, Type::Text, "", make_node_name},
    {"rfc7239_np", Type::Any, Type::Text, "", make_node_port},
});

}  // namespace

std::span<const Converter> rfc7239_converters() { return kRows; }

}  // namespace proxyd::samples

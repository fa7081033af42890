// Headers of packets (of fc_saved_syn, or received as bytes): Ethernet, IP, TCP. Empty where the bytes do not reach.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

/// `Size` bytes at `At`, the first one the highest.
template <std::size_t Size>
std::int64_t number_at(std::string_view bytes, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < Size; ++i) value = value << 8 | byte_at(bytes, at + i);
  return value;
}

/// A number of a header that begins the sample.
template <std::size_t At, std::size_t Size>
bool give_number(const Arguments&, Context&, Sample& sample) {
  if (sample.text.size() < At + Size) return false;
  return sample.set_number(number_at<Size>(sample.text, At));
}

bool give(Sample& sample, std::string_view bytes) { return sample.set_text(bytes, Type::Binary); }

// ---- Ethernet: 6 bytes to, 6 bytes from, VLAN tags, the protocol

constexpr std::size_t kAddresses = 12, kMacSize = 6;
constexpr std::int64_t kVlan = 0x8100, kServiceVlan = 0x88a8;

/// Where the protocol's number is, behind the VLAN tags; nothing when the bytes do not reach.
std::optional<std::size_t> protocol_at(std::string_view frame) {
  std::size_t at = kAddresses;
  while (frame.size() >= at + 2) {
    const std::int64_t kind = number_at<2>(frame, at);
    if (kind != kVlan && kind != kServiceVlan) return at;
    at += 4;
  }
  return std::nullopt;
}

bool eth_protocol(const Arguments&, Context&, Sample& sample) {
  const auto at = protocol_at(sample.text);
  return at && sample.set_number(number_at<2>(sample.text, *at));
}

bool eth_header(const Arguments&, Context&, Sample& sample) {
  const auto at = protocol_at(sample.text);
  return at && give(sample, sample.text.substr(0, *at + 2));
}

bool eth_data(const Arguments&, Context&, Sample& sample) {
  const auto at = protocol_at(sample.text);
  return at && give(sample, sample.text.substr(*at + 2));
}

template <std::size_t At>
bool eth_address(const Arguments&, Context&, Sample& sample) {
  return sample.text.size() >= At + kMacSize && give(sample, sample.text.substr(At, kMacSize));
}

/// The last tag's number.
bool eth_vlan(const Arguments&, Context&, Sample& sample) {
  const auto at = protocol_at(sample.text);
  return at && *at > kAddresses && sample.set_number(number_at<2>(sample.text, *at - 2) & 0xfff);
}

// ---- IP, either version

unsigned version_of(std::string_view packet) { return packet.empty() ? 0 : byte_at(packet, 0) >> 4; }

/// Where the IP header ends: options of version 4, extension headers of version 6 counted in. Nothing: the bytes do not reach,
/// or it is no IP packet. `protocol`: of what follows.
std::optional<std::size_t> ip_header_size(std::string_view packet, unsigned& protocol) {
  constexpr std::size_t kFixed4 = 20, kFixed6 = 40;
  if (version_of(packet) == 4 && packet.size() >= kFixed4) {
    protocol = byte_at(packet, 9);
    const std::size_t size = 4 * (byte_at(packet, 0) & 15U);
    return size >= kFixed4 && size <= packet.size() ? std::optional{size} : std::nullopt;
  }
  if (version_of(packet) != 6 || packet.size() < kFixed6) return std::nullopt;
  protocol = byte_at(packet, 6);
  std::size_t at = kFixed6;
  constexpr auto kExtensions = std::to_array<unsigned>({0, 43, 60, 135});  // hop-by-hop, routing, destination, mobility
  while (std::find(kExtensions.begin(), kExtensions.end(), protocol) != kExtensions.end() && packet.size() >= at + 2) {
    protocol = byte_at(packet, at);
    at += 8 * (byte_at(packet, at + 1) + std::size_t{1});
  }
  return at <= packet.size() ? std::optional{at} : std::nullopt;
}

bool ip_header(const Arguments&, Context&, Sample& sample) {
  unsigned protocol = 0;
  const auto size = ip_header_size(sample.text, protocol);
  return size && give(sample, sample.text.substr(0, *size));
}

bool ip_data(const Arguments&, Context&, Sample& sample) {
  unsigned protocol = 0;
  const auto size = ip_header_size(sample.text, protocol);
  return size && give(sample, sample.text.substr(*size));
}

bool ip_protocol(const Arguments&, Context&, Sample& sample) {
  unsigned protocol = 0;
  return ip_header_size(sample.text, protocol) && sample.set_number(protocol);
}

template <std::size_t At4, std::size_t At6>
bool ip_address(const Arguments&, Context&, Sample& sample) {
  const std::string_view packet = sample.text;
  unsigned protocol = 0;
  if (!ip_header_size(packet, protocol)) return false;
  if (version_of(packet) == 4)
    return sample.set_address(lib::net::Address::ipv4(static_cast<std::uint32_t>(number_at<4>(packet, At4))));
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  std::memcpy(&raw.sin6_addr, packet.data() + At6, sizeof raw.sin6_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &raw, sizeof raw);
  return sample.set_address(
      lib::net::Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&storage)), sizeof raw));
}

bool ip_version(const Arguments&, Context&, Sample& sample) {
  return !sample.text.empty() && sample.set_number(version_of(sample.text));
}

bool ip_tos(const Arguments&, Context&, Sample& sample) {
  const std::string_view packet = sample.text;
  if (packet.size() < 2) return false;
  if (version_of(packet) == 4) return sample.set_number(byte_at(packet, 1));
  return version_of(packet) == 6 && sample.set_number(number_at<2>(packet, 0) >> 4 & 0xff);
}

bool ip_ttl(const Arguments&, Context&, Sample& sample) {
  const std::string_view packet = sample.text;
  if (packet.size() < 9) return false;
  if (version_of(packet) == 4) return sample.set_number(byte_at(packet, 8));
  return version_of(packet) == 6 && sample.set_number(byte_at(packet, 7));
}

/// "Don't fragment"; routers never cut version 6.
bool ip_df(const Arguments&, Context&, Sample& sample) {
  const std::string_view packet = sample.text;
  if (version_of(packet) == 6) return sample.set_number(1);
  return version_of(packet) == 4 && packet.size() >= 7 && sample.set_number(byte_at(packet, 6) >> 6 & 1U);
}

// ---- TCP

constexpr unsigned kEndOfOptions = 0, kNoOperation = 1, kMss = 2, kScale = 3, kSackPermitted = 4, kTimestamp = 8;

/// The bytes of the options; nothing when the header is not whole.
std::optional<std::string_view> tcp_options(std::string_view segment) {
  constexpr std::size_t kFixed = 20;
  if (segment.size() < kFixed) return std::nullopt;
  const std::size_t size = 4 * (byte_at(segment, 12) >> 4);
  if (size < kFixed || size > segment.size()) return std::nullopt;
  return segment.substr(kFixed, size - kFixed);
}

/// Calls `use(kind, value)` for each option until it says enough.
template <class Use>
void each_option(std::string_view options, Use use) {
  while (!options.empty()) {
    const unsigned kind = byte_at(options, 0);
    if (kind == kEndOfOptions) return;
    std::size_t size = 1;
    if (kind != kNoOperation) {
      size = options.size() < 2 ? 0 : byte_at(options, 1);
      if (size < 2 || size > options.size()) return;
    }
    if (use(kind, options.substr(std::min<std::size_t>(size, 2), size - std::min<std::size_t>(size, 2)))) return;
    options.remove_prefix(size);
  }
}

std::optional<std::string_view> find_option(std::string_view segment, unsigned wanted) {
  std::optional<std::string_view> found;
  if (const auto options = tcp_options(segment))
    each_option(*options, [&](unsigned kind, std::string_view value) {
      if (kind == wanted) found = value;
      return kind == wanted;
    });
  return found;
}

/// The option's value; false without it.
template <unsigned Kind, std::size_t Size>
bool option_number(const Arguments&, Context&, Sample& sample) {
  const auto value = find_option(sample.text, Kind);
  return value && value->size() >= Size && sample.set_number(number_at<Size>(*value, 0));
}

/// 1 when the option is there.
template <unsigned Kind>
bool has_option(const Arguments&, Context&, Sample& sample) {
  if (!tcp_options(sample.text)) return false;
  return sample.set_number(find_option(sample.text, Kind) ? 1 : 0);
}

bool options_list(const Arguments&, Context& context, Sample& sample) {
  const auto options = tcp_options(sample.text);
  if (!options) return false;
  const std::span<char> room = context.arena().take(options->size() + 1);
  std::size_t count = 0;
  each_option(*options, [&](unsigned kind, std::string_view) {
    room[count++] = static_cast<char>(kind);
    return false;
  });
  return give(sample, {room.data(), count});
}

constexpr Type kBytes = Type::Binary, kNumber = Type::Int;

constexpr auto kRows = std::to_array<Converter>({
    {"eth.data", kBytes, kBytes, "", eth_data},
    {"eth.dst", kBytes, kBytes, "", eth_address<0>},
    {"eth.hdr", kBytes, kBytes, "", eth_header},
    {"eth.proto", kBytes, kNumber, "", eth_protocol},
    {"eth.src", kBytes, kBytes, "", eth_address<kMacSize>},
    {"eth.vlan", kBytes, kNumber, "", eth_vlan},
    {"ip.data", kBytes, kBytes, "", ip_data},
    {"ip.df", kBytes, kNumber, "", ip_df},
    {"ip.dst", kBytes, Type::Address, "", ip_address<16, 24>},
    {"ip.hdr", kBytes, kBytes, "", ip_header},
    {"ip.proto", kBytes, kNumber, "", ip_protocol},
    {"ip.src", kBytes, Type::Address, "", ip_address<12, 8>},
    {"ip.tos", kBytes, kNumber, "", ip_tos},
    {"ip.ttl", kBytes, kNumber, "", ip_ttl},
    {"ip.ver", kBytes, kNumber, "", ip_version},
    {"tcp.dst", kBytes, kNumber, "", give_number<2, 2>},
    {"tcp.flags", kBytes, kNumber, "", give_number<13, 1>},
    {"tcp.options.mss", kBytes, kNumber, "", option_number<kMss, 2>},
    {"tcp.options.sack", kBytes, kNumber, "", has_option<kSackPermitted>},
    {"tcp.options.tsopt", kBytes, kNumber, "", has_option<kTimestamp>},
    {"tcp.options.tsval", kBytes, kNumber, "", option_number<kTimestamp, 4>},
    {"tcp.options.wscale", kBytes, kNumber, "", option_number<kScale, 1>},
    {"tcp.options.wsopt", kBytes, kNumber, "", has_option<kScale>},
    {"tcp.options_list", kBytes, kBytes, "", options_list},
    {"tcp.seq", kBytes, kNumber, "", give_number<4, 4>},
    {"tcp.src", kBytes, kNumber, "", give_number<0, 2>},
    {"tcp.win", kBytes, kNumber, "", give_number<14, 2>},
});

}  // namespace

std::span<const Converter> packet_converters() { return kRows; }

}  // namespace proxyd::samples

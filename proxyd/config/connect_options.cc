#include "proxyd/config/connect_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "lib/net/namespace.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/source_text.h"

namespace proxyd::config {

namespace {

using Bits = SendProxy::Bits;

template <Bits Set>
std::string add_bits(ServerContext& context) {
  context.server.send_proxy.bits |= Set;
  return {};
}

template <Bits Cleared>
std::string remove_bits(ServerContext& context) {
  context.server.send_proxy.bits = static_cast<Bits>(context.server.send_proxy.bits & ~Cleared);
  return {};
}

struct ProxyOption {
  std::string_view name;
  Bits bits;
};
constexpr auto kProxyOptions = std::to_array<ProxyOption>({
    {"authority", SendProxy::kAuthority},
    {"cert-cn", SendProxy::kTlsName},
    {"cert-key", SendProxy::kKey},
    {"cert-sig", SendProxy::kSignature},
    {"crc32c", SendProxy::kChecksum},
    {"ssl", SendProxy::kTls},
    {"ssl-cipher", SendProxy::kCipher},
    {"unique-id", SendProxy::kUniqueId},
});

std::string parse_proxy_options(ServerContext& context) {
  for (const std::string_view each : lib::base::split(context.value(), ',')) {
    const ProxyOption* known = nullptr;
    for (const ProxyOption& option : kProxyOptions)
      if (option.name == each) known = &option;
    if (known == nullptr) return fmt::format("'{}' : proxy v2 option not implemented", each);
    context.server.send_proxy.bits |= known->bits;
  }
  return {};
}

/// "set-proxy-v2-tlv-fmt(0xE1) %[fc_pp_tlv(225)]": the number stands in the option itself.
std::string parse_tlv(ServerContext& context) {
  constexpr std::string_view kName = "set-proxy-v2-tlv-fmt";
  std::string_view number = context.option().substr(kName.size());
  if (number.size() < 3 || number.front() != '(' || number.back() != ')')
    return fmt::format("'{}' expects a TLV type in parentheses, as in '{}(0xE1)'", context.option(), kName);
  number = number.substr(1, number.size() - 2);
  const bool is_hex = number.starts_with("0x") || number.starts_with("0X");
  const std::string_view digits = is_hex ? number.substr(2) : number;
  std::uint8_t type = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), type, is_hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fmt::format("'{}' : '{}' is not a TLV type between 0 and 255", kName, number);
  if (!context.has_value()) return fmt::format("'{}' expects a format as argument", context.option());
  std::vector<SendProxy::Tlv>& tlvs = context.server.send_proxy.tlvs;
  std::erase_if(tlvs, [&](const SendProxy::Tlv& each) { return each.type == type; });
  FormatLine value{std::string{context.value()}, context.line.draft.keep(context.line.statement.whole()), nullptr};
  tlvs.push_back({type, std::move(value)});
  return {};
}

std::string parse_source(ServerContext& context) {
  if (!context.has_value())
    return "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and "
           "'interface' <name> as argument.";
  std::size_t at = context.at + 1;
  std::string fault = read_source(context.line, at, SourceOf::Server, context.server.source);
  if (fault.empty()) context.at = at - 2;  // behind the last word that belongs here, less what every option takes
  return fault;
}

template <int>
std::string parse_usesrc(ServerContext& context) {
  return fmt::format("'{}' only allowed after a 'source' statement.", context.option());
}

std::string parse_namespace(ServerContext& context) {
  if (!context.has_value()) return "'namespace' : expects <name> as argument";
  context.server.client_namespace = context.value() == "*";
  context.server.name_space.reset();
  if (context.server.client_namespace) return {};
  context.server.name_space = find_namespace(*context.line.draft.config, context.value());
  return context.server.name_space == nullptr ? fmt::format("Cannot open namespace '{}'", context.value()) : std::string{};
}

std::string parse_user_timeout(ServerContext& context) {
  return read_user_timeout(context.line, context.at + 1, context.server.user_timeout_ms);
}

template <bool Server::*Flag, bool Value>
std::string set_flag(ServerContext& context) {
  context.server.*Flag = Value;
  return {};
}

constexpr Bits kTlsBits = SendProxy::kV2 | SendProxy::kTls;
constexpr auto kOptions = std::to_array<ServerOption>({
    {"check-send-proxy", false, set_flag<&Server::check_send_proxy, true>, "", "Health checks send a PROXY header, too."},
    {"namespace", true, parse_namespace, "<name>|*", "Connections to it are opened in this network namespace; * for the client's."},
    {"no-check-send-proxy", false, set_flag<&Server::check_send_proxy, false>, "", "Undo an inherited \"check-send-proxy\"."},
    {"no-send-proxy", false, remove_bits<SendProxy::kV1>, "", "Undo an inherited \"send-proxy\"."},
    {"no-send-proxy-v2", false, remove_bits<SendProxy::kV2>, "", "Undo an inherited \"send-proxy-v2\"."},
    {"no-send-proxy-v2-ssl", false, remove_bits<kTlsBits>, "", "Undo an inherited \"send-proxy-v2-ssl\"."},
    {"no-send-proxy-v2-ssl-cn", false, remove_bits<kTlsBits | SendProxy::kTlsName>, "",
     "Undo an inherited \"send-proxy-v2-ssl-cn\"."},
    {"no-tfo", false, set_flag<&Server::fast_open, false>, "", "Undo an inherited \"tfo\"."},
    {"proxy-v2-options", true, parse_proxy_options, "<option>,...",
     "What else a PROXY header tells: authority, crc32c, unique-id, ssl, cert-cn, cert-key, cert-sig, ssl-cipher."},
    {"send-proxy", false, add_bits<SendProxy::kV1>, "", "Begin connections with a PROXY line."},
    {"send-proxy-v2", false, add_bits<SendProxy::kV2>, "", "Begin connections with a binary PROXY header."},
    {"send-proxy-v2-ssl", false, add_bits<kTlsBits>, "", "The same with what is known of the client's TLS."},
    {"send-proxy-v2-ssl-cn", false, add_bits<kTlsBits | SendProxy::kTlsName>, "",
     "The same with the name in the client's certificate."},
    {"set-proxy-v2-tlv-fmt", true, parse_tlv, "(<type>) <format>", "A TLV of one's own in a binary PROXY header."},
    {"source", true, parse_source, "<address>[:<port>[-<port>]] [usesrc {<address>|client|clientip|hdr_ip(<name>[,<number>])}] "
     "[interface <name>]", "Where connections to it come from."},
    {"tcp-ut", true, parse_user_timeout, "<time>", "How long sent data may stay unacknowledged."},
    {"tfo", false, set_flag<&Server::fast_open, true>, "", "TCP fast open: the first bytes travel with the SYN."},
    {"usesrc", true, parse_usesrc<0>, "", "Only after \"source\"."},
});

}  // namespace

std::span<const ServerOption> connect_options() { return kOptions; }

std::shared_ptr<const lib::net::Namespace> find_namespace(Config& config, std::string_view name) {
  for (const auto& each : config.name_spaces)
    if (each->name() == name) return each;
  lib::base::note_unrepeatable("network namespaces");
  auto opened = lib::net::Namespace::open(name);
  if (!opened) return nullptr;
  config.name_spaces.push_back(*opened);
  return std::move(*opened);
}

std::string read_user_timeout(Line& line, std::size_t at, std::uint32_t& milliseconds) {
  if (!line.has(at)) return "'tcp-ut' : missing TCP User Timeout value";
  const std::string_view text = line.word(at);
  const Delay delay = read_delay(text, std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter) return "'tcp-ut' : expects a positive delay in milliseconds";
  if (delay.fault == DelayFault::Overflow)
    return fmt::format("timer overflow in argument '{}' to 'tcp-ut' (maximum value is 2147483647 ms or ~24.8 days)", text);
  if (delay.trailing != '\0') line.draft.warning(line.place(at), "config : " + trailing_text(delay.trailing, text));
  milliseconds = static_cast<std::uint32_t>(lib::base::to_ms(delay.value));
  return {};
}

}  // namespace proxyd::config

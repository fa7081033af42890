#include "proxyd/config/source_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

/// How many values from the last one are remembered by the original.
constexpr std::int64_t kFarthestBack = -10;

std::string read_address(std::string_view text, const AddressRules& rules, std::string_view keyword, AddressText& out) {
  auto address = parse_address(text, rules);
  if (!address.has_value()) return fmt::format("'{} {}' : {}", keyword, text, address.error().message);
  if (address->where.kind != lib::net::Endpoint::Kind::Ip) return fmt::format("'{} {}' : not an address", keyword, text);
  out = std::move(*address);
  return {};
}

/// "hdr_ip(name[,occurrence])"; the original does without the closing parenthesis as well.
std::string read_header(std::string_view text, ConnectSource& source) {
  text.remove_prefix(std::string_view{"hdr_ip("}.size());
  text = text.substr(0, text.find(')'));
  const std::size_t comma = text.find(',');
  for (const char each : text.substr(0, comma)) source.header += lib::base::to_lower(each);
  if (source.header.empty()) return "usesrc hdr_ip(name,num) expects the name of a header";
  if (comma == std::string_view::npos) return {};
  const std::int64_t number = leading_number(text.substr(comma + 1));
  if (number < kFarthestBack)
    return "usesrc hdr_ip(name,num) does not support negative occurrences values smaller than 10";
  source.occurrence = number == 0 ? -1 : static_cast<std::int32_t>(std::min<std::int64_t>(number, INT32_MAX));
  return {};
}

std::string read_usesrc(std::string_view text, SourceOf owner, ConnectSource& source) {
  if (text.empty())
    return owner == SourceOf::Server
               ? "'usesrc' expects <addr>[:<port>], 'client', 'clientip', or 'hdr_ip(name,#)' as argument"
               : "'usesrc' expects <addr>[:<port>], 'client', or 'clientip' as argument";
  if (text == "client" || text == "clientip") {
    source.spoof = text == "client" ? ConnectSource::Spoof::Client : ConnectSource::Spoof::ClientIp;
    return {};
  }
  if (text.starts_with("hdr_ip(")) {
    source.spoof = ConnectSource::Spoof::Header;
    return read_header(text, source);
  }
  source.spoof = ConnectSource::Spoof::Address;
  AddressText address;
  std::string fault = read_address(text, AddressRules{}, "usesrc", address);
  source.spoofed = address.where.ip;
  return fault;
}

}  // namespace

std::string read_source(Line& line, std::size_t& at, SourceOf owner, ConnectSource& source) {
  source = ConnectSource{};
  source.is_set = true;
  AddressRules rules;
  rules.range_allowed = owner == SourceOf::Server;
  AddressText address;
  if (std::string fault = read_address(line.word(at), rules, "source", address); !fault.empty()) return fault;
  source.address = address.where.ip;
  if (address.high_port != source.address.port()) source.high_port = address.high_port;
  for (++at; line.has(at); at += 2) {
    const std::string_view word = line.word(at), value = line.word(at + 1);
    if (word == "usesrc") {
      if (std::string fault = read_usesrc(value, owner, source); !fault.empty()) return fault;
    } else if (word == "interface") {
      if (value.empty())
        return fmt::format("'{}' : missing interface name", owner == SourceOf::Server ? "server" : "source");
      source.interface = value;
    } else if (owner == SourceOf::Proxy) {
      return "'source' only supports optional keywords 'interface' and 'usesrc'";
    } else {
      break;  // the server's next option
    }
  }
  return {};
}

}  // namespace proxyd::config

// How connections to servers are opened: where they come from, in which namespace, and what is said first on them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/net/address.h"
#include "proxyd/config/place.h"
#include "proxyd/formats/format.h"

namespace proxyd::config {

/// A format as written and compiled; null: there is none.
struct FormatLine {
  std::string text;
  ConfigPlace place;
  std::shared_ptr<const formats::Format> form;
};

/// "source".
struct ConnectSource {
  /// "usesrc": whose address is used in place of our own.
  enum class Spoof : std::uint8_t { None, Address, Client, ClientIp, Header };
  bool is_set = false;
  lib::net::Address address;     // with the lowest port of a range
  std::uint16_t high_port = 0;   // of a range; 0: none
  Spoof spoof = Spoof::None;
  lib::net::Address spoofed;     // Spoof::Address
  std::string header;            // Spoof::Header: in lower case
  std::int32_t occurrence = -1;  // from 1 on, or from -1 on from the last
  std::string interface;

  bool follows_client() const { return spoof >= Spoof::Client; }
  bool has_range() const { return high_port != 0; }
};

/// "send-proxy", "send-proxy-v2", "proxy-v2-options", "set-proxy-v2-tlv-fmt".
struct SendProxy {
  using Bits = std::uint16_t;
  static constexpr Bits kV1 = 1, kV2 = 2, kTls = 4, kTlsName = 8, kCipher = 16, kSignature = 32, kKey = 64, kAuthority = 128,
                        kChecksum = 256, kUniqueId = 512;
  Bits bits = 0;
  struct Tlv {
    std::uint8_t type = 0;
    FormatLine value;
  };
  std::vector<Tlv> tlvs;

  bool is_on() const { return bits != 0; }
  bool is_v2() const { return (bits & kV2) != 0; }  // else version 1, also where only options were given
  bool tells_tls() const { return (bits & (kTls | kTlsName | kCipher | kSignature | kKey)) != 0; }
};

}  // namespace proxyd::config

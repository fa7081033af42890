#include <catch2/catch.hpp>

#include "lib/crypto/hmac.h"
#include "vrrpd/core/receive.h"

using namespace vrrpd;
using namespace std::chrono_literals;

namespace {

using Packet = std::vector<std::uint8_t>;

Address ip(const char* text) { return *Address::parse(text); }

constexpr std::array<std::uint8_t, 8> kKey{'s', 'e', 'c', 'r', 'e', 't'};

Packet from_hex(std::string_view text) {
  Packet out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out.push_back(static_cast<std::uint8_t>(std::stoul(std::string{text.substr(i, 2)}, nullptr, 16)));
  return out;
}

// Captured from keepalived 2.2.7, auth_pass secret.
const Packet kMulticast = from_hex("45c0004000010000ff33100ec0a80a01e000001270040000c0a80a010000000162176476c15f8c1ede1a267e2133fe01020113bdc0a80a640000000000000000");
const Packet kUnicast = from_hex("45c0004000010000ff332576c0a80a01c0a80a0270040000c0a80a01000000017578886c90636f74fb3c56272133fe01020113bdc0a80a640000000000000000");

Packet made(const char* destination, std::uint32_t sequence, const char* source = "192.168.10.1") {
  Advert advert;
  advert.vrid = 51;
  advert.priority = 254;
  advert.auth_type = 2;
  advert.addresses = {ip("192.168.10.100")};
  const auto message = encode_advert(advert, ip(source), ip(destination), ChecksumRule::Standard);
  return encode_ah({.source = ip(source), .destination = ip(destination), .id = 1}, sequence, message, kKey, &lib::crypto::hmac_md5_96);
}

Receiver receiver() {
  Expectation expect;
  expect.name = "VI_1";
  expect.vrid = 51;
  expect.auth_type = 2;
  expect.auth_data = kKey;
  expect.ah_digest = &lib::crypto::hmac_md5_96;
  expect.addresses = {ip("192.168.10.100")};
  return Receiver{expect};
}

Receiver::Outcome hear(Receiver& receiver, const Packet& packet, const char* source = "192.168.10.1") {
  return receiver.receive({.packet = packet, .source = ip(source), .destination = ip("224.0.0.18"), .ttl = 255});
}

}  // namespace

TEST_CASE("the digest of AH is RFC 2202's HMAC-MD5, cut to 96 bits", "[vrrp][rfc2402]") {
  const std::string key = "Jefe", text = "what do ya want for nothing?";
  const auto bytes = [](const std::string& from) { return Packet{from.begin(), from.end()}; };
  const auto value = lib::crypto::hmac_md5_96(bytes(key), bytes(text));
  CHECK(Packet{value.begin(), value.end()} == from_hex("750c783e6ab0b503eaa86e31"));
}

TEST_CASE("adverts with AH have keepalived's bytes", "[vrrp][rfc2402]") {
  CHECK(made("224.0.0.18", 1) == kMulticast);
  CHECK(made("192.168.10.2", 1) == kUnicast);
}

TEST_CASE("an advert with AH is accepted once, and ours go on from its number", "[vrrp][rfc2402]") {
  Receiver ours = receiver();
  CHECK(ours.next_sequence() == 1);
  const auto first = hear(ours, made("224.0.0.18", 100));
  REQUIRE(first.advert.has_value());
  CHECK(first.advert->priority == 254);
  const auto again = hear(ours, made("224.0.0.18", 100));
  CHECK_FALSE(again.advert.has_value());
  CHECK(again.line == "(VI_1) IPSEC-AH : sequence number 100 already processed. Packet dropped. Local(100)");
  CHECK_FALSE(hear(ours, made("224.0.0.18", 99)).advert.has_value());
  CHECK(hear(ours, made("224.0.0.18", 101)).advert.has_value());
  CHECK(ours.next_sequence() == 102);
  CHECK(ours.counters().auth_failures == 2);
}

TEST_CASE("whoever changes a byte of an advert with AH is not believed", "[vrrp][rfc2402]") {
  for (std::size_t i = 0; i < kMulticast.size(); ++i) {
    Packet changed = made("224.0.0.18", 5);
    changed[i] ^= 1;
    Receiver ours = receiver();
    const auto outcome = hear(ours, changed);
    INFO("byte " << i);
    // Routers may change the type of service, the fragment fields and the checksum; the rest is covered.
    const bool is_mutable = i == 1 || i == 6 || i == 7 || i == 10 || i == 11;
    CHECK(outcome.advert.has_value() == is_mutable);
  }
}

TEST_CASE("a cut packet with AH is dropped, however short", "[vrrp][rfc2402]") {
  const Packet whole = made("224.0.0.18", 5);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Receiver ours = receiver();
    CHECK_FALSE(hear(ours, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).advert.has_value());
  }
}

TEST_CASE("with AH an advert without it is dropped, and the reverse", "[vrrp][rfc2402]") {
  Advert advert;
  advert.vrid = 51;
  advert.priority = 200;
  advert.auth_type = 2;
  advert.addresses = {ip("192.168.10.100")};
  const auto message = encode_advert(advert, ip("192.168.10.1"), ip("224.0.0.18"), ChecksumRule::Standard);
  const Packet plain = encode_ipv4({.source = ip("192.168.10.1"), .destination = ip("224.0.0.18"), .id = 1}, message);
  Receiver ours = receiver();
  CHECK_FALSE(hear(ours, plain).advert.has_value());
  CHECK(ours.counters().auth_mismatch == 1);

  Expectation without = ours.expectation();
  without.auth_type = 0;
  Receiver other{without};
  CHECK_FALSE(hear(other, made("224.0.0.18", 1)).advert.has_value());
  CHECK(other.counters().auth_mismatch == 1);
}

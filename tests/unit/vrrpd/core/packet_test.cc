#include <catch2/catch.hpp>

#include "vrrpd/core/packet.h"

using namespace vrrpd;
using namespace std::chrono_literals;

namespace {

Address ip(const char* text) { return *Address::parse(text); }

/// The sample of vrrp-behaviour section 3: captured from keepalived.
Advert sample_v2() {
  Advert advert;
  advert.vrid = 51;
  advert.priority = 100;
  advert.auth_type = 1;
  advert.auth_data = {'1', '1', '1', '1'};
  advert.addresses = {ip("10.9.0.100"), ip("10.9.0.101")};
  return advert;
}

const std::vector<std::uint8_t> kSampleV2{0x21, 0x33, 0x64, 0x02, 0x01, 0x01, 0x02, 0x8c, 0x0a, 0x09, 0x00, 0x64,
                                          0x0a, 0x09, 0x00, 0x65, 0x31, 0x31, 0x31, 0x31, 0x00, 0x00, 0x00, 0x00};
const std::vector<std::uint8_t> kSampleV3{0x31, 0x3c, 0x96, 0x01, 0x00, 0x32, 0x43, 0x26, 0x0a, 0x09, 0x00, 0xc8};

}  // namespace

TEST_CASE("a version 2 advert has keepalived's bytes", "[vrrp][rfc3768]") {
  const auto bytes = encode_advert(sample_v2(), ip("10.9.0.1"), ip("224.0.0.18"), ChecksumRule::Standard);
  CHECK(bytes == kSampleV2);
  const auto back = decode_advert(bytes, AF_INET);
  REQUIRE(back.has_value());
  CHECK(*back == sample_v2());
  CHECK(checksum_is_right(bytes, 2, ip("10.9.0.1"), ip("224.0.0.18"), ChecksumRule::Standard));
}

TEST_CASE("a version 3 advert has keepalived's bytes, with the pseudo header in its checksum", "[vrrp][rfc5798]") {
  Advert advert;
  advert.version = 3;
  advert.vrid = 60;
  advert.priority = 150;
  advert.interval = 500ms;
  advert.addresses = {ip("10.9.0.200")};
  bool found = false;
  for (int last = 1; last < 255 && !found; ++last) {  // the capture names no source; one host of that network fits
    const Address source = ip(("10.9.0." + std::to_string(last)).c_str());
    found = encode_advert(advert, source, ip("224.0.0.18"), ChecksumRule::Standard) == kSampleV3;
    if (found) CHECK(checksum_is_right(kSampleV3, 3, source, ip("224.0.0.18"), ChecksumRule::Standard));
  }
  CHECK(found);
  const auto back = decode_advert(kSampleV3, AF_INET);
  REQUIRE(back.has_value());
  CHECK(*back == advert);
}

TEST_CASE("IPv6 adverts carry whole addresses and no authentication", "[vrrp][rfc5798]") {
  Advert advert;
  advert.version = 3;
  advert.family = AF_INET6;
  advert.vrid = 7;
  advert.priority = 200;
  advert.interval = 1s;
  advert.addresses = {ip("fe80::1"), ip("2001:db8::1")};
  const auto bytes = encode_advert(advert, ip("fe80::2"), ip("ff02::12"), ChecksumRule::Standard);
  CHECK(bytes.size() == 8 + 2 * 16);
  CHECK(checksum_is_right(bytes, 3, ip("fe80::2"), ip("ff02::12"), ChecksumRule::Standard));
  const auto back = decode_advert(bytes, AF_INET6);
  REQUIRE(back.has_value());
  CHECK(*back == advert);
}

TEST_CASE("each way a message can be broken has its own fault", "[vrrp]") {
  const auto fault_of = [](std::vector<std::uint8_t> bytes) {
    const auto result = decode_advert(bytes, AF_INET);
    return result ? AdvertFault::None : result.error();
  };
  CHECK(fault_of({}) == AdvertFault::TooShort);
  for (std::size_t size = 0; size < kSampleV2.size(); ++size)
    CHECK(fault_of({kSampleV2.begin(), kSampleV2.begin() + static_cast<std::ptrdiff_t>(size)}) == AdvertFault::TooShort);
  auto bytes = kSampleV2;
  bytes.push_back(0);
  CHECK(fault_of(bytes) == AdvertFault::TooLong);
  bytes = kSampleV2;
  bytes[0] = 0x41;
  CHECK(fault_of(bytes) == AdvertFault::BadVersion);
  bytes[0] = 0x22;
  CHECK(fault_of(bytes) == AdvertFault::BadType);
  bytes = kSampleV2;
  bytes[2] ^= 1;
  CHECK_FALSE(checksum_is_right(bytes, 2, ip("10.9.0.1"), ip("224.0.0.18"), ChecksumRule::Standard));
}

TEST_CASE("unicast checksums of keepalived before 1.3.6 use the group's address", "[vrrp]") {
  Advert advert;
  advert.version = 3;
  advert.addresses = {ip("10.0.0.1")};
  const auto old = encode_advert(advert, ip("10.0.0.2"), ip("10.0.0.3"), ChecksumRule::OldUnicast);
  CHECK_FALSE(checksum_is_right(old, 3, ip("10.0.0.2"), ip("10.0.0.3"), ChecksumRule::Standard));
  CHECK(checksum_is_right(old, 3, ip("10.0.0.2"), ip("10.0.0.3"), ChecksumRule::OldUnicast));
}

TEST_CASE("the IPv4 header is keepalived's: network control, no DF, own id", "[vrrp]") {
  const auto packet = encode_ipv4({.source = ip("10.9.0.1"), .destination = ip("224.0.0.18"), .id = 3}, kSampleV2);
  REQUIRE(packet.size() == 44);
  CHECK(packet[1] == 0xc0);
  CHECK(packet[5] == 3);
  CHECK(packet[6] == 0);
  CHECK(packet[8] == 255);
  CHECK(packet[9] == 112);
  CHECK(internet_checksum(Bytes{packet}.first(20)) == 0);
  const auto back = decode_ipv4(packet);
  REQUIRE(back);
  CHECK(back->total_length == 44);
  CHECK(back->source.same_host(ip("10.9.0.1")));
  for (std::size_t size = 0; size < 20; ++size) CHECK_FALSE(decode_ipv4(Bytes{packet}.first(size)));
}

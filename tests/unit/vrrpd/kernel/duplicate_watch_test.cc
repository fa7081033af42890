#include <catch2/catch.hpp>

#include <array>

#include "vrrpd/kernel/duplicate_watch.h"

using namespace vrrpd::kernel;

TEST_CASE("an ARP packet says who its sender is: RFC 826") {
  std::array<std::uint8_t, 28> packet{0, 1, 8, 0, 6, 4, 0, 2, 0x52, 0x54, 0, 1, 2, 3, 10, 0, 0, 9, 1, 1, 1, 1, 1, 1, 10, 0, 0, 1};
  const auto claim = claim_of_arp(packet);
  REQUIRE(claim);
  CHECK(claim->address.host() == "10.0.0.9");
  CHECK(claim->mac == lib::netlink::MacAddress{0x52, 0x54, 0, 1, 2, 3});
  CHECK_FALSE(claim_of_arp(std::span{packet}.first(17)));
  packet[14] = packet[17] = 0;
  CHECK_FALSE(claim_of_arp(packet));  // a probe (RFC 5227)
  packet[17] = 9;
  packet[2] = 0x86;
  CHECK_FALSE(claim_of_arp(packet));  // not IPv4
}

TEST_CASE("a neighbour advertisement says whose its target is: RFC 4861 section 4.4") {
  std::array<std::uint8_t, 40> message{136, 0, 0, 0, 0x20, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 1, 0, 0, 0, 0, 0, 0, 2, 1, 0x52, 0x54, 0, 1, 2, 3};
  const auto claim = claim_of_neighbour_advert(message);
  REQUIRE(claim);
  CHECK(claim->address.host() == "2001:db8::9");
  CHECK(claim->mac == lib::netlink::MacAddress{0x52, 0x54, 0, 1, 2, 3});
  CHECK_FALSE(claim_of_neighbour_advert(std::span{message}.first(32)));  // without its option
  message[25] = 0;
  CHECK_FALSE(claim_of_neighbour_advert(message));  // an option of length 0 must not go on for ever
  message[25] = 9;
  CHECK_FALSE(claim_of_neighbour_advert(message));
}

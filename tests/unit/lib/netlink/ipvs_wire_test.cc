#include "lib/netlink/ipvs_wire.h"

#include <catch2/catch.hpp>

#include <linux/ip_vs.h>

using namespace lib::netlink;
using lib::net::Address;

namespace {

Address at(const char* host, std::uint16_t port) {
  auto out = Address::parse(host).value();
  out.set_port(port);
  return out;
}

std::vector<std::uint8_t> bytes(const wire::Attributes& from, std::uint16_t kind) {
  const auto got = from.bytes(kind);
  return {got.begin(), got.end()};
}

}  // namespace

TEST_CASE("a service is written as the kernel reads it", "[netlink][ipvs]") {
  IpvsService service;
  service.family = AF_INET;
  service.protocol = IPPROTO_TCP;
  service.address = at("10.1.0.100", 80);
  service.scheduler = "wrr";
  service.flags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2;
  service.timeout_s = 300;
  service.netmask = 0xffffff00;
  auto message = wire::ipvs_message(31, IPVS_CMD_NEW_SERVICE);
  wire::put_service(message, service, true);
  REQUIRE(message.is_complete());
  REQUIRE(message.raw()->nlmsg_type == 31);
  const auto nest = wire::ipvs_attributes(*message.raw()).nested(IPVS_CMD_ATTR_SERVICE);
  CHECK(bytes(nest, IPVS_SVC_ATTR_AF) == std::vector<std::uint8_t>{2, 0});
  CHECK(bytes(nest, IPVS_SVC_ATTR_PROTOCOL) == std::vector<std::uint8_t>{6, 0});
  CHECK(bytes(nest, IPVS_SVC_ATTR_ADDR) == std::vector<std::uint8_t>{10, 1, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(bytes(nest, IPVS_SVC_ATTR_PORT) == std::vector<std::uint8_t>{0, 80});
  CHECK(bytes(nest, IPVS_SVC_ATTR_SCHED_NAME) == std::vector<std::uint8_t>{'w', 'r', 'r', 0});
  CHECK(bytes(nest, IPVS_SVC_ATTR_FLAGS) == std::vector<std::uint8_t>{0x11, 0, 0, 0, 0xff, 0xff, 0xff, 0xff});
  CHECK(bytes(nest, IPVS_SVC_ATTR_NETMASK) == std::vector<std::uint8_t>{255, 255, 255, 0});
  CHECK_FALSE(nest.has(IPVS_SVC_ATTR_FWMARK));
  CHECK_FALSE(nest.has(IPVS_SVC_ATTR_PE_NAME));
  const auto read = wire::decode_service(*message.raw());
  REQUIRE(read);
  CHECK(read->address == service.address);
  CHECK(read->netmask == service.netmask);
  CHECK(read->flags == service.flags);
}

TEST_CASE("a service with a mark has no address, and a short name is enough to remove it", "[netlink][ipvs]") {
  auto message = wire::ipvs_message(31, IPVS_CMD_DEL_SERVICE);
  IpvsService service;
  service.family = AF_INET6;
  service.fwmark = 7;
  service.persistence_engine = "sip";
  wire::put_service(message, service, false);
  const auto nest = wire::ipvs_attributes(*message.raw()).nested(IPVS_CMD_ATTR_SERVICE);
  CHECK(nest.u32(IPVS_SVC_ATTR_FWMARK) == 7u);
  CHECK_FALSE(nest.has(IPVS_SVC_ATTR_ADDR));
  CHECK_FALSE(nest.has(IPVS_SVC_ATTR_SCHED_NAME));
}

TEST_CASE("a destination is written as the kernel reads it", "[netlink][ipvs]") {
  IpvsDestination server;
  server.address = at("fd00:1::11", 8080);
  server.method = IP_VS_CONN_F_TUNNEL;
  server.weight = 3;
  server.tunnel_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
  server.tunnel_port = 6080;
  server.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM;
  auto message = wire::ipvs_message(31, IPVS_CMD_NEW_DEST);
  wire::put_destination(message, server, true);
  const auto nest = wire::ipvs_attributes(*message.raw()).nested(IPVS_CMD_ATTR_DEST);
  CHECK(bytes(nest, IPVS_DEST_ATTR_ADDR_FAMILY) == std::vector<std::uint8_t>{10, 0});
  CHECK(bytes(nest, IPVS_DEST_ATTR_PORT) == std::vector<std::uint8_t>{0x1f, 0x90});
  CHECK(nest.u32(IPVS_DEST_ATTR_FWD_METHOD) == 2u);
  CHECK(bytes(nest, IPVS_DEST_ATTR_TUN_TYPE) == std::vector<std::uint8_t>{1});
  CHECK(bytes(nest, IPVS_DEST_ATTR_TUN_PORT) == std::vector<std::uint8_t>{0x17, 0xc0});
  CHECK(bytes(nest, IPVS_DEST_ATTR_TUN_FLAGS) == std::vector<std::uint8_t>{1, 0});
  const auto read = wire::decode_destination(*message.raw(), AF_INET);
  REQUIRE(read);
  CHECK(read->address == server.address);
  CHECK(read->tunnel_port == 6080);
}

TEST_CASE("an answer that is cut short or foreign yields nothing", "[netlink][ipvs]") {
  auto message = wire::ipvs_message(31, IPVS_CMD_NEW_SERVICE);
  CHECK_FALSE(wire::decode_service(*message.raw()));
  CHECK_FALSE(wire::decode_destination(*message.raw(), AF_INET));
  CHECK_FALSE(wire::decode_sync_daemon(*message.raw()));
  nlattr* nest = message.begin(IPVS_CMD_ATTR_DEST);
  message.put_u32(IPVS_DEST_ATTR_ADDR, 1);  // an IPv6 destination with four bytes of address
  message.end(nest);
  CHECK_FALSE(wire::decode_destination(*message.raw(), AF_INET6));
  CHECK(wire::decode_destination(*message.raw(), AF_INET));
}

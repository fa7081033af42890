#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "lib/net/address.h"
#include "lib/net/socket.h"

using namespace lib::net;

TEST_CASE("addresses are read and written as people write them", "[net][address]") {
  const auto v4 = Address::parse("192.168.88.77");
  REQUIRE(v4);
  CHECK(v4->host() == "192.168.88.77");
  const auto v6 = Address::parse("2001:db8::1");
  REQUIRE(v6);
  Address with_port = *v6;
  with_port.set_port(443);
  CHECK(with_port.text() == "[2001:db8::1]:443");
  CHECK(with_port.same_host(*v6));
  CHECK_FALSE(with_port == *v6);
  CHECK(Address::any(AF_INET6, 80).text() == "[::]:80");
  CHECK(Address::any(AF_INET, 80).is_any());
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "host", "fe80::1%nosuchif0"})
    CHECK_FALSE(Address::parse(bad));
}

TEST_CASE("prefixes contain what they should", "[net][address]") {
  const auto loopback = Prefix::parse("127.0.0.0/8");
  REQUIRE(loopback);
  CHECK(loopback->contains(*Address::parse("127.9.9.9")));
  CHECK_FALSE(loopback->contains(*Address::parse("128.0.0.1")));
  CHECK_FALSE(loopback->contains(*Address::parse("::1")));
  CHECK(Prefix::parse("10.0.0.0/255.255.0.0")->bits == 16);
  CHECK(Prefix::parse("10.1.2.3")->bits == 32);
  CHECK(Prefix::parse("0.0.0.0/0")->contains(*Address::parse("8.8.8.8")));
  const auto documentation = Prefix::parse("2001:db8::/33");
  REQUIRE(documentation);
  CHECK(documentation->contains(*Address::parse("2001:db8:7fff::1")));
  CHECK_FALSE(documentation->contains(*Address::parse("2001:db8:8000::1")));
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/255.0.255.0", "::/129", "x/8", "10.0.0.0/"})
    CHECK_FALSE(Prefix::parse(bad));
}

TEST_CASE("a listener accepts, a taken port says so as haproxy does", "[net][socket]") {
  Endpoint where;
  where.ip = *Address::parse("127.0.0.1");
  ListenOptions options;
  options.reuse_port = false;
  const auto listener = listen_stream(where, options);
  REQUIRE(listener.has_value());
  where.ip = local_address(listener->get());
  CHECK(where.ip.port() != 0);
  const auto second = listen_stream(where, options);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == "cannot bind socket (Address already in use)");
  CHECK(second.error().code == EADDRINUSE);
  const auto client = start_connect(where, Address{});
  REQUIRE(client.has_value());
}

TEST_CASE("a UNIX listener replaces an old socket and takes mode bits", "[net][socket]") {
  Endpoint where;
  where.kind = Endpoint::Kind::UnixPath;
  where.path = "/tmp/triad-net-test-" + std::to_string(getpid()) + ".sock";
  ListenOptions options;
  options.unix_mode = 0600;
  const auto first = listen_stream(where, options);
  REQUIRE(first.has_value());
  const auto second = listen_stream(where, options);
  REQUIRE(second.has_value());
  struct stat info {};
  REQUIRE(stat(where.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(start_connect(where, Address{}).has_value());
  unlink(where.path.c_str());
  CHECK_FALSE(start_connect(where, Address{}).has_value());
  where.path = std::string(200, 'x');
  CHECK_FALSE(listen_stream(where, options).has_value());
}

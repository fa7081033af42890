#include "vrrpd/kernel/leftovers.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <utility>

#include "tests/unit/lib/netlink/namespace.h"

using namespace vrrpd::kernel;
using lib::net::Address;
using test::Namespace;

namespace {

parsers::keepalived::IpAddress vip(const char* address) {
  parsers::keepalived::IpAddress out;
  out.address = Address::parse(address).value();
  out.prefix_length = 24;
  return out;
}

Holding holding(const char* name, const char* interface, const char* address) {
  Holding out{.name = name, .interface = interface, .addresses = {}, .excluded = {}, .routes = {}, .rules = {}};
  out.addresses = {vip(address)};
  return out;
}

/// A run that was killed as master of two instances, whose addresses share a subnet; the second one's is the first's secondary.
struct Killed {
  Namespace space;
  lib::event::Loop loop;
  std::unique_ptr<lib::netlink::Netlink> kernel = std::move(lib::netlink::Netlink::open().value());
  std::unique_ptr<Interfaces> interfaces;
  std::vector<std::string> lines;
  std::string file = "/tmp/leftovers_test." + std::to_string(::getpid());
  Leftovers leftovers;

  explicit Killed(std::uint8_t protocol) {
    space.add_pair("eth0", "far0");
    for (const auto& [interface, address] : {std::pair{"eth0", "10.88.0.151"}, {"eth0", "10.88.0.152"}, {"eth0", "10.88.0.153"}, {"far0", "10.88.0.151"}}) {
      InterfaceAddress one;
      one.index = Namespace::index_of(*kernel, interface);
      one.address = Address::parse(address).value();
      one.prefix_length = 24;
      one.protocol = protocol;
      REQUIRE(kernel->add_address(one));
    }
    Belongings belongings;
    belongings.add(holding("VI_1", "eth0", "10.88.0.151"));
    belongings.add(holding("VI_2", "eth0", "10.88.0.152"));
    auto* const before = new Leftovers;  // killed: without its destructor's work
    before->remember_in(file);
    before->save(belongings);
    interfaces = std::move(Interfaces::open(loop, *kernel, {}, {}).value());
    leftovers.remember_in(file);
    killed_.reset(before);
  }
  ~Killed() { (void)std::filesystem::remove(file); }
  Log log() { return {.write = [this](vrrpd::Level, std::string_view line) { lines.emplace_back(line); }, .details = true}; }
  std::string addresses() const { return Namespace::output_of("ip -4 -o addr show | grep -o 'eth0.*10[.]88[^ ]*\\|far0.*10[.]88[^ ]*' | sed 's/ *inet / /' | sort"); }

 private:
  std::unique_ptr<Leftovers> killed_;
};

}  // namespace

TEST_CASE("what a killed run had for an instance is given back, and only that", "[kernel]") {
  Killed killed{GENERATE(std::uint8_t{18}, std::uint8_t{0})};  // kernels before 5.18 do not say whose an address is
  REQUIRE_FALSE(killed.leftovers.is_empty());
  // As found under a virtual MAC, where the file alone knows the name of the interface.
  killed.leftovers.give_back(holding("VI_1", "vrrp.1", "10.88.0.151"), *killed.kernel, *killed.interfaces, killed.log(), "of VI_1");
  CHECK(killed.lines == std::vector<std::string>{"address 10.88.0.151/24 dev eth0 of VI_1: removed"});
  // .152 went with the first address of its subnet, and came back; .153 is not ours to bring back; the one on far0 was never listed.
  CHECK(killed.addresses() == "eth0 10.88.0.152/24\nfar0 10.88.0.151/24\n");
  killed.leftovers.give_back(holding("VI_1", "eth0", "10.88.0.151"), *killed.kernel, *killed.interfaces, killed.log(), "of VI_1");
  CHECK(killed.lines.size() == 1);
  CHECK(std::filesystem::exists(killed.file));
}

TEST_CASE("without a killed run there is nothing to give back", "[kernel]") {
  const Namespace space;
  Leftovers leftovers;
  leftovers.remember_in("/tmp/leftovers_test.none");
  CHECK(leftovers.is_empty());
}

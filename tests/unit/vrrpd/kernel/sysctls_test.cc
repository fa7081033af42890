#include "vrrpd/kernel/sysctls.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "lib/netlink/netlink.h"
#include "tests/unit/lib/netlink/namespace.h"

using namespace vrrpd::kernel;
using lib::netlink::read_sysctl;
using lib::netlink::write_sysctl;

namespace {

constexpr const char* kSetting = "ipv4/conf/lo/arp_ignore";
constexpr const char* kOther = "ipv4/conf/lo/arp_filter";

}  // namespace

TEST_CASE("a setting that a killed run changed gets back what it was before that run", "[kernel]") {
  const test::Namespace space;
  const std::string file = "/tmp/sysctls_test." + std::to_string(::getpid());
  REQUIRE(write_sysctl(kSetting, 2));
  auto* killed = new Sysctls;  // its destructor runs when all is over
  killed->remember_in(file);
  REQUIRE(killed->hold(kSetting, 1));
  REQUIRE(killed->hold(kOther, 1));
  {
    Sysctls next;
    next.remember_in(file);
    REQUIRE(next.hold(kSetting, 1));
    CHECK(*next.original(kSetting) == 2);
    next.restore_leftovers();
    CHECK(read_sysctl(kOther).value() == 0);    // nobody holds it any more
    CHECK(read_sysctl(kSetting).value() == 1);
  }
  CHECK(read_sysctl(kSetting).value() == 2);
  CHECK(::access(file.c_str(), F_OK) != 0);
  delete killed;
}

TEST_CASE("what was remembered in another network namespace means nothing", "[kernel]") {
  const test::Namespace space;
  const std::string file = "/tmp/sysctls_test." + std::to_string(::getpid());
  std::ofstream{file} << "1 " << kSetting << " 7\n";
  Sysctls ours;
  ours.remember_in(file);
  ours.restore_leftovers();
  CHECK(read_sysctl(kSetting).value() == 0);
  (void)::unlink(file.c_str());
}

#include "lib/plan/plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace lib::plan;
using Texts = std::vector<std::string>;

TEST_CASE("each kind of change has its sign", "[plan]") {
  Plan plan;
  CHECK(text_of(plan) == "= nothing changes\n");
  plan.add("vrrp_instance VI_2");
  plan.remove("real_server 10.0.0.3:80 of virtual_server 10.0.0.1:80");
  Comparison of{plan, "vrrp_instance VI_1"};
  of.value("priority", 100, 90);
  of.secret("authentication", false);
  of.list("virtual_ipaddress", {"10.0.0.4/24"}, {"10.0.0.5/24"});
  CHECK_FALSE(plan.is_refused());
  Comparison{plan, "global_defs", Change::AtNextStart}.value("process_name", std::string{}, std::string{"b"});
  CHECK_FALSE(plan.is_refused());
  Comparison{plan, "global_defs", Change::Refused}.value("net_namespace", std::string{"red"}, std::string{"blue"});
  CHECK(plan.is_refused());
  CHECK(text_of(plan) ==
        "+ vrrp_instance VI_2\n"
        "- real_server 10.0.0.3:80 of virtual_server 10.0.0.1:80\n"
        "~ vrrp_instance VI_1: priority 100 -> 90\n"
        "~ vrrp_instance VI_1: authentication changed\n"
        "~ vrrp_instance VI_1: + virtual_ipaddress 10.0.0.5/24\n"
        "~ vrrp_instance VI_1: - virtual_ipaddress 10.0.0.4/24\n"
        "* global_defs: process_name none -> b\n"
        "! global_defs: net_namespace red -> blue\n");
}

TEST_CASE("what is the same is not said", "[plan]") {
  Plan plan;
  Comparison of{plan, "x"};
  of.value("n", 1U, 1U);
  of.value("t", std::string{"a"}, std::string{"a"});
  of.secret("s", true);
  of.texts("v", "a", "b", true);
  of.list("l", {"a", "b"}, {"a", "b"});
  of.list("l", {"a", "b"}, {"b", "a"}, Comparison::Order::Free);
  CHECK(plan.empty());
}

TEST_CASE("an order alone is a change, and so is what a text does not say", "[plan]") {
  Plan plan;
  Comparison of{plan, "x"};
  of.list("l", {"a", "b"}, {"b", "a"});
  of.texts("script", "/bin/a", "/bin/a", false);
  CHECK(text_of(plan) == "~ x: order of l changed\n~ x: script changed\n");
}

TEST_CASE("values are shown for people", "[plan]") {
  using lib::base::Duration;
  CHECK(shown(Duration{2'500'000}) == "2.5s");
  CHECK(shown(Duration{0}) == "0s");
  CHECK(shown(Duration{100'000}) == "100ms");
  CHECK(shown(Duration{1'500}) == "1500us");
  CHECK(shown(true) == "yes");
  CHECK(shown(std::string{}) == "none");
  CHECK(shown(std::optional<int>{}) == "none");
  CHECK(shown(std::optional<int>{7}) == "7");
  CHECK(shown(std::uint8_t{200}) == "200");
  CHECK(shown(2.5) == "2.5");
}

TEST_CASE("nothing breaks a line", "[plan]") {
  CHECK(text_of(Entry{.change = Change::Added, .thing = "a\nb\t\x7f", .keyword = {}, .before = {}, .after = {}}) == "+ a\\x0ab\\x09\\x7f");
}

TEST_CASE("carrying out what a list's lines say makes the new list", "[plan]") {
  const auto seed = Catch::rngSeed() + 1;
  INFO("seed " << seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 2000; ++round) {
    const auto make = [&] {
      Texts out(random() % 6);
      for (auto& each : out) each = std::string(1, static_cast<char>('a' + random() % 4));
      return out;
    };
    Texts before = make(), after = make();
    Plan plan;
    Comparison{plan, "x"}.list("l", before, after);
    CHECK(plan.empty() == (before == after));
    for (const Entry& each : plan.entries()) {
      if (each.after) before.push_back(*each.after);
      if (!each.before) continue;
      const auto at = std::find(before.begin(), before.end(), *each.before);
      REQUIRE(at != before.end());
      before.erase(at);
    }
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    CHECK(before == after);
  }
}

// Names to addresses without getaddrinfo().
#include "lib/probe/name_lookup.h"

#include <catch2/catch.hpp>

#include "lib/event/loop.h"
#include "lib/probe/dns.h"
#include "lib/probe/host_addresses.h"
#include "tests/unit/lib/probe/datagrams.h"

using namespace lib::probe;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t kA = 1, kAaaa = 28;
using Octets = std::vector<std::uint8_t>;

void append(Octets& out, std::initializer_list<unsigned> bytes) {
  for (const unsigned each : bytes) out.push_back(static_cast<std::uint8_t>(each));
}

/// An answer to the query with these records behind it.
Octets answer_to(const Octets& query, unsigned records, std::initializer_list<unsigned> bytes, unsigned code = 0) {
  Octets out = query;
  out[2] = 0x81;
  out[3] = static_cast<std::uint8_t>(0x80 | code);
  out[7] = static_cast<std::uint8_t>(records);
  append(out, bytes);
  return out;
}

std::string texts(const std::optional<std::vector<lib::net::Address>>& found) {
  if (!found) return "none";
  std::string out;
  for (const auto& each : *found) out += each.host() + " ";
  return out;
}

std::string text_of(const Octets& bytes) { return {bytes.begin(), bytes.end()}; }

/// What look_up() gives with one server, whose answers are made of the query with number 0.
std::string looked_up(Datagrams& server, lib::event::Loop& loop, const std::string& name, lib::base::Duration patience) {
  const NameSources sources{{server.where.ip}, "10.9.8.7 known.test\n"};
  std::string result = "pending";
  lib::event::TaskGroup tasks;
  const auto run = [](const NameSources& from, std::string wanted, lib::event::Loop& on, lib::base::Duration limit, std::string& out) -> lib::event::Task<void> {
    lib::event::Waiter waiter{on};
    const auto found = co_await look_up(from, wanted, waiter, on.now() + limit);
    out = found ? found->host() : "nobody";
  };
  tasks.spawn(run(sources, name, loop, patience, result));
  for (int round = 0; round < 4000 && result == "pending"; ++round) loop.run_once(5ms);
  return result;
}

}  // namespace

TEST_CASE("resolv.conf names up to three servers", "[probe][dns]") {
  const auto servers = read_name_servers("# nameserver 9.9.9.9\nsearch a.test\nnameserver 10.0.0.1\n nameserver\t::1 # x\nnameserver bad\n"
                                         "options ndots:1\nnameserver fe80::1%lo\nnameserver 10.0.0.4\n");
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].text() == "10.0.0.1:53");
  CHECK(servers[1].text() == "[::1]:53");
  CHECK(servers[2].is_ipv6());
  CHECK(read_name_servers("").empty());
}

TEST_CASE("numbers and the hosts file need no server", "[probe][dns]") {
  const std::string hosts = "127.0.0.1 localhost\n# 1.1.1.1 a.test\n10.0.0.1\tB.test b # c\nbad c.test\n10.0.0.2 c.test b.test\n::1 six";
  const auto find = [&](std::string_view name) {
    const auto found = find_known_host(hosts, name);
    return found ? found->host() : "none";
  };
  CHECK(find("192.0.2.1") == "192.0.2.1");
  CHECK(find("2001:db8::1") == "2001:db8::1");
  CHECK(find("b.TEST") == "10.0.0.1");
  CHECK(find("b") == "10.0.0.1");
  CHECK(find("c.test") == "10.0.0.2");
  CHECK(find("six") == "::1");
  CHECK(find("c") == "none");
  CHECK(find("a.test") == "none");
  CHECK(find_known_host("", "LOCALHOST")->host() == "127.0.0.1");
}

TEST_CASE("addresses are read from behind aliases, whatever stands beside them", "[probe][dns]") {
  const Octets query = *encode_dns_query(7, kA, "a.test");
  const auto good = answer_to(query, 3, {0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'b', 0xc0, 14,            // an alias
                                         0xc0, 30, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1,                 // an address
                                         1, 'b', 0xc0, 14, 0, 28, 0, 1, 0, 0, 0, 9, 0, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(texts(decode_dns_addresses(query, good)) == "10.0.0.1 2001:db8::1 ");
  CHECK(texts(decode_dns_addresses(query, answer_to(query, 0, {}))) == "");
  CHECK(texts(decode_dns_addresses(query, answer_to(query, 0, {}, 3))) == "none");
  CHECK(texts(decode_dns_addresses(query, query)) == "none");  // no answer
  CHECK(texts(decode_dns_addresses(query, answer_to(*encode_dns_query(7, kA, "b.test"), 1, {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1}))) == "none");
  CHECK(texts(decode_dns_addresses(query, answer_to(*encode_dns_query(7, kAaaa, "a.test"), 0, {}))) == "none");
  CHECK(texts(decode_dns_addresses(query, answer_to(query, 9, {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 5, 10, 0, 0, 1, 0}))) == "");
  for (std::size_t size = 0; size < good.size(); ++size) {  // cut anywhere: no more than what was whole
    const auto cut = decode_dns_addresses(query, lib::base::Bytes{good}.first(size));
    if (cut) CHECK(cut->size() <= 2);
  }
}

TEST_CASE("a name is asked for on the loop", "[probe][dns]") {
  lib::event::Loop loop;
  const std::initializer_list<unsigned> address = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 3};
  SECTION("and found") {
    Datagrams server{loop};
    server.echoes_id = true;
    server.answers = {"xx", text_of(answer_to(*encode_dns_query(0, kA, "a.test"), 1, address))};
    CHECK(looked_up(server, loop, "a.test", 10s) == "10.0.0.3");
    CHECK(server.count == 1);
    CHECK(looked_up(server, loop, "known.test", 10s) == "10.9.8.7");
    CHECK(server.count == 1);
  }
  SECTION("or not") {
    Datagrams server{loop};
    server.echoes_id = true;
    server.answers = {text_of(answer_to(*encode_dns_query(0, kA, "b.test"), 1, address))};  // another question's
    CHECK(looked_up(server, loop, "a.test", 10s) == "nobody");
    CHECK(server.count == 4);  // each kind of address twice
  }
  SECTION("by somebody who says nothing") {
    Datagrams server{loop};
    CHECK(looked_up(server, loop, "a.test", 200ms) == "nobody");
    CHECK(server.count == 1);
  }
  SECTION("that is none") {
    Datagrams server{loop};
    CHECK(looked_up(server, loop, "a..test", 10s) == "nobody");
    CHECK(server.count == 0);
  }
}

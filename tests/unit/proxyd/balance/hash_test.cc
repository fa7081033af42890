#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <memory>

#include "proxyd/balance/hash_key.h"
#include "proxyd/balance/hash_map.h"
#include "proxyd/balance/hash_ring.h"
#include "proxyd/balance/round_robin.h"
#include "tests/unit/proxyd/balance/fake_load.h"
#include "tests/unit/proxyd/balance/measured_hashes.h"

using namespace proxyd::balance;

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string{text}};
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word == "\"\"" ? "" : word);
  return all;
}

/// As the backend names them: by their id.
std::vector<Candidate> placed(const std::vector<std::uint32_t>& weights) {
  std::vector<Candidate> all = candidates_of(weights);
  for (Candidate& each : all) each.ring_base = ring_base(RingKey::Id, each.id, {}, {}, 0);
  return all;
}

std::uint32_t hash_of(std::string_view algorithm, const std::string& key, const HashType& type) {
  if (algorithm == "source") {
    std::array<std::uint8_t, 4> address{};
    std::istringstream in{key};
    for (std::uint8_t& byte : address) {
      int number = 0;
      in >> number;
      byte = static_cast<std::uint8_t>(number);
      in.ignore();
    }
    return hash_address(address, type);
  }
  UriKey uri;
  uri.whole = algorithm == "uri whole";
  if (algorithm == "uri depth 1") uri.depth = 1;
  if (algorithm == "uri len 3") uri.length = 3;
  if (algorithm.starts_with("uri")) return hash_text(key_of_uri(key, uri), type);
  if (algorithm == "hdr(X-Key) use_domain_only") return hash_text(domain_of(key), type);
  return hash_text(key, type);
}

std::unique_ptr<Balancer> make(const HashType& type, std::uint32_t factor = 0) {
  if (type.consistent) return std::make_unique<HashRing>(factor);
  return std::make_unique<HashMap>();
}

}  // namespace

TEST_CASE("the measured sequences come out as they stand in the reference", "[balance][vectors]") {
  for (const MeasuredSequence& measured : kMeasuredSequences) {
    INFO(measured.algorithm << " " << measured.weights);
    const std::vector<std::uint32_t> weights = numbers(measured.weights), expected = numbers(measured.servers);
    FakeLoad load{weights.size()};
    RoundRobin balancer{measured.algorithm == "static-rr" ? RoundRobin::Order::Static : RoundRobin::Order::Smooth};
    balancer.rebuild(candidates_of(weights), load);
    CHECK(order_of(balancer, load, expected.size()) == expected);
  }
}

TEST_CASE("the measured hashes choose the servers that stand in the reference", "[balance][vectors]") {
  for (const MeasuredHash& measured : kMeasuredHashes) {
    INFO(measured.algorithm << " consistent " << measured.type.consistent << " " << measured.weights);
    const std::vector<std::uint32_t> weights = numbers(measured.weights), expected = numbers(measured.servers);
    const std::vector<std::string> keys = words_of(measured.keys);
    REQUIRE(keys.size() == expected.size());
    FakeLoad load{weights.size()};
    const std::unique_ptr<Balancer> balancer = make(measured.type);
    balancer->rebuild(placed(weights), load);
    std::vector<std::uint32_t> got;
    for (const std::string& key : keys) {
      const std::uint32_t hash = hash_of(measured.algorithm, key, measured.type);
      got.push_back(balancer->pick({.hash = hash, .has_hash = true}, load).slot + 1);
    }
    CHECK(got == expected);
  }
}

TEST_CASE("requests without a key go to the servers of the map in order, hashed ones in between change nothing", "[balance]") {
  FakeLoad load{3};
  HashMap balancer;
  balancer.rebuild(candidates_of({1, 2, 3}), load);
  CHECK(order_of(balancer, load, 3) == numbers("1 3 2"));
  (void)balancer.pick({.hash = 0, .has_hash = true}, load);
  CHECK(order_of(balancer, load, 3) == numbers("3 2 3"));
}

TEST_CASE("requests without a key walk along the ring, as measured", "[balance]") {
  FakeLoad load{4};
  HashRing balancer{0};
  balancer.rebuild(placed({1, 2, 3, 1}), load);
  CHECK(order_of(balancer, load, 30) == numbers("3 3 3 3 3 4 3 3 4 3 3 3 3 4 2 4 1 3 1 4 3 1 2 3 1 1 3 1 2 2"));
}

TEST_CASE("a server that leaves the ring moves its own keys only, and gets them back", "[balance]") {
  FakeLoad load{4};
  HashRing balancer{0};
  const auto look = [&] {
    std::vector<std::uint32_t> got;
    for (std::uint32_t at = 0; at < 2000; ++at) got.push_back(balancer.pick({.hash = at * 2654435761u, .has_hash = true}, load).slot);
    return got;
  };
  balancer.rebuild(placed({1, 2, 3, 1}), load);
  const std::vector<std::uint32_t> before = look();
  balancer.rebuild(placed({1, 0, 3, 1}), load);
  const std::vector<std::uint32_t> without = look();
  for (std::size_t at = 0; at < before.size(); ++at) {
    CHECK(without[at] != 1);
    if (before[at] != 1) CHECK(without[at] == before[at]);
  }
  balancer.rebuild(placed({1, 2, 3, 1}), load);
  CHECK(look() == before);
}

TEST_CASE("a key whose server is full waits for it, or goes on, as hash-preserve-affinity says", "[balance]") {
  const bool ring = GENERATE(false, true);
  FakeLoad load{3};
  const auto make = [&](HashAffinity affinity) -> std::unique_ptr<Balancer> {
    std::unique_ptr<Balancer> made;
    if (ring) made = std::make_unique<HashRing>(0, affinity);
    else made = std::make_unique<HashMap>(affinity);
    made->rebuild(placed({1, 1, 1}), load);
    return made;
  };
  const Question question{.hash = 12345, .has_hash = true};
  const auto always = make(HashAffinity::Always), by_streams = make(HashAffinity::MaxConn), by_queue = make(HashAffinity::MaxQueue);
  const std::uint32_t own = always->pick(question, load).slot;
  CHECK(by_streams->pick(question, load).slot == own);
  load.full[own] = true;
  CHECK(always->pick(question, load).queue_at == own);
  const std::uint32_t next = by_streams->pick(question, load).slot;
  CHECK(next != own);
  CHECK(next != kNoServer);
  CHECK(by_queue->pick(question, load).queue_at == own);
  load.queue_full[own] = true;
  CHECK(by_queue->pick(question, load).slot == next);
  load.full = {true, true, true};
  load.queue_full = {true, true, true};
  for (const auto& each : {&always, &by_streams, &by_queue}) {
    const Choice choice = (*each)->pick(question, load);
    CHECK(choice.must_queue);
    CHECK(choice.queue_at == own);
  }
}

TEST_CASE("hash-balance-factor lets no server serve more than its share, as measured with held requests", "[balance]") {
  const std::vector<std::tuple<std::uint32_t, std::string_view, std::string_view>> table = {
      {125, "1,1,1,1", "1 4 2 4 2 1 4 2 1 4 2 3 1 4 2 1 4 2 1 4 2 1 4 2"},
      {150, "1,1,1,1", "1 4 4 2 1 4 2 1 4 2 1 4 1 4 2 1 4 2 1 4 1 4 2 1"},
      {200, "1,1,1,1", "1 4 4 1 4 1 4 1 4 1 4 1 4 1 4 1 4 1 4 1 4 1 4 1"},
      {150, "1,2,3", "1 3 3 3 3 3 3 1 3 3 3 1 3 3 3 1 3 3 3 1 3 3 3 1"},
      {101, "1,1", "1 2 1 2 1 2 1 2 1 2 1 2 1 2 1 2 1 2 1 2 1 2 1 2"},
      {300, "5,1,1", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
  };
  const HashType type{.consistent = true, .function = HashFunction::Sdbm, .avalanche = true};
  for (const auto& [factor, text, servers] : table) {
    INFO(factor << " " << text);
    const std::vector<std::uint32_t> weights = numbers(text), expected = numbers(servers);
    FakeLoad load{weights.size()};
    HashRing balancer{factor};
    balancer.rebuild(placed(weights), load);
    std::vector<std::uint32_t> got;
    for (std::size_t at = 0; at < expected.size(); ++at) {
      const std::uint32_t slot = balancer.pick({.hash = hash_text("abc", type), .has_hash = true}, load).slot;
      ++load.loads[slot];
      got.push_back(slot + 1);
    }
    CHECK(got == expected);
  }
}

TEST_CASE("an avoided or full server on the ring", "[balance]") {
  FakeLoad load{2};
  HashRing balancer{0};
  balancer.rebuild(placed({1, 1}), load);
  const std::uint32_t own = balancer.pick({.hash = 77, .has_hash = true}, load).slot;
  CHECK(balancer.pick({.hash = 77, .has_hash = true, .avoid = own}, load).slot == 1 - own);
  load.full[own] = true;
  CHECK(balancer.pick({.hash = 77, .has_hash = true}, load).queue_at == own);
  load.full = {true, true};
  CHECK(balancer.pick({}, load).must_queue);
  balancer.rebuild({}, load);
  CHECK_FALSE(balancer.pick({.hash = 77, .has_hash = true}, load).must_queue);
}

TEST_CASE("the part of a URI that is hashed", "[balance]") {
  CHECK(key_of_uri("/a/b?x=/1", {}) == "/a/b");
  CHECK(key_of_uri("/a/b?x=/1", {.whole = true}) == "/a/b?x=/1");
  CHECK(key_of_uri("/a/b/c", {.depth = 1}) == "/a");
  CHECK(key_of_uri("//x/y", {.depth = 1}) == "/");
  CHECK(key_of_uri("/a/b/c", {.length = 5}) == "/a/b/");
  CHECK(key_of_uri("/a/b/c", {.length = 6, .depth = 2}) == "/a/b");
  CHECK(key_of_uri("http://h/p/q?z", {}) == "http://h/p/q");
  CHECK(key_of_uri("http://h/p/q?z", {.depth = 3}) == "http://h/p");
  CHECK(key_of_uri("http://h/p/q?z", {.path_only = true}) == "/p/q");
  CHECK(key_of_uri("http://h", {.path_only = true}).empty());
  CHECK(key_of_uri("*", {.path_only = true}).empty());
  CHECK(key_of_uri("/x?u=http://h/p", {.path_only = true}) == "/x");
}

TEST_CASE("parameters, domains and RDP cookies are found as on the original", "[balance]") {
  CHECK(find_parameter("xid=1&id=2&id=3", "id") == "2");
  CHECK(find_parameter("id=1;x=2", "id") == "1;x=2");
  CHECK(find_parameter("id=", "id") == "");
  CHECK_FALSE(find_parameter("id", "id"));
  CHECK_FALSE(find_parameter("ID=1", "id"));
  CHECK(query_of("/a?b=1?c") == "b=1?c");
  for (const auto& [host, domain] : std::map<std::string_view, std::string_view>{
           {"www.example.com:80", "example"}, {"localhost", "localhost"}, {".com", ".com"}, {"com.", "com"}, {"..", "."},
           {"abc..bdf", "abc."}, {"a..b..c", "b."}, {"www.abc.def.", "def"}, {"a.b", "a"}, {".", "."}})
    CHECK(domain_of(host) == domain);
  using namespace std::string_view_literals;
  constexpr auto kRdp = "\x03\0\0\x22\x1d\xe0\0\0\0\0\0Cookie: mstshash=bob\r\n\0"sv;
  CHECK(find_rdp_cookie(kRdp, "mstshash") == "bob");
  CHECK_FALSE(find_rdp_cookie(kRdp, "msts"));
  for (std::size_t size = 0; size < 31; ++size) CHECK_FALSE(find_rdp_cookie(kRdp.substr(0, size), "mstshash"));
}

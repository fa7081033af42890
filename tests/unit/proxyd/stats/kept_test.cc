#include "proxyd/stats/kept.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "proxyd/stats/fields.h"

using namespace proxyd::stats;
using proxyd::config::kept_names;
using proxyd::config::KeptColumn;
using proxyd::config::StatsDomain;

namespace {

ObjectFacts object(ObjectKind kind, std::string guid) {
  ObjectFacts facts;
  facts.kind = kind;
  facts.http = true;
  facts.has_servers = true;
  facts.check.active = true;
  facts.guid = std::move(guid);
  for (std::size_t i = 0; i < facts.counts.size(); ++i) facts.counts[i] = 1000 + i;
  return facts;
}

}  // namespace

TEST_CASE("every kept column is a counter of show stat, or the age of the last session", "[stats][kept]") {
  for (const auto& column : kept_names()) {
    INFO(column.name);
    const auto found = std::find_if(stat_fields().begin(), stat_fields().end(), [&](const auto& field) { return field.name == column.name; });
    REQUIRE(found != stat_fields().end());
    const bool is_age = column.name == "lastsess";
    CHECK((found->tags.nature == lib::metrics::Nature::Counter || is_age));
  }
}

TEST_CASE("no counter is filled by two columns", "[stats][kept]") {
  std::set<Count> seen;
  std::size_t others = 0;
  for (std::size_t i = 0; i < proxyd::config::kKeptColumns; ++i) {
    const auto which = count_of(static_cast<KeptColumn>(i));
    if (which) CHECK(seen.insert(*which).second);
    else ++others;
  }
  CHECK(others == 2);
}

TEST_CASE("counters that show stat shows of an object are all kept", "[stats][kept]") {
  // Counters that are others' sums, or that nothing raises, need not be.
  const std::set<std::string_view> made = {"h1_total_connections", "h1_total_streams", "h1_bytes_in", "h1_bytes_out", "h1sess"};
  for (const ObjectKind kind : {ObjectKind::Frontend, ObjectKind::Backend, ObjectKind::Server, ObjectKind::Listener}) {
    const bool is_front = kind == ObjectKind::Frontend || kind == ObjectKind::Listener;
    const std::vector<lib::metrics::Value> values = stat_values(object(kind, "a"));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& field = stat_fields()[i];
      if (field.tags.nature != lib::metrics::Nature::Counter || values[i].unsigned_number == 0 || made.contains(field.name)) continue;
      const auto kept = std::find_if(kept_names().begin(), kept_names().end(), [&](const auto& each) { return each.name == field.name; });
      INFO(field.name << " of kind " << static_cast<int>(kind));
      REQUIRE(kept != kept_names().end());
      CHECK((is_front ? kept->of_front : kept->of_back));
    }
  }
}

TEST_CASE("what is written is read back as the counters that it was", "[stats][kept]") {
  ObjectFacts server = object(ObjectKind::Server, "srv:1");
  server.counts[static_cast<std::size_t>(Count::TlsChecked)] = 0;
  server.counts[static_cast<std::size_t>(Count::TlsCheckFailed)] = 0;
  server.downtime_s = 77;
  server.last_session_s = 5;
  ProxyFacts proxy;
  proxy.servers.push_back(server);
  proxy.servers.push_back(object(ObjectKind::Server, ""));  // has no GUID
  proxy.backend = object(ObjectKind::Backend, "be");
  std::string text;
  append_kept_header(text, StatsDomain::Back);
  append_kept_rows(text, StatsDomain::Back, proxy);
  const proxyd::config::StatsFile file = proxyd::config::read_stats_file(text);
  CHECK(file.faults.empty());
  CHECK(file.front.empty());
  REQUIRE(file.back.size() == 2);
  const auto& kept = file.back.at("srv:1");
  int given = 0;
  for (std::size_t i = 0; i < proxyd::config::kKeptColumns; ++i) {
    INFO(kept_names()[i].name);
    const auto which = count_of(static_cast<KeptColumn>(i));
    if (!which || !kept.values[i]) continue;
    CHECK(kept.values[i] == server.count(*which));
    ++given;
  }
  CHECK(given == 27);  // all columns of backends but "dreq", which servers do not have, and the two times
  CHECK(kept[KeptColumn::Downtime] == 77U);
  CHECK(kept[KeptColumn::Lastsess] == 5U);
  CHECK(file.back.at("be")[KeptColumn::Lastsess] == std::nullopt);  // never
}

TEST_CASE("frontends and their sockets stand in a part of their own", "[stats][kept]") {
  ProxyFacts proxy;
  proxy.frontend = object(ObjectKind::Frontend, "web");
  proxy.backend = object(ObjectKind::Backend, "web");
  proxy.listeners.push_back(object(ObjectKind::Listener, "sock-1"));
  std::string text;
  append_kept_header(text, StatsDomain::Front);
  CHECK(text.starts_with("#fe guid,conn_tot,stot,req_tot,"));
  append_kept_rows(text, StatsDomain::Front, proxy);
  append_kept_header(text, StatsDomain::Back);
  append_kept_rows(text, StatsDomain::Back, proxy);
  const proxyd::config::StatsFile file = proxyd::config::read_stats_file(text);
  CHECK(file.faults.empty());
  CHECK(file.front.size() == 2);
  CHECK(file.back.size() == 1);
  CHECK(file.front.at("sock-1")[KeptColumn::Bin] == proxy.listeners[0].count(Count::BytesIn));
}

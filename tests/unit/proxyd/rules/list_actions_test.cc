#include <catch2/catch.hpp>

#include "proxyd/rules/list_actions.h"
#include "tests/unit/proxyd/rules/fake_actor.h"
#include "tests/unit/proxyd/rules/format_text.h"

using namespace proxyd;
using rules::Flow;
using rules::ListChange;

namespace {

std::optional<std::string> read_file(const std::string& path) {
  if (path == "m") return "/a 1\n/b 2\n";
  if (path == "nets") return "10.0.0.0/8\n";
  return std::nullopt;
}

/// A library with a map "m" that texts are looked up in, and a list "nets" of addresses.
struct Fixture {
  std::shared_ptr<patterns::Library> library = std::make_shared<patterns::Library>(read_file);
  std::shared_ptr<patterns::Table> map = load("m", patterns::ListKind::Map, patterns::Method::Str);
  std::shared_ptr<patterns::Table> nets = load("nets", patterns::ListKind::Patterns, patterns::Method::Ip);
  FakeActor actor{"GET /a HTTP/1.1\r\nhost: h\r\n\r\n"};
  samples::Scratch scratch;

  std::shared_ptr<patterns::Table> load(std::string_view name, patterns::ListKind kind, patterns::Method method) {
    auto table = library->load(name, kind, method, patterns::Case::Kept, nullptr, {.place = "here", .is_map = kind == patterns::ListKind::Map});
    REQUIRE(table.has_value());
    (*table)->list().guard();
    return *table;
  }
  void change(ListChange how, std::string name, std::string_view key, std::string_view value = "") {
    samples::Context context{actor.subject, scratch, samples::Place::FrontRequest};
    const rules::ChangeList action{how, library, std::move(name), format_of(key), format_of(value)};
    CHECK(action.run(actor, context) == Flow::Next);
  }
  std::string value(std::string_view key) {
    const std::uint32_t entry = map->find(key, scratch.workspace);
    return entry == patterns::kNoEntry ? "-" : std::string{map->list().entries()[entry].value};
  }
};

}  // namespace

TEST_CASE("rules set, add and delete keys of a map", "[rules]") {
  Fixture fixture;
  fixture.change(ListChange::SetMap, "m", "%[path]", "new");
  CHECK(fixture.value("/a") == "new");
  fixture.change(ListChange::SetMap, "m", "/c", "%[path]");
  fixture.change(ListChange::SetMap, "m", "/c", "%[path,upper]");
  CHECK(fixture.value("/c") == "/A");
  CHECK(fixture.map->list().size() == 3);
  fixture.change(ListChange::DeleteKey, "m", "%[path]");
  CHECK(fixture.value("/a") == "-");
  CHECK(fixture.value("/b") == "2");
}

TEST_CASE("a pattern is added once, and only where it is one", "[rules]") {
  Fixture fixture;
  fixture.change(ListChange::AddPattern, "nets", "192.0.2.0/24");
  fixture.change(ListChange::AddPattern, "nets", "192.0.2.0/24");
  fixture.change(ListChange::AddPattern, "nets", "%[path]");
  CHECK(fixture.nets->list().size() == 2);
  CHECK(fixture.nets->find(*lib::net::Address::parse("192.0.2.7")) != patterns::kNoEntry);
}

TEST_CASE("a list that nobody loaded is left alone, and who only asks changes nothing", "[rules]") {
  Fixture fixture;
  fixture.change(ListChange::SetMap, "other", "/a", "x");
  fixture.actor.is_dry = true;
  fixture.change(ListChange::SetMap, "m", "/a", "x");
  fixture.change(ListChange::SetMap, "m", "/z", "x");
  fixture.change(ListChange::DeleteKey, "m", "/b");
  fixture.change(ListChange::AddPattern, "nets", "192.0.2.0/24");
  CHECK(fixture.value("/a") == "1");
  CHECK(fixture.value("/b") == "2");
  CHECK(fixture.map->list().size() == 2);
  CHECK(fixture.nets->list().size() == 1);
}

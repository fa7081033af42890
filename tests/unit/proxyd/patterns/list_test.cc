#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "proxyd/patterns/library.h"

using namespace proxyd::patterns;

namespace {

/// A list with one table, as a file gives it.
struct Fixture {
  std::shared_ptr<List> list = std::make_shared<List>();
  std::unique_ptr<Table> table;
  Workspace workspace;

  Fixture(Method method, std::string text, ListKind kind = ListKind::Patterns, Case fold = Case::Kept,
          ValueKind value = ValueKind::None) {
    list->read(std::move(text), kind);
    table = std::make_unique<Table>(list, method, fold);
    REQUIRE(table->rebuild().empty());
    list->note_use({method, fold, value, table.get()});
    list->guard();
  }
  std::string found(std::string_view text) {
    const std::uint32_t entry = table->find(text, workspace);
    return entry == kNoEntry ? "-" : std::string{list->entries()[entry].pattern};
  }
  std::string value(std::string_view text) {
    const std::uint32_t entry = table->find(text, workspace);
    return entry == kNoEntry ? "-" : std::string{list->entries()[entry].value};
  }
};

std::string many(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "key" + std::to_string(i) + " v" + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("what is inserted, erased and cleared is seen by lookups at once", "[patterns]") {
  const auto method = GENERATE(Method::Str, Method::Beg, Method::End, Method::Sub, Method::Dir, Method::Reg);
  Fixture fixture{method, "a\nb\nb\nc\nd\ne\n"};
  CHECK(fixture.list->insert("zzz", {}).empty());
  CHECK(fixture.found("zzz") == "zzz");
  CHECK(fixture.list->erase("b") == 2);
  CHECK(fixture.found("b") == "-");
  CHECK(fixture.list->erase("b") == 0);
  CHECK(fixture.list->erase("d") == 1);
  CHECK(fixture.found("d") == "-");
  CHECK(fixture.found("e") == "e");
  CHECK(fixture.list->size() == 4);
  fixture.list->clear();
  CHECK(fixture.found("a") == "-");
  CHECK(fixture.list->insert("a", {}).empty());
  CHECK(fixture.found("a") == "a");
}

TEST_CASE("an erased pattern uncovers its equals", "[patterns]") {
  Fixture fixture{Method::Str, "/X\n/x\na\nb\nc\nd\n", ListKind::Patterns, Case::Ignored};
  CHECK(fixture.found("/x") == "/X");
  CHECK(fixture.list->erase("/X") == 1);
  CHECK(fixture.found("/x") == "/x");
}

TEST_CASE("a map of many keys forgets them one by one", "[patterns]") {
  Fixture fixture{Method::Str, many(5000), ListKind::Map, Case::Kept, ValueKind::Text};
  for (int i = 0; i < 5000; i += 2) REQUIRE(fixture.list->erase("key" + std::to_string(i)) == 1);
  CHECK(fixture.list->size() == 2500);
  for (int i = 0; i < 5000; ++i)
    REQUIRE(fixture.value("key" + std::to_string(i)) == (i % 2 == 0 ? "-" : "v" + std::to_string(i)));
  for (int i = 0; i < 200'000; ++i) REQUIRE(fixture.list->set("key1", std::to_string(i)) == 1);
  CHECK(fixture.value("key1") == "199999");
  CHECK(fixture.value("key3") == "v3");
}

TEST_CASE("networks are erased and the wider one holds again", "[patterns]") {
  Fixture fixture{Method::Ip, "10.0.0.0/8\n10.1.0.0/16\n::1\n"};
  const auto find = [&](const char* text) {
    const std::uint32_t entry = fixture.table->find(*lib::net::Address::parse(text));
    return entry == kNoEntry ? std::string{"-"} : std::string{fixture.list->entries()[entry].pattern};
  };
  CHECK(find("10.1.2.3") == "10.1.0.0/16");
  CHECK(fixture.list->erase("10.1.0.0/16") == 1);
  CHECK(find("10.1.2.3") == "10.0.0.0/8");
  CHECK(fixture.list->insert("nonsense!", {}) == "'nonsense!' is not a valid IPv4 or IPv6 address");
  CHECK(fixture.list->size() == 2);
}

TEST_CASE("a prepared version is seen when it is committed, as a whole", "[patterns]") {
  Fixture fixture{Method::Str, "old 1\n", ListKind::Map, Case::Kept, ValueKind::Int};
  CHECK(fixture.list->insert("early", "1", 1) == "Version number in the future, please use 'prepare acl' before");
  CHECK(fixture.list->prepare() == 1);
  CHECK(fixture.list->prepare() == 2);
  CHECK(fixture.list->insert("one", "1", 1).empty());
  CHECK(fixture.list->insert("two", "2", 2).empty());
  CHECK(fixture.list->insert("two", "x", 2) == "unable to parse 'x'");
  CHECK(fixture.value("two") == "-");
  CHECK_FALSE(fixture.list->commit(3));
  CHECK(fixture.list->set("two", "22") == 1);
  CHECK(fixture.list->commit(2));
  CHECK(fixture.value("two") == "22");
  CHECK(fixture.value("old") == "-");
  CHECK(fixture.list->entries(1) == nullptr);
  CHECK_FALSE(fixture.list->commit(1));
  CHECK(fixture.list->insert("late", "1", 1) == "Version number out of range");
}

TEST_CASE("an entry is named by its reference as well", "[patterns]") {
  Fixture fixture{Method::Str, "a 1\na 2\n", ListKind::Map, Case::Kept, ValueKind::Text};
  const Key second{{}, std::bit_cast<std::uintptr_t>(fixture.list->entries()[1].reference())};
  CHECK(fixture.list->set(second, "3").value() == 1);
  CHECK(fixture.list->entries()[1].value == "3");
  CHECK(fixture.list->entries()[0].value == "1");
  CHECK(fixture.list->erase(Key{{}, 1}) == 0);
}

TEST_CASE("lookups of other threads go on while a list changes", "[patterns]") {
  Fixture fixture{Method::Str, many(300), ListKind::Map, Case::Kept, ValueKind::Text};
  std::atomic<bool> is_over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n)
    readers.emplace_back([&] {
      Workspace workspace;
      while (!is_over.load()) {
        const std::shared_lock lock{fixture.list->mutex()};
        const std::uint32_t entry = fixture.table->find("key299", workspace);
        if (entry == kNoEntry || fixture.list->entries()[entry].pattern != "key299") ++wrong;
      }
    });
  for (int i = 0; i < 299; ++i) {
    (void)fixture.list->erase("key" + std::to_string(i));
    (void)fixture.list->insert("key" + std::to_string(i % 7), "x");
  }
  is_over = true;
  for (std::thread& each : readers) each.join();
  CHECK(wrong == 0);
}

TEST_CASE("lists are numbered in order, around the numbers that were given", "[patterns]") {
  Library library;
  const auto a = library.make_list("a"), b = library.make_list("b"), c = library.make_list("c"), d = library.make_list("d");
  CHECK(library.set_id(*a, 100));
  CHECK(library.set_id(*c, 1));
  CHECK_FALSE(library.set_id(*d, 1));
  library.number();
  CHECK(b->id == 0);
  CHECK(d->id == 2);
  CHECK(library.lists().back() == a);
  CHECK(library.find("#1") == c.get());
  CHECK(library.find("#7") == nullptr);
}

TEST_CASE("many threads that put the same keys leave each of them once", "[patterns]") {
  Fixture fixture{Method::Str, "a 1\n", ListKind::Map};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&list = *fixture.list] {
      for (int i = 0; i < 400; ++i) {
        (void)list.put("key" + std::to_string(i % 100), "v");
        (void)list.insert_once("once" + std::to_string(i % 100));
      }
    });
  for (std::thread& each : threads) each.join();
  CHECK(fixture.list->size() == 201);
  CHECK(fixture.value("key99") == "v");
  CHECK(fixture.found("once0") == "once0");
}

TEST_CASE("a value that a use cannot read is not put", "[patterns]") {
  Fixture fixture{Method::Str, "a 1\n", ListKind::Map, Case::Kept, ValueKind::Int};
  CHECK(fixture.list->put("a", "x") == "unable to parse 'x'");
  CHECK(fixture.list->put("b", "x") == "unable to parse 'x'");
  CHECK(fixture.list->put("b", "7").empty());
  CHECK(fixture.value("a") == "1");
  CHECK(fixture.value("b") == "7");
}

#include "proxyd/certificates/library.h"

#include <catch2/catch.hpp>

#include "tests/unit/lib/tls/made_certificate.h"

using namespace proxyd::certificates;
using Folder = CertificateFolder;

TEST_CASE("a certificate's parts are where they are named", "[certificates]") {
  const Folder folder;
  const Folder::Pem one = Folder::make("one.test"), other = Folder::make("other.test");
  const std::string crt = folder.write("x.crt", one.certificate), key = folder.write("y.key", one.key);
  Library library;
  CHECK_FALSE(library.load(crt));  // nobody knows its key
  const auto loaded = library.load("@web/x", {.certificate = crt, .key = key});
  REQUIRE(loaded);
  CHECK((*loaded)->path() == "@web/x");
  CHECK((*loaded)->names() == std::vector<std::string>{"one.test"});
  CHECK(library.find("@web/x") == *loaded);
  CHECK(library.find(crt) == nullptr);

  SECTION("who names them again names the same") {
    CHECK(library.load("@web/x", {.certificate = crt, .key = key}));
    CHECK(library.load("@web/x"));
    const auto refused = library.load("@web/x", {.certificate = crt, .key = crt});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "certificate '@web/x' is loaded already, with other files.");
  }
  SECTION("the key that is named counts, whatever stands behind the certificate") {
    const std::string both = folder.write("both.pem", one.certificate + other.key);
    CHECK_FALSE(library.load(both));
    CHECK(library.load("@/both", {.certificate = both, .key = key}));
  }
  SECTION("what is named must be there") {
    const std::string whole = folder.write("whole.pem", one), gone = folder.path() + "/gone";
    const auto fault_of = [&](lib::tls::NamedFiles parts) {
      parts.certificate = whole;
      const auto refused = library.load("@/whole", parts);
      return refused ? std::string{} : refused.error().message;
    };
    const std::string wanted = "unable to open file '" + gone + "' : No such file or directory.";
    CHECK(fault_of({.ocsp = gone}) == wanted);
    CHECK(fault_of({.issuer = gone}) == wanted);
    CHECK(fault_of({.sctl = gone}) == wanted);
    CHECK(fault_of({.key = gone}) == "No Private Key found in '" + gone + "'.");
    CHECK(fault_of({}).empty());
  }
}

TEST_CASE("a reference stands for a certificate's name", "[certificates]") {
  Library library;
  library.refer("@/a.pem", "/etc/a.pem");
  CHECK(library.resolve("@/a.pem") == "/etc/a.pem");
  CHECK(library.resolve("@/b.pem") == "@/b.pem");
}

TEST_CASE("servers' certificates are changed with those of listeners, on all or none", "[certificates]") {
  const Folder folder;
  const std::string path = folder.write("a.pem", Folder::make("a.test")), other = folder.write("b.pem", Folder::make("b.test"));
  Library library;
  const auto a = library.load(path);
  REQUIRE(a);
  lib::tls::BackSettings settings;
  settings.certificate = *a;
  const auto context = lib::tls::ClientContext::make(settings);
  REQUIRE(context);
  const auto explain = [](const lib::tls::SettingFault&, const lib::tls::BackSettings&) { return std::string{"no"}; };
  library.servers.push_back({"b", "s", "x.cfg:1", *context, settings, explain});
  CHECK(library.is_used(path));
  CHECK_FALSE(library.is_used(other));
  auto next = lib::tls::Certificate::load(other);
  REQUIRE(next);
  auto renamed = lib::tls::Certificate::load(path, {}, {.certificate = other});
  REQUIRE(renamed);
  std::size_t places = 0;
  CHECK(library.replace(path, *renamed, places).empty());
  CHECK(places == 1);
  CHECK(library.servers[0].settings.certificate == *renamed);
  CHECK(library.find(path) == *renamed);

  lib::tls::BackSettings broken = settings;
  broken.agreement.ciphers = "NOPE";
  library.servers.push_back({"b", "t", "x.cfg:2", *context, broken, explain});
  CHECK(library.replace(path, *a, places) == "Proxy 'b': no for server 't' at [x.cfg:2].");
  CHECK(library.servers[0].settings.certificate == *renamed);
  CHECK(library.find(path) == *renamed);
}

TEST_CASE("what was changed at run time outlives a reload where its files are the same", "[certificates]") {
  const Folder folder;
  const std::string path = folder.write("a.pem", Folder::make("file.test")), key = folder.write("a.key", "x");
  Library before, after;
  REQUIRE(before.load(path));
  REQUIRE(after.load(path));
  const auto made = lib::tls::Certificate::load(folder.write("set.pem", Folder::make("set.test")), {});
  REQUIRE(made);
  std::size_t places = 0;
  const Library::Files read{{path, 1}, {key, 2}};
  const auto names_after = [&] { return after.find(path)->names(); };
  const std::vector<std::string> of_file{"file.test"}, as_set{"set.test"};

  SECTION("nothing was changed") {
    CHECK(after.take_over(before, read, read).empty());
    CHECK(names_after() == of_file);
  }
  SECTION("the file is the same") {
    REQUIRE(before.replace(path, *made, places).empty());
    CHECK(after.take_over(before, read, read).empty());
    CHECK(names_after() == as_set);
    Library third;  // and the next one knows of it
    REQUIRE(third.load(path));
    CHECK(third.take_over(after, read, read).empty());
    CHECK(third.find(path)->names() == as_set);
  }
  SECTION("the file is another one, or what stands beside it is") {
    REQUIRE(before.replace(path, *made, places).empty());
    for (const Library::Files& now : {Library::Files{{path, 3}, {key, 2}}, Library::Files{{path, 1}, {key, 4}}, Library::Files{{path, 1}}, Library::Files{{key, 2}}}) {
      CHECK(after.take_over(before, read, now).empty());
      CHECK(names_after() == of_file);
    }
  }
  SECTION("several, of which one file changed") {
    const std::string other = folder.write("b.pem", Folder::make("other.test")), third = folder.write("c.pem", Folder::make("third.test"));
    for (Library* each : {&before, &after})
      for (const std::string& name : {other, third}) REQUIRE(each->load(name));
    for (const std::string& name : {path, other, third}) REQUIRE(before.replace(name, *made, places).empty());
    CHECK(after.take_over(before, {{path, 1}, {key, 2}, {other, 3}, {third, 4}}, {{path, 1}, {key, 2}, {other, 5}, {third, 4}}).empty());
    CHECK(names_after() == as_set);
    CHECK(after.find(other)->names() == std::vector<std::string>{"other.test"});
    CHECK(after.find(third)->names() == as_set);
  }
  SECTION("one that has no file") {
    before.add_empty("new");
    REQUIRE(before.replace("new", *made, places).empty());
    CHECK(after.take_over(before, read, read).empty());
    REQUIRE(after.find("new") != nullptr);
    CHECK(after.find("new")->names() == as_set);
    before.remove("new");
    Library third;
    CHECK(third.take_over(before, read, read).empty());
    CHECK(third.find("new") == nullptr);
  }
  SECTION("lines of a list") {
    const std::string list = folder.path() + "/list";
    before.entries[list] = after.entries[list] = {{.certificate = path, .line = 1, .filters = {"one"}}, {.certificate = path, .line = 2, .filters = {"two"}}};
    REQUIRE(before.remove_entry(list, 0).empty());
    REQUIRE(before.add_entry(list, {.certificate = path, .line = 3, .filters = {"three"}}).empty());
    const auto filters = [&] {
      std::vector<std::string> all;
      for (const auto& each : after.entries[list]) all.push_back(each.filters.front());
      return all;
    };
    Library::Files with_list = read;
    with_list.emplace(list, 7);
    Library::Files with_other = read;
    with_other.emplace(list, 8);
    CHECK(after.take_over(before, with_list, with_other).empty());
    CHECK(filters() == std::vector<std::string>{"one", "two"});
    CHECK(after.take_over(before, with_list, with_list).empty());
    CHECK(filters() == std::vector<std::string>{"two", "three"});
    REQUIRE(before.add_entry(list, {.certificate = "gone", .line = 4, .filters = {"four"}}).empty());
    CHECK(after.take_over(before, with_list, with_list) == std::vector<std::string>{"certificate 'gone' does not exist!"});
  }
  SECTION("ticket keys") {
    std::string text;
    for (const char letter : {'a', 'b', 'c', 'd'}) text += std::string(64, letter) + '\n';
    const std::string keys = folder.write("keys", text.substr(0, 3 * 65));
    Library::Files with_keys = read;
    with_keys.emplace(keys, 7);
    const auto ours = before.ticket_keys(keys), theirs = after.ticket_keys(keys);
    REQUIRE((ours && theirs));
    REQUIRE((*ours)->add(text.substr(3 * 65, 64)));
    CHECK(after.take_over(before, with_keys, with_keys).empty());
    CHECK((*theirs)->list() == (*ours)->list());
  }
}

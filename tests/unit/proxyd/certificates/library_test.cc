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

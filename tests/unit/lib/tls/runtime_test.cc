#include <catch2/catch.hpp>

#include <ctime>

#include "lib/tls/certificate_text.h"
#include "lib/tls/server_context.h"
#include "lib/tls/ticket_keys.h"
#include "tests/unit/lib/tls/made_certificate.h"

using namespace lib::tls;
using Folder = CertificateFolder;
using Part = Certificate::Part;

namespace {

std::shared_ptr<const Certificate> made(const std::string& name, Folder::Key kind = Folder::Key::Ecdsa) {
  const Folder::Pem pem = Folder::make(name, {}, kind);
  auto certificate = Certificate::change(nullptr, name, Part::All, pem.certificate + pem.key, 0);
  REQUIRE(certificate);
  return *certificate;
}

std::string key_text(unsigned char byte, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const std::string bytes(size, static_cast<char>(byte));
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(size))));
  return out;
}

}  // namespace

TEST_CASE("filters take the place of a certificate's own names", "[tls]") {
  const auto a = made("a.test"), b = made("b.test"), c = made("c.test");
  const ServerTable table{{{a, {}, true, {}}, {b, {"*.X.test", "!no.x.test"}, false, {}}, {c, {"*.x.test"}, false, {}}}};
  const auto chosen = [&](std::string_view name, bool only_names = false) {
    const PresentedCertificate* const found = table.choose(name, true, only_names);
    return found == nullptr ? nullptr : found->certificate.get();
  };
  CHECK(chosen("yes.x.test") == b.get());
  CHECK(chosen("no.x.test") == c.get());  // the first one excludes it
  CHECK(chosen("b.test") == a.get());
  CHECK(chosen("b.test", true) == nullptr);
  CHECK(chosen("a.test", true) == a.get());
}

TEST_CASE("a star is for whoever is nobody else's, before those that are the default by their place", "[tls]") {
  const auto a = made("a.test"), b = made("b.test"), c = made("c.test", Folder::Key::Rsa);
  const ServerTable table{{{a, {}, true, {}}, {b, {"b.test", "*"}, false, {}}, {c, {"*"}, false, {}}}};
  const auto chosen = [&](std::string_view name, bool knows_ecdsa, bool only_names = false) {
    const PresentedCertificate* const found = table.choose(name, knows_ecdsa, only_names);
    return found == nullptr ? nullptr : found->certificate.get();
  };
  CHECK(chosen("a.test", true) == a.get());
  CHECK(chosen("b.test", true) == b.get());
  CHECK(chosen("nobody.test", true) == b.get());
  CHECK(chosen("", true) == b.get());
  CHECK(chosen("nobody.test", false) == c.get());
  CHECK(chosen("nobody.test", true, true) == nullptr);
}

TEST_CASE("a certificate tells how long it is good", "[tls]") {
  const Validity validity = validity_of(*made("a.test"));
  const std::time_t now = std::time(nullptr);
  CHECK(validity.ends_s > now + 3500);
  CHECK(validity.ends_s <= now + 3600);
  CHECK(validity.not_after.ends_with(" GMT"));
  CHECK(validity.not_before.ends_with(" GMT"));
}

TEST_CASE("a part of a certificate is changed without the others", "[tls]") {
  const Folder::Pem one = Folder::make("one"), other = Folder::make("other");
  const auto empty = Certificate::change(nullptr, "x", Part::Key, one.key, 0);
  REQUIRE(empty);
  CHECK((*empty)->fault() == "The transaction must contain at least a certificate and a private key!");
  const auto whole = Certificate::change(empty->get(), "x", Part::All, one.certificate + one.key, 0);
  REQUIRE(whole);
  CHECK((*whole)->fault().empty());
  CHECK(describe(**whole).find("Subject: /CN=one\n") != std::string::npos);
  const auto wrong = Certificate::change(whole->get(), "x", Part::Key, other.key, 0);
  REQUIRE(wrong);
  CHECK((*wrong)->fault() == "inconsistencies between private key and certificate loaded 'x'.");
  CHECK_FALSE(Certificate::change(whole->get(), "x", Part::Sctl, "junk", 0));
  CHECK_FALSE(Certificate::change(whole->get(), "x", Part::Ocsp, "junk", 0));
}

TEST_CASE("a listener's certificates are changed as a whole", "[tls]") {
  const auto a = made("a.test"), b = made("b.test");
  const auto context = ServerContext::make(ServerSettings{}, std::vector<CertificateLine>{{a, {}, true, {}}});
  REQUIRE(context);
  const auto table = (*context)->make_table({{b, {}, true, {}}});
  REQUIRE(table);
  CHECK((*context)->choose("b.test", true) == a.get());
  (*context)->use(*table);
  CHECK((*context)->choose("a.test", true) == b.get());
  ServerSettings wrong;
  wrong.ciphers = "NOPE";
  const auto refused = (*context)->make_table({{a, {}, true, std::make_shared<const ServerSettings>(wrong)}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().value == "NOPE");
}

TEST_CASE("ticket keys are read a line each and pushed out by new ones", "[tls]") {
  const std::string small = key_text(1, 48), large = key_text(2, 80);
  const auto fault_of = [](const std::string& text) {
    const auto keys = TicketKeys::read(text);
    return keys ? std::string{} : keys.error().message;
  };
  CHECK(fault_of(small + "\n" + small + "\n") == "please supply at least 3 keys in the tls-tickets-file");
  CHECK(fault_of(small + "\n" + large + "\n" + small) == "wrong sized key on line 2");
  CHECK(fault_of("-----\n") == "unable to decode base64 key on line 1");
  CHECK(fault_of("").starts_with("please supply"));
  const auto keys = TicketKeys::read(key_text(1, 48) + "\n" + key_text(2, 48) + "\n" + key_text(3, 48) + "\n" + key_text(4, 48) + "\n");
  REQUIRE(keys);
  CHECK((*keys)->key_for_new().bytes[0] == 3);  // the last but one
  CHECK((*keys)->add(key_text(5, 48)));
  CHECK((*keys)->key_for_new().bytes[0] == 4);
  CHECK_FALSE((*keys)->add(large));
  TicketKeys::Key found;
  bool is_current = false;
  const std::string name(16, '\5');
  CHECK((*keys)->find(reinterpret_cast<const unsigned char*>(name.data()), found, is_current));
  CHECK_FALSE(is_current);
}

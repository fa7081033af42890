#include "lib/tls/forger.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "lib/tls/certificate_text.h"
#include "tests/unit/lib/tls/made_certificate.h"

using namespace lib::tls;
using Folder = CertificateFolder;
using Made = std::shared_ptr<const Certificate>;

namespace {

constexpr std::int64_t kNow = 1'800'000'000, kDay = 24 * 3600;

Made certificate(const std::string& name, Folder::Key kind = Folder::Key::Ecdsa) {
  const Folder::Pem pem = Folder::make(name, {}, kind);
  auto made = Certificate::change(nullptr, name, Certificate::Part::All, pem.certificate + pem.key, 0);
  REQUIRE(made);
  return *made;
}

X509* first_of(const std::string& pem) {
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const found = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  return found;
}

}  // namespace

TEST_CASE("a forged certificate is the authority's word for one name, with the default's key", "[tls][forger]") {
  const auto kind = GENERATE(Folder::Key::Rsa, Folder::Key::Ecdsa);
  const Made authority = certificate("authority"), base = certificate("base.test", kind);
  const Forger forger{authority, 10};
  const Made made = forger.forge("a.test", base, kNow);
  REQUIRE(made);
  CHECK(made->is_whole());
  CHECK(made->kind() == base->kind());
  CHECK(std::find(made->names().begin(), made->names().end(), "a.test") != made->names().end());
  const std::string text = describe(*made);
  CHECK(text.find("Subject: /CN=authority/CN=a.test\n") != std::string::npos);
  CHECK(text.find("Issuer: /CN=authority\n") != std::string::npos);
  CHECK(text.find("Subject Alternative Name: DNS:a.test\n") != std::string::npos);
  X509 *const leaf = first_of(public_pem(*made)), *const signer = first_of(public_pem(*authority)), *const other = first_of(public_pem(*base));
  CHECK(X509_verify(leaf, X509_get0_pubkey(signer)) == 1);
  CHECK(X509_check_issued(signer, leaf) == X509_V_OK);
  CHECK(EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_get0_pubkey(other)) == 1);
  CHECK(X509_check_host(leaf, "a.test", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(leaf, "b.test", 0, 0, nullptr) == 0);
  for (X509* const each : {leaf, signer, other}) X509_free(each);
}

TEST_CASE("forged certificates are kept, those asked for last", "[tls][forger]") {
  const Made base = certificate("base.test"), next = certificate("next.test");
  const Forger forger{certificate("authority"), 2};
  const Made a = forger.forge("a.test", base, kNow), b = forger.forge("b.test", base, kNow);
  CHECK(forger.forge("a.test", base, kNow) == a);
  CHECK(forger.forge("c.test", base, kNow) != nullptr);  // b's place
  CHECK(forger.forge("a.test", base, kNow) == a);
  CHECK(forger.forge("b.test", base, kNow) != b);
  CHECK(forger.forge("b.test", next, kNow)->path() == "b.test");
  CHECK(forger.forge("b.test", next, kNow) != forger.forge("b.test", base, kNow));  // another key
}

TEST_CASE("a forged certificate is made anew before it ends", "[tls][forger]") {
  const Made base = certificate("base.test");
  const Forger forger{certificate("authority"), 2};
  const Made first = forger.forge("a.test", base, kNow);
  CHECK(forger.forge("a.test", base, kNow + 29 * kDay) == first);
  const Made second = forger.forge("a.test", base, kNow + 30 * kDay);
  CHECK(second != first);
  CHECK(forger.forge("a.test", base, kNow + 31 * kDay) == second);
}

TEST_CASE("without a cache each one is new, and no two have a serial number in common", "[tls][forger]") {
  const Made base = certificate("base.test");
  const Forger forger{certificate("authority"), 0};
  std::set<std::string> serials;
  for (int i = 0; i < 20; ++i) {
    const std::string text = describe(*forger.forge("a.test", base, kNow));
    serials.insert(text.substr(0, text.find('\n')));
  }
  CHECK(serials.size() == 20);
}

TEST_CASE("what is no host gets no certificate", "[tls][forger]") {
  const Made base = certificate("base.test");
  const Forger forger{certificate("authority"), 2};
  for (const std::string& name : std::vector<std::string>{"", "a,DNS:b", "a b", std::string{"a\0b", 3}, "\xc3\xa4.test", std::string(65, 'a'), "A.test"})
    CHECK(forger.forge(name, base, kNow) == nullptr);
  for (const std::string& name : std::vector<std::string>{"*.a.test", "10.0.0.1", "::1", "a_b.test", std::string(64, 'a')})
    CHECK(forger.forge(name, base, kNow) != nullptr);
}

TEST_CASE("an encrypted key is read with its password", "[tls]") {
  const Folder folder;
  const Folder::Pem pem = Folder::make("authority");
  BIO* const in = BIO_new_mem_buf(pem.key.data(), static_cast<int>(pem.key.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO* const out = BIO_new(BIO_s_mem());
  char password[] = "secret";
  REQUIRE(PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), nullptr, 0, nullptr, password) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  const std::string path = folder.write("a.pem", pem.certificate + std::string{bytes, static_cast<std::size_t>(size)});
  BIO_free(in);
  BIO_free(out);
  EVP_PKEY_free(key);
  NamedFiles parts;
  CHECK_FALSE(Certificate::load(path));
  parts.password = "wrong";
  CHECK_FALSE(Certificate::load(path, {}, parts));
  parts.password = "secret";
  CHECK(Certificate::load(path, {}, parts));
}

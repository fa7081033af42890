#include "lib/tls/notes.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "lib/crypto/verdict.h"
#include "lib/tls/connection_facts.h"
#include "tests/unit/lib/tls/made_certificate.h"

using namespace lib::tls;

namespace {

struct Free {
  void operator()(SSL_CTX* each) const { SSL_CTX_free(each); }
  void operator()(SSL* each) const { SSL_free(each); }
};

/// A client and a server of OpenSSL's own, joined by memory.
struct Pair {
  explicit Pair(const NoteSettings& settings, bool shows_certificate = false) {
    const CertificateFolder folder;
    const std::string file = folder.write("a.pem", CertificateFolder::make("a.test"));
    server_context.reset(SSL_CTX_new(TLS_server_method()));
    client_context.reset(SSL_CTX_new(TLS_client_method()));
    for (SSL_CTX* const each : {server_context.get(), shows_certificate ? client_context.get() : server_context.get()}) {
      REQUIRE(SSL_CTX_use_certificate_file(each, file.c_str(), SSL_FILETYPE_PEM) == 1);
      REQUIRE(SSL_CTX_use_PrivateKey_file(each, file.c_str(), SSL_FILETYPE_PEM) == 1);
    }
    keep_notes(*server_context, settings);
    SSL_CTX_set_verify(server_context.get(), SSL_VERIFY_PEER, &note_verdict);
    server.reset(SSL_new(server_context.get()));
    client.reset(SSL_new(client_context.get()));
    notes.attach(*server);
    BIO *ours = nullptr, *theirs = nullptr;
    REQUIRE(BIO_new_bio_pair(&ours, 0, &theirs, 0) == 1);
    SSL_set_bio(server.get(), ours, ours);
    SSL_set_bio(client.get(), theirs, theirs);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
  }
  void shake() const {
    for (int i = 0; i < 10; ++i) {
      (void)SSL_do_handshake(client.get());
      (void)SSL_do_handshake(server.get());
    }
  }
  Notes notes;
  std::unique_ptr<SSL_CTX, Free> server_context, client_context;
  std::unique_ptr<SSL, Free> server, client;
};

std::string part_of(const SSL* session, ConnectionPart part) {
  std::string out;
  return read_connection(*session, part, out) ? out : std::string{};
}

}  // namespace

TEST_CASE("nothing is kept of a handshake unless it is asked for", "[tls]") {
  const Pair pair{NoteSettings{}};
  pair.shake();
  REQUIRE(is_complete(*pair.server));
  CHECK(pair.notes.hello == nullptr);
  CHECK(pair.notes.secrets == nullptr);
  CHECK(pair.notes.certificate_fault == 0);
}

TEST_CASE("the lists of a hello are kept as far as they have room", "[tls]") {
  const Pair pair{{.hello_bytes = 7}};
  pair.shake();
  REQUIRE(pair.notes.hello != nullptr);
  CHECK(pair.notes.hello->version == TLS1_2_VERSION);
  CHECK(pair.notes.hello->ciphers.size() == 7);
  CHECK(pair.notes.hello->extensions.empty());
  const Pair roomy{{.hello_bytes = 1000}};
  roomy.shake();
  REQUIRE(roomy.notes.hello != nullptr);
  CHECK(roomy.notes.hello->ciphers.size() > 7);
  CHECK(roomy.notes.hello->extensions.size() % 2 == 0);
  CHECK_FALSE(roomy.notes.hello->groups.empty());
  CHECK_FALSE(roomy.notes.hello->supported_versions.empty());
  CHECK(roomy.notes.hello->cipher_hash == pair.notes.hello->cipher_hash);
  CHECK(cipher_names(*roomy.server, std::string_view{"\x13\x01\x0a\x0a", 4}) == "TLS_AES_128_GCM_SHA256,UNKNOWN(0a0a)");
}

TEST_CASE("keys are kept in hexadecimal", "[tls]") {
  const Pair pair{{.secrets = true}};
  pair.shake();
  REQUIRE(pair.notes.secrets != nullptr);
  const auto& secrets = *pair.notes.secrets;
  CHECK(secrets[static_cast<std::size_t>(Secret::ClientTraffic)].size() == 96);
  CHECK(secrets[static_cast<std::size_t>(Secret::Exporter)].find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(secrets[static_cast<std::size_t>(Secret::ClientEarlyTraffic)].empty());
}

TEST_CASE("a certificate that is refused is remembered, with the fault", "[tls]") {
  const Pair pair{NoteSettings{}, true};
  pair.shake();
  CHECK_FALSE(is_complete(*pair.server));
  CHECK(lib::crypto::verdict_name(pair.notes.certificate_fault) == "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT");
  CHECK(pair.notes.authority_fault == 0);
  CHECK(pair.notes.refused != nullptr);
}

TEST_CASE("both ends see the same numbers and keys", "[tls][rfc5929]") {
  const Pair pair{NoteSettings{}};
  CHECK(part_of(pair.server.get(), ConnectionPart::UniqueId).empty());
  CHECK(part_of(pair.server.get(), ConnectionPart::SessionKey).empty());
  pair.shake();
  CHECK(part_of(pair.server.get(), ConnectionPart::SessionKey).size() == 48);
  for (const ConnectionPart each : {ConnectionPart::ClientRandom, ConnectionPart::ServerRandom, ConnectionPart::UniqueId,
                                    ConnectionPart::Group}) {
    CHECK_FALSE(part_of(pair.server.get(), each).empty());
    CHECK(part_of(pair.server.get(), each) == part_of(pair.client.get(), each));
  }
}

TEST_CASE("verdicts have names and numbers", "[tls]") {
  CHECK(lib::crypto::verdict_name(0) == "X509_V_OK");
  CHECK(lib::crypto::verdict_name(10) == "X509_V_ERR_CERT_HAS_EXPIRED");
  CHECK(lib::crypto::verdict_name(-1).empty());
  CHECK(lib::crypto::verdict_name(74).empty());
  CHECK(lib::crypto::verdict_name(100000).empty());
  CHECK(lib::crypto::find_verdict("X509_V_ERR_CERT_HAS_EXPIRED") == 10);
  CHECK_FALSE(lib::crypto::find_verdict("X509_V_"));
  CHECK_FALSE(lib::crypto::find_verdict("CERT_HAS_EXPIRED"));
}

#include "lib/tls/server_layer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>

#include "lib/event/loop.h"
#include "lib/tls/connection_facts.h"
#include "tests/unit/lib/tls/made_certificate.h"

using namespace lib::tls;
using lib::base::UniqueFd;
using Folder = CertificateFolder;

namespace {

std::shared_ptr<const Certificate> load(const std::string& path) {
  auto loaded = Certificate::load(path);
  REQUIRE(loaded);
  return *loaded;
}

std::string fault_of(const std::string& path) {
  const auto loaded = Certificate::load(path);
  return loaded ? std::string{} : loaded.error().message;
}

/// A client of OpenSSL's own and our layer at the two ends of a socket pair, in one thread.
struct Conversation {
  explicit Conversation(std::shared_ptr<const ServerContext> context, const char* name = nullptr, const std::string& alpn = {}) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
    channel = std::make_unique<lib::event::Channel>(loop, UniqueFd{fds[0]});
    peer = UniqueFd{fds[1]};
    client_context.reset(SSL_CTX_new(TLS_client_method()));
    client.reset(SSL_new(client_context.get()));
    if (name != nullptr) SSL_ctrl(client.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name));
    if (!alpn.empty())
      SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(alpn.data()), static_cast<unsigned>(alpn.size()));
    SSL_set_fd(client.get(), peer.get());
    auto made = ServerLayer::make(std::move(context), *channel, {});
    layer = made.get();
    channel->put_layer(std::move(made));
  }
  Handshake shake() {
    Handshake ours = Handshake::WantsRead;
    for (int i = 0; i < 20; ++i) {
      (void)SSL_connect(client.get());
      if (ours == Handshake::WantsRead) ours = layer->shake_hands();
      if (ours != Handshake::WantsRead && SSL_is_init_finished(client.get()) != 0) break;
    }
    return ours;
  }
  std::string presented() const {
    X509* const shown = SSL_get0_peer_certificate(client.get());
    if (shown == nullptr) return {};
    char text[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text, sizeof text);
    return text;
  }
  std::string read() {
    std::string out(100, '\0');
    const int got = SSL_read(client.get(), out.data(), static_cast<int>(out.size()));
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

  template <auto Free>
  struct Freed {
    template <class T>
    void operator()(T* each) const { Free(each); }
  };
  lib::event::Loop loop;
  std::unique_ptr<lib::event::Channel> channel;
  UniqueFd peer;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> client_context;
  std::unique_ptr<SSL, Freed<SSL_free>> client;
  ServerLayer* layer = nullptr;
};

std::shared_ptr<const ServerContext> context_of(const ServerSettings& settings,
                                                const std::vector<std::shared_ptr<const Certificate>>& certificates) {
  auto made = ServerContext::make(settings, certificates);
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("a certificate is read with its key, from one file or two", "[tls]") {
  const Folder folder;
  const Folder::Pem pem = Folder::make("One.Test", "DNS:Two.test,DNS:*.three.test");
  const auto whole = load(folder.write("a.pem", pem));
  CHECK(whole->names() == std::vector<std::string>{"*.three.test", "one.test", "two.test"});
  CHECK(whole->kind() == KeyKind::Ecdsa);
  const std::string apart = folder.write("b.pem", pem.certificate);
  CHECK(fault_of(apart) == "No Private Key found in '" + apart + ".key'.");
  folder.write("b.pem.key", pem.key);
  CHECK(fault_of(apart).empty());
}

TEST_CASE("what is wrong with a certificate's file is said with its name", "[tls]") {
  const Folder folder;
  const Folder::Pem one = Folder::make("one"), other = Folder::make("other");
  const std::string junk = folder.write("junk.pem", "no certificate at all");
  CHECK(fault_of(junk) == "unable to load certificate from file '" + junk + "'.");
  const std::string key = folder.write("key.pem", one.key);
  CHECK(fault_of(key) == "unable to load certificate from file '" + key + "'.");
  const std::string mixed = folder.write("mixed.pem", one.certificate + other.key);
  CHECK(fault_of(mixed) == "inconsistencies between private key and certificate loaded '" + mixed + "'.");
  CHECK(fault_of(folder.path() + "/none") ==
        "unable to open certificate file '" + folder.path() + "/none' : No such file or directory.");
}

TEST_CASE("the name that a client asks for finds the certificate", "[tls]") {
  const Folder folder;
  const auto first = load(folder.write("1", Folder::make("first.test")));
  const auto wild = load(folder.write("2", Folder::make("w.test", "DNS:*.w.test")));
  const auto rsa = load(folder.write("3", Folder::make("both.test", {}, Folder::Key::Rsa)));
  const auto ecdsa = load(folder.write("4", Folder::make("both.test")));
  const auto context = context_of({}, {first, wild, rsa, ecdsa});
  CHECK(context->choose("", true) == first.get());
  CHECK(context->choose("nobody.test", true) == first.get());
  CHECK(context->choose("x.w.test", true) == wild.get());
  CHECK(context->choose("x.y.w.test", true) == first.get());  // a wildcard is one label
  CHECK(context->choose("both.test", true) == ecdsa.get());
  CHECK(context->choose("both.test", false) == rsa.get());
  const auto strict = context_of({.strict_sni = true}, {first, wild});
  CHECK(strict->choose("first.test", true) == first.get());
  CHECK(strict->choose("nobody.test", true) == nullptr);
  CHECK(strict->choose("", true) == nullptr);
}

TEST_CASE("settings that OpenSSL refuses are named", "[tls]") {
  const auto setting_of = [](const ServerSettings& settings) {
    const auto made = ServerContext::make(settings, std::vector<CertificateLine>{});
    REQUIRE(!made);
    return made.error().setting;
  };
  CHECK(setting_of({.ciphers = "FOO"}) == Setting::Ciphers);
  CHECK(setting_of({.ciphersuites = "FOO"}) == Setting::Ciphersuites);
  CHECK(setting_of({.curves = "foo"}) == Setting::Curves);
  CHECK(setting_of({.verify = VerifyPeer::Required, .ca_file = "/nowhere"}) == Setting::CaFile);
}

TEST_CASE("a client is shown the certificate of the name that it asks for, and chooses among our protocols", "[tls]") {
  const Folder folder;
  const auto a = load(folder.write("a", Folder::make("a.test")));
  const auto b = load(folder.write("b", Folder::make("b.test")));
  const auto context = context_of({.alpn = {"h2", "http/1.1"}}, {a, b});
  Conversation named{context, "b.test", "\x08http/1.1"};
  REQUIRE(named.shake() == Handshake::Done);
  CHECK(named.presented() == "b.test");
  CHECK(named.layer->protocol() == "http/1.1");
  CHECK(named.layer->server_name() == "b.test");
  CHECK(named.layer->version() == "TLSv1.3");
  Conversation nameless{context};
  REQUIRE(nameless.shake() == Handshake::Done);
  CHECK(nameless.presented() == "a.test");
  CHECK(nameless.layer->protocol().empty());
  CHECK_FALSE(nameless.layer->has_client_certificate());
}

TEST_CASE("who offers RSA's ciphers only is shown the RSA certificate", "[tls]") {
  const Folder folder;
  const auto rsa = load(folder.write("rsa", Folder::make("both.test", "DNS:rsa.test", Folder::Key::Rsa)));
  const auto ecdsa = load(folder.write("ecdsa", Folder::make("both.test", "DNS:ecdsa.test")));
  const auto context = context_of({}, {ecdsa, rsa});
  const auto kind_shown = [&](const char* ciphers) {
    Conversation talk{context, "both.test"};
    SSL_set_max_proto_version(talk.client.get(), TLS1_2_VERSION);
    SSL_set_cipher_list(talk.client.get(), ciphers);
    REQUIRE(talk.shake() == Handshake::Done);
    return EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(talk.client.get())));
  };
  CHECK(kind_shown("ECDHE-RSA-AES256-GCM-SHA384") == EVP_PKEY_RSA);
  CHECK(kind_shown("ECDHE-ECDSA-AES256-GCM-SHA384") == EVP_PKEY_EC);
  CHECK(kind_shown("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384") == EVP_PKEY_EC);
}

TEST_CASE("a name that is nobody's ends a strict handshake with its alert", "[tls]") {
  const Folder folder;
  const auto context = context_of({.strict_sni = true}, {load(folder.write("a", Folder::make("a.test")))});
  Conversation talk{context, "x.test"};
  CHECK(talk.shake() == Handshake::Failed);
  const int outcome = SSL_connect(talk.client.get());
  CHECK(outcome != 1);
  CHECK(std::string{ERR_reason_error_string(ERR_peek_last_error())} == "tlsv1 unrecognized name");
}

TEST_CASE("bytes pass both ways, in pieces, and the end is told", "[tls]") {
  const Folder folder;
  Conversation talk{context_of({}, {load(folder.write("a", Folder::make("a.test")))})};
  REQUIRE(talk.shake() == Handshake::Done);
  char room[64];
  CHECK(talk.channel->receive(room, sizeof room) == -1);
  CHECK(errno == EAGAIN);
  REQUIRE(SSL_write(talk.client.get(), "hello", 5) == 5);
  CHECK(talk.channel->peek() == 1);
  CHECK(talk.channel->receive(room, 2) == 2);  // what is left is there without the kernel
  CHECK(talk.channel->receive(room, sizeof room) == 3);
  std::array<iovec, 2> pieces{iovec{const_cast<char*>("one "), 4}, iovec{const_cast<char*>("two"), 3}};
  CHECK(talk.channel->send(std::span<iovec>{pieces}, false) == 7);
  CHECK(talk.read() == "one two");
  SSL_shutdown(talk.client.get());
  CHECK(talk.channel->receive(room, sizeof room) == 0);
  CHECK(talk.channel->end_sending());
  (void)talk.read();
  CHECK((SSL_get_shutdown(talk.client.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("plain words are no handshake, and a client may leave in the middle of one", "[tls]") {
  const Folder folder;
  const auto context = context_of({}, {load(folder.write("a", Folder::make("a.test")))});
  Conversation plain{context};
  REQUIRE(::send(plain.peer.get(), "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
  CHECK(plain.layer->shake_hands() == Handshake::Failed);
  CHECK(fault_text(plain.layer->error_code()) == "error:0A00009C:SSL routines::http request");
  Conversation gone{context};
  CHECK(gone.layer->shake_hands() == Handshake::WantsRead);
  gone.peer.reset();
  CHECK(gone.layer->shake_hands() == Handshake::Closed);
}

#include "lib/tls/notes.h"

#include <algorithm>
#include <cstring>

#include "lib/base/hash.h"
#include "lib/net/tls_hello.h"
#include "lib/tls/openssl.h"

namespace lib::tls {
namespace {

/// OpenSSL gives a number once for the process.
int index_of_notes() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Fills lists one after the other until there is no room any more.
class Room {
 public:
  explicit Room(std::size_t size) : left_{size} {}
  void take(std::string_view from, std::string& to) {
    to = from.substr(0, left_);
    left_ -= to.size();
  }
  bool take_number(std::uint16_t number, std::string& to) {
    if (left_ < 2) return false;
    to += static_cast<char>(number >> 8);
    to += static_cast<char>(number & 0xff);
    left_ -= 2;
    return true;
  }

 private:
  std::size_t left_;
};

std::unique_ptr<HelloNotes> notes_of(const net::Hello& hello, std::size_t room_size) {
  auto notes = std::make_unique<HelloNotes>();
  Room room{room_size};
  notes->version = hello.version;
  notes->cipher_hash = base::hash_xxh64(hello.ciphers, 0);
  room.take(hello.ciphers, notes->ciphers);
  std::string_view rest = hello.extensions;
  for (std::uint16_t type = 0; net::next_extension(rest, type) && room.take_number(type, notes->extensions);) {
  }
  room.take(hello.groups, notes->groups);
  room.take(hello.point_formats, notes->point_formats);
  room.take(hello.signature_algorithms, notes->signature_algorithms);
  room.take(hello.supported_versions, notes->supported_versions);
  return notes;
}

/// OpenSSL shows each message; `argument` is how many bytes of a hello are kept.
void on_message(int is_sent, int, int content, const void* bytes, std::size_t size, SSL* ssl, void* argument) noexcept {
  constexpr unsigned char kClientHello = 1;
  if (is_sent != 0 || content != SSL3_RT_HANDSHAKE || size == 0) return;
  const std::string_view message{static_cast<const char*>(bytes), size};
  Notes* const notes = Notes::find(*ssl);
  if (notes == nullptr || static_cast<unsigned char>(message.front()) != kClientHello) return;
  const net::Hello hello = net::read_hello_message(message);
  if (hello.state == net::HelloState::Complete) notes->hello = notes_of(hello, reinterpret_cast<std::uintptr_t>(argument));
}

constexpr std::array<std::string_view, kSecrets> kLabels{
    "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",     "SERVER_TRAFFIC_SECRET_0",         "EXPORTER_SECRET",
    "EARLY_EXPORTER_SECRET"};

/// "<label> <client's random> <secret>".
void on_secret(const SSL* ssl, const char* text) noexcept {
  const std::string_view line{text};
  const auto label = std::find(kLabels.begin(), kLabels.end(), line.substr(0, line.find(' ')));
  Notes* const notes = Notes::find(*ssl);
  if (label == kLabels.end() || notes == nullptr) return;
  if (!notes->secrets) notes->secrets = std::make_unique<std::array<std::string, kSecrets>>();
  (*notes->secrets)[static_cast<std::size_t>(label - kLabels.begin())] = line.substr(line.rfind(' ') + 1);
}

}  // namespace

Notes::~Notes() { X509_free(refused); }

Notes* Notes::find(const ssl_st& session) { return static_cast<Notes*>(SSL_get_ex_data(&session, index_of_notes())); }

void Notes::attach(ssl_st& session) { (void)SSL_set_ex_data(&session, index_of_notes(), this); }

void keep_notes(ssl_ctx_st& context, const NoteSettings& settings) {
  if (settings.hello_bytes != 0) {
    SSL_CTX_set_msg_callback(&context, &on_message);
    SSL_CTX_set_msg_callback_arg(&context, reinterpret_cast<void*>(std::uintptr_t{settings.hello_bytes}));
  }
  if (settings.secrets) SSL_CTX_set_keylog_callback(&context, &on_secret);
}

int note_verdict(int is_good, X509_STORE_CTX* verifying) noexcept {
  if (is_good == 1) return 1;
  const auto* const ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(verifying, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Notes* const notes = ssl == nullptr ? nullptr : Notes::find(*ssl);
  if (notes == nullptr) return is_good;
  const int fault = X509_STORE_CTX_get_error(verifying), depth = X509_STORE_CTX_get_error_depth(verifying);
  if (depth == 0 && notes->certificate_fault == 0) notes->certificate_fault = fault;
  if (depth > 0 && notes->authority_fault == 0) {
    notes->authority_fault = fault;
    notes->authority_depth = depth;
  }
  X509* const shown = X509_STORE_CTX_get0_cert(verifying);
  if (notes->refused == nullptr && shown != nullptr && X509_up_ref(shown) == 1) notes->refused = shown;
  return is_good;
}

}  // namespace lib::tls

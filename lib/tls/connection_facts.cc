#include "lib/tls/connection_facts.h"

#include <openssl/err.h>

#include <array>

#include <fmt/format.h>

#include "lib/tls/openssl.h"

namespace lib::tls {
namespace {

template <class Read>
bool append(std::string& out, std::size_t most, Read read) {
  const std::size_t had = out.size();
  out.resize(had + most);
  const std::size_t got = read(reinterpret_cast<unsigned char*>(out.data()) + had);
  out.resize(had + got);
  return got != 0;
}

bool append_key(const SSL& session, std::string& out) {
  const SSL_SESSION* const kept = SSL_get_session(&session);
  return kept != nullptr &&
         append(out, SSL_MAX_MASTER_KEY_LENGTH, [&](unsigned char* room) { return SSL_SESSION_get_master_key(kept, room, SSL_MAX_MASTER_KEY_LENGTH); });
}

bool append_finished(const SSL& session, bool is_ours, std::string& out) {
  return append(out, EVP_MAX_MD_SIZE, [&](unsigned char* room) {
    return is_ours ? SSL_get_finished(&session, room, EVP_MAX_MD_SIZE) : SSL_get_peer_finished(&session, room, EVP_MAX_MD_SIZE);
  });
}

bool append_group(const SSL& session, std::string& out) {
  SSL& asked = const_cast<SSL&>(session);  // SSL_ctrl() changes nothing here
  const long id = SSL_get_negotiated_group(&asked);
  const char* const name = id <= 0 ? nullptr : SSL_group_to_name(&asked, static_cast<int>(id));
  if (name != nullptr) out += name;
  return name != nullptr;
}

}  // namespace

bool read_connection(const ssl_st& session, ConnectionPart part, std::string& out) {
  const bool is_resumed = SSL_session_reused(&session) == 1;
  switch (part) {
    case ConnectionPart::ClientRandom:
      return append(out, SSL3_RANDOM_SIZE, [&](unsigned char* room) { return SSL_get_client_random(&session, room, SSL3_RANDOM_SIZE); });
    case ConnectionPart::ServerRandom:
      return append(out, SSL3_RANDOM_SIZE, [&](unsigned char* room) { return SSL_get_server_random(&session, room, SSL3_RANDOM_SIZE); });
    case ConnectionPart::SessionKey: return append_key(session, out);
    // The client speaks first in a full handshake, the server where a session is resumed.
    case ConnectionPart::UniqueId: return append_finished(session, is_resumed == (SSL_is_server(&session) == 1), out);
    case ConnectionPart::UniqueIdAsRead: return append_finished(session, is_resumed, out);
    case ConnectionPart::Group: return append_group(session, out);
  }
  return false;
}

bool has_spoken(const ssl_st& session) { return BIO_number_written(SSL_get_wbio(&session)) != 0; }

bool is_complete(const ssl_st& session) { return SSL_is_init_finished(&session) == 1; }

bool received_early(const ssl_st& session) { return SSL_get_early_data_status(&session) == SSL_EARLY_DATA_ACCEPTED; }

std::string fault_text(unsigned long code) {
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

std::string cipher_names(ssl_st& session, std::string_view list) {
  std::string names;
  for (std::size_t at = 0; at + 1 < list.size(); at += 2) {
    const auto* const id = reinterpret_cast<const unsigned char*>(list.data()) + at;
    const SSL_CIPHER* const cipher = SSL_CIPHER_find(&session, id);
    if (!names.empty()) names += ',';
    names += cipher == nullptr ? fmt::format("UNKNOWN({:02x}{:02x})", id[0], id[1]) : SSL_CIPHER_get_name(cipher);
  }
  return names;
}

}  // namespace lib::tls

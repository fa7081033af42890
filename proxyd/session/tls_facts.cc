// What expressions see of the TLS of a client's connection.
#include "lib/base/text.h"
#include "lib/net/tls_hello.h"
#include "lib/tls/connection_facts.h"
#include "lib/tls/notes.h"
#include "lib/tls/server_layer.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

using lib::tls::CertificateOf;
using lib::tls::CertificatePart;
using lib::tls::ConnectionPart;
using lib::tls::HelloNotes;
using lib::tls::Secret;
using samples::Arena;
using samples::Fact;
using samples::Sample;
using samples::Type;

namespace {

Type type_of(CertificatePart part) {
  const bool is_binary = part == CertificatePart::Der || part == CertificatePart::Chain || part == CertificatePart::Serial ||
                         part == CertificatePart::Sha1;
  return is_binary ? Type::Binary : Type::Text;
}

/// Without the values that mean nothing, where `filters` says so.
std::string_view kept_of(const std::string& list, bool filters, Arena& arena) {
  if (!filters) return list;
  std::string kept;
  for (std::size_t at = 0; at + 1 < list.size(); at += 2) {
    const auto value = static_cast<std::uint16_t>(static_cast<unsigned char>(list[at]) << 8 | static_cast<unsigned char>(list[at + 1]));
    if (!lib::net::is_grease(value)) kept.append(list, at, 2);
  }
  return arena.keep(kept);
}

bool set_list(const std::string& list, bool filters, Sample& out, Arena& arena) {
  const std::string_view kept = kept_of(list, filters, arena);
  return !kept.empty() && out.set_text(kept, Type::Binary);
}

bool set_hexadecimal(std::string_view bytes, Sample& out, Arena& arena) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char each : bytes) {
    text += kDigits[static_cast<unsigned char>(each) >> 4];
    text += kDigits[static_cast<unsigned char>(each) & 15];
  }
  return !text.empty() && out.set_text(arena.keep(text));
}

/// Of the client's hello, where it is kept.
bool hello_fact(const lib::tls::SecureLayer& tls, Fact which, bool filters, Sample& out, Arena& arena) {
  const HelloNotes* const hello = tls.notes().hello.get();
  if (hello == nullptr) return false;
  switch (which) {
    case Fact::TlsHelloVersion: return out.set_number(hello->version);
    case Fact::TlsHelloCiphers: return set_list(hello->ciphers, filters, out, arena);
    case Fact::TlsHelloCiphersHex: return set_hexadecimal(kept_of(hello->ciphers, filters, arena), out, arena);
    case Fact::TlsHelloCipherNames: {
      const std::string names = lib::tls::cipher_names(*tls.native(), kept_of(hello->ciphers, filters, arena));
      return !names.empty() && out.set_text(arena.keep(names));
    }
    case Fact::TlsHelloCipherHash: return out.set_number(static_cast<std::int64_t>(hello->cipher_hash));
    case Fact::TlsHelloExtensions: return set_list(hello->extensions, filters, out, arena);
    case Fact::TlsHelloGroups: return set_list(hello->groups, filters, out, arena);
    case Fact::TlsHelloPointFormats: return set_list(hello->point_formats, false, out, arena);
    case Fact::TlsHelloSignatures: return set_list(hello->signature_algorithms, filters, out, arena);
    case Fact::TlsHelloVersions: return set_list(hello->supported_versions, filters, out, arena);
    default: return false;
  }
}

bool set_secret(const lib::tls::SecureLayer& tls, Secret which, Sample& out) {
  if (!tls.notes().secrets) return false;
  const std::string& secret = (*tls.notes().secrets)[static_cast<std::size_t>(which)];
  return !secret.empty() && out.set_text(secret);
}

bool set_part(const lib::tls::SecureLayer& tls, ConnectionPart part, Type type, Sample& out, Arena& arena) {
  std::string bytes;
  return lib::tls::read_connection(*tls.native(), part, bytes) && out.set_text(arena.keep(bytes), type);
}

/// Numbers and keys.
bool key_fact(const lib::tls::SecureLayer& tls, Fact which, Sample& out, Arena& arena) {
  switch (which) {
    case Fact::TlsClientRandom: return set_part(tls, ConnectionPart::ClientRandom, Type::Binary, out, arena);
    case Fact::TlsServerRandom: return set_part(tls, ConnectionPart::ServerRandom, Type::Binary, out, arena);
    case Fact::TlsSessionKey: return set_part(tls, ConnectionPart::SessionKey, Type::Binary, out, arena);
    case Fact::TlsUniqueId: return set_part(tls, ConnectionPart::UniqueId, Type::Binary, out, arena);
    case Fact::TlsGroup: return set_part(tls, ConnectionPart::Group, Type::Text, out, arena);
    case Fact::TlsClientEarlySecret: return set_secret(tls, Secret::ClientEarlyTraffic, out);
    case Fact::TlsClientHandshakeSecret: return set_secret(tls, Secret::ClientHandshakeTraffic, out);
    case Fact::TlsServerHandshakeSecret: return set_secret(tls, Secret::ServerHandshakeTraffic, out);
    case Fact::TlsClientSecret: return set_secret(tls, Secret::ClientTraffic, out);
    case Fact::TlsServerSecret: return set_secret(tls, Secret::ServerTraffic, out);
    case Fact::TlsExporterSecret: return set_secret(tls, Secret::Exporter, out);
    case Fact::TlsEarlyExporterSecret: return set_secret(tls, Secret::EarlyExporter, out);
    default: return false;
  }
}

/// What the handshake found out about the client, or why it failed.
bool verdict_fact(const lib::tls::ServerLayer& tls, Fact which, Sample& out, Arena& arena) {
  const bool has_certificate = lib::tls::find_certificate(*tls.native(), CertificateOf::Peer) != nullptr;
  const bool is_complete = lib::tls::is_complete(*tls.native());
  switch (which) {
    case Fact::ClientCertificateSeen: return is_complete && out.set(has_certificate && !tls.is_resumed());
    case Fact::ClientCertificateShown: return out.set(has_certificate);
    case Fact::ClientCertificateVerdict: return is_complete && out.set_number(tls.verify_result());
    case Fact::ClientCertificateFault: return out.set_number(tls.notes().certificate_fault);
    case Fact::ClientAuthorityFault: return out.set_number(tls.notes().authority_fault);
    case Fact::ClientAuthorityDepth: return out.set_number(tls.notes().authority_depth);
    case Fact::TlsFault: return out.set_number(static_cast<std::int64_t>(tls.error_code()));
    case Fact::TlsFaultText: return tls.error_code() != 0 && out.set_text(arena.keep(lib::tls::fault_text(tls.error_code())));
    case Fact::TlsEarly: return out.set(!is_complete && lib::tls::received_early(*tls.native()));
    case Fact::TlsEarlyReceived: return out.set(lib::tls::received_early(*tls.native()));
    default: return key_fact(tls, which, out, arena);
  }
}

}  // namespace

bool Stream::tls_fact(Fact which, const samples::Arguments& arguments, Sample& out, Arena& arena) const {
  if (which >= Fact::ServerTls && which <= Fact::ServerTlsUsedBits) return server_tls_fact(which, out, arena);
  const lib::tls::ServerLayer* const tls = front.tls;
  if (which == Fact::TlsFront) return out.set(tls != nullptr);
  if (tls == nullptr) return false;
  switch (which) {
    case Fact::TlsHasServerName: return out.set(!tls->server_name().empty());
    case Fact::TlsServerName: return !tls->server_name().empty() && out.set_text(tls->server_name());
    case Fact::TlsVersion: return out.set_text(tls->version());
    case Fact::TlsCipher: return out.set_text(tls->cipher());
    case Fact::TlsProtocol: return out.set_text(tls->protocol());
    case Fact::TlsNextProtocol: return false;  // nobody speaks NPN any more
    case Fact::TlsResumed: return out.set(tls->is_resumed());
    case Fact::TlsSessionId: return !tls->session_id().empty() && out.set_text(tls->session_id(), Type::Binary);
    case Fact::TlsUsedBits: return out.set_number(tls->used_bits());
    case Fact::TlsAlgorithmBits: return out.set_number(tls->algorithm_bits());
    default: return hello_fact(*tls, which, arguments.number(0) != 0, out, arena) || verdict_fact(*tls, which, out, arena);
  }
}

bool Stream::certificate_fact(samples::CertificateOwner whose, std::optional<CertificatePart> part, const lib::tls::NameQuestion& question,
                              Sample& out, Arena& arena) const {
  const bool is_server = whose == samples::CertificateOwner::Server;
  const lib::tls::SecureLayer* const tls = is_server ? server_tls() : front.tls;
  if (tls == nullptr) return false;
  // The original keeps none with a session, nor of a handshake that came to nothing.
  if (is_server && part == CertificatePart::Chain && (tls->is_resumed() || !tls->is_established())) return false;
  const ssl_st& connection = *tls->native();
  const CertificateOf end = whose == samples::CertificateOwner::Front ? CertificateOf::Ours : CertificateOf::Peer;
  if (!part) {
    const x509_st* const certificate = lib::tls::find_certificate(connection, end);
    return certificate != nullptr && out.set_number(lib::tls::certificate_version(*certificate));
  }
  std::string text;
  return lib::tls::read_certificate(connection, end, *part, question, text) && out.set_text(arena.keep(text), type_of(*part));
}

}  // namespace proxyd::session

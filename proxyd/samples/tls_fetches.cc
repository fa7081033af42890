// Fetches about the TLS of a client's connection.
#include <array>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

bool ask(const Arguments& arguments, Context& context, Sample& out) {
  return context.subject.tls_fact(arguments.fact, arguments, out, context.arena());
}

constexpr Fetch client(std::string_view name, Type type, Fact which) {
  return {.name = name, .type = type, .source = Source::Client, .function = ask, .fact = which};
}
/// Argument: not 0 leaves out what means nothing (RFC 8701).
constexpr Fetch list(std::string_view name, Type type, Fact which) {
  return {.name = name, .type = type, .source = Source::Client, .arguments = "?i", .function = ask, .fact = which};
}

constexpr Type kInt = Type::Int, kBool = Type::Bool, kText = Type::Text, kBytes = Type::Binary;

constexpr auto kRows = std::to_array<Fetch>({
    client("ssl_c_ca_err", kInt, Fact::ClientAuthorityFault),
    client("ssl_c_ca_err_depth", kInt, Fact::ClientAuthorityDepth),
    client("ssl_c_err", kInt, Fact::ClientCertificateFault),
    client("ssl_c_used", kBool, Fact::ClientCertificateShown),
    client("ssl_c_verify", kInt, Fact::ClientCertificateVerdict),
    client("ssl_fc", kBool, Fact::TlsFront),
    client("ssl_fc_alg_keysize", kInt, Fact::TlsAlgorithmBits),
    client("ssl_fc_alpn", kText, Fact::TlsProtocol),
    client("ssl_fc_cipher", kText, Fact::TlsCipher),
    list("ssl_fc_cipherlist_bin", kText, Fact::TlsHelloCiphers),
    list("ssl_fc_cipherlist_hex", kBytes, Fact::TlsHelloCiphersHex),
    list("ssl_fc_cipherlist_str", kText, Fact::TlsHelloCipherNames),
    client("ssl_fc_cipherlist_xxh", kInt, Fact::TlsHelloCipherHash),
    client("ssl_fc_client_early_traffic_secret", kText, Fact::TlsClientEarlySecret),
    client("ssl_fc_client_handshake_traffic_secret", kText, Fact::TlsClientHandshakeSecret),
    client("ssl_fc_client_random", kBytes, Fact::TlsClientRandom),
    client("ssl_fc_client_traffic_secret_0", kText, Fact::TlsClientSecret),
    client("ssl_fc_curve", kText, Fact::TlsGroup),
    client("ssl_fc_early_exporter_secret", kText, Fact::TlsEarlyExporterSecret),
    client("ssl_fc_early_rcvd", kBool, Fact::TlsEarlyReceived),
    client("ssl_fc_ecformats_bin", kText, Fact::TlsHelloPointFormats),
    list("ssl_fc_eclist_bin", kText, Fact::TlsHelloGroups),
    client("ssl_fc_err", kInt, Fact::TlsFault),
    client("ssl_fc_err_str", kText, Fact::TlsFaultText),
    client("ssl_fc_exporter_secret", kText, Fact::TlsExporterSecret),
    list("ssl_fc_extlist_bin", kText, Fact::TlsHelloExtensions),
    client("ssl_fc_has_crt", kBool, Fact::ClientCertificateSeen),
    client("ssl_fc_has_early", kBool, Fact::TlsEarly),
    client("ssl_fc_has_sni", kBool, Fact::TlsHasServerName),
    client("ssl_fc_is_resumed", kBool, Fact::TlsResumed),
    client("ssl_fc_npn", kText, Fact::TlsNextProtocol),
    client("ssl_fc_protocol", kText, Fact::TlsVersion),
    client("ssl_fc_protocol_hello_id", kInt, Fact::TlsHelloVersion),
    client("ssl_fc_server_handshake_traffic_secret", kText, Fact::TlsServerHandshakeSecret),
    client("ssl_fc_server_random", kBytes, Fact::TlsServerRandom),
    client("ssl_fc_server_traffic_secret_0", kText, Fact::TlsServerSecret),
    client("ssl_fc_session_id", kBytes, Fact::TlsSessionId),
    client("ssl_fc_session_key", kBytes, Fact::TlsSessionKey),
    list("ssl_fc_sigalgs_bin", kBytes, Fact::TlsHelloSignatures),
    client("ssl_fc_sni", kText, Fact::TlsServerName),
    list("ssl_fc_supported_versions_bin", kBytes, Fact::TlsHelloVersions),
    client("ssl_fc_unique_id", kBytes, Fact::TlsUniqueId),
    client("ssl_fc_use_keysize", kInt, Fact::TlsUsedBits),
});

}  // namespace

std::span<const Fetch> tls_fetches() { return kRows; }

}  // namespace proxyd::samples

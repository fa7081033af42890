// Fetches about the TLS of a connection to a server.
#include <array>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

bool ask(const Arguments& arguments, Context& context, Sample& out) {
  return context.subject.tls_fact(arguments.fact, arguments, out, context.arena());
}

constexpr Fetch server(std::string_view name, Type type, Fact which) {
  return {.name = name, .type = type, .source = Source::ServerEnd, .function = ask, .fact = which};
}

constexpr auto kRows = std::to_array<Fetch>({
    server("ssl_bc", Type::Bool, Fact::ServerTls),
    server("ssl_bc_alg_keysize", Type::Int, Fact::ServerTlsAlgorithmBits),
    server("ssl_bc_alpn", Type::Text, Fact::ServerTlsProtocol),
    server("ssl_bc_cipher", Type::Text, Fact::ServerTlsCipher),
    server("ssl_bc_client_random", Type::Binary, Fact::ServerTlsClientRandom),
    server("ssl_bc_err", Type::Int, Fact::ServerTlsError),
    server("ssl_bc_err_str", Type::Text, Fact::ServerTlsErrorText),
    server("ssl_bc_is_resumed", Type::Bool, Fact::ServerTlsResumed),
    server("ssl_bc_protocol", Type::Text, Fact::ServerTlsVersion),
    server("ssl_bc_server_random", Type::Binary, Fact::ServerTlsServerRandom),
    server("ssl_bc_session_id", Type::Binary, Fact::ServerTlsSessionId),
    server("ssl_bc_session_key", Type::Binary, Fact::ServerTlsSessionKey),
    server("ssl_bc_sni", Type::Text, Fact::ServerTlsServerName),
    server("ssl_bc_unique_id", Type::Binary, Fact::ServerTlsUniqueId),
    server("ssl_bc_use_keysize", Type::Int, Fact::ServerTlsUsedBits),
});

}  // namespace

std::span<const Fetch> server_tls_fetches() { return kRows; }

}  // namespace proxyd::samples

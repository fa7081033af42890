// What the options of TLS on a "bind" line say, each for itself.
#include <fmt/format.h>

#include <array>

#include "lib/base/text.h"
#include "lib/tls/agreement.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/crt_store.h"
#include "proxyd/config/model.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/ocsp_options.h"

namespace proxyd::config {
namespace {

template <std::string lib::tls::ServerSettings::*Field, lib::tls::TrustFile Kind = lib::tls::TrustFile::Authorities>
std::string parse_authority(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value) {
  if (value.empty()) return fmt::format("'{}' : missing {} path", option, option == "crl-file" ? "CRLfile" : "CAfile");
  if (value == "@system-ca") {
    tls.settings.*Field = value;
    return {};
  }
  const std::string path = path_in(reading.defaults.ca_base, value);
  if (const auto loaded = reading.library.load_trusted(Kind, path); !loaded) {
    reading.alerts.push_back(fmt::format("config : Couldn't open the ca-file '{}' ({}).", path, loaded.error().message));
    return fmt::format("'{}' : unable to load {}", option, path);
  }
  tls.settings.*Field = path;
  return {};
}

// ---- other options

template <std::string lib::tls::ServerSettings::*Field>
std::string parse_list(TlsReading&, BindTls& tls, std::string_view option, std::string_view value) {
  if (value.empty())
    return fmt::format("'{}' : missing {}", option, option == "curves" ? "curve suite" : "cipher suite");
  tls.settings.*Field = value;
  return {};
}

std::string parse_ecdhe(TlsReading&, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'ecdhe' : missing named curve";
  tls.settings.named_curve = value;
  return {};
}

template <std::string lib::tls::ServerSettings::*Field>
std::string parse_signatures(TlsReading&, BindTls& tls, std::string_view option, std::string_view value) {
  if (value.empty()) return fmt::format("'{}' : missing signature algorithm list", option);
  tls.settings.*Field = value;
  return {};
}

/// "all", or OpenSSL's numbers of verification errors.
template <lib::tls::VerifyFaults lib::tls::ServerSettings::*Field>
std::string parse_ignored(TlsReading&, BindTls& tls, std::string_view option, std::string_view value) {
  constexpr std::int64_t kMost = 94;  // that OpenSSL 3.0 knows
  if (value.empty()) return fmt::format("'{}' : missing error IDs list", option);
  lib::tls::VerifyFaults& ignored = tls.settings.*Field;
  if (value == "all") {
    ignored.all = true;
    return {};
  }
  for (const std::string_view each : lib::base::split(value, ',')) {
    const std::int64_t code = leading_number(each);
    if (code < 1 || code > kMost)
      return fmt::format("'{}' : ID '{}' out of range (1..{}) in error IDs list '{}'", option, code, kMost, value);
    ignored.codes.push_back(static_cast<int>(code));
  }
  return {};
}

std::string parse_ticket_keys(TlsReading& reading, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'tls-ticket-keys' : missing TLS ticket keys file path";
  auto keys = reading.library.ticket_keys(std::string{value});
  if (!keys) return keys.error().message;
  tls.settings.ticket_keys = std::move(*keys);
  return {};
}

/// NPN was given up by everyone: OpenSSL would need an old TLS for it, which no client asks for. Known, checked, without effect,
/// as with the original on TLS 1.3.
std::string parse_npn(TlsReading&, BindTls&, std::string_view, std::string_view value) {
  return value.empty() ? "'npn' : missing the comma-delimited NPN protocol suite" : std::string{};
}

std::string allow_tickets(TlsReading&, BindTls& tls, std::string_view, std::string_view) {
  tls.settings.no_tickets = false;
  return {};
}

std::string parse_alpn(TlsReading&, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'alpn' : missing the comma-delimited ALPN protocol suite";
  tls.settings.alpn.clear();
  for (const std::string_view each : lib::base::split(value, ',')) {
    if (each.size() > 255) return fmt::format("'alpn' : ALPN protocol name too long : '{}'", each);
    if (!each.empty()) tls.settings.alpn.emplace_back(each);
  }
  return {};
}

std::string parse_verify(TlsReading&, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'verify' : missing verify method";
  using lib::tls::VerifyPeer;
  if (value == "none") tls.settings.verify = VerifyPeer::No;
  else if (value == "optional") tls.settings.verify = VerifyPeer::Optional;
  else if (value == "required") tls.settings.verify = VerifyPeer::Required;
  else
    return fmt::format("'verify' : unknown verify method '{}', only 'none', 'optional', and 'required' are supported", value);
  return {};
}

std::string parse_limit(TlsReading&, BindTls& tls, std::string_view option, std::string_view value) {
  return tls.versions.limit(option, value);
}

std::string parse_without(TlsReading&, BindTls& tls, std::string_view option, std::string_view) {
  tls.versions.exclude(option);
  return {};
}

std::string parse_only(TlsReading&, BindTls& tls, std::string_view option, std::string_view) {
  tls.versions.restrict_to(option);
  return {};
}

/// Read when all options are known, and where certificates are made only.
std::string parse_sign_file(TlsReading& reading, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'ca-sign-file' : missing CAfile path";
  tls.ca_sign_file = path_in(reading.defaults.ca_base, value);
  return {};
}

std::string parse_sign_pass(TlsReading&, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'ca-sign-pass' : missing CAkey password";
  tls.ca_sign_pass = value;
  return {};
}

std::string turn_generation_on(TlsReading&, BindTls& tls, std::string_view, std::string_view) {
  tls.generates = true;
  return {};
}

std::string turn_on(TlsReading&, BindTls& tls, std::string_view, std::string_view) {
  tls.is_on = true;
  return {};
}

template <bool lib::tls::ServerSettings::*Flag>
std::string set_flag(TlsReading&, BindTls& tls, std::string_view, std::string_view) {
  tls.settings.*Flag = true;
  return {};
}

/// As much as the original takes with a buffer of the usual size.
constexpr std::uint32_t kMostEarly = 15360;

std::string allow_early(TlsReading&, BindTls& tls, std::string_view, std::string_view) {
  tls.settings.early_data = kMostEarly;
  return {};
}

using Settings = lib::tls::ServerSettings;
constexpr auto kOptions = std::to_array<BindTlsOption>({
    {"ssl", false, turn_on, "", "TLS."},
    {"crt", true, parse_crt, "<file or directory>", "Certificates to present, with their keys."},
    {"default-crt", true, parse_default_crt, "<file>", "The same, also for clients that no other one is for."},
    {"crt-list", true, parse_crt_list, "<file>", "A list of certificates with options and names."},
    {"allow-0rtt", false, allow_early, "", "Clients that come again may begin before the handshake is over (TLS 1.3).", true},
    {"alpn", true, parse_alpn, "<protocols>", "Protocols to choose from, by preference.", true},
    {"ca-file", true, parse_authority<&Settings::ca_file>, "<file>", "Whose signatures on clients' certificates count.", true},
    {"crl-file", true, parse_authority<&Settings::crl_file, lib::tls::TrustFile::Revocations>, "<file>", "Clients' certificates that were revoked.", true},
    {"ca-verify-file", true, parse_authority<&Settings::ca_verify_file>, "<file>",
     "More whose signatures count, which clients are not told of.", true},
    {"ocsp-update", true, parse_ocsp_update, "on|off", "Whether responses about its certificates' status are kept fresh.", true},
    {"no-ca-names", false, set_flag<&Settings::no_ca_names>, "", "Clients are not told whose signatures count.", true},
    {"ca-ignore-err", true, parse_ignored<&Settings::ignored_authority_faults>, "all|<numbers>",
     "What may be wrong with those who signed a client's certificate."},
    {"crt-ignore-err", true, parse_ignored<&Settings::ignored_certificate_faults>, "all|<numbers>",
     "What may be wrong with a client's certificate."},
    {"generate-certificates", false, turn_generation_on, "", "Certificates are made for names that have none."},
    {"ca-sign-file", true, parse_sign_file, "<file>", "The authority with its key that signs those."},
    {"ca-sign-pass", true, parse_sign_pass, "<password>", "Of that key, where it is encrypted."},
    {"ecdhe", true, parse_ecdhe, "<curve>", "The one curve for the exchange of keys, where \"curves\" is not said.", true},
    {"sigalgs", true, parse_signatures<&Settings::signatures>, "<list>", "Kinds of signatures that are made.", true},
    {"client-sigalgs", true, parse_signatures<&Settings::client_signatures>, "<list>", "Kinds of clients' signatures.", true},
    {"npn", true, parse_npn, "<protocols>", "What ALPN took the place of.", true},
    {"tls-ticket-keys", true, parse_ticket_keys, "<file>", "Keys of session tickets, a line each, the newest last."},
    {"tls-tickets", false, allow_tickets, "", "Takes back an earlier no-tls-tickets."},
    {"ciphers", true, parse_list<&Settings::ciphers>, "<list>", "Ciphers up to TLS 1.2.", true},
    {"ciphersuites", true, parse_list<&Settings::ciphersuites>, "<list>", "Ciphers of TLS 1.3.", true},
    {"curves", true, parse_list<&Settings::curves>, "<list>", "Groups for the exchange of keys.", true},
    {"verify", true, parse_verify, "none|optional|required", "Whether clients show a certificate.", true},
    {"ssl-min-ver", true, parse_limit, "<version>", "The oldest version.", true},
    {"ssl-max-ver", true, parse_limit, "<version>", "The newest version.", true},
    {"no-sslv3", false, parse_without, "", "Not SSL 3.0."},
    {"no-tlsv10", false, parse_without, "", "Not TLS 1.0."},
    {"no-tlsv11", false, parse_without, "", "Not TLS 1.1."},
    {"no-tlsv12", false, parse_without, "", "Not TLS 1.2."},
    {"no-tlsv13", false, parse_without, "", "Not TLS 1.3."},
    {"force-sslv3", false, parse_only, "", "SSL 3.0 only."},
    {"force-tlsv10", false, parse_only, "", "TLS 1.0 only."},
    {"force-tlsv11", false, parse_only, "", "TLS 1.1 only."},
    {"force-tlsv12", false, parse_only, "", "TLS 1.2 only."},
    {"force-tlsv13", false, parse_only, "", "TLS 1.3 only."},
    {"no-tls-tickets", false, set_flag<&Settings::no_tickets>, "", "Sessions are resumed from our memory only."},
    {"prefer-client-ciphers", false, set_flag<&Settings::prefer_client_ciphers>, "", "The client's order of ciphers counts."},
    {"strict-sni", false, set_flag<&Settings::strict_sni>, "", "A name without a certificate ends the handshake."},
});

}  // namespace

std::span<const BindTlsOption> bind_tls_options() { return kOptions; }

const BindTlsOption* find_bind_tls_option(std::string_view name) {
  for (const BindTlsOption& each : kOptions)
    if (each.name == name) return &each;
  return nullptr;
}

std::vector<certificates::CrtListOption> crt_list_options() {
  std::vector<certificates::CrtListOption> options;
  for (const BindTlsOption& each : kOptions)
    if (each.is_for_lists) options.push_back({each.name, each.takes_value});
  for (const std::string_view each : load_options_of_lists()) options.push_back({each, true});
  return options;
}

}  // namespace proxyd::config

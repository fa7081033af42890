#include "proxyd/config/server_tls.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "lib/tls/client_layer.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/crt_store.h"
#include "proxyd/config/tls_tuning.h"
#include "proxyd/samples/compile.h"

namespace proxyd::config {
namespace {

/// This line's own, to be changed: what it inherited stays as it is.
ServerTls& own(ServerContext& context) {
  const std::shared_ptr<const ServerTls>& inherited = context.server.tls;
  auto mine = inherited == nullptr ? std::make_shared<ServerTls>() : std::make_shared<ServerTls>(*inherited);
  ServerTls& changed = *mine;
  context.server.tls = std::move(mine);
  return changed;
}

// ---- files

/// "ca-file", "crl-file": the original says first which file, then which option.
template <std::string lib::tls::BackSettings::*Field>
std::string parse_authority(ServerContext& context) {
  const std::string_view option = context.option();
  if (!context.has_value()) return fmt::format("'{}' : missing {} path", option, option == "ca-file" ? "CAfile" : "CRLfile");
  const bool is_authority = option == "ca-file";
  const bool is_system = is_authority && context.value() == "@system-ca";
  const std::string path = is_system ? std::string{context.value()} : path_in(context.line.global().tls.ca_base, context.value());
  own(context).settings.*Field = path;
  if (is_system) return {};
  using lib::tls::TrustFile;
  const auto loaded = library_of(context.line.draft).load_trusted(is_authority ? TrustFile::Authorities : TrustFile::Revocations, path);
  return loaded ? std::string{} : fmt::format("Couldn't open the ca-file '{}' ({})", path, loaded.error().message);
}

std::string parse_crt(ServerContext& context) {
  if (!context.has_value()) return "'crt' : missing certificate file path";
  certificates::Library& library = library_of(context.line.draft);
  const std::string path = certificate_name(library, context.line.global().tls, context.value());
  errno = 0;
  if (library.find(path) == nullptr && (path.starts_with('@') || lib::base::kind_of_path(path) == lib::base::PathKind::Nothing))
    return fmt::format("unable to stat SSL certificate from file '{}' : {}", path, std::strerror(errno != 0 ? errno : ENOENT));
  auto loaded = context.name.empty() ? library.read(path) : library.load(path);
  if (!loaded) {
    std::string fault = loaded.error().message;
    if (fault.ends_with('.')) fault.pop_back();
    return fault;
  }
  own(context).settings.certificate = std::move(*loaded);
  return {};
}

// ---- what is agreed on

template <std::string lib::tls::Agreement::*Field>
std::string parse_list(ServerContext& context) {
  const std::string_view option = context.option();
  if (!context.has_value())
    return fmt::format("'{}' : missing {}", option,
                       option == "curves" ? "curve suite" : option.ends_with("sigalgs") ? "signature algorithm list" : "cipher suite");
  own(context).settings.agreement.*Field = context.value();
  return {};
}

std::string parse_limit(ServerContext& context) {
  return own(context).versions.limit(context.option(), context.value());
}

std::string parse_without(ServerContext& context) {
  own(context).versions.exclude(context.option());
  return {};
}

std::string parse_only(ServerContext& context) {
  own(context).versions.restrict_to(context.option());
  return {};
}

/// The protocols of "alpn"; returns what is wrong, or an empty text.
std::string read_protocols(ServerContext& context, std::vector<std::string>& protocols) {
  const std::string_view option = context.option();
  if (!context.has_value()) return fmt::format("'{}' : missing the comma-delimited ALPN protocol suite", option);
  protocols.clear();
  bool has_empty = false;
  for (const std::string_view each : lib::base::split(context.value(), ',')) {
    if (each.size() > 255) return fmt::format("'{}' : ALPN protocol name too long : '{}'", option, each);
    has_empty = has_empty || each.empty();
    protocols.emplace_back(each);
  }
  if (has_empty) protocols.clear();  // as with the original, whose library refuses such a list: nothing is offered
  return {};
}

std::string parse_alpn(ServerContext& context) {
  std::vector<std::string> protocols;
  std::string fault = read_protocols(context, protocols);
  if (!fault.empty()) return fault;
  const auto has = [&](std::string_view name) { return std::find(protocols.begin(), protocols.end(), name) != protocols.end(); };
  context.server.offers_http2 = has("h2");
  context.server.offers_http1 = has("http/1.1");
  own(context).settings.alpn = std::move(protocols);
  return fault;
}

std::string parse_check_alpn(ServerContext& context) {
  std::vector<std::string> protocols;
  std::string fault = read_protocols(context, protocols);
  if (fault.empty()) own(context).check_alpn = lib::tls::alpn_list(protocols);
  return fault;
}

// ---- names

std::string parse_sni(ServerContext& context) {
  if (!context.has_value()) return "'sni' : missing sni expression";
  const std::string text{context.value()};
  auto expression = samples::compile(text, environment_of(context.line));
  if (!expression) return "error detected while parsing sni expression : " + expression.error().message;
  const samples::Source source = (*expression)->source;
  if (!samples::is_usable(source, samples::Place::BackRequest))
    return fmt::format("error detected while parsing sni expression :  fetch method '{}' extracts information from '{}', none of which is available here",
                       text, name_of(source));
  ServerTls& tls = own(context);
  tls.sni_text = text;
  tls.sni = std::move(*expression);
  return {};
}

template <std::string ServerTls::*Field>
std::string parse_name(ServerContext& context) {
  if (!context.has_value()) return context.option() == "check-sni" ? "'check-sni' : missing SNI" : "'verifyhost' : missing hostname to verify against";
  own(context).*Field = context.value();
  return {};
}

std::string parse_verify(ServerContext& context) {
  if (!context.has_value()) return "'verify' : missing verify method";
  if (context.value() != "none" && context.value() != "required")
    return fmt::format("'verify' : unknown verify method '{}', only 'none' and 'required' are supported", context.value());
  own(context).verify = context.value() == "none" ? ServerTls::Verify::None : ServerTls::Verify::Required;
  return {};
}

template <bool ServerTls::*Flag, bool Value>
std::string set_flag(ServerContext& context) {
  own(context).*Flag = Value;
  return {};
}

template <bool Value>
std::string set_tls(ServerContext& context) {
  ServerTls& tls = own(context);
  tls.may_be_on = tls.may_be_on || tls.is_on;
  tls.is_on = Value;
  tls.is_refused = !Value;
  return {};
}

template <ServerTls::Checks Value>
std::string set_checks(ServerContext& context) {
  own(context).checks = Value;
  return {};
}

template <bool Value>
std::string set_tickets(ServerContext& context) {
  ServerTls& tls = own(context);
  tls.may_use_tickets = Value;
  tls.knows_tickets = true;
  return {};
}

using lib::tls::Agreement;
using Back = lib::tls::BackSettings;
constexpr auto kOptions = std::to_array<ServerOption>({
    {"allow-0rtt", false, set_flag<&ServerTls::sends_early, true>, "", "Requests may go out before the handshake is over (TLS 1.3)."},
    {"alpn", true, parse_alpn, "<protocols>", "Protocols to offer, by preference."},
    {"ca-file", true, parse_authority<&Back::ca_file>, "<file>|@system-ca", "Whose signatures on its certificate count."},
    {"check-alpn", true, parse_check_alpn, "<protocols>", "Protocols that health checks offer."},
    {"check-sni", true, parse_name<&ServerTls::check_sni>, "<name>", "The name that health checks ask for."},
    {"check-ssl", false, set_checks<ServerTls::Checks::Yes>, "", "Health checks speak TLS."},
    {"ciphers", true, parse_list<&Agreement::ciphers>, "<list>", "Ciphers up to TLS 1.2."},
    {"ciphersuites", true, parse_list<&Agreement::ciphersuites>, "<list>", "Ciphers of TLS 1.3."},
    {"client-sigalgs", true, parse_list<&Agreement::client_signatures>, "<list>", "Signatures with our own certificate."},
    {"crl-file", true, parse_authority<&Back::crl_file>, "<file>", "Servers' certificates that were revoked."},
    {"crt", true, parse_crt, "<file>", "Our certificate with its key, for a server that asks for one."},
    {"curves", true, parse_list<&Agreement::curves>, "<list>", "Groups for the exchange of keys."},
    {"force-sslv3", false, parse_only, "", "SSL 3.0 only."},
    {"force-tlsv10", false, parse_only, "", "TLS 1.0 only."},
    {"force-tlsv11", false, parse_only, "", "TLS 1.1 only."},
    {"force-tlsv12", false, parse_only, "", "TLS 1.2 only."},
    {"force-tlsv13", false, parse_only, "", "TLS 1.3 only."},
    {"no-check-ssl", false, set_checks<ServerTls::Checks::No>, "", "Undo an inherited \"check-ssl\"."},
    {"no-ssl", false, set_tls<false>, "", "Undo an inherited \"ssl\"."},
    {"no-ssl-reuse", false, set_flag<&ServerTls::resumes, false>, "", "Each connection is a whole handshake."},
    {"no-sslv3", false, parse_without, "", "Not SSL 3.0."},
    {"no-tls-tickets", false, set_tickets<false>, "", "No session tickets."},
    {"no-tlsv10", false, parse_without, "", "Not TLS 1.0."},
    {"no-tlsv11", false, parse_without, "", "Not TLS 1.1."},
    {"no-tlsv12", false, parse_without, "", "Not TLS 1.2."},
    {"no-tlsv13", false, parse_without, "", "Not TLS 1.3."},
    {"sigalgs", true, parse_list<&Agreement::signatures>, "<list>", "Signatures that it may use."},
    {"sni", true, parse_sni, "<expression>", "The name to ask for, which its certificate must be good for."},
    {"ssl", false, set_tls<true>, "", "TLS to it."},
    {"ssl-max-ver", true, parse_limit, "<version>", "The newest version."},
    {"ssl-min-ver", true, parse_limit, "<version>", "The oldest version."},
    {"ssl-reuse", false, set_flag<&ServerTls::resumes, true>, "", "Undo an inherited \"no-ssl-reuse\"."},
    {"tls-tickets", false, set_tickets<true>, "", "Undo an inherited \"no-tls-tickets\"."},
    {"verify", true, parse_verify, "none|required", "Whether its certificate is verified."},
    {"verifyhost", true, parse_name<&ServerTls::verify_host>, "<name>", "What its certificate must be good for."},
});

// ---- when the whole file is known

/// "ssl-default-server-options" and its kin, for what the line itself does not say.
void take_defaults(ServerTls& tls, const TlsDefaults& defaults) {
  Agreement& agreement = tls.settings.agreement;
  if (agreement.ciphers.empty()) agreement.ciphers = defaults.server_ciphers;
  // "PROFILE=SYSTEM": what the distribution made the library's own default.
  if (agreement.ciphers == "PROFILE=SYSTEM") agreement.ciphers.clear();
  if (agreement.ciphersuites.empty()) agreement.ciphersuites = defaults.server_ciphersuites;
  if (agreement.curves.empty()) agreement.curves = defaults.server_curves;
  for (const std::string& option : defaults.server_options) {
    if (tls.versions.take_default(option)) continue;
    if (option == "no-tls-tickets" && !tls.knows_tickets) tls.may_use_tickets = false;
  }
  if (tls.verify == ServerTls::Verify::Default)
    tls.verify = defaults.verifies_servers ? ServerTls::Verify::Required : ServerTls::Verify::None;
}

std::string words_for(const lib::tls::SettingFault& fault, const Back& settings) {
  using lib::tls::Setting;
  const Agreement& agreement = settings.agreement;
  switch (fault.setting) {
    case Setting::Ciphers: return fmt::format("unable to set SSL cipher list to '{}'", agreement.ciphers);
    case Setting::Ciphersuites: return fmt::format("unable to set TLS 1.3 cipher suites to '{}'", agreement.ciphersuites);
    case Setting::Curves: return fmt::format("unable to set SSL curves list to '{}'", agreement.curves);
    case Setting::Signatures: return fmt::format("unable to set SSL Signature Algorithm list to '{}'", agreement.signatures);
    case Setting::ClientSignatures:
      return fmt::format("unable to set SSL Signature Algorithm list to '{}'", agreement.client_signatures);
    case Setting::CaFile: return fmt::format("unable to set CA file '{}'", settings.ca_file);
    case Setting::CrlFile: return fmt::format("unable to configure CRL file '{}'", settings.crl_file);
    case Setting::Certificate: return fmt::format("unable to use certificate '{}' ({})", settings.certificate->path(), fault.reason);
    case Setting::NamedCurve:  // of listeners only
    case Setting::DhFile:
    case Setting::Alpn:
    case Setting::Library: break;
  }
  return fmt::format("unable to make a TLS context ({})", fault.reason);
}

constexpr std::string_view kNoAuthority =
    "verify is enabled by default but no CA file specified. If you're running on a LAN where you're certain to trust the server's "
    "certificate, please set an explicit 'verify none' statement on the 'server' line, or use 'ssl-server-verify none' in the global "
    "section to disable server-side verifications by default.";

/// Where a version between two that are spoken is left out, the original says so and speaks it all the same.
void fill_holes(Draft& draft, const Proxy& proxy, const Server& server, const Place& place, ServerTls& tls) {
  for (const TlsVersion each : tls.versions.disabled) {
    const auto number = static_cast<lib::tls::Version>(0x0300 + static_cast<unsigned>(each));
    const auto& holes = tls.settings.agreement.disabled;
    if (std::find(holes.begin(), holes.end(), number) == holes.end()) continue;
    draft.warning(place, fmt::format("config : [{}] : 'server {}/{}' : backend '{}': SSL/TLS versions range not contiguous for server '{}'. "
                                     "Hole find for {}. Use only 'ssl-min-ver' and 'ssl-max-ver' to fix.",
                                     server.place.text(), proxy.name, server.name, proxy.name, server.name, name_of(each)));
  }
  tls.settings.agreement.disabled.clear();
}

void make_context(Draft& draft, const Proxy& proxy, Server& server, const Place& place) {
  auto mine = std::make_shared<ServerTls>(*server.tls);
  ServerTls& tls = *mine;
  const auto fail = [&](std::string_view what) {
    draft.alert(place, fmt::format("config : [{}] : 'server {}/{}' : {}", server.place.text(), proxy.name, server.name, what));
  };
  take_defaults(tls, draft.config->global.tls);
  Back& settings = tls.settings;
  if (tls.versions.has_min || tls.versions.has_max) tls.versions.disabled.clear();  // limits count, "no-tlsv12" and its kin do not
  if (!tls.versions.settle(settings.agreement.min_version, settings.agreement.max_version, settings.agreement.disabled))
    return fail(fmt::format("backend '{}': all SSL/TLS versions are disabled for server '{}'.", proxy.name, server.name));
  fill_holes(draft, proxy, server, place, tls);
  settings.verifies = tls.verify == ServerTls::Verify::Required;
  settings.no_tickets = !tls.may_use_tickets;
  if (settings.verifies && settings.ca_file.empty()) return fail(kNoAuthority);
  certificates::Library& library = library_of(draft);
  auto made = lib::tls::ClientContext::make(settings, library.finder());
  if (!made) return fail(words_for(made.error(), settings) + '.');
  tls.context = std::move(*made);
  if (settings.certificate != nullptr) library.keep(settings.certificate);
  if (settings.certificate != nullptr || !settings.ca_file.empty() || !settings.crl_file.empty())
    library.servers.push_back({proxy.name, server.name, server.place.text(), tls.context, settings, &words_for});
  server.tls = std::move(mine);
}

}  // namespace

std::span<const ServerOption> server_tls_options() { return kOptions; }

void make_server_contexts(Draft& draft, ProxyDraft& about) {
  if (!about.is_back()) return;
  std::vector<Server>& servers = about.proxy->servers;
  for (std::size_t i = 0; i < servers.size(); ++i)
    if (servers[i].tls != nullptr && (servers[i].tls->is_on || servers[i].tls->may_be_on || servers[i].tls->checks == ServerTls::Checks::Yes))
      make_context(draft, *about.proxy, servers[i], about.server_places[i]);
}

}  // namespace proxyd::config

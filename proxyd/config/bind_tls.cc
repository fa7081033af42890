#include "proxyd/config/bind_tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "proxyd/config/draft.h"
#include "proxyd/config/ocsp_options.h"
#include "proxyd/config/tls_tuning.h"

namespace proxyd::config {
namespace {

/// "ssl-default-bind-options" and its kin, for what the line itself does not say.
void take_defaults(BindTls& tls, const TlsDefaults& defaults, const certificates::Tuning& tuning) {
  lib::tls::ServerSettings& settings = tls.settings;
  settings.notes = {defaults.hello_bytes, defaults.keeps_secrets};
  settings.cached_sessions = tuning.cached_sessions;
  settings.lifetime_s = tuning.lifetime_s;
  settings.security_level = tuning.security_level;
  settings.dh_file = tuning.dh_file;
  settings.makes_dh = tuning.makes_dh;
  settings.max_record = tuning.max_record;
  if (settings.signatures.empty()) settings.signatures = tuning.bind_signatures;
  if (settings.client_signatures.empty()) settings.client_signatures = tuning.bind_client_signatures;
  // "PROFILE=SYSTEM": what the distribution made the library's own default.
  if (settings.ciphers.empty()) settings.ciphers = defaults.bind_ciphers;
  if (settings.ciphers == "PROFILE=SYSTEM") settings.ciphers.clear();
  if (settings.ciphersuites.empty()) settings.ciphersuites = defaults.bind_ciphersuites;
  if (settings.curves.empty()) settings.curves = defaults.bind_curves;
  for (const std::string& option : defaults.bind_options) {
    if (tls.versions.take_default(option)) continue;
    if (option == "no-tls-tickets") settings.no_tickets = true;
    else if (option == "prefer-client-ciphers") settings.prefer_client_ciphers = true;
    else if (option == "strict-sni") settings.strict_sni = true;
  }
}

std::string words_for(const lib::tls::SettingFault& fault) {
  using lib::tls::Setting;
  switch (fault.setting) {
    case Setting::Ciphers: return fmt::format("unable to set SSL cipher list to '{}'", fault.value);
    case Setting::Ciphersuites: return fmt::format("unable to set TLS 1.3 cipher suites to '{}'", fault.value);
    case Setting::Curves: return fmt::format("unable to set SSL curves list to '{}'", fault.value);
    case Setting::Signatures: return fmt::format("unable to set SSL Signature Algorithm list to '{}'", fault.value);
    case Setting::ClientSignatures: return fmt::format("unable to set SSL Signature Algorithm list to '{}'", fault.value);
    case Setting::CaFile: return fmt::format("unable to load CA file '{}'", fault.value);
    case Setting::CrlFile: return fmt::format("unable to configure CRL file '{}'", fault.value);
    case Setting::Certificate: return fmt::format("unable to use a certificate ({})", fault.reason);
    case Setting::NamedCurve: return fmt::format("unable to set elliptic named curve to '{}'", fault.value);
    case Setting::DhFile: return fmt::format("unable to use the DH parameters of '{}'", fault.value);
    case Setting::Alpn:
    case Setting::Library: break;
  }
  return fmt::format("unable to make a TLS context ({})", fault.reason);
}

/// One line's settings when all has been said. What is wrong with them, or an empty text.
std::string finish(BindTls& tls) {
  if (!tls.versions.settle(tls.settings.min_version, tls.settings.max_version, tls.settings.disabled))
    return "all SSL/TLS versions are disabled";
  if (tls.settings.verify != lib::tls::VerifyPeer::No && tls.settings.ca_file.empty() && tls.settings.ca_verify_file.empty())
    return "verify is enabled but no CA file specified";
  return {};
}

using Brackets = std::vector<certificates::CrtListLine::Setting>;

struct ByWords {
  bool operator()(const Brackets& a, const Brackets& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return std::tie(x.option, x.value) < std::tie(y.option, y.value);
    });
  }
};

/// Options in brackets on top of what the "bind" line says. `said`: the line without global's defaults.
std::string settle_line(BindTls said, TlsReading reading, const Brackets& brackets, lib::tls::ServerSettings& out) {
  for (const auto& each : brackets)
    if (std::string fault = find_bind_tls_option(each.option)->parse(reading, said, each.option, each.value); !fault.empty()) return fault;
  take_defaults(said, reading.defaults, tuning_of(reading.defaults));
  std::string fault = finish(said);
  out = std::move(said.settings);
  return fault;
}

/// What the listener presents.
std::string present_lines(const BindTls& said, certificates::Listener& listener) {
  std::map<Brackets, std::shared_ptr<const lib::tls::ServerSettings>, ByWords> known;  // many lines say the same
  for (const BindCertificate& each : said.certificates) {
    certificates::Presented line{each.name, each.filters, {}, each.is_default, each.origin, each.is_for_others};
    if (!each.settings.empty()) {
      auto found = known.find(each.settings);
      if (found == known.end()) {
        lib::tls::ServerSettings settings;
        if (std::string fault = listener.settle(each.settings, settings); !fault.empty()) return fault;
        found = known.emplace(each.settings, std::make_shared<const lib::tls::ServerSettings>(std::move(settings))).first;
      }
      line.settings = found->second;
    }
    listener.lines.push_back(std::move(line));
  }
  return {};
}

/// Who makes certificates for this line. What is wrong, or an empty text.
std::string take_forger(BindTls& tls, certificates::Library& library, std::string_view place) {
  if (!tls.generates) return {};
  if (tls.ca_sign_file.empty()) return fmt::format("cannot enable certificate generation, no CA certificate File configured at [{}].", place);
  auto forger = library.forger(tls.ca_sign_file, tls.ca_sign_pass);
  if (!forger)
    return fmt::format("Failed to read CA certificate file '{}' at [{}]. Chain loading failed: {}", tls.ca_sign_file, place, forger.error().message);
  tls.settings.forger = std::move(*forger);
  return {};
}

void make_context(Draft& draft, const ProxyDraft& about, const Bind& bind, std::string_view text) {
  BindTls& tls = *bind.tls;
  if (tls.context != nullptr) return;  // another address of the same line
  const auto fail = [&](std::string_view what, std::string_view end = ".") {
    draft.alert(about.place, fmt::format("config : Proxy '{}': {} for bind '{}' at [{}]{}", about.proxy->name, what, text,
                                         bind.place.text(), end));
  };
  certificates::Library& library = library_of(draft);
  if (const std::string fault = take_forger(tls, library, bind.place.text()); !fault.empty() && !tls.certificates.empty())
    return draft.alert(about.place, fmt::format("config : Proxy '{}': {}", about.proxy->name, fault));
  if (const std::string fault = settle_ocsp_updates(draft, library, tls); !fault.empty()) return fail(fault);
  certificates::Listener listener;
  listener.proxy = about.proxy->name;
  listener.address = text;
  listener.place = bind.place.text();
  listener.lists = tls.lists;
  listener.explain = &words_for;
  BindTls said = tls;
  said.certificates.clear();
  // Both live as long as the configuration, which owns the listener too.
  listener.settle = [said, &defaults = draft.config->global.tls, &library](const Brackets& brackets, lib::tls::ServerSettings& out) {
    return settle_line(said, {defaults, library}, brackets, out);
  };
  std::string fault = present_lines(tls, listener);
  take_defaults(tls, draft.config->global.tls, tuning_of(draft.config->global.tls));
  if (tls.certificates.empty() && (tls.generates || !tls.settings.strict_sni)) return fail("no SSL certificate specified", " (use 'crt').");
  if (tls.certificates.empty())
    draft.warning(about.place, fmt::format("config : Proxy '{}': no SSL certificate specified for bind '{}' at [{}], ssl connections "
                                           "will fail (use 'crt').", about.proxy->name, text, bind.place.text()));
  if (fault.empty()) fault = finish(tls);
  if (!fault.empty()) return fail(fault);
  auto made = lib::tls::ServerContext::make(tls.settings, library.lines_of(listener.lines), library.finder());
  if (!made) return fail(words_for(made.error()));
  listener.context = tls.context = std::move(*made);
  library.listeners.push_back(std::move(listener));
}

}  // namespace

void make_tls_contexts(Draft& draft, ProxyDraft& about) {
  const std::vector<Bind>& binds = about.proxy->binds;
  for (std::size_t i = 0; i < binds.size(); ++i)
    if (binds[i].tls != nullptr && binds[i].tls->is_on) make_context(draft, about, binds[i], about.bind_texts[i]);
}

}  // namespace proxyd::config
